"""The pieces of work of a screen, each of which a process does alone.

A step reads files that are complete and leaves files that are complete; what it reports is small.
"""

from __future__ import annotations

import hashlib
import shutil
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from painpath.knowledge.store import Compiled
from painpath.opioids import is_opioid
from painpath.planning.steroids import SteroidCalculator
from painpath.records import store
from painpath.records.facts import Prescription
from painpath.records.store import Facts
from painpath.screening import exports
from painpath.screening.cdm import Cdm
from painpath.screening.dealing import deal
from painpath.screening.deciding import Decider
from painpath.screening.fresh import FAILED, UNKNOWN
from painpath.screening.gathering import RunRef, Runs, Share, Shelf, Source, gather
from painpath.screening.joining import joined, kept
from painpath.screening.known import Known, knowledge_mark, ready
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


class Take(msgspec.Struct, frozen=True, tag=True):
    """Facts and tables of a share of the patients, or of a file of facts."""

    number: int
    share: Share | None
    """`None`: the facts are those called `facts`, and are not read from FHIR."""
    facts: str | None
    """Name of the share's facts at an earlier time."""
    told: str | None
    """Name of its tables, if they were made on the same terms."""
    mark: str = ""
    """Of facts that do not say what changes with a patient: when they were written."""


Step = Deal | Check | Take


class Dealt(msgspec.Struct, frozen=True, tag=True):
    """The run of a `Deal`."""

    run: str


class Checked(msgspec.Struct, frozen=True, tag=True):
    """Whether each piece of a `Check` is the same."""

    same: list[bool]


class Taken(msgspec.Struct, frozen=True, tag=True):
    """Names of a share's files, and how many patients it has."""

    number: int
    facts: str
    told: str
    patients: int
    fresh: int


Report = Dealt | Checked | Taken


class Hand:
    """Does steps, one after the other; keeps the knowledge and the engine warm between them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._kept: dict[tuple[str, tuple[tuple[str, str, str], ...]], bool] = {}

    def do(self, step: Step) -> Report:
        """One step."""
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

    # -- a share --

    def _take(self, step: Take) -> Taken:
        if step.share is None:
            assert step.facts is not None
            name, facts = step.facts, store.read_facts(self.setting.facts, step.facts)
        else:
            name, facts = self._gather(step, step.share)
        if self.setting.only_facts:
            return Taken(step.number, name, "", facts.patients.num_rows, 0)
        told, fresh = self._tell(step, name, facts)
        return Taken(step.number, name, told, facts.patients.num_rows, fresh)

    def _gather(self, step: Take, share: Share) -> tuple[str, Facts]:
        folder = self.setting.facts
        before = None if step.facts is None else self._shelf(folder, step.facts)
        found = gather(self._source, share, self._ready.vocabulary, before, self.keeps)
        if found is None:
            assert step.facts is not None and before is not None
            return step.facts, before.facts
        shelf = found.shelf
        key = _digest(self._fingerprint, *shelf.marks())
        name = f"{step.number:05d}-{key}"
        shelves = self.setting.shelves
        store.write(shelf.unknown, shelves / "unknown" / f"{name}.parquet")
        store.write(shelf.failed, shelves / "failed" / f"{name}.parquet")
        store.write_facts(folder, name, shelf.facts)
        return name, shelf.facts

    def _shelf(self, folder: Path, name: str) -> Shelf:
        return Shelf(
            facts=store.read_facts(folder, name),
            unknown=pq.read_table(self.setting.shelves / "unknown" / f"{name}.parquet").cast(
                UNKNOWN
            ),
            failed=pq.read_table(self.setting.shelves / "failed" / f"{name}.parquet").cast(FAILED),
        )

    def _tell(self, step: Take, name: str, facts: Facts) -> tuple[str, int]:
        digests = facts.patients.column("digest")
        key = _digest(
            self.setting.terms.fingerprint(self._fingerprint),
            name,
            digests.fill_null(0).to_numpy().tobytes(),
            step.mark if digests.null_count else "",
        )
        told_name = f"{step.number:05d}-{key}"
        if (self.setting.told / told_name).is_dir():
            return told_name, 0
        before = None if step.told is None else self._told(step.told)
        staying = _same(before, facts)
        fresh = _without(facts, staying)
        tables = self._decide(fresh) if fresh.patients.num_rows else _NOTHING
        if before is not None and staying.num_rows:
            order = facts.patients.column("patient").to_pylist()
            tables = {
                name: joined([kept(before[name], staying.column("patient")), table], order)
                for name, table in tables.items()
            }
        self._write(told_name, tables)
        return told_name, fresh.patients.num_rows

    def _decide(self, facts: Facts) -> Told:
        population = self._decider.decide(facts)
        rows = self._worklists.rows(population)
        return tell(facts, population, rows, self._known, self.setting.terms)

    def _told(self, name: str) -> Told:
        folder = self.setting.told / name
        return {
            table: pq.read_table(folder / f"{table}.parquet").cast(schema)
            for table, schema in TABLES.items()
        }

    def _write(self, name: str, tables: Told) -> None:
        """All tables of a share in one folder, which is there whole or not at all."""
        beside = self.setting.told / f".{name}"
        shutil.rmtree(beside, ignore_errors=True)
        for table, rows in tables.items():
            store.write(rows, beside / f"{table}.parquet")
        place = self.setting.told / name
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)


_NOTHING: Told = {name: schema.empty_table() for name, schema in TABLES.items()}


def _digest(*parts: str | bytes) -> str:
    found = hashlib.blake2b(digest_size=8)
    for part in parts:
        found.update(part.encode() if isinstance(part, str) else part)
        found.update(b"\0")
    return found.hexdigest()


def _same(before: Told | None, facts: Facts) -> pa.Table:
    """Patients whose facts are those that were judged before."""
    people = facts.patients.select(["patient", "digest"])
    if before is None:
        return people.slice(0, 0)
    was = dict(
        zip(
            before["patients"].column("patient").to_pylist(),
            before["patients"].column("digest").to_pylist(),
            strict=True,
        )
    )
    now = zip(
        people.column("patient").to_pylist(), people.column("digest").to_pylist(), strict=True
    )
    same = np.array(
        [digest is not None and was.get(patient) == digest for patient, digest in now], dtype=bool
    )
    return people.filter(pa.array(same))


def _without(facts: Facts, staying: pa.Table) -> Facts:
    if not staying.num_rows:
        return facts
    ids = facts.patients.column("patient")
    stay = set(staying.column("patient").to_pylist())
    rest = pa.array([patient for patient in ids.to_pylist() if patient not in stay], pa.string())
    return Facts({name: kept(table, rest) for name, table in facts.tables.items()})
