"""A closer look at a few of many patients: criteria with their evidence, and what must be held.

They are evaluated once more, with detail; the planner's own classes then read the answers, so that
what a worklist says is what the plan of the patient says.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from painpath.engine.engine import Engine, Verdicts
from painpath.planning.assess import Assessor
from painpath.planning.facts import FactBook, known_by
from painpath.planning.findings import Findings
from painpath.planning.payer import CLINICAL
from painpath.planning.plan import CriterionResult, SafetyItem
from painpath.planning.safety import SafetyDesk, Site, When, choose_rule_set
from painpath.screening.known import Known

T = TypeVar("T", bound=tuple[int, ...])

_TOGETHER = 2000
_FEW = 200

Question = tuple[int, int, int, int]
"""Patient, number of the problem, policy, option."""
Place = tuple[int, int, int]
"""Patient, number of the problem, option."""


class Closer:
    """Looks at patients of one population.

    Args:
        known: the knowledge.
        engine: one that may be used for it.
        day: asked about.
        patients: all of them, numbered by their rows.
        facts: theirs.
    """

    def __init__(
        self, known: Known, engine: Engine, day: datetime.date, patients: pa.Table, facts: pa.Table
    ) -> None:
        self._known = known
        self._engine = engine
        self._day = day
        self._patients = patients
        self._facts = facts
        self._index = known.index
        self._found: dict[Question, list[CriterionResult]] = {}

    def prepare(self, questions: Mapping[Question, int | None]) -> None:
        """Look at everything that `criteria` will be asked for, all of it together.

        Args:
            questions: each with the most things that may be open in it for its criteria to matter;
                `None`: they always do.
        """
        for chunk in _chunks(list(questions), _TOGETHER):
            verdicts, facts = self._evaluate(question[0] for question in chunk)
            number = _numbers(verdicts)
            complaints = {number[patient, n] for patient, n, _, _ in chunk}
            verdicts = self._narrowed(verdicts, complaints, chunk)
            findings = Findings(verdicts, self._index, None)
            row_of = {row["complaint"]: row for row in findings.complaints}
            assessor = self._assessor(findings, facts)
            # Read at once what will be quoted one by one.
            assessor.book.rows(
                pc.unique(pc.list_flatten(verdicts.answers.column("evidence"))).to_pylist()
            )
            for question in chunk:
                patient, n, policy, option = question
                row = row_of[number[patient, n]]
                name = self._known.rules.option_ids[option]
                most = questions[question]
                if most is None or len(assessor.open_acts(row["complaint"], policy, name)) <= most:
                    self._found[question] = assessor.criteria(row, policy, name)

    def criteria(self, question: Question) -> list[CriterionResult] | None:
        """The criteria of a policy for an option, with their evidence, as a plan has them.

        `None` if more is open in them than was worth looking at.
        """
        return self._found.get(question)

    def safety(self, places: Sequence[Place]) -> dict[Place, list[SafetyItem]]:
        """What must be held or weighed before an option, or stops it."""
        found: dict[Place, list[SafetyItem]] = {}
        rule_set = choose_rule_set(self._known.knowledge, None)
        when = When(self._day, self._day)
        for chunk in _chunks(places, _FEW):
            verdicts, facts = self._evaluate(place[0] for place in chunk)
            number = _numbers(verdicts)
            verdicts = self._only_conditions(verdicts)
            book = FactBook(known_by(facts, self._day))
            findings_of = Findings.of_each(verdicts, self._index)
            desks = SafetyDesk(
                self._known.knowledge, Findings.of_nobody(self._index), book, rule_set
            )
            mine: dict[int, list[Place]] = {}
            for place in chunk:
                mine.setdefault(place[0], []).append(place)
            for patient, wanted in mine.items():
                findings = findings_of[patient]
                desk = desks.of(findings)
                row_of = {row["complaint"]: row for row in findings.complaints}
                for place in wanted:
                    row = row_of[number[place[:2]]]
                    site = Site(self._known.region(row["problem"], row["region"]))
                    option = self._known.knowledge.options[place[2]]
                    found[place] = desk.items(option, row["complaint"], site, when)
        return found

    def _only_conditions(self, verdicts: Verdicts) -> Verdicts:
        """Without what policies ask: safety looks at none of it."""
        rules, questions = self._known.condition_keys
        return msgspec.structs.replace(
            verdicts,
            answers=verdicts.answers.filter(_within(verdicts.answers, "question", questions)),
            values=verdicts.values.schema.empty_table(),
            asked=verdicts.asked.filter(_within(verdicts.asked, "rule", rules)),
            outcomes=verdicts.outcomes.filter(_within(verdicts.outcomes, "rule", rules)),
            statuses=verdicts.statuses.schema.empty_table(),
        )

    def _assessor(self, findings: Findings, facts: pa.Table) -> Assessor:
        book = FactBook(known_by(facts, self._day))
        bits = self._known.vocabulary.region_bits
        return Assessor(self._known.knowledge, findings, book, bits, CLINICAL)

    def _evaluate(self, patients: Iterable[int]) -> tuple[Verdicts, pa.Table]:
        chosen = pa.array(sorted(set(patients)), pa.int32())
        facts = self._facts.filter(pc.is_in(self._facts.column("patient"), value_set=chosen))
        people = self._patients.filter(pc.is_in(self._patients.column("patient"), value_set=chosen))
        return self._engine.evaluate(facts, people, self._day), facts

    def _narrowed(
        self, verdicts: Verdicts, complaints: set[int], questions: Sequence[Question]
    ) -> Verdicts:
        """Only what bears on these questions, before any of it becomes a Python object."""
        rules = self._known.rules
        wanted: set[int] = set()
        for _, _, policy, option in questions:
            wanted.update(self._known.rules_of(policy, option))
        leaves = [leaf for rule in wanted for leaf in self._index.leaves[rule]]
        asked = {self._index.criterion(leaf).question for leaf in leaves}
        nodes = [key for key, node in enumerate(rules.nodes) if node.rule in wanted]
        table = verdicts.complaints
        patients = pc.unique(
            table.filter(_within(table, "complaint", complaints)).column("patient")
        )
        mine = pc.is_in(table.column("patient"), value_set=patients)
        heads = table.filter(pc.and_(mine, pc.equal(table.column("problem"), 0)))
        keys = complaints | set(heads.column("complaint").to_pylist())
        empty = verdicts.statuses.schema.empty_table()
        return msgspec.structs.replace(
            verdicts,
            complaints=table.filter(_within(table, "complaint", keys)),
            answers=_both(verdicts.answers, keys, "question", asked),
            values=_both(verdicts.values, complaints, "node", nodes),
            asked=_both(verdicts.asked, complaints, "rule", wanted),
            outcomes=_both(verdicts.outcomes, complaints, "rule", wanted),
            statuses=empty,
            taken=verdicts.taken.schema.empty_table(),
        )


def _chunks(items: Sequence[T], size: int) -> Iterable[list[T]]:
    """Items in lots, those of one patient together."""
    chunk: list[T] = []
    seen: set[int] = set()
    for item in sorted(set(items)):
        if item[0] not in seen and len(seen) == size:
            yield chunk
            chunk, seen = [], set()
        seen.add(item[0])
        chunk.append(item)
    if chunk:
        yield chunk


def _numbers(verdicts: Verdicts) -> dict[tuple[int, int], int]:
    """Complaint by patient and number of the problem."""
    table = verdicts.complaints.sort_by("complaint")
    first: dict[int, int] = {}
    found: dict[tuple[int, int], int] = {}
    for patient, complaint in zip(
        table.column("patient").to_pylist(), table.column("complaint").to_pylist(), strict=True
    ):
        head = first.setdefault(patient, complaint)
        found[patient, complaint - head] = complaint
    return found


def _within(table: pa.Table, name: str, wanted: Iterable[int]) -> pa.ChunkedArray:
    column = table.column(name)
    return pc.is_in(column, value_set=pa.array(sorted(wanted), column.type))


def _both(table: pa.Table, complaints: Iterable[int], name: str, wanted: Iterable[int]) -> pa.Table:
    mask = pc.and_(_within(table, "complaint", complaints), _within(table, name, wanted))
    return table.filter(mask)
