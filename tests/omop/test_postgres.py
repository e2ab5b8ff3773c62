"""PostgreSQL, where a server can be started."""

from __future__ import annotations

import datetime
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import painpath
from painpath.omop import postgres
from painpath.records import RecordError
from tests.omop.converting import Tables, write_parquet
from tests.omop.small import concept
from tests.omop.test_sources import tables
from tests.programs import postgresql

psycopg = pytest.importorskip("psycopg", reason="painpath[postgres] is not installed")

DAY = datetime.date(2026, 11, 1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of our own, without a password, on a socket."""
    initdb, pg_ctl = postgresql("initdb"), postgresql("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("there is no PostgreSQL server to start (initdb, pg_ctl)")
    user: int | None = None
    if os.geteuid() == 0:
        # The server refuses to run as root.
        try:
            user = pwd.getpwnam("postgres").pw_uid
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if user is not None:
        os.chown(folder, user, -1)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    try:
        run(initdb, "-D", str(data), "-U", "painpath", "-A", "trust", "-N", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        log = str(folder / "log")
        run(pg_ctl, "-D", str(data), "-w", "-t", "600", "-o", options, "-l", log, "start")
        try:
            yield f"postgresql://painpath@/postgres?host={folder}"
        finally:
            run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _load(address: str, schema: str, made: Tables) -> None:
    """Tables with the types of the CDM's own definition."""
    with psycopg.connect(address) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute(f"CREATE SCHEMA {schema}")
        for name, rows in made.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            types = {column: _type(column) for column in columns}
            listed = ", ".join(f"{column} {types[column]}" for column in columns)
            connection.execute(f"CREATE TABLE {schema}.{name} ({listed})")
            marks = ", ".join(["%s"] * len(columns))
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {schema}.{name} VALUES ({marks})",
                    [[row.get(column) for column in columns] for row in rows],
                )


def _type(column: str) -> str:
    if column.endswith("_date"):
        return "date"
    if column.endswith("_id") and column not in ("vocabulary_id", "concept_class_id"):
        return "integer"
    return "integer" if column.endswith("_of_birth") else "text"


def test_a_database_says_what_the_same_files_say(server: str, tmp_path: Path) -> None:
    made = tables(25)
    # Text that CSV must quote, and an empty text beside none at all.
    made["concept"] = [concept(1, "Local", "x", 'a "name", in\ntwo lines'), concept(2, "L", "")]
    _load(server, "cdm", made)
    painpath.screen(server, tmp_path / "of-server", as_of=DAY, jobs=1)
    painpath.screen(write_parquet(made, tmp_path / "cdm"), tmp_path / "of-files", as_of=DAY, jobs=1)
    for name in ("patients.parquet", "problems.parquet", "verdicts.parquet", "worklist.csv"):
        ours, theirs = ((tmp_path / out / name).read_bytes() for out in ("of-server", "of-files"))
        assert ours == theirs, name
    facts = pq.read_table(tmp_path / "of-server" / "facts" / "facts")
    assert facts.num_rows >= 50
    # The copy is gone; nothing of the address was kept.
    assert not (tmp_path / "of-server" / ".painpath" / "cdm" / "copy").exists()


def test_one_person_of_a_database(server: str) -> None:
    from painpath.omop.one import read_person

    _load(server, "cdm", tables(3))
    vocabulary = painpath.planner().vocabulary
    record = read_person(server, "2", vocabulary)
    assert record.patients.column("id").to_pylist() == ["2"]
    assert record.facts.num_rows > 0
    with pytest.raises(RecordError, match='there is no person "9"'):
        read_person(server, "9", vocabulary)


def test_the_schema_is_found_or_asked_for(server: str, tmp_path: Path) -> None:
    _load(server, "cdm", tables(3))
    _load(server, "other", tables(2))
    with pytest.raises(RecordError, match=r"several schemas .*\(cdm, other\); add \?options"):
        postgres.copied(server, tmp_path / "a", lambda done, total: None)
    address = f"{server}&options=-csearch_path%3Dother"
    folder = postgres.copied(address, tmp_path / "b", lambda done, total: None)
    assert pq.read_table(folder / "person.parquet").num_rows == 2


def test_no_server_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    address = f"postgresql://painpath:secret@/postgres?host={tmp_path}"
    with pytest.raises(RecordError, match=r"^PostgreSQL: ") as error:
        postgres.copied(address, tmp_path / "a", lambda done, total: None)
    assert "secret" not in str(error.value)
