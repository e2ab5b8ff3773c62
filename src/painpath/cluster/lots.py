"""What Python does with a lot of the patients, on whatever machine it lies: before the SQL, after.

Before, a lot's stored facts become the rows that the SQL is asked about; after, its answers are
folded, and the planner and the worklists have their say, as in a screen on one machine.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable
from functools import cache, cached_property

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from painpath.cluster.numbering import lifted, lowered, placed
from painpath.cluster.packing import pack, plain, unpack
from painpath.engine.engine import Verdicts
from painpath.engine.inputs import raw_facts, raw_patients
from painpath.engine.questions import Questions
from painpath.records.store import TABLES as STORED
from painpath.records.store import Facts
from painpath.screening.deciding import Decider
from painpath.screening.known import Known, knowledge_mark, ready
from painpath.screening.telling import TABLES as TOLD
from painpath.screening.telling import tell
from painpath.screening.terms import Terms
from painpath.screening.worklists import Worklists

Work = Callable[[tuple[pa.Scalar, ...], pa.Table], pa.Table]
"""Of a lot's number, and its rows."""

ROW = "row"
"""Where a row stands in its file: what Spark has shuffled is put back into that order."""

_PARCEL = pa.schema([("parcel", pa.binary())])
_PLACE = [("key", pa.string()), ("place", pa.int32())]
"""Where a row of a worklist stands among those of all patients."""


class Job(msgspec.Struct, frozen=True):
    """What every machine is told."""

    terms: Terms
    mark: str
    """Of the knowledge and the program that all of them must have."""


class Desk:
    """Everything that is made once per process, and what a lot goes through on it."""

    def __init__(self, terms: Terms) -> None:
        found = ready()
        self.terms = terms
        self.known = Known(found.knowledge, found.vocabulary, found.rules)
        self.decider = Decider(self.known, terms)
        self.questions = Questions(
            found.knowledge, found.vocabulary, found.rules, self.decider.payers
        )

    @cached_property
    def worklists(self) -> Worklists:
        """Puts patients on them."""
        return Worklists(self.known, self.decider)

    def prepare(self, facts: Facts, lot: int) -> dict[str, pa.Table]:
        """What the SQL is asked about, and a parcel of what else `conclude` needs."""
        prepared = self.decider.prepare(facts)
        parcel = pickle.dumps((facts.tables, prepared), protocol=5)
        rows = raw_facts(prepared.facts, self.known.vocabulary, self.questions.events)
        return {
            "raw_fact": lifted(rows, lot),
            "patient": lifted(raw_patients(prepared.patients, self.terms.as_of, None), lot),
            "parcel": pa.table({"parcel": [zlib.compress(parcel, 1)]}, _PARCEL),
        }

    @cached_property
    def prepared(self) -> dict[str, pa.Schema]:
        """Columns of what `prepare` makes."""
        nobody = Facts({name: schema.empty_table() for name, schema in STORED.items()})
        return {name: table.schema for name, table in self.prepare(nobody, 0).items()}

    def conclude(
        self, parcel: bytes, complaints: pa.Table, answers: pa.Table, taken: pa.Table, lot: int
    ) -> dict[str, pa.Table]:
        """The tables that people and programs read."""
        tables, prepared = pickle.loads(parcel)
        facts = Facts(tables)
        mine = lowered(complaints, lot)
        answers = placed(answers, complaints, lot)
        judged = self.questions.judge.judge(mine, answers, detail=False)
        verdicts = Verdicts(
            complaints=mine,
            answers=answers,
            values=judged.values,
            asked=judged.asked,
            outcomes=judged.outcomes,
            statuses=judged.statuses,
            taken=placed(taken, complaints, lot),
            failures=(),
            seconds={},
        )
        population = self.decider.conclude(facts, prepared, verdicts)
        rows = self.worklists.rows(population)
        told = tell(facts, population, rows, self.known, self.terms)
        told["worklist"] = _with_place(told["worklist"], facts)
        return {name: told[name].select(schema.names) for name, schema in TOLD_ON.items()}


def _with_place(worklist: pa.Table, facts: Facts) -> pa.Table:
    people = facts.patients
    keys = dict(
        zip(people.column("patient").to_pylist(), people.column("key").to_pylist(), strict=True)
    )
    places = [f"{keys[patient]:016x}" for patient in worklist.column("patient").to_pylist()]
    return worklist.append_column("key", pa.array(places, pa.string())).append_column(
        "place", pa.array(range(worklist.num_rows), pa.int32())
    )


def _told_on(name: str, schema: pa.Schema) -> pa.Schema:
    """A table of results without what only a screen on one machine needs, with what only this."""
    columns = [field for field in plain(schema) if field.name != "digest"]
    return pa.schema([*columns, *_PLACE] if name == "worklist" else columns)


TOLD_ON = {name: _told_on(name, schema) for name, schema in TOLD.items()}


@cache
def desk(job: Job) -> Desk:
    """The desk of this process.

    Raises:
        RuntimeError: if this machine has another PainPath than the one that asks.
    """
    if job.mark != knowledge_mark():
        raise RuntimeError(
            f"PainPath on this machine is {knowledge_mark()}, that of the driver {job.mark}"
        )
    return Desk(job.terms)


def preparing(job: Job) -> Work:
    """The work before the SQL, for Spark."""

    def prepare(key: tuple[pa.Scalar, ...], rows: pa.Table) -> pa.Table:
        lot = key[0].as_py()
        here = desk(job)
        return pack(lot, here.prepare(stored(rows), lot), here.prepared)

    return prepare


def concluding(job: Job) -> Work:
    """The work after the SQL, for Spark."""

    def conclude(key: tuple[pa.Scalar, ...], rows: pa.Table) -> pa.Table:
        lot = key[0].as_py()
        (parcel,) = unpack(rows, "parcel").column("parcel").to_pylist()
        complaints, answers, taken = (
            unpack(rows, name) for name in ("complaint", "answer", "taken")
        )
        told = desk(job).conclude(zlib.decompress(parcel), complaints, answers, taken, lot)
        return pack(lot, told, TOLD_ON)

    return conclude


def stored(rows: pa.Table) -> Facts:
    """A lot's facts as `records.store` has them, in the order of the patients' keys."""
    found = {name: unpack(rows, name) for name in STORED if name != "notes"}
    people = found["patients"].sort_by("key")
    order = people.column("patient").combine_chunks()
    tables = {"patients": people.select(STORED["patients"].names).cast(STORED["patients"])}
    for name, table in found.items():
        if name != "patients":
            at = pc.index_in(table.column("patient"), value_set=order)
            keys = [("at", "ascending"), ("fact" if name == "facts" else ROW, "ascending")]
            ordered = table.append_column("at", at).sort_by(keys)
            tables[name] = ordered.select(STORED[name].names).cast(STORED[name])
    tables["notes"] = STORED["notes"].empty_table()
    return Facts(tables)
