"""One desk for all tests; every test of the service runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

pytest.importorskip("fastapi", reason="the extra painpath[serve] is not installed")

from painpath.serve.app import create_app
from painpath.serve.desk.desk import Desk
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from tests.serve import postgres
from tests.serve.world import TODAY, World, made


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    opened = Desk()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    if why := postgres.missing():
        pytest.skip(why)
    with postgres.server() as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Shared by the tests of a module: they leave what they find as it was, or use their own."""
    url = ""
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("server"))
    settings = Settings(
        database_url=url,
        data_folder=str(tmp_path_factory.mktemp("data")),
        today=TODAY,
        upload_mb=2,
        unpacked_mb=4,
    )
    store = Store(settings.database)
    yield made(store, desk, settings)
    store.close()


@pytest.fixture(scope="session")
def original(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world to make copies of: making one takes longer than most tests."""
    settings = Settings(
        data_folder=str(tmp_path_factory.mktemp("original")),
        today=TODAY,
        upload_mb=1,
        unpacked_mb=2,
    )
    store = Store(settings.database)
    world = made(store, desk, settings)
    # What is written is in one file now.
    store.close()
    return world


def copied(original: World, folder: Path, **terms: Any) -> World:
    """The same on a database of its own, by other settings; its application is not made yet."""
    settings = msgspec.structs.replace(original.settings, data_folder=str(folder), **terms)
    shutil.copytree(original.settings.folder, folder, dirs_exist_ok=True)
    return dataclasses.replace(original, store=Store(settings.database), settings=settings)


def opened(world: World) -> Iterator[World]:
    """With its application, and closed afterwards."""
    app = create_app(world.settings, store=world.store, desk=world.desk)
    yield dataclasses.replace(world, app=app)
    world.store.close()


@pytest.fixture
def small(original: World, tmp_path: Path) -> Iterator[World]:
    """A world of a test's own, on SQLite."""
    yield from opened(copied(original, tmp_path))


_COUNT = iter(range(1000))


def fresh_database(server: postgres.Server) -> str:
    """An empty database on the server."""
    import psycopg

    name = f"painpath_{next(_COUNT)}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return server.url(name)


@pytest.fixture
def one_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts are counted in one span of time, however slow the machine is."""
    monkeypatch.setattr("painpath.serve.guard.rates.time", SimpleNamespace(time=lambda: 1.8e9))
