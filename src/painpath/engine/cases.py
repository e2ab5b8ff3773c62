"""Worked examples of the policies (`cases:`), turned into facts and judged by the engine.

All cases of all policies are one evaluation: each case is a patient of its own.
"""

from __future__ import annotations

import calendar
import datetime
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from painpath.engine.asking import is_wide
from painpath.engine.engine import Engine
from painpath.knowledge import levels, schema
from painpath.knowledge.quantities import parse_duration
from painpath.knowledge.rules import VERDICTS, Rules
from painpath.records.facts import FACTS, PATIENTS

_SIDES = {None: 0, "left": 1, "right": 2, "both": 3}

GIVEN = pa.schema(
    [
        ("patient", pa.int32()),
        ("problem", pa.int32()),
        ("side", pa.int32()),
        ("sided", pa.bool_()),
        ("weak", pa.bool_()),
        ("region", pa.int64()),
        ("level", pa.int64()),
        ("since_lo", pa.date32()),
        ("since_hi", pa.date32()),
        ("since_fact", pa.int64()),
        ("evidence", pa.list_(pa.int64())),
    ]
)


class CaseResult(msgspec.Struct, frozen=True):
    """A case and every way in which the engine disagrees with it; none if it holds."""

    policy: str
    case: schema.Case
    differences: tuple[str, ...]


def interval(text: str) -> tuple[datetime.date, datetime.date]:
    """`2025`, `2025-03` or `2025-03-04` as first and last possible day."""
    parts = [int(part) for part in text.split("-")]
    match parts:
        case [year]:
            return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        case [year, month]:
            last = calendar.monthrange(year, month)[1]
            return datetime.date(year, month, 1), datetime.date(year, month, last)
        case [year, month, day]:
            return datetime.date(year, month, day), datetime.date(year, month, day)
        case _:
            raise ValueError(f'"{text}" is not a date such as 2025, 2025-03 or 2025-03-04')


def add_duration(day: datetime.date, text: str) -> datetime.date:
    """Calendar months first (clipped to the month's end), then days."""
    duration = parse_duration(text)
    month = day.month - 1 + duration.months
    year, month = day.year + month // 12, month % 12 + 1
    clipped = min(day.day, calendar.monthrange(year, month)[1])
    return datetime.date(year, month, clipped) + datetime.timedelta(days=duration.days)


def _level(text: str | None) -> int:
    """`L4-L5` or `L4-S1` as a mask; 0 where none is recorded."""
    if text is None:
        return 0
    found = levels.parse(text)
    if not found:
        raise ValueError(f'"{text}" names no spinal level such as L4-L5')
    return found


class FactRows:
    """Collects facts in short form as columns of the fact table."""

    def __init__(self, engine: Engine) -> None:
        self.concepts = {name: key for key, name in enumerate(engine.vocabulary.concepts)}
        self.regions = engine.vocabulary.region_bits
        self.names = list(engine.vocabulary.concepts)
        self.rows: list[dict[str, object]] = []

    def add(self, patient: int, fact: schema.CaseFact) -> int:
        """Add one fact and its relief reports; returns its number.

        Raises:
            KeyError: if the concept or region is not known.
            ValueError: if a date or level cannot be read.
        """
        lo, hi = interval(fact.at) if fact.at else (None, None)
        end_lo, end_hi = interval(fact.until) if fact.until else (lo, hi)
        key = self._row(
            patient,
            self.concepts[fact.concept],
            start=(lo, hi),
            end=(None, None) if fact.open else (end_lo, end_hi),
            open=fact.open,
            value=None if fact.value is None else float(fact.value),
            region=self.regions[fact.region] if fact.region else 0,
            side=_SIDES[fact.side],
            level=_level(fact.level),
            noted=fact.noted,
        )
        for relief in fact.relief:
            at = interval(relief.at)
            if relief.percent is not None:
                self._row(
                    patient,
                    self.concepts["relief-percent"],
                    start=at,
                    end=at,
                    value=relief.percent,
                    about=key,
                )
            if relief.lasted is not None and lo is not None:
                until = add_duration(lo, relief.lasted)
                self._row(
                    patient,
                    self.concepts["relief-duration"],
                    start=(lo, lo),
                    end=(until, until),
                    about=key,
                )
        return key

    def _row(
        self,
        patient: int,
        concept: int,
        *,
        start: tuple[datetime.date | None, datetime.date | None],
        end: tuple[datetime.date | None, datetime.date | None],
        open: bool = False,
        value: float | None = None,
        region: int = 0,
        side: int = 0,
        level: int = 0,
        about: int | None = None,
        noted: bool = False,
    ) -> int:
        key = len(self.rows)
        self.rows.append(
            {
                "fact": key,
                "patient": patient,
                "concept": concept,
                "kind": 1 if noted else 0,
                "start_lo": start[0],
                "start_hi": start[1],
                "end_lo": end[0],
                "end_hi": end[1],
                "open": open,
                "recorded": None,
                "value": value,
                "region": region,
                "side": side,
                "level": level,
                "about": about,
                "origin": 0,
                "ref": f"Case/{key}",
                "text": self.names[concept],
            }
        )
        return key

    def table(self) -> pa.Table:
        """The fact table."""
        dictionaries = {
            "concept": self.names,
            "kind": ["observation", "condition"],
            "origin": ["stated"],
        }
        columns = []
        for field in FACTS:
            values = [row[field.name] for row in self.rows]
            if field.name in dictionaries:
                indices = pa.array(values, type=field.type.index_type)
                names = pa.array(dictionaries[field.name], type=pa.string())
                columns.append(pa.DictionaryArray.from_arrays(indices, names))
            else:
                columns.append(pa.array(values, type=field.type))
        return pa.Table.from_arrays(columns, schema=FACTS)


def run_cases(engine: Engine, policies: Sequence[schema.Policy]) -> list[CaseResult]:
    """Judge every case of these policies.

    A case names its option's policy implicitly: statuses and verdicts are those of the policy that
    carries the case.
    """
    listed = [(policy, case) for policy in policies for case in policy.cases]
    problems = {name: key for key, name in enumerate(engine.rules.problem_ids)}
    sided = {problem.id: problem for problem in engine.knowledge.problems}
    regions = engine.vocabulary.region_bits
    facts = FactRows(engine)
    patients: list[dict[str, object]] = []
    given: list[dict[str, object]] = []
    broken: dict[int, str] = {}
    for key, (policy, case) in enumerate(listed):
        # A contractor's own policy speaks in its states: the case is of a patient there.
        states = [state for document in policy.documents for state in document.states]
        born = interval(case.patient.born) if case.patient.born else (None, None)
        patients.append(
            {
                "patient": key,
                "id": f"case-{key}",
                "birth_lo": born[0],
                "birth_hi": born[1],
                "sex": case.patient.sex,
                "state": states[0] if states else None,
                "deceased": False,
            }
        )
        try:
            problem = sided[case.problem.id]
            since = interval(case.problem.since) if case.problem.since else (None, None)
            region = case.problem.region or problem.region
            given.append(
                {
                    "patient": key,
                    "problem": problems[case.problem.id],
                    "side": _SIDES[case.problem.side],
                    "sided": problem.sided,
                    "weak": problem.weak,
                    "region": regions[region] if region else 0,
                    "level": _level(case.problem.level),
                    "since_lo": since[0],
                    "since_hi": since[1],
                    "evidence": [],
                }
            )
            for fact in case.facts:
                facts.add(key, fact)
        except (KeyError, ValueError) as error:
            broken[key] = f"cannot be built: {error}"
    verdicts = engine.evaluate(
        facts.table(),
        pa.Table.from_pylist(patients, schema=PATIENTS),
        [case.on for _, case in listed],
        given=pa.Table.from_pylist(given, schema=GIVEN),
    )
    return _compare(
        engine, listed, verdicts.complaints, verdicts.answers, verdicts.statuses, broken
    )


def answers_by_complaint(
    rules: Rules, complaints: pa.Table, answers: pa.Table
) -> dict[tuple[int, int], dict[str, Any]]:
    """(complaint, question) -> answer, what is about the whole patient under each complaint too."""
    wide = [is_wide(rules, question) for question in rules.questions]
    rows = complaints.select(["complaint", "patient", "problem"]).to_pylist()
    of_patient: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        of_patient[row["patient"]].append(row["complaint"])
    shared = {row["complaint"]: of_patient[row["patient"]] for row in rows if row["problem"] == 0}
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for row in answers.to_pylist():
        keepers = shared[row["complaint"]] if wide[row["question"]] else [row["complaint"]]
        found |= {(keeper, row["question"]): row for keeper in keepers}
    return found


def _compare(
    engine: Engine,
    listed: Sequence[tuple[schema.Policy, schema.Case]],
    complaints: pa.Table,
    answers: pa.Table,
    statuses: pa.Table,
    broken: dict[int, str],
) -> list[CaseResult]:
    complaint_of = {row["patient"]: row for row in complaints.to_pylist() if row["problem"] != 0}
    answer_of = answers_by_complaint(engine.rules, complaints, answers)
    policy_key = {policy.id: key for key, policy in enumerate(engine.knowledge.policies)}
    status_of = {
        (row["complaint"], row["policy"], row["option"]): row for row in statuses.to_pylist()
    }
    option_key = {name: key for key, name in enumerate(engine.rules.option_ids)}
    questions: dict[tuple[str, str, int], int] = {}
    for node in engine.rules.nodes:
        if node.op == "leaf":
            rule = engine.rules.rules[node.rule]
            criterion = engine.rules.criteria[node.criterion]
            for number, _ in rule.options:
                questions[rule.owner, criterion.leaf.id, number] = criterion.question
    names = {value: name for name, value in VERDICTS.items()}
    results = []
    for key, (policy, case) in enumerate(listed):
        differences: list[str] = []
        complaint = complaint_of.get(key)
        option = option_key.get(case.option)
        if key in broken:
            differences.append(broken[key])
        elif complaint is None or option is None:
            differences.append(f'option "{case.option}" or its problem is not known')
        else:
            for criterion_id, expected in case.verdicts.items():
                question = questions.get((policy.id, criterion_id, option))
                if question is None:
                    differences.append(
                        f'criterion "{criterion_id}" does not exist for {case.option}'
                    )
                    continue
                row = engine.rules.questions[question]
                outside = (
                    row.family and complaint["region"] and not row.family & complaint["region"]
                )
                default = VERDICTS["not-applicable"] if outside else row.absent
                answer = answer_of.get((complaint["complaint"], question))
                found = names[default if outside or answer is None else answer["verdict"]]
                if found != expected:
                    differences.append(f"{criterion_id}: expected {expected}, found {found}")
            status = status_of.get((complaint["complaint"], policy_key[policy.id], option))
            if case.status is not None and (status is None or status["status"] != case.status):
                found = "no status" if status is None else str(status["status"])
                differences.append(f"status: expected {case.status}, found {found}")
            if case.earliest is not None and (
                status is None or status["earliest"] != case.earliest
            ):
                found = "no date" if status is None else str(status["earliest"])
                differences.append(f"earliest: expected {case.earliest}, found {found}")
        results.append(CaseResult(policy.id, case, tuple(differences)))
    return results
