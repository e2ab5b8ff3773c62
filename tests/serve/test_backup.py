"""A backup puts everything back, from either database into either."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from painpath.serve.desk.desk import Desk
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store import backup
from painpath.serve.store.backup import BackupError
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Base, Trail
from tests.serve.conftest import fresh_database
from tests.serve.earlier import at_revision
from tests.serve.world import TODAY, World

KEPT = ("clinic", "account", "membership", "patient", "document", "trail", "asked_form")


def content(store: Store, table: str) -> list[tuple[object, ...]]:
    known = Base.metadata.tables[table]
    with store.reading() as work:
        return sorted((tuple(row) for row in work.execute(sa.select(known))), key=repr)


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_everything_comes_back(
    world: World, into: str, desk: Desk, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world.client(Role.clinician).get(f"/patients/{world.patients['North']}")
    file = tmp_path / "backup.gz"
    rows = backup.write(world.store, file)
    assert file.stat().st_mode & 0o077 == 0
    url = fresh_database(request.getfixturevalue("server")) if into == "postgresql" else ""
    settings = Settings(database_url=url, data_folder=str(tmp_path / "new"), today=TODAY)
    store = Store(settings.database)
    store.migrate()
    assert backup.restore(store, file) == rows
    for table in KEPT:
        assert content(store, table) == content(world.store, table)
    from painpath.serve.app import create_app

    again = World(create_app(settings, store=store, desk=desk), store, desk, settings)
    again.patients = world.patients
    before = len(again.trail())
    page = again.client(Role.clinician).get(f"/patients/{world.patients['North']}")
    assert page.status_code == 200 and len(again.trail()) == before + 1
    with pytest.raises(sa.exc.DBAPIError), store.writing() as work:
        work.execute(sa.delete(Trail))
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("revision", ["0001", "0003", "0006"])
def test_a_backup_of_an_earlier_version_comes_back(
    revision: str, kind: str, original: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    then = Store(Settings(data_folder=str(tmp_path / "then")).database)
    known = at_revision(then, revision)
    then.close()
    file = tmp_path / "backup.gz"
    backup.write(original.store, file)
    head, *rows = map(msgspec.json.decode, gzip.decompress(file.read_bytes()).splitlines())
    head["revision"] = revision
    kept = [row for row in rows if row["table"] in known.tables]
    for row in kept:
        columns = known.tables[row["table"]].columns
        row["values"] = {name: value for name, value in row["values"].items() if name in columns}
    lines = b"\n".join(map(msgspec.json.encode, [head, *kept]))
    file.write_bytes(gzip.compress(lines + b"\n", mtime=0))
    url = fresh_database(request.getfixturevalue("server")) if kind == "postgresql" else ""
    store = Store(Settings(database_url=url, data_folder=str(tmp_path / "now")).database)
    store.migrate()
    assert backup.restore(store, file) == len(kept)
    for table in ("account", "membership", "patient", "trail"):
        assert content(store, table) == content(original.store, table)
    assert len(content(store, "document")) == len(content(original.store, "document"))
    store.close()


def test_a_backup_of_a_later_version_is_refused(small: World, tmp_path: Path) -> None:
    file = tmp_path / "backup.gz"
    backup.write(small.store, file)
    head, *rows = gzip.decompress(file.read_bytes()).splitlines()
    later = {**msgspec.json.decode(head), "revision": "0999"}
    file.write_bytes(gzip.compress(b"\n".join([msgspec.json.encode(later), *rows]), mtime=0))
    store = Store(Settings(data_folder=str(tmp_path / "new")).database)
    store.migrate()
    with pytest.raises(BackupError, match="0999"):
        backup.restore(store, file)
    store.close()


def test_nothing_is_put_over_what_is_there(small: World, tmp_path: Path) -> None:
    file = tmp_path / "backup.gz"
    backup.write(small.store, file)
    with pytest.raises(BackupError, match="not empty"):
        backup.restore(small.store, file)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        gzip.compress(b"{}\n", mtime=0),
        gzip.compress(b'{"format":"x","revision":"","made":""}', mtime=0),
    ],
)
def test_what_is_no_backup_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "backup.gz"
    file.write_bytes(data)
    store = Store(Settings(data_folder=str(tmp_path)).database)
    store.migrate()
    with pytest.raises(BackupError, match="no backup of PainPath"):
        backup.restore(store, file)
    store.close()


def test_a_damaged_backup_puts_nothing_in(small: World, tmp_path: Path) -> None:
    file = tmp_path / "backup.gz"
    backup.write(small.store, file)
    file.write_bytes(file.read_bytes()[:-200])
    store = Store(Settings(data_folder=str(tmp_path / "new")).database)
    store.migrate()
    with pytest.raises(BackupError, match="damaged"):
        backup.restore(store, file)
    assert all(not content(store, table) for table in KEPT)
    store.close()


@pytest.mark.parametrize(
    ("what", "by"),
    [
        (b'"content":"', b'"content":"*'),
        (b'"at":"2', b'"at":"true'),
        (b'"shown_as"', b'"shown_at"'),
        (b'"name":"', b'"nome":"'),
        (b'"membership","values":{"account_id":', b'"membership","values":{"account_id":9'),
    ],
)
def test_damage_that_can_still_be_unpacked_is_one_sentence(
    small: World, tmp_path: Path, what: bytes, by: bytes
) -> None:
    small.client(Role.clinician).get("/today")
    file = tmp_path / "backup.gz"
    backup.write(small.store, file)
    lines = gzip.decompress(file.read_bytes())
    assert what in lines
    file.write_bytes(gzip.compress(lines.replace(what, by, 1), mtime=0))
    store = Store(Settings(data_folder=str(tmp_path / "new")).database)
    store.migrate()
    with pytest.raises(BackupError, match="damaged"):
        backup.restore(store, file)
    assert all(not content(store, table) for table in KEPT)
    store.close()


def test_a_changed_bit_in_what_is_packed_is_one_sentence(small: World, tmp_path: Path) -> None:
    file = tmp_path / "backup.gz"
    backup.write(small.store, file)
    whole = file.read_bytes()
    store = Store(Settings(data_folder=str(tmp_path / "new")).database)
    store.migrate()
    for place in range(40, len(whole), len(whole) // 12):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(BackupError):
            backup.restore(store, file)
    assert all(not content(store, table) for table in KEPT)
    store.close()
