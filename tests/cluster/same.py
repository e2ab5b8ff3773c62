"""Whether two folders of results hold the same rows, however the files are laid out."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TABLES = (
    "patients", "problems", "options", "positions", "verdicts", "safety", "worklist", "criteria",
    "codes", "skips",
)  # fmt: skip


def table(folder: Path, name: str) -> pa.Table:
    """One table of results: a file, or a folder of files."""
    path = folder / f"{name}.parquet"
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return pa.concat_tables([pq.read_table(file) for file in files])


def rows(folder: Path, name: str) -> list[str]:
    """Its rows in an order of their own."""
    return sorted(map(str, table(folder, name).to_pylist()))


def assert_same(one: Path, other: Path) -> None:
    """Every table has the same columns and, row by row, the same values."""
    for name in TABLES:
        here, there = table(one, name), table(other, name)
        assert here.column_names == there.column_names, name
        assert [str(t) for t in here.schema.types] == [str(t) for t in there.schema.types], name
        mine, theirs = rows(one, name), rows(other, name)
        assert len(mine) == len(theirs), name
        for a, b in zip(mine, theirs, strict=True):
            assert a == b, name
