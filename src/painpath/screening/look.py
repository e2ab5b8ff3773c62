"""A population as worklists look at it: what was done, what helped, who was asked."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge.rules import as_tuple
from painpath.knowledge.vocabulary import RELIEF_PERCENT
from painpath.planning.next_step import OPEN
from painpath.planning.requests import options_of
from painpath.records.facts import Request
from painpath.screening.deciding import Decider, Population, statement
from painpath.screening.known import Known

Values = dict[str, Any]


class Look:
    """One population, with the tables that several worklists need."""

    def __init__(self, known: Known, decider: Decider, population: Population) -> None:
        self.known = known
        self.population = population
        self.day = decider.terms.as_of
        self.closer = population.closer
        self._db = decider.db

    def ask(self, name: str, parameters: Values | None = None, **tables: pa.Table) -> list[Values]:
        """Rows of a SQL file over these tables."""
        for table, content in tables.items():
            self._db.register(table, content)
        try:
            query = self._db.sql(statement(name), params=parameters or None)
            rows: list[Values] = query.to_arrow_table().to_pylist()
            return rows
        finally:
            for table in tables:
                self._db.unregister(table)

    @cached_property
    def steps(self) -> list[Values]:
        """Problems with their next step and where it stands."""
        problems = self.population.problems
        problems = problems.filter(pc.is_valid(problems.column("step")))
        problems = problems.select(["complaint", "patient", "number", "problem", "step"])
        options = self.population.options.select(
            ["complaint", "option", "policy", "status", "due", "times", "is_held"]
        )
        joined = problems.join(
            options, keys=["complaint", "step"], right_keys=["complaint", "option"]
        )
        steps: list[Values] = joined.sort_by("complaint").to_pylist()
        return steps

    def untried(self, patients: set[int], rungs: Collection[str]) -> Iterator[Values]:
        """The next steps of these patients; of one that was tried, the nearest that was not."""
        for step in self.steps:
            if step["patient"] not in patients:
                continue
            others = [
                row for row in self._untried.get(step["complaint"], ()) if row["rung"] in rungs
            ]
            order = self.known.preference(step["problem"])
            ranked = sorted(
                others,
                key=lambda row: (
                    row["step"] != step["step"],
                    OPEN[row["status"]],
                    order[row["id"]],
                    row["id"],
                ),
            )
            yield from ({**step, **row} for row in ranked[:1])

    @cached_property
    def _untried(self) -> dict[int, list[Values]]:
        """Open options that were never done, by complaint; routes of another option are none."""
        options = self.population.options
        keys = options.column("option")
        never = pc.equal(options.column("times"), 0)
        is_open = pc.is_in(options.column("status"), value_set=pa.array(list(OPEN)))
        own = [k for k, option in enumerate(self.known.knowledge.options) if option.part_of is None]
        steps = pc.is_in(keys, value_set=pa.array(own, keys.type))
        kept = options.filter(pc.and_(pc.and_(never, is_open), steps))
        found: dict[int, list[Values]] = {}
        for row in kept.select(["complaint", "option", "policy", "status", "due"]).to_pylist():
            option = row.pop("option")
            rung = self.known.knowledge.options[option].rung
            row |= {"step": option, "id": self.known.rules.option_ids[option], "rung": rung}
            found.setdefault(row["complaint"], []).append(row)
        return found

    @cached_property
    def facts(self) -> pa.Table:
        """Facts of procedures and of their relief that existed on the day."""
        facts = self.population.facts
        day = pa.scalar(self.day, pa.date32())
        wanted = pc.is_in(
            facts.column("concept").combine_chunks().indices,
            value_set=pa.array([*self.procedures, *self.relief], pa.int32()),
        )
        for name in ("recorded", "start_lo"):
            known = pc.fill_null(pc.less_equal(facts.column(name), day), True)
            wanted = pc.and_(wanted, known.combine_chunks())
        kept = facts.filter(wanted)
        concept = kept.column("concept").combine_chunks()
        kept = kept.set_column(kept.schema.get_field_index("concept"), "concept", concept.indices)
        is_order = pc.equal(kept.column("kind").cast(pa.string()), "order")
        return kept.append_column("is_order", is_order)

    @cached_property
    def procedures(self) -> list[int]:
        """Concepts of what is done in options."""
        done = [name for option in self.known.knowledge.options for name in as_tuple(option.done)]
        return self.known.keys(done)

    @cached_property
    def relief(self) -> list[int]:
        """The concept of relief after a procedure."""
        return self.known.keys([RELIEF_PERCENT])

    def relieved(self, concepts: Iterable[int]) -> pa.Table:
        """Procedures of these concepts with the relief recorded after each."""
        self._db.register("facts", self.facts)
        self._db.register("wanted", pa.table({"concept": pa.array(list(concepts), pa.int32())}))
        self._db.register("k_relief", pa.table({"concept": pa.array(self.relief, pa.int32())}))
        found = self._db.sql(statement("relieved")).to_arrow_table()
        for name in ("facts", "wanted", "k_relief"):
            self._db.unregister(name)
        return found

    def touched(self, seen: list[str]) -> set[int]:
        """Patients in whom any option was done or asked for, or who have seen somebody."""
        facts = self.population.facts
        concept = facts.column("concept").combine_chunks().indices
        wanted = pa.array([*self.procedures, *self.known.keys(seen)], pa.int32())
        mask = pc.is_in(concept, value_set=wanted)
        recorded = pc.less_equal(facts.column("recorded"), pa.scalar(self.day, pa.date32()))
        mask = pc.and_(mask, pc.fill_null(recorded, True).combine_chunks())
        return set(facts.column("patient").filter(mask).to_pylist()) | set(self.booked)

    @cached_property
    def booked(self) -> dict[int, list[tuple[Request, list[int]]]]:
        """Per patient what is ordered or booked for the day or later, and the options it may be."""
        late = self._recorded_later
        row = {patient: n for n, patient in enumerate(self.population.ids.to_pylist())}
        found: dict[int, list[tuple[Request, list[int]]]] = {}
        for patient, requests in self.population.requests.items():
            for request in requests:
                options = options_of(request.concepts, self.known.knowledge)
                if not options or (patient, request.ref) in late:
                    continue
                if request.on is not None and request.on < self.day:
                    continue
                keys = [self.known.option_key[option.id] for option in options]
                found.setdefault(row[patient], []).append((request, keys))
        return found

    @property
    def _recorded_later(self) -> set[tuple[str, str]]:
        facts = self.population.facts
        day = pa.scalar(self.day, pa.date32())
        late = pc.fill_null(pc.greater(facts.column("recorded"), day), False)
        kept = facts.select(["patient", "ref"]).filter(late).to_pylist()
        ids = self.population.ids
        return {(ids[row["patient"]].as_py(), row["ref"]) for row in kept}

    def fitting(self, patient: int) -> list[tuple[int, set[int]]]:
        """The problems of a patient with something booked: number, and the options that fit."""
        return self._fitting.get(patient, [])

    @cached_property
    def _fitting(self) -> dict[int, list[tuple[int, set[int]]]]:
        problems = self.population.problems.select(["complaint", "patient", "number"])
        wanted = pa.array(sorted(self.booked), pa.int32())
        problems = problems.filter(pc.is_in(problems.column("patient"), value_set=wanted))
        options = self.population.options
        keys = problems.column("complaint").combine_chunks()
        options = options.filter(pc.is_in(options.column("complaint"), value_set=keys))
        fits: dict[int, set[int]] = {}
        for complaint, option in zip(
            options.column("complaint").to_pylist(),
            options.column("option").to_pylist(),
            strict=True,
        ):
            fits.setdefault(complaint, set()).add(option)
        found: dict[int, list[tuple[int, set[int]]]] = {}
        for row in problems.to_pylist():
            found.setdefault(row["patient"], []).append(
                (row["number"], fits.get(row["complaint"], set()))
            )
        return found


def day_words(day: datetime.date | None) -> str:
    """A date in a sentence."""
    return "on an unknown day" if day is None else f"{day.day} {day:%b %Y}"
