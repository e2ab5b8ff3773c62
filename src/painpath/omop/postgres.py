"""PostgreSQL: the tables that are read, copied out as Parquet. The only module that connects.

The user names the database; nothing is written to it. The password is best left to `PGPASSWORD`
or a password file, which libpq reads.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from painpath.omop.tables import NAMES, wanted_columns
from painpath.records.errors import RecordError

if TYPE_CHECKING:
    import psycopg

_BLOCK = 4 << 20

Told = Callable[[int, int], None]
"""Told of the bytes of the tables that are copied, of how many."""


def copied(url: str, folder: Path, tell: Told, only: str | None = None) -> Path:
    """Copy the OMOP tables of a database into a folder of Parquet files.

    Args:
        url: `postgresql://user@host/database`, with `?options=-csearch_path%3DSCHEMA` where
            several schemas hold OMOP tables.
        folder: for the files.
        tell: told of progress.
        only: the person_id of the only person that is wanted.

    Raises:
        RecordError: if there is no database, or no `person` table in it.
    """
    try:
        import psycopg
    except ImportError:
        raise RecordError(
            "reading from PostgreSQL needs psycopg: pip install 'painpath[postgres]'"
        ) from None
    address = url.replace(":/", "://", 1) if "://" not in url else url
    try:
        with psycopg.connect(address, autocommit=False) as connection:
            # One snapshot for all tables: rows point to each other.
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            _copy(connection, folder, tell, only)
    except psycopg.Error as error:
        why = str(error).strip().splitlines()
        raise RecordError(f"PostgreSQL: {why[0] if why else type(error).__name__}") from None
    return folder


def _copy(connection: psycopg.Connection[Any], folder: Path, tell: Told, only: str | None) -> None:
    tables = _tables(connection)
    if "person" not in tables:
        raise RecordError("PostgreSQL: no schema of the search path holds an OMOP table `person`")
    total = sum(size for _, _, size in tables.values())
    done = 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, (place, columns, size) in tables.items():
        wanted = {each: columns[each] for each in wanted_columns(name) if each in columns}
        _table(connection, place, wanted, folder / f"{name}.parquet", only)
        done += size
        tell(done, max(total, 1))


def _tables(
    connection: psycopg.Connection[Any],
) -> dict[str, tuple[str, dict[str, str], int]]:
    """Where each table is, its columns, and its size in bytes.

    Schemas of the search path come first; else the only schema that holds a person table.
    """
    rows = connection.execute(
        "SELECT n.nspname, c.relname, a.attname, pg_table_size(c.oid),"
        " coalesce(array_position(current_schemas(false), n.nspname), 1000)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND lower(c.relname) = ANY(%s)"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        " ORDER BY 5, 1, 2, a.attnum",
        (sorted(NAMES),),
    ).fetchall()
    homes = {(rank, schema) for schema, table, _, _, rank in rows if table.lower() == "person"}
    first = min((rank for rank, _ in homes), default=0)
    schemas = sorted(schema for rank, schema in homes if rank == first)
    if len(schemas) > 1:
        raise RecordError(
            f"PostgreSQL: several schemas hold a table `person` ({', '.join(schemas)});"
            f" add ?options=-csearch_path%3D{schemas[0]} to the address"
        )
    found: dict[str, tuple[str, dict[str, str], int]] = {}
    homes_of: dict[str, str] = {}
    for schema, table, column, size, _ in sorted(rows, key=lambda row: row[0] not in schemas):
        name = table.lower()
        if homes_of.setdefault(name, f"{schema}.{table}") != f"{schema}.{table}":
            continue
        place = f'"{schema}"."{table}"'
        _, columns, _ = found.setdefault(name, (place, {}, int(size)))
        columns[column.lower()] = column
    return found


def _table(
    connection: psycopg.Connection[Any],
    place: str,
    named: dict[str, str],
    path: Path,
    only: str | None,
) -> None:
    """One table as text columns, block by block."""
    listed = ", ".join(f'"{column}"' for column in named.values())
    columns = list(named)
    schema = pa.schema([(column, pa.string()) for column in columns])
    beside = path.with_name(f".{path.name}.part")
    where = ""
    values: tuple[str, ...] = ()
    if only is not None and "person_id" in named:
        where, values = f' WHERE CAST("{named["person_id"]}" AS text) = %s', (only,)
    query = f"COPY (SELECT {listed} FROM {place}{where}) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(query, values or None) as copy:
        stream = io.BufferedReader(_Blocks(iter(copy)), _BLOCK)
        with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
            if not stream.peek(1):
                writer.write_table(schema.empty_table())
            else:
                for batch in _batches(stream, columns):
                    writer.write_batch(batch)
    beside.replace(path)


def _batches(stream: Any, columns: list[str]) -> Iterator[pa.RecordBatch]:
    yield from csv.open_csv(
        stream,
        read_options=csv.ReadOptions(column_names=columns, block_size=_BLOCK),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


class _Blocks(io.RawIOBase):
    """A COPY as a file to read from."""

    def __init__(self, blocks: Iterator[Any]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
