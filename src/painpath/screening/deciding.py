"""The third step: facts of a share of the patients into problems, options and verdicts.

The medicine is the engine's and the planner's; here their rules are applied to many patients at
once, in SQL. A status `wait` stands as today's facts give it; a plan asks again on that day.
"""

from __future__ import annotations

from functools import cache, cached_property
from importlib import resources
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from painpath.engine.engine import Engine, Verdicts
from painpath.engine.holds import hold_rows
from painpath.opioids import OpioidLoad
from painpath.planning.computed import with_computed_of
from painpath.planning.payer import CLINICAL, choose_policy, in_force, payer_families
from painpath.planning.plan import PolicyChoice
from painpath.records import store
from painpath.records.facts import CoverageEntry, Request
from painpath.records.store import Facts
from painpath.screening.aside import Aside, set_aside
from painpath.screening.choosing import next_steps
from painpath.screening.closer import Closer
from painpath.screening.known import NO_REGION, Known, rows_table
from painpath.screening.terms import Terms
from painpath.screening.working import Working

_REMEMBERED = 100_000
_DETAILED = 8_000
"""Up to so many patients the engine is asked for detail at once; of more, of those looked at."""
_DECIDES = ("avoid", "level-first")


class Prepared(msgspec.Struct, frozen=True):
    """Patients and facts as the engine is asked about them, and the doses worked out before."""

    patients: pa.Table
    facts: pa.Table
    loads: dict[int, OpioidLoad]


class Population(msgspec.Struct, frozen=True):
    """Patients with everything that was found of them, as tables.

    `patient` is a patient's row, `complaint` numbers the problems of all of them; `options` are
    the options that fit a problem, `problems` have the next step.
    """

    ids: pa.Array
    patients: pa.Table
    facts: pa.Table
    verdicts: Verdicts
    problems: pa.Table
    options: pa.Table
    flags: pa.Table
    choices: list[PolicyChoice]
    loads: dict[int, OpioidLoad]
    closer: Closer
    requests: dict[str, list[Request]]


@cache
def statement(name: str) -> str:
    """The text of one SQL file."""
    path = resources.files("painpath.screening") / "sql" / f"{name}.sql"
    return path.read_text(encoding="utf-8")


class Decider:
    """Judges shares of a population on the same terms. One per process."""

    def __init__(self, known: Known, terms: Terms) -> None:
        self.known = known
        self.terms = terms
        self.engine = Engine(
            known.knowledge, known.vocabulary, known.rules, payers=self.payers, memory="1GB"
        )
        self.db = duckdb.connect(":memory:", config={"threads": "1", "memory_limit": "1GB"})
        for name, table in known.tables.items():
            self.db.register("incoming", table)
            self.db.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
            self.db.unregister("incoming")
        self._choices: dict[tuple[tuple[str, str], ...], PolicyChoice] = {}

    @cached_property
    def _working(self) -> Working:
        return Working(self.known, self.terms)

    @cached_property
    def payers(self) -> frozenset[str] | None:
        """The payer families whose policies must be asked; `None`: all of them."""
        if self.terms.policy == "auto":
            return None
        choice = choose_policy(self.known.knowledge, self.terms.policy, (), self.terms.as_of)
        policy = {policy.id: policy.payer for policy in self.known.knowledge.policies}
        family = policy.get(choice.id, choice.id)
        follows = next((p.uses for p in self.known.knowledge.payers if p.id == family), [])
        wanted = {family, *follows, CLINICAL}
        return frozenset(wanted & set(payer_families(self.known.knowledge)))

    def decide(self, facts: Facts) -> Population:
        """Everything there is to say of these patients."""
        prepared = self.prepare(facts)
        detail = prepared.patients.num_rows <= _DETAILED
        verdicts = self.engine.evaluate(
            prepared.facts, prepared.patients, self.terms.as_of, detail=detail
        )
        if not detail:
            return self.conclude(facts, prepared, verdicts)
        return self.conclude(facts, prepared, self._brief(verdicts), verdicts)

    def _brief(self, verdicts: Verdicts) -> Verdicts:
        """Without detail: of conditions only those that are met, and no policies' rules at all."""
        outcomes = verdicts.outcomes
        met = outcomes.filter(pc.equal(outcomes.column("now"), 2))
        wanted = [*self.known.conditions.column("rule").to_pylist(), *self.known.answers]
        return msgspec.structs.replace(
            verdicts,
            values=verdicts.values.schema.empty_table(),
            asked=verdicts.asked.schema.empty_table(),
            outcomes=met.filter(
                pc.is_in(met.column("rule"), value_set=pa.array(wanted, met.column("rule").type))
            ),
        )

    def prepare(self, facts: Facts) -> Prepared:
        """What the engine is asked about: the facts, with those that are worked out of them."""
        patients, rows = store.numbered(facts, self.known.vocabulary)
        loads, computed = self._working.out(facts, rows, patients)
        return Prepared(patients, with_computed_of(rows, computed, self.known.vocabulary), loads)

    def conclude(
        self, facts: Facts, prepared: Prepared, verdicts: Verdicts, detailed: Verdicts | None = None
    ) -> Population:
        """What follows from the engine's verdicts, whichever engine it was.

        Args:
            facts: of these patients.
            prepared: what the engine was asked about.
            verdicts: what it said.
            detailed: the same with detail, if it was asked for that.
        """
        patients, rows, loads = prepared.patients, prepared.facts, prepared.loads
        aside = set_aside(self.known, verdicts, patients, self.terms.as_of)
        verdicts = aside.verdicts
        choices = self._choose(facts, patients.column("id").to_pylist())
        closer = Closer(self.known, self.engine, self.terms.as_of, patients, rows, detailed)
        problems, options, flags = self._stand(patients, rows, aside, choices, closer)
        return Population(
            ids=patients.column("id").combine_chunks(),
            patients=patients,
            facts=rows,
            verdicts=verdicts,
            problems=problems,
            options=options,
            flags=flags,
            choices=choices,
            loads=loads,
            closer=closer,
            requests=store.listed(facts.tables["requests"], Request),
        )

    # -- whose criteria decide --

    def _choose(self, facts: Facts, ids: list[str]) -> list[PolicyChoice]:
        coverages = store.listed(facts.tables["coverages"], CoverageEntry)
        return [self._choice(coverages.get(patient, [])) for patient in ids]

    def _choice(self, coverages: list[CoverageEntry]) -> PolicyChoice:
        """The payer's; many patients have the same, so each is worked out once."""
        now = [entry for entry in coverages if in_force(entry, self.terms.as_of)]
        key = tuple((entry.text, entry.type) for entry in now)
        found = self._choices.get(key)
        if found is None:
            if len(self._choices) > _REMEMBERED:
                self._choices.clear()
            found = self._choices[key] = choose_policy(
                self.known.knowledge, self.terms.policy, now, self.terms.as_of
            )
        return found

    # -- where every option stands --

    def _stand(
        self,
        patients: pa.Table,
        facts: pa.Table,
        aside: Aside,
        choices: list[PolicyChoice],
        closer: Closer,
    ) -> tuple[pa.Table, pa.Table, pa.Table]:
        verdicts = aside.verdicts
        payers = [choice.id for choice in choices]
        everyone = self._everyone(patients, verdicts.complaints, payers)
        self._show(
            everyone=everyone,
            known=self._known_facts(facts),
            statuses=verdicts.statuses,
            outcomes=verdicts.outcomes,
            k_order=self.known.order(sorted(set(payers))),
        )
        flags = self._ask("flags")
        alive = everyone.filter(
            pc.and_(pc.greater(everyone.column("problem"), 0), pc.invert(everyone.column("dead")))
        )
        flagged = pc.is_in(alive.column("complaint"), value_set=_one(flags.column("complaint")))
        asked = alive.append_column("red_flag", flagged)
        self._show(asked=asked)
        self._show(done=self._ask("done"), stops=self._ask("stops"))
        self._show(held=self._held(facts, verdicts, asked, closer))
        options = self._ask("standing").sort_by(
            [("complaint", "ascending"), ("option", "ascending")]
        )
        steps = next_steps(self.known, asked, options, aside)
        self._hide()
        return asked.append_column("step", steps), options, flags

    def _everyone(self, patients: pa.Table, complaints: pa.Table, payers: list[str]) -> pa.Table:
        """Every complaint, that of the patient as a whole too, with what decides about it."""
        table = complaints.sort_by("complaint").combine_chunks()
        patient = table.column("patient").to_numpy()
        heads = np.flatnonzero(table.column("problem").to_numpy() == 0)
        head = table.column("complaint").to_numpy()[heads][np.searchsorted(patient[heads], patient)]
        number = table.column("complaint").to_numpy() - head
        rows = pa.array(patient)
        codes = pa.array(payers, pa.string()).dictionary_encode()
        return pa.Table.from_arrays(
            [
                *(table.column(name) for name in _COMPLAINT),
                pa.array(head),
                pa.array(number.astype(np.int16)),
                pc.take(codes, rows).cast(pa.string()),
                pc.take(patients.column("deceased").combine_chunks(), rows),
                self._regions(table),
            ],
            names=[*_COMPLAINT, "head", "number", "payer", "dead", "place"],
        )

    def _regions(self, complaints: pa.Table) -> pa.Array:
        """Name of each complaint's region."""
        pairs = zip(
            complaints.column("problem").to_pylist(),
            complaints.column("region").to_pylist(),
            strict=True,
        )
        names = [self.known.region(problem, mask) or NO_REGION for problem, mask in pairs]
        return pa.array(names, pa.string())

    def _show(self, **tables: pa.Table) -> None:
        for name, table in tables.items():
            self.db.register(name, table)

    def _hide(self) -> None:
        for name in (
            "everyone", "known", "statuses", "outcomes", "k_order", "asked", "done", "stops", "held"
        ):  # fmt: skip
            self.db.unregister(name)

    def _ask(self, name: str) -> pa.Table:
        return self.db.sql(statement(name)).to_arrow_table().combine_chunks()

    def _known_facts(self, facts: pa.Table) -> pa.Table:
        """Facts of procedures that existed on the day."""
        day = pa.scalar(self.terms.as_of, pa.date32())
        concept = facts.column("concept").combine_chunks().indices
        wanted = pc.is_in(concept, value_set=self._procedures)
        for name in ("recorded", "start_lo"):
            column = facts.column(name)
            wanted = pc.and_(wanted, pc.fill_null(pc.less_equal(column, day), True))
        mask = wanted.combine_chunks() if isinstance(wanted, pa.ChunkedArray) else wanted
        kept = facts.select(["patient", "fact", "value", "region", "side", "start_lo", "about"])
        kept = kept.append_column("concept", concept)
        kind = facts.column("kind").cast(pa.string())
        return kept.append_column("is_order", pc.equal(kind, "order")).filter(mask)

    @cached_property
    def _procedures(self) -> pa.Array:
        return _one(self.known.tables["k_done"].column("concept"))

    def _held(
        self, facts: pa.Table, verdicts: Verdicts, asked: pa.Table, closer: Closer
    ) -> pa.Table:
        """Options that safety may bar or leave open by more than a rule that is plainly met."""
        rows = asked.select(["complaint", "patient", "number", "problem"]).to_pylist()
        complaint = {(row["patient"], row["number"]): row["complaint"] for row in rows}
        drugs = self._on_barring_drugs(verdicts)
        doubts = [
            (doubt, None if doubt.concepts is None else self._having(facts, doubt.concepts))
            for doubt in self.known.doubts
        ]
        places = []
        for row in rows:
            patient, problem = row["patient"], row["problem"]
            fits = self.known.fits[problem]
            chosen = set(fits) if patient in drugs else set()
            for doubt, having in doubts:
                if having is not None and patient not in having:
                    continue
                if doubt.problems is None or problem in doubt.problems:
                    chosen.update(doubt.options.intersection(fits))
            places += [(patient, row["number"], option) for option in sorted(chosen)]
        held = [
            (
                complaint[place[:2]],
                place[2],
                any(item.level == "stop" for item in items),
                any(item.needs_more for item in items),
            )
            for place, items in closer.safety(places).items()
        ]
        columns = {
            "complaint": pa.int64(),
            "option": pa.int32(),
            "is_stopped": pa.bool_(),
            "needs_more": pa.bool_(),
        }
        return rows_table(columns, held)

    def _on_barring_drugs(self, verdicts: Verdicts) -> set[int]:
        """Patients who take a drug that may bar an option, or leave it open."""
        complaints, taken = verdicts.complaints, verdicts.taken
        taken = taken.filter(pc.is_in(taken.column("hold"), value_set=self._barring))
        heads = _one(taken.column("complaint"))
        mine = complaints.filter(pc.is_in(complaints.column("complaint"), value_set=heads))
        return set(mine.column("patient").to_pylist())

    def _having(self, facts: pa.Table, concepts: list[int]) -> set[int]:
        """Patients with a fact of one of these concepts."""
        concept = facts.column("concept").combine_chunks().indices
        wanted = pc.is_in(concept, value_set=pa.array(concepts, pa.int32()))
        return set(facts.column("patient").filter(wanted).to_pylist())

    @cached_property
    def _barring(self) -> pa.Array:
        """Rows of the antithrombotic tables that may bar an option, or leave it open."""
        sets = self.known.knowledge.hold_rule_sets
        found = []
        for key, (number, row) in enumerate(hold_rows(self.known.knowledge)):
            hold = sets[number].holds[row]
            cells = (hold.low, hold.intermediate, hold.high)
            if any(cell is not None and cell.action in _DECIDES for cell in cells):
                found.append(key)
        return pa.array(found, pa.int32())


_COMPLAINT = (
    "complaint",
    "patient",
    "problem",
    "side",
    "sided",
    "weak",
    "region",
    "since_lo",
    "since_hi",
    "evidence",
)


def _one(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
