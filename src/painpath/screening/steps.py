"""The pieces of work of a screen, each of which a process does alone.

A step reads files that are complete and leaves files that are complete; what it reports is small.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge.store import Compiled
from painpath.opioids import is_opioid
from painpath.planning.steroids import SteroidCalculator
from painpath.records import store
from painpath.records.facts import Prescription
from painpath.records.reading import StillCollector
from painpath.records.store import Facts, places
from painpath.screening import exports
from painpath.screening.cdm import Cdm
from painpath.screening.dealing import deal
from painpath.screening.deciding import Decider
from painpath.screening.fresh import FAILED, UNKNOWN
from painpath.screening.gathering import Earlier, RunRef, Runs, Share, Shelf, Source, gather
from painpath.screening.joining import Blend, kept
from painpath.screening.known import Known, knowledge_mark, ready
from painpath.screening.shelving import read_told, write_told
from painpath.screening.telling import TABLES, Told, tell
from painpath.screening.terms import Terms
from painpath.screening.worklists import Worklists


class Setting(msgspec.Struct, frozen=True):
    """What all steps of a screen have in common."""

    home: str
    """The export's folder, or the folder of facts."""
    out: str
    terms: Terms
    refs: list[RunRef] = []
    has_facts: bool = False
    """What is screened are facts, not FHIR."""
    stage: str = ""
    """Name of the stage, if OMOP tables are screened."""
    only_facts: bool = False
    """Facts are all that is wanted; another engine judges them."""

    @property
    def facts(self) -> Path:
        """Folder of the facts."""
        return Path(self.home) if self.has_facts else Path(self.out) / FACTS

    @property
    def runs(self) -> Path:
        """Folder of the runs."""
        return Path(self.out) / WORK / "runs"

    @property
    def cdm(self) -> Path:
        """Folder of OMOP tables in the order of the patients."""
        return Path(self.out) / WORK / "cdm"

    @property
    def shelves(self) -> Path:
        """Folder of what else was found while reading."""
        return Path(self.out) / WORK / "shelves"

    @property
    def told(self) -> Path:
        """Folder of the tables of the shares."""
        return Path(self.out) / WORK / "told"


_REMEMBERED = 100_000
WORK = ".painpath"
FACTS = "facts"


class Deal(msgspec.Struct, frozen=True, tag=True):
    """Read pieces of the export into a run."""

    pieces: list[exports.Piece]


class Check(msgspec.Struct, frozen=True, tag=True):
    """Whether pieces that were written again still hold the same bytes."""

    pieces: list[exports.Piece]
    checksums: list[int]


class Lot(msgspec.Struct, frozen=True):
    """A share of the patients, or a file of facts."""

    number: int
    share: Share | None
    """`None`: the facts are those called `facts`, and are not read from FHIR."""
    facts: str | None
    """Name of the share's facts at an earlier time."""
    told: str | None
    """Name of its tables, if they were made on the same terms."""
    mark: str = ""
    """Of facts that do not say what changes with a patient: when they were written."""


class Take(msgspec.Struct, frozen=True, tag=True):
    """Facts and tables of shares. Whoever is new in any of them is judged with the others."""

    lots: list[Lot]


Step = Deal | Check | Take


class Dealt(msgspec.Struct, frozen=True, tag=True):
    """The run of a `Deal`."""

    run: str


class Checked(msgspec.Struct, frozen=True, tag=True):
    """Whether each piece of a `Check` is the same."""

    same: list[bool]


class LotTaken(msgspec.Struct, frozen=True):
    """Names of a share's files, and how many patients it has."""

    number: int
    facts: str
    told: str
    patients: int


class Taken(msgspec.Struct, frozen=True, tag=True):
    """The shares of a `Take`, and how many patients were judged."""

    lots: list[LotTaken]
    fresh: int


Report = Dealt | Checked | Taken


class _Opened(NamedTuple):
    """A share with its facts in place."""

    number: int
    name: str
    """Of the facts."""
    told: str
    is_told: bool
    people: pa.Table
    before: str | None
    """Name of the tables made earlier on the same terms."""
    facts: Facts | None
    """The facts, where they were in memory anyway."""


_WHO = ("patient", "key", "digest")


class Hand:
    """Does steps, one after the other; keeps the knowledge and the engine warm between them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._kept: dict[tuple[str, tuple[tuple[str, str, str], ...]], bool] = {}

    def do(self, step: Step) -> Report:
        """One step."""
        with StillCollector():
            match step:
                case Deal():
                    return self._deal(step)
                case Check():
                    return self._check(step)
                case Take():
                    return self._take(step)

    @property
    def _ready(self) -> Compiled:
        return ready()

    @property
    def _fingerprint(self) -> str:
        return knowledge_mark()

    @cached_property
    def _known(self) -> Known:
        ready = self._ready
        return Known(ready.knowledge, ready.vocabulary, ready.rules)

    @cached_property
    def _decider(self) -> Decider:
        return Decider(self._known, self.setting.terms)

    @cached_property
    def _worklists(self) -> Worklists:
        return Worklists(self._known, self._decider)

    @cached_property
    def _source(self) -> Source:
        setting = self.setting
        if setting.stage:
            return Cdm(setting.cdm, setting.stage, self._ready.vocabulary)
        return Runs(setting.runs, setting.refs)

    def keeps(self, order: Prescription) -> bool:
        """Whether a dose may have to be worked out of a prescription; remembered by its name."""
        key = (order.text, order.codes)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > _REMEMBERED:
                self._kept.clear()
            found = self._kept[key] = is_opioid(order) or self._steroids.knows(order)
        return found

    @cached_property
    def _steroids(self) -> SteroidCalculator:
        return SteroidCalculator(self._ready.knowledge, self._ready.vocabulary)

    def _deal(self, step: Deal) -> Dealt:
        home = Path(self.setting.home)
        folder = self.setting.runs
        vocabulary = self._ready.vocabulary
        return Dealt(deal(step.pieces, home, folder, vocabulary, self._fingerprint))

    def _check(self, step: Check) -> Checked:
        home = Path(self.setting.home)
        same = []
        for piece, expected in zip(step.pieces, step.checksums, strict=True):
            try:
                same.append(exports.checksum(home, piece) == expected)
            except OSError:
                same.append(False)
        return Checked(same)

    # -- shares --

    def _take(self, step: Take) -> Taken:
        opened = [self._open(lot) for lot in step.lots]
        lots = [LotTaken(o.number, o.name, o.told, o.people.num_rows) for o in opened]
        if self.setting.only_facts:
            return Taken(lots, 0)
        return Taken(lots, self._tell([o for o in opened if not o.is_told]))

    def _open(self, lot: Lot) -> _Opened:
        """A share's facts, written if any have changed, and what they will be told as."""
        folder = self.setting.facts
        name, facts = lot.facts, None
        if lot.share is not None:
            name, facts = self._gather(lot, lot.share)
        assert name is not None
        people = (
            store.read_table(folder, "patients", name, _WHO)
            if facts is None
            else facts.patients.select(_WHO)
        )
        digests = people.column("digest")
        key = _digest(
            self.setting.terms.fingerprint(self._fingerprint),
            name,
            digests.fill_null(0).to_numpy().tobytes(),
            lot.mark if digests.null_count else "",
        )
        told = f"{lot.number:05d}-{key}"
        is_told = (self.setting.told / told).is_dir()
        return _Opened(lot.number, name, told, is_told, people, lot.told, facts)

    def _gather(self, lot: Lot, share: Share) -> tuple[str, Facts | None]:
        """Name of a share's facts, and the facts where they are not those of before."""
        folder, earlier = self.setting.facts, lot.facts
        before = None if earlier is None else self._earlier(folder, earlier)
        found = gather(self._source, share, self._ready.vocabulary, before, self.keeps)
        if found is None:
            assert earlier is not None
            return earlier, None
        shelf = found.shelf
        key = _digest(self._fingerprint, *shelf.marks())
        name = f"{lot.number:05d}-{key}"
        shelves = self.setting.shelves
        store.write(shelf.unknown, shelves / "unknown" / f"{name}.parquet")
        store.write(shelf.failed, shelves / "failed" / f"{name}.parquet")
        store.write_facts(folder, name, shelf.facts)
        return name, shelf.facts

    def _earlier(self, folder: Path, name: str) -> Earlier:
        shelves = self.setting.shelves
        failed = store.read_file(shelves / "failed" / f"{name}.parquet", FAILED)

        def shelf() -> Shelf:
            unknown = store.read_file(shelves / "unknown" / f"{name}.parquet", UNKNOWN)
            return Shelf(store.read_facts(folder, name), unknown, failed)

        return Earlier(store.read_table(folder, "patients", name, _WHO), failed, shelf)

    def _tell(self, opened: Sequence[_Opened]) -> int:
        """The tables of these shares; how many patients had to be judged."""
        befores = [
            None if each.before is None else read_told(self.setting.told / each.before)
            for each in opened
        ]
        staying = [_same(before, each.people) for before, each in zip(befores, opened, strict=True)]
        fresh = [
            _without(self._facts(each), stay) for each, stay in zip(opened, staying, strict=True)
        ]
        everyone = fresh[0] if len(fresh) == 1 else _together(fresh)
        count: int = everyone.patients.num_rows
        tables = self._decide(everyone) if count else _NOTHING
        for each, before, stay, mine in zip(opened, befores, staying, fresh, strict=True):
            told = tables
            if len(opened) > 1:
                ids = mine.patients.column("patient")
                told = {name: kept(table, ids) for name, table in tables.items()}
            if before is not None and stay.num_rows:
                was, now = before["patients"], mine.patients
                who = (table.column("patient") for table in (was, now, each.people))
                blend = Blend(*who)
                told = {name: blend.table(before[name], table) for name, table in told.items()}
            write_told(self.setting.told / each.told, told)
        return count

    def _facts(self, opened: _Opened) -> Facts:
        if opened.facts is not None:
            return opened.facts
        return store.read_facts(self.setting.facts, opened.name)

    def _decide(self, facts: Facts) -> Told:
        population = self._decider.decide(facts)
        rows = self._worklists.rows(population)
        return tell(facts, population, rows, self._known, self.setting.terms)


_NOTHING: Told = {name: schema.empty_table() for name, schema in TABLES.items()}


def _digest(*parts: str | bytes) -> str:
    found = hashlib.blake2b(digest_size=8)
    for part in parts:
        found.update(part.encode() if isinstance(part, str) else part)
        found.update(b"\0")
    return found.hexdigest()


def _same(before: Told | None, people: pa.Table) -> pa.Table:
    """Patients whose facts are those that were judged before."""
    if before is None:
        return people.slice(0, 0)
    was = before["patients"]
    if not was.num_rows:
        return people.slice(0, 0)
    at = places(people.column("patient"), was.column("patient"))
    digest = was.column("digest").take(pa.array(np.maximum(at, 0)))
    same = pc.equal(digest, people.column("digest")).fill_null(False).to_numpy()
    return people.filter(pa.array(same & (at >= 0)))


def _without(facts: Facts, staying: pa.Table) -> Facts:
    if not staying.num_rows:
        return facts
    ids = facts.patients.column("patient")
    rest = ids.filter(pc.invert(pc.is_in(ids, value_set=staying.column("patient"))))
    return Facts({name: kept(table, rest) for name, table in facts.tables.items()})


def _together(facts: Sequence[Facts]) -> Facts:
    if not facts:
        return Facts({name: schema.empty_table() for name, schema in store.TABLES.items()})
    return Facts(
        {
            name: pa.concat_tables([each.tables[name] for each in facts]).unify_dictionaries()
            for name in store.TABLES
        }
    )
