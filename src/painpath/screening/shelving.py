"""Tables of a share of the patients on disk: Arrow files, read again by every later run.

They are nobody's but the screen's own, so they are written as they lie in memory: what the next run
does not look at it need not even read.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa

from painpath.screening.telling import TABLES, Told

_OPTIONS = pa.ipc.IpcWriteOptions(unify_dictionaries=True)


def write_told(place: Path, tables: Told) -> None:
    """All tables of a share in one folder, which is there whole or not at all."""
    beside = place.with_name(f".{place.name}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for name, rows in tables.items():
        with pa.ipc.new_file(_path(beside, name), rows.schema, options=_OPTIONS) as writer:
            writer.write_table(rows.combine_chunks())
    shutil.rmtree(place, ignore_errors=True)
    beside.rename(place)


def read_told(place: Path) -> Told:
    """All tables of a share."""
    return {name: read_one(place, name) for name in TABLES}


def read_one(place: Path, name: str) -> pa.Table:
    """One of the tables of a share."""
    with pa.memory_map(str(_path(place, name))) as file:
        return pa.ipc.open_file(file).read_all().cast(TABLES[name])


def _path(place: Path, name: str) -> Path:
    return place / f"{name}.arrow"
