"""Where OMOP tables come from: a folder of Parquet or CSV files, a DuckDB file, PostgreSQL.

All of them become relations that DuckDB reads, with what changes when their content does.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import msgspec

from painpath.omop.tables import NAMES
from painpath.records.errors import RecordError

_URL = re.compile(r"postgres(?:ql)?:/{1,2}", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:parquet|csv|tsv|txt)(?:\.(?:gz|zst))?$", re.IGNORECASE)
_PART = re.compile(r"(?P<name>[a-z_]+?)(?:[._-]?\d+)?", re.IGNORECASE)
"""A table's name, and the number of a part of it."""
_MAGIC = b"DUCK"
_MAGIC_AT = 8
_DEEP = 2
"""Folders within folders that are looked into: of a schema, of a table's parts."""
_VOCABULARY = frozenset({"concept", "concept_ancestor", "concept_relationship"})


class Relation(msgspec.Struct, frozen=True):
    """A table of a source, as SQL."""

    sql: str
    columns: frozenset[str]
    """Names in lower case; SQL does not mind the case."""
    mark: str
    """Changes when the content may have changed."""
    size: int
    """Bytes, for the progress bar."""
    is_csv: bool = False
    """Text that is slow to read."""


Relations = dict[str, Relation]


def is_url(source: str) -> bool:
    """Whether a source is the address of a PostgreSQL database."""
    return _URL.match(source) is not None


def is_omop(source: str | Path) -> bool:
    """Whether a source holds OMOP tables: a database, or a folder with a `person` table."""
    if is_url(str(source)):
        return True
    path = Path(source)
    if path.is_file():
        with suppress(OSError), path.open("rb") as file:
            return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
        return False
    return path.is_dir() and any(_table_of(path, file) == "person" for file in _files(path, _DEEP))


@contextmanager
def opened(source: Path, memory: Path, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may use the disk for what does not fit into memory."""
    memory.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    try:
        db.execute(f"SET temp_directory = {quoted(str(memory))}")
        db.execute(f"SET threads = {threads}")
        db.execute("SET memory_limit = '2GiB'")
        db.execute("SET preserve_insertion_order = false")
        if source.is_file():
            try:
                db.execute(f"ATTACH {quoted(str(source))} AS cdm (READ_ONLY)")
            except duckdb.Error as error:
                why = str(error).splitlines()[0]
                raise RecordError(f"{source}: DuckDB cannot open it ({why})") from None
        yield db
    finally:
        db.close()


def relations(db: duckdb.DuckDBPyConnection, source: Path) -> Relations:
    """The tables of a folder, or of the DuckDB file that is attached as `cdm`.

    Raises:
        RecordError: if there is no `person` table.
    """
    found = _of_folder(db, source) if source.is_dir() else _of_database(db, source)
    if "person" not in found:
        raise RecordError(f"{source}: it holds no OMOP table `person`")
    return found


def quoted(text: str) -> str:
    """Text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


# -- a folder --


def _tables(folder: Path) -> dict[str, list[Path]]:
    """Files of each table: `person.csv`, `PERSON.parquet`, `person/part-0.parquet`, `person_1.csv`.

    Where a table is there as Parquet and as CSV, Parquet counts.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(_files(folder, _DEEP)):
        name = _table_of(folder, path)
        if name is not None:
            found.setdefault(name, []).append(path)
    for name, files in found.items():
        parquet = [file for file in files if _is_parquet(file)]
        found[name] = parquet or files
    return found


def _table_of(folder: Path, path: Path) -> str | None:
    """The table that a file belongs to, by its name or else by that of its folder."""
    ending = _ENDING.search(path.name)
    if ending is None:
        return None
    own = _PART.fullmatch(path.name[: ending.start()])
    names = [own["name"]] if own is not None else []
    names += reversed(path.relative_to(folder).parts[:-1])
    return next((name.lower() for name in names if name.lower() in NAMES), None)


def _files(folder: Path, deep: int) -> Iterator[Path]:
    """Files in a folder and in those within; what is hidden is nobody's."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "_")):
                continue
            if not entry.is_dir():
                yield Path(entry.path)
            elif deep:
                yield from _files(Path(entry.path), deep - 1)


def _is_parquet(file: Path) -> bool:
    return file.suffix.lower() == ".parquet"


def _of_folder(db: duckdb.DuckDBPyConnection, folder: Path) -> Relations:
    found: Relations = {}
    for name, files in _tables(folder).items():
        stats = [file.stat() for file in files]
        full = [(file, stat) for file, stat in zip(files, stats, strict=True) if stat.st_size]
        if not full:
            continue
        is_csv = not _is_parquet(full[0][0])
        if is_csv:
            # Each file by itself: broken lines are listed only so.
            each = (f"read_csv({quoted(str(f))}, {_dialect(name, f)})" for f, _ in full)
            sql = "(" + " UNION ALL BY NAME ".join(f"SELECT * FROM {one}" for one in each) + ")"
        else:
            listed = ", ".join(quoted(str(file)) for file, _ in full)
            sql = f"read_parquet([{listed}], union_by_name = true)"
        states = [(str(f.relative_to(folder)), s.st_size, s.st_mtime_ns) for f, s in full]
        size = sum(stat.st_size for _, stat in full)
        found[name] = Relation(sql, _columns(db, sql, folder, name), mark_of(states), size, is_csv)
    return found


def _dialect(name: str, file: Path) -> str:
    """How a CSV file is written: by its first line. Vocabulary files in tabs quote nothing."""
    packed = file.name.lower().endswith(".gz")
    line = b""
    with suppress(OSError, EOFError), gzip.open(file) if packed else file.open("rb") as lines:
        line = lines.readline()
    counts = {mark: line.count(mark) for mark in (b"\t", b",", b"|", b";")}
    mark = max(counts, key=lambda each: counts[each]).decode()
    quote = "" if mark == "\t" and name in _VOCABULARY else '"'
    return (
        f"delim = '{mark}', quote = '{quote}', escape = '{quote}', header = true,"
        " all_varchar = true, ignore_errors = true, store_rejects = true"
    )


def mark_of(states: Iterable[object]) -> str:
    """Short text that changes with these."""
    return hashlib.blake2b(repr(list(states)).encode(), digest_size=8).hexdigest()


def _columns(db: duckdb.DuckDBPyConnection, sql: str, where: Path, name: str) -> frozenset[str]:
    try:
        columns = db.sql(f"SELECT * FROM {sql} LIMIT 0").columns
    except duckdb.Error as error:
        why = str(error).splitlines()[0]
        raise RecordError(f"{where}: the table {name} cannot be read ({why})") from None
    return frozenset(column.strip().lower() for column in columns)


# -- a DuckDB file --


def _of_database(db: duckdb.DuckDBPyConnection, file: Path) -> Relations:
    rows = db.execute(
        "SELECT schema_name, table_name FROM ("
        " SELECT schema_name, table_name, database_name FROM duckdb_tables()"
        " UNION ALL SELECT schema_name, view_name, database_name FROM duckdb_views())"
        " WHERE database_name = 'cdm' ORDER BY ALL"
    ).fetchall()
    schemas = [schema for schema, table in rows if table.lower() == "person"]
    if len(schemas) > 1:
        raise RecordError(f"{file}: several schemas hold a table `person`: {', '.join(schemas)}")
    state = file.stat()
    mark = mark_of([file.name, state.st_size, state.st_mtime_ns])
    found: Relations = {}
    # The vocabulary may lie in a schema of its own.
    for schema, table in sorted(rows, key=lambda row: row[0] not in schemas):
        name = table.lower()
        if name in NAMES and name not in found:
            sql = f'cdm."{schema}"."{table}"'
            columns = _columns(db, sql, file, name)
            found[name] = Relation(sql, columns, mark, max(state.st_size // len(rows), 1))
    return found


def absolute(source: Path) -> str:
    """The path of a source, wherever the process stands."""
    return os.path.abspath(source)  # noqa: PTH100 - links stay as they are
