"""Everything that must outlive a machine in one file, from either database into either.

A line a row, gzipped. Sessions, links, launches, counts and lines of the day are left out.
"""

from __future__ import annotations

import base64
import datetime
import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from painpath.serve.store.opening import Store
from painpath.serve.store.smart_tables import Launch
from painpath.serve.store.tables import Base, Count, SignedIn, SignInLink, Summary, UsedToken, now

FORMAT = "painpath-backup/1"
_OLDEST = "0001"
"""Revision of the oldest tables whose rows still fit: nothing but additions since."""
_LEFT_OUT = {
    table.__tablename__ for table in (Count, Launch, SignedIn, SignInLink, Summary, UsedToken)
}
_LOT = 200


class BackupError(Exception):
    """A backup that cannot be read or must not be put here; one sentence says why."""


class _Head(msgspec.Struct):
    format: str
    revision: str
    made: str


class _Row(msgspec.Struct):
    table: str
    values: dict[str, Any]


def write(store: Store, file: Path) -> int:
    """Write a backup, as things stand at one moment; readable by its owner only.

    Returns:
        The number of rows.
    """
    beside = file.with_name(f".{file.name}.part")
    count = 0
    opener = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(opener, "wb") as raw,
        gzip.open(raw, "wb", compresslevel=6) as out,
        _at_one_moment(store) as connection,
    ):
        head = _Head(FORMAT, _revision(connection), now().isoformat())
        out.write(msgspec.json.encode(head) + b"\n")
        for table in _tables():
            for row in connection.execute(sa.select(table)).mappings():
                values = {str(name): _plain(value) for name, value in row.items()}
                out.write(msgspec.json.encode(_Row(str(table.name), values)) + b"\n")
                count += 1
    beside.replace(file)
    return count


def restore(store: Store, file: Path) -> int:
    """Put a backup into an empty database whose tables are up to date; all of it or nothing.

    It may be of an earlier version: what has been added since is empty then.

    Returns:
        The number of rows.

    Raises:
        BackupError: if it is no backup, or the database is not empty.
    """
    writing = store.engine.execution_options(painpath_writes=True)
    with writing.begin() as connection:
        if any(connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in _tables()):
            raise BackupError("the database is not empty; a backup is put into a new one")
        count = 0
        for table, rows in _lots(file, _revision(connection)):
            try:
                connection.execute(sa.insert(table), rows)
            except sa.exc.OperationalError:
                raise
            except sa.exc.StatementError:
                # Its words would quote the row.
                raise _damaged(file) from None
            count += len(rows)
        if not store.is_sqlite:
            _count_on(connection)
    return count


def _tables() -> list[sa.Table]:
    """Those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in _LEFT_OUT]


def _at_one_moment(store: Store) -> sa.Connection:
    if store.is_sqlite:
        return store.engine.connect()
    return store.engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _revision(connection: sa.Connection) -> str:
    return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, datetime.date) else value


def _lots(file: Path, revision: str) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    tables = {table.name: table for table in _tables()}
    lot: list[dict[str, Any]] = []
    last: sa.Table | None = None
    for row in _rows(file, revision):
        table = tables.get(row.table)
        if table is None:
            raise BackupError(f'{file}: there is no table "{row.table}"')
        if last is not None and (table is not last or len(lot) >= _LOT):
            yield last, lot
            lot = []
        last = table
        try:
            lot.append({name: _typed(table, name, value) for name, value in row.values.items()})
        except (KeyError, TypeError, ValueError):
            raise _damaged(file) from None
    if last is not None:
        yield last, lot


def _rows(file: Path, revision: str) -> Iterator[_Row]:
    try:
        with gzip.open(file, "rb") as lines:
            head = msgspec.json.decode(next(iter(lines), b""), type=_Head)
            if head.format != FORMAT:
                raise BackupError(f"{file}: this is no backup of PainPath")
            if not _OLDEST <= head.revision <= revision:
                raise BackupError(
                    f"{file}: it was made with tables of version {head.revision}, here they are of"
                    f" version {revision}; restore with the version of PainPath that made it"
                )
            decoder = msgspec.json.Decoder(_Row)
            for line in lines:
                yield decoder.decode(line)
    except (EOFError, gzip.BadGzipFile, zlib.error, msgspec.DecodeError):
        raise _damaged(file) from None


def _damaged(file: Path) -> BackupError:
    return BackupError(f"{file}: this is no backup of PainPath, or it is damaged")


def _typed(table: sa.Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None:
        return None
    if isinstance(kind, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(kind, sa.types.TypeDecorator):
        return datetime.datetime.fromisoformat(value)
    return datetime.date.fromisoformat(value) if isinstance(kind, sa.Date) else value


def _count_on(connection: sa.Connection) -> None:
    """PostgreSQL numbers new rows by sequences, which do not know of rows that bring their own."""
    for table in _tables():
        (key, *more) = table.primary_key.columns
        if not more and isinstance(key.type, sa.Integer):
            connection.execute(
                sa.text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'),"
                    f" COALESCE((SELECT MAX({key.name}) FROM {table.name}), 0) + 1, false)"
                )
            )
