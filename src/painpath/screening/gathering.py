"""The second step: a share of the patients, their resources gathered from all runs, into facts.

Only patients whose resources differ from those of the facts at hand are read again; the others'
facts are taken over as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.chart import Chart
from painpath.records.charting import Tallies, read_chart
from painpath.records.parts import Parts
from painpath.records.reading import StillCollector
from painpath.records.references import Index, Target
from painpath.records.repair import UnreadableError, decode
from painpath.records.resources import TYPES
from painpath.records.store import TABLES, Facts
from painpath.records.table import PatientRow
from painpath.screening.fresh import FAILED, UNKNOWN, Batch, Keeps, Unread
from painpath.screening.joining import Blend
from painpath.screening.runs import Keys, Run, key_of

_MIX = np.uint64(0x9E3779B97F4A7C15)


class RunRef(msgspec.Struct, frozen=True):
    """A run, and where its pieces stand in the export (-1: changed since)."""

    name: str
    orders: list[int]


class Share(msgspec.Struct, frozen=True):
    """The patients between two keys, both included."""

    first: int
    last: int


class Shelf(msgspec.Struct, frozen=True):
    """What is known of a share of the patients."""

    facts: Facts
    unknown: pa.Table
    failed: pa.Table

    def marks(self) -> list[bytes]:
        """What changes with any of it."""
        tables = (self.facts.patients, self.failed)
        return [t.column(name).to_numpy().tobytes() for t in tables for name in ("key", "digest")]


class Earlier(NamedTuple):
    """What was known of a share at an earlier time; all of it is read only if any has changed."""

    people: pa.Table
    """`key` and `digest` of its patients."""
    failed: pa.Table
    shelf: Callable[[], Shelf]


class Gathered(msgspec.Struct, frozen=True):
    """A share's shelf, and which of its patients were read anew."""

    shelf: Shelf
    fresh: list[str]


class Source(Protocol):
    """What patients are read from."""

    @property
    def shared(self) -> Index:
        """Resources of nobody in particular."""

    def digests(self, share: Share) -> tuple[Keys, Keys]:
        """Keys of the share's patients, ascending, and what changes with what is recorded."""

    def patients(self, wanted: Keys) -> Iterable[Unread]:
        """These patients (keys ascending), in the order of their keys."""


class Runs:
    """All runs of an export, opened once per process."""

    def __init__(self, folder: Path, refs: Sequence[RunRef]) -> None:
        self.runs = [Run(folder, ref.name, ref.orders) for ref in refs]
        self.shared = Shared([Run(folder, ref.name, ref.orders, shared=True) for ref in refs])

    def digests(self, share: Share) -> tuple[Keys, Keys]:
        """Keys of the share's patients, ascending, and what changes with their resources."""
        keys, digests = [], []
        for run in self.runs:
            rows = run.between(share.first, share.last)
            alive = run.order[rows] >= 0
            key, digest = run.key[rows][alive], run.digest[rows][alive]
            keys.append(key)
            digests.append(digest + self._referred(run, rows)[alive])
        key, digest = np.concatenate(keys), np.concatenate(digests)
        order = np.argsort(key, kind="stable")
        key, digest = key[order], digest[order]
        if not len(key):
            return key, digest
        found, begins = np.unique(key, return_index=True)
        return found, np.add.reduceat(digest, begins)

    def _referred(self, run: Run, rows: slice) -> Keys:
        """What changes with the resources of nobody to which these rows point."""
        lists = run.table.column("refers")[rows.start : rows.stop].combine_chunks()
        total = np.zeros(rows.stop - rows.start, dtype=np.uint64)
        values = lists.flatten().to_numpy(zero_copy_only=False).astype(np.uint64)
        if len(values):
            offsets = lists.offsets.to_numpy()
            whose = np.repeat(np.arange(len(total)), np.diff(offsets))
            np.add.at(total, whose, self.shared.digests(values) * _MIX)
        return total

    def patients(self, wanted: Keys) -> Iterable[Unread]:
        """These patients, each with the resources that stand in the export."""
        grouped: dict[str, list[Found]] = {}
        keys: dict[str, int] = {}
        for key, name, *found in self._entries(wanted):
            if name not in grouped:
                grouped[name], keys[name] = [], key
            grouped[name].append(found)
        for name, entries in grouped.items():
            parts = _parts(entries)
            repeats = len(entries) - len(parts.items)
            yield Unread(name, keys[name], partial(_read, parts, name), repeats)

    def _entries(self, wanted: Keys) -> Iterable[tuple[Any, ...]]:
        """The resources of these patients (keys ascending), as they stand in the export."""
        tables, orders = [], []
        for run in self.runs:
            rows = run.between(int(wanted[0]), int(wanted[-1]))
            chosen = (run.order[rows] >= 0) & np.isin(run.key[rows], wanted)
            at = np.flatnonzero(chosen) + rows.start
            if len(at):
                tables.append(run.table.select(("place", *_ENTRY)).take(pa.array(at)))
                orders.append(run.order[at])
        if not tables:
            return ()
        table = pa.concat_tables(tables)
        by = (table.column("place").to_numpy(), np.concatenate(orders))
        table = table.take(pa.array(np.lexsort((*by, table.column("key").to_numpy()))))
        return zip(*(table.column(name).to_pylist() for name in _ENTRY), strict=True)


_ENTRY = ("key", "name", "digest", "kind", "url", "where", "data")
Found = Sequence[Any]
"""A resource of a patient: digest, kind, URL, where it stands, its bytes."""


def _parts(found: Iterable[Found]) -> Parts:
    """A patient's resources; the same from two exports is one."""
    parts = Parts()
    seen: dict[tuple[int, str | None], tuple[str, bytes]] = {}
    for digest, kind, url, where, data in found:
        known = seen.get((digest, url))
        if known is None:
            seen[digest, url] = kind, data
        elif known == (kind, data):
            continue
        parts.items.append((kind, data, url, where))
    return parts


def _read(parts: Parts, name: str, chart: Chart, tallies: Tallies) -> PatientRow:
    return read_chart(parts, name, chart, tallies)


class Shared(Index):
    """Resources of nobody, decoded only when somebody points to them."""

    def __init__(self, runs: Sequence[Run]) -> None:
        super().__init__()
        self._runs = runs
        keys = np.concatenate([run.key for run in runs] or [np.zeros(0, np.uint64)])
        orders = np.concatenate([run.order for run in runs] or [np.zeros(0, np.int64)])
        which = np.repeat(np.arange(len(runs)), [len(run.key) for run in runs])
        row = np.concatenate([np.arange(len(run.key)) for run in runs] or [np.zeros(0, np.int64)])
        digests = np.concatenate([run.digest for run in runs] or [np.zeros(0, np.uint64)])
        alive = orders >= 0
        # Of several of one name, the last in the export counts.
        order = np.lexsort((row[alive], orders[alive], keys[alive]))
        self._key = keys[alive][order]
        self._which: NDArray[np.int64] = which[alive][order]
        self._row: NDArray[np.int64] = row[alive][order]
        self._digest = digests[alive][order]
        self._decoded: dict[str, Target | None] = {}

    def digests(self, keys: Keys) -> Keys:
        """What changes with the resources of these keys; 0 where there is none."""
        if not len(self._key):
            return np.zeros(len(keys), dtype=np.uint64)
        at = np.searchsorted(self._key, keys, side="right") - 1
        there = (at >= 0) & (self._key[at] == keys)
        return np.where(there, self._digest[at], np.uint64(0))

    def get(self, ref: str) -> Target | None:
        """The resource called `Type/id`."""
        if ref not in self._decoded:
            if len(self._decoded) > _REMEMBERED:
                self._decoded.clear()
            self._decoded[ref] = self._read(ref)
        return self._decoded[ref]

    def _read(self, ref: str) -> Target | None:
        key = np.uint64(key_of(ref))
        at = int(np.searchsorted(self._key, key, side="right")) - 1
        if at < 0 or self._key[at] != key:
            return None
        row = self._runs[self._which[at]].table.slice(int(self._row[at]), 1).to_pylist()[0]
        try:
            return Target(ref, decode(row["data"], TYPES[row["kind"]])[0])
        except UnreadableError:
            return None


_REMEMBERED = 50_000


_BLOCK = 500
"""Patients whose resources are in memory at once."""


def gather(
    source: Source, share: Share, vocabulary: Vocabulary, before: Earlier | None, keeps: Keeps
) -> Gathered | None:
    """The facts of a share of the patients.

    Args:
        source: what they are read from.
        share: which patients.
        vocabulary: what the codes and words mean.
        before: what was known of the share at an earlier time.
        keeps: tells which prescriptions are needed later; facts are made of all of them.

    Returns:
        The facts, or `None` if nothing has changed.
    """
    keys, digests = source.digests(share)
    known = (before.people, before.failed) if before else (_EMPTY.facts.patients, _EMPTY.failed)
    same = _unchanged(keys, digests, known)
    staying = [_staying(table, keys[same]) for table in known]
    if before is not None and same.all() and all(all_ for all_, _ in staying):
        return None
    old = before.shelf() if before else _EMPTY
    batch = Batch(vocabulary, source.shared, keeps)
    wanted, digest = keys[~same], digests[~same]
    for begin in range(0, len(wanted), _BLOCK):
        block = wanted[begin : begin + _BLOCK]
        digest_of = dict(zip(block.tolist(), digest[begin : begin + _BLOCK].tolist(), strict=True))
        with StillCollector():
            for patient in source.patients(block):
                batch.read(patient, digest_of[patient.key])
    fresh = batch.facts()
    (_, people), (_, failed) = staying
    was, now = old.facts.patients, fresh.patients
    blend = Blend(was.column("patient"), now.column("patient"), _order(was.filter(people), now))
    made = {
        name: blend.table(table, fresh.tables[name]) for name, table in old.facts.tables.items()
    }
    shelf = Shelf(
        facts=Facts(made),
        unknown=blend.table(old.unknown, batch.unknown_table()),
        failed=pa.concat_tables([old.failed.filter(failed), batch.failed_table()]).sort_by("key"),
    )
    return Gathered(shelf, fresh.patients.column("patient").to_pylist())


_EMPTY = Shelf(
    Facts({name: schema.empty_table() for name, schema in TABLES.items()}),
    UNKNOWN.empty_table(),
    FAILED.empty_table(),
)


def _staying(table: pa.Table, keys: Keys) -> tuple[bool, pa.Array]:
    stays = np.isin(table.column("key").to_numpy(), keys)
    return bool(stays.all()), pa.array(stays)


def _unchanged(keys: Keys, digests: Keys, known: Sequence[pa.Table]) -> NDArray[np.bool_]:
    columns = [
        np.concatenate([table.column(name).to_numpy() for table in known])
        for name in ("key", "digest")
    ]
    order = np.argsort(columns[0], kind="stable")
    key, digest = (column[order] for column in columns)
    if not len(key):
        return np.zeros(len(keys), dtype=np.bool_)
    at = np.minimum(np.searchsorted(key, keys), len(key) - 1)
    same: NDArray[np.bool_] = (key[at] == keys) & (digest[at] == digests)
    return same


def _order(*people: pa.Table) -> pa.Array:
    """All patients in the order of their keys."""
    rows = [
        row
        for table in people
        for row in zip(
            table.column("key").to_pylist(), table.column("patient").to_pylist(), strict=True
        )
    ]
    return pa.array(list(dict.fromkeys(patient for _, patient in sorted(rows))), pa.string())
