"""The database opened: short transactions, SQLite made fit for several writers, migrations run."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

from painpath.serve.store.tables import Base

_BUSY_SECONDS = 15
_LOCK = 704_215
"""Any number, the same in every process: who migrates holds it (PostgreSQL)."""


_WAITS = {"connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 30_000}
"""Until a PostgreSQL server that no longer answers is given up (seconds; the last milliseconds)."""


class NewerTablesError(Exception):
    """The tables are those of a later version."""


class Store:
    """One database. Transactions are short: nothing is planned or drawn while one is open."""

    def __init__(self, url: str) -> None:
        """Open it; a SQLite file and its folder are made, for their owner only."""
        made = sa.make_url(url)
        self.is_sqlite = made.get_backend_name() == "sqlite"
        if self.is_sqlite and made.database:
            _make(Path(made.database))
        terms: dict[str, Any] = {"connect_args": {"timeout": _BUSY_SECONDS}}
        if not self.is_sqlite:
            waits = {name: value for name, value in _WAITS.items() if name not in made.query}
            terms = {"pool_size": 10, "max_overflow": 20, "connect_args": waits}
        self.engine = sa.create_engine(made, pool_pre_ping=True, **terms)
        if self.is_sqlite:
            _for_sqlite(self.engine)
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        writing = self.engine.execution_options(painpath_writes=True)
        self._writing = sessionmaker(writing, expire_on_commit=False)

    def put(self, row: Mapping[str, Any], table: type[Base]) -> sa.Executable:
        """Insert a row, or take the place of the one with its key, whoever comes first."""
        keys = [column.name for column in sa.inspect(table).primary_key]
        insert: Any = (sqlite if self.is_sqlite else postgresql).insert(table).values(**row)
        rest = {name: value for name, value in row.items() if name not in keys}
        made: sa.Executable = insert.on_conflict_do_update(index_elements=keys, set_=rest)
        return made

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with self._reading() as work:
            yield work

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is kept when the block ends without an error."""
        with self._writing() as work, work.begin():
            yield work

    def migrate(self) -> None:
        """Bring the tables up to date; of several processes one does it, the others wait.

        Raises:
            NewerTablesError: if they are those of a later version of PainPath.
        """
        config = Config()
        config.set_main_option("script_location", str(_scripts()))
        logging.getLogger("alembic").setLevel(logging.WARNING)
        with self.engine.execution_options(painpath_writes=True).begin() as connection:
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError:
                raise NewerTablesError(
                    "the database is that of a later version of PainPath; run that version, or"
                    " restore a backup that this one has made"
                ) from None

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _make(file: Path) -> None:
    """An empty file that nobody else may read, and its folder; SQLite's other files follow it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def _scripts() -> Path:
    folder = resources.files("painpath.serve.store") / "migrations"
    return Path(str(folder))


def _for_sqlite(engine: sa.Engine) -> None:
    """Readers beside a writer; a transaction that will write says so at once and waits its turn."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        del record
        # SQLAlchemy begins transactions itself, below.
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("painpath_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
