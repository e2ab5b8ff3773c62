"""One desk for all tests; every test of the service runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the extra painpath[serve] is not installed")

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


@pytest.fixture
def small(desk: Desk, tmp_path: Path) -> Iterator[World]:
    """A world of a test's own, on SQLite."""
    settings = Settings(data_folder=str(tmp_path), today=TODAY, upload_mb=1, unpacked_mb=2)
    store = Store(settings.database)
    yield made(store, desk, settings)
    store.close()


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
