"""Databases of earlier versions."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from painpath.serve.store import opening
from painpath.serve.store.opening import Store


def at_revision(store: Store, revision: str) -> sa.MetaData:
    """The tables of an earlier version, made in an empty database."""
    config = Config()
    config.set_main_option("script_location", str(Path(opening.__file__).parent / "migrations"))
    with store.engine.execution_options(painpath_writes=True).begin() as there:
        config.attributes["connection"] = there
        command.upgrade(config, revision)
        known = sa.MetaData()
        known.reflect(there)
    return known
