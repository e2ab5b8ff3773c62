"""A closer look at a few of many patients: criteria with their evidence, and what must be held.

They are evaluated once more, with detail; the planner's own classes then read the answers, so that
what a worklist says is what the plan of the patient says.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from painpath.engine.engine import Engine, Verdicts
from painpath.planning.assess import Assessor
from painpath.planning.facts import FactBook, known_by
from painpath.planning.findings import Findings
from painpath.planning.payer import CLINICAL
from painpath.planning.plan import CriterionResult, SafetyItem
from painpath.planning.safety import SafetyDesk, Site, When, choose_rule_set
from painpath.screening.known import Known

T = TypeVar("T", bound=tuple[int, ...])

_TOGETHER = 4000
_FEW = 200
"""Patients whose safety is looked at together if the engine has to be asked for it."""

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
        given: what the engine said of all of them, with detail, if it was asked for that before.
    """

    def __init__(
        self,
        known: Known,
        engine: Engine,
        day: datetime.date,
        patients: pa.Table,
        facts: pa.Table,
        given: Verdicts | None = None,
    ) -> None:
        self._known = known
        self._engine = engine
        self._day = day
        self._patients = patients
        self._facts = facts
        self._given = given
        self._index = known.index
        self._numbers: dict[tuple[int, int], int] | None = None
        self._found: dict[Question, list[CriterionResult]] = {}

    def prepare(self, questions: Mapping[Question, int | None]) -> None:
        """Look at everything that `criteria` will be asked for, all of it together.

        Args:
            questions: each with the most things that may be open in it for its criteria to matter;
                `None`: they always do.
        """
        for chunk in _chunks(list(questions), _TOGETHER):
            verdicts, facts = self._evaluate(question[0] for question in chunk)
            number = self._number(verdicts)
            verdicts = self._narrowed(verdicts, number, chunk)
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
        for chunk in _chunks(places, _FEW if self._given is None else _TOGETHER):
            wanted_of = {place[0] for place in chunk}
            verdicts, facts = self._evaluate(wanted_of)
            number = self._number(verdicts)
            verdicts = self._only_conditions(verdicts, wanted_of)
            book = FactBook(known_by(facts, self._day), self._day)
            findings_of = Findings.of_each(verdicts, self._index)
            rules = self._known.lookups.safety
            desks = SafetyDesk(rules, Findings.of_nobody(self._index), book, rule_set)
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

    def _only_conditions(self, verdicts: Verdicts, patients: Iterable[int]) -> Verdicts:
        """Of these patients, what safety looks at."""
        rules, questions = self._known.condition_keys
        complaints = verdicts.complaints.filter(
            _marked(verdicts.complaints, "patient", _Marks(patients))
        )
        keys = _Marks(complaints.column("complaint").to_pylist())
        return msgspec.structs.replace(
            verdicts,
            complaints=complaints,
            answers=_both(verdicts.answers, keys, "question", _Marks(questions)),
            values=verdicts.values.schema.empty_table(),
            asked=_both(verdicts.asked, keys, "rule", _Marks(rules)),
            outcomes=_both(verdicts.outcomes, keys, "rule", _Marks(rules)),
            statuses=verdicts.statuses.schema.empty_table(),
            taken=verdicts.taken.filter(_marked(verdicts.taken, "complaint", keys)),
        )

    def _assessor(self, findings: Findings, facts: pa.Table) -> Assessor:
        book = FactBook(known_by(facts, self._day), self._day)
        return Assessor(self._known.lookups, findings, book, CLINICAL)

    def _evaluate(self, patients: Iterable[int]) -> tuple[Verdicts, pa.Table]:
        chosen = pa.array(sorted(set(patients)), pa.int32())
        facts = self._facts.filter(pc.is_in(self._facts.column("patient"), value_set=chosen))
        people = self._patients.filter(pc.is_in(self._patients.column("patient"), value_set=chosen))
        if self._given is not None:
            return self._given, facts
        return self._engine.evaluate(facts, people, self._day), facts

    def _number(self, verdicts: Verdicts) -> dict[tuple[int, int], int]:
        """Complaint by patient and number of the problem."""
        if verdicts is not self._given:
            return _numbers(verdicts)
        if self._numbers is None:
            self._numbers = _numbers(verdicts)
        return self._numbers

    def _narrowed(
        self, verdicts: Verdicts, number: dict[tuple[int, int], int], questions: Sequence[Question]
    ) -> Verdicts:
        """Only what bears on these questions, before any of it becomes a Python object."""
        rules_of, questions_of = [], []
        complaints, heads, rules = set(), set(), set()
        for patient, n, policy, option in questions:
            complaint, head = number[patient, n], number[patient, 0]
            complaints.add(complaint)
            heads.add(head)
            asked = self._known.asked_of(policy, option)
            rules.update(asked.rules.tolist())
            rules_of.append(_pair(complaint, asked.rules))
            questions_of += [_pair(complaint, asked.own), _pair(head, asked.wide)]

        def about(table: pa.Table, wanted: list[NDArray[np.int64]]) -> pa.Table:
            """Rows that were asked of these complaints by one of these rules, or in a question."""
            at = np.flatnonzero(_Marks(complaints | heads).of(table.column("complaint").to_numpy()))
            of = table.column("complaint").to_numpy()[at].astype(np.int64)
            name = next(n for n in ("rule", "question", "node") if n in table.column_names)
            asked = table.column(name).to_numpy()[at]
            asked = self._known.rule_of_node[asked] if name == "node" else asked.astype(np.int64)
            if name != "question":
                likely = _Marks(rules).of(asked)
                at, of, asked = at[likely], of[likely], asked[likely]
            found = np.isin(_pair(of, asked), np.concatenate(wanted))
            return table.take(pa.array(at[found]))

        table = verdicts.complaints
        return msgspec.structs.replace(
            verdicts,
            complaints=table.filter(_marked(table, "complaint", _Marks(complaints | heads))),
            answers=about(verdicts.answers, questions_of),
            values=about(verdicts.values, rules_of),
            asked=about(verdicts.asked, rules_of),
            outcomes=about(verdicts.outcomes, rules_of),
            statuses=verdicts.statuses.schema.empty_table(),
            taken=verdicts.taken.schema.empty_table(),
        )


class _Marks:
    """A set of small numbers that whole columns are looked up in."""

    def __init__(self, numbers: Iterable[int]) -> None:
        wanted = np.array(list(numbers), dtype=np.int64)
        self._marks = np.zeros(int(wanted.max(initial=-1)) + 2, dtype=np.bool_)
        self._marks[wanted] = True

    def of(self, column: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which of these numbers are marked."""
        # The last mark is nobody's.
        found: NDArray[np.bool_] = self._marks.take(column, mode="clip")
        return found


def _pair(complaint: Any, rule: Any) -> Any:
    """Two numbers as one."""
    return (complaint << 32) + rule


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


def _marked(table: pa.Table, name: str, marks: _Marks) -> pa.Array:
    return pa.array(marks.of(table.column(name).to_numpy()))


def _both(table: pa.Table, complaints: _Marks, name: str, wanted: _Marks) -> pa.Table:
    mine = complaints.of(table.column("complaint").to_numpy())
    return table.filter(pa.array(mine & wanted.of(table.column(name).to_numpy())))
