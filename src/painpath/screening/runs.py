"""Resources of an export on disk, sorted by patient: one run per group of pieces.

A run is three files that are complete or not there: the resources (Arrow, mapped into memory, so
that a patient's are found without reading the others), what could not be read (Parquet), and a
sheet (JSON) of the pieces it holds. The sheet is written last. Once written a run never changes;
where a piece has changed since, its rows are passed over.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from painpath.records.record import UnknownCode
from painpath.screening.exports import Piece

Keys = NDArray[np.uint64]

ENTRIES = pa.schema(
    [
        # Of the patient: where in the order of all patients it stands.
        ("key", pa.uint64()),
        ("name", pa.string()),
        # Number of the piece in the sheet, and the place in it.
        ("piece", pa.int32()),
        ("place", pa.int64()),
        ("kind", pa.string()),
        ("url", pa.string()),
        ("where", pa.string()),
        # Of the resource's bytes.
        ("digest", pa.uint64()),
        # Keys of resources of nobody that it refers to.
        ("refers", pa.list_(pa.uint64())),
        ("data", pa.large_binary()),
    ]
)
UNREAD = pa.schema([("piece", pa.int32()), ("where", pa.string()), ("why", pa.string())])


def key_of(name: str) -> int:
    """Place of a patient (`Patient/1`) in the order of all patients: as good as random."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


def digest_of(kind: str, data: bytes) -> int:
    """What changes with the bytes of a resource."""
    return int.from_bytes(hashlib.sha1(kind.encode() + data).digest()[:8], "big")


Entry = tuple[int, str, int, int, str, str | None, str, int, Sequence[int], bytes]
"""A resource in a run; columns as in `ENTRIES`."""


class PieceSheet(msgspec.Struct, frozen=True):
    """What became of one piece."""

    piece: Piece
    checksum: int
    seen: int
    """Resources and lines in it."""
    kept: int
    ignored: dict[str, int]
    """Resources in which nothing means anything to any concept, by type."""
    unread: int
    unknown: list[tuple[UnknownCode, int]]
    """Codes that look like pain and that no concept knows."""


class Sheet(msgspec.Struct, frozen=True):
    """What a run holds."""

    pieces: list[PieceSheet]


_SHEET = msgspec.json.Decoder(Sheet)


class Written(msgspec.Struct, frozen=True):
    """A finished run."""

    name: str
    sheet: Sheet


def run_name(pieces: Sequence[Piece], knowledge: str) -> str:
    """Of the run of these pieces as they are now."""
    identity = msgspec.json.encode([knowledge, pieces])
    return hashlib.blake2b(identity, digest_size=10).hexdigest()


def write_run(
    folder: Path,
    name: str,
    entries: list[Entry],
    shared: list[Entry],
    unread: list[tuple[int, str, str]],
    sheet: Sheet,
) -> None:
    """Write the files of a run, the sheet last."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_entries(folder / f"{name}.arrow", entries)
    _write_entries(folder / f"{name}.shared.arrow", shared)
    write_unread(folder, name, unread, sheet)


def write_unread(folder: Path, name: str, unread: list[tuple[int, str, str]], sheet: Sheet) -> None:
    """Write what could not be read, and the sheet last."""
    folder.mkdir(parents=True, exist_ok=True)
    table = _table(unread, UNREAD)
    beside = folder / f".{name}.unread.{os.getpid()}"
    pq.write_table(table, beside)
    beside.replace(folder / f"{name}.unread.parquet")
    write_sheet(folder, name, sheet)


def write_sheet(folder: Path, name: str, sheet: Sheet) -> None:
    """Write or correct the sheet of a run."""
    beside = folder / f".{name}.sheet.{os.getpid()}"
    beside.write_bytes(msgspec.json.encode(sheet))
    beside.replace(folder / f"{name}.json")


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _write_entries(path: Path, entries: list[Entry]) -> None:
    table = _table(entries, ENTRIES)
    if entries:
        by = [table.column(name).to_numpy() for name in ("place", "piece", "key")]
        table = table.take(pa.array(np.lexsort(by)))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with pa.ipc.new_file(beside, ENTRIES) as writer:
        writer.write_table(table)
    beside.replace(path)


def names(folder: Path) -> list[str]:
    """Of the runs in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.json"))


def runs(folder: Path) -> list[Written]:
    """The finished runs in a folder, in the order of their names."""
    found: list[Written] = []
    for name in names(folder):
        try:
            sheet = _SHEET.decode((folder / f"{name}.json").read_bytes())
        except (msgspec.DecodeError, OSError):
            continue
        found.append(Written(name, sheet))
    return found


def forget(folder: Path, name: str) -> None:
    """Remove a run's files."""
    for suffix in (".json", ".arrow", ".shared.arrow", ".unread.parquet"):
        (folder / f"{name}{suffix}").unlink(missing_ok=True)


class Run:
    """A finished run, opened for reading.

    Args:
        folder: where it lies.
        name: of the run.
        orders: per piece of its sheet, its place in the order of the export; -1 if it has changed
            since and does not count.
        shared: the resources of nobody instead of those of patients.
    """

    def __init__(
        self, folder: Path, name: str, orders: Sequence[int], *, shared: bool = False
    ) -> None:
        path = folder / f"{name}{'.shared' if shared else ''}.arrow"
        with pa.memory_map(str(path)) as file:
            self.table: pa.Table = pa.ipc.open_file(file).read_all()
        self.key: Keys = _numbers(self.table, "key")
        self.digest: Keys = _numbers(self.table, "digest")
        self.order = np.asarray(orders, dtype=np.int64)[_numbers(self.table, "piece")]

    def between(self, first: int, last: int) -> slice:
        """Rows of the patients from `first` to `last`, both included."""
        lo = int(np.searchsorted(self.key, np.uint64(first), side="left"))
        hi = int(np.searchsorted(self.key, np.uint64(last), side="right"))
        return slice(lo, hi)


def _numbers(table: pa.Table, name: str) -> Keys:
    if not table.num_rows:
        return np.zeros(0, dtype=table.schema.field(name).type.to_pandas_dtype())
    values: Keys = table.column(name).combine_chunks().to_numpy()
    return values


def ignored(sheets: Iterable[PieceSheet]) -> Counter[str]:
    """Resources that mean nothing here, by type."""
    found: Counter[str] = Counter()
    for sheet in sheets:
        found.update(sheet.ignored)
    return found
