"""The shipped knowledge at its own boundaries: every threshold, one below, at it, one above.

For each distinct question of the kinds below a patient is made who stands exactly there; the
verdict expected is the plain comparison and nothing else.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from painpath.engine.cases import answers_by_complaint
from painpath.knowledge.rules import PATIENT, Question
from painpath.knowledge.store import compiled
from painpath.knowledge.yaml_source import KnowledgeError
from tests.engine.small import WORDS, Bench, Chart, fact
from tests.engine.twin import add

ON = datetime.date(2026, 6, 15)
DAY = datetime.timedelta(days=1)
COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}


class Stand(msgspec.Struct):
    """A patient at, below or above a threshold."""

    question: int
    label: str
    chart: Chart
    met: bool


@pytest.fixture(scope="module")
def bench() -> Bench:
    try:
        knowledge = compiled(use_cache=False).knowledge
    except KnowledgeError as error:
        pytest.skip(f"the shipped knowledge does not load: {error}")
    return Bench(knowledge)


def duration(question: Question) -> str:
    return f"{question.months} months {question.days} days"


def day_before(length: str) -> datetime.date:
    """The last day from which `length` reaches `ON`."""
    day = ON
    while add(day, length) > ON:
        day -= DAY
    assert add(day, length) == ON
    return day


def around(question: Question) -> Iterator[tuple[str, datetime.date, int]]:
    """Days from which the duration is one day short, just reached, and one day over."""
    exact = day_before(duration(question))
    yield "one day short", exact + DAY, -1
    yield "to the day", exact, 0
    yield "one day over", exact - DAY, 1


class Stands:
    """Makes the patients for one question."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.bench = bench
        self.number = number
        self.question = bench.rules.questions[number]
        self.vocabulary = bench.engine.vocabulary
        bits = self.vocabulary.region_bits
        problems = {problem.id: problem for problem in bench.knowledge.problems}
        asked = [
            problem
            for node in bench.rules.nodes
            if node.op == "leaf" and bench.rules.criteria[node.criterion].question == number
            for problem in bench.rules.rules[node.rule].problems
        ]
        self.of_patient = PATIENT in asked
        names = [problems[bench.rules.problem_ids[p]] for p in sorted(set(asked) - {PATIENT})]
        if not names:
            names = list(problems.values())[:1]
        fitting = [
            (problem, region)
            for problem in names
            for region in bits
            if (problem.region is None or bits[problem.region] & bits[region])
            and (not self.question.family or bits[region] & ~self.question.family == 0)
        ]
        problem, self.region = fitting[0]
        self.problem = problem.id

    def concept(self, selection: int) -> str:
        return self.vocabulary.concepts[self.bench.rules.selections[selection][0][0][0]]

    def chart(self, *facts: dict[str, Any], **more: Any) -> Chart:
        facts = (*facts, *self._anchor())
        keys = {"since": "2001-01-01"} | more
        return Chart(
            facts=facts, problem=self.problem, region=self.region, on=ON.isoformat(), **keys
        )

    def fact(self, day: datetime.date, **more: Any) -> dict[str, Any]:
        name = self.concept(self.question.selection)
        return fact(name, day.isoformat(), side="left", region=self.region, **more)

    def _anchor(self) -> list[dict[str, Any]]:
        """What the question counts from ("since the replacement"), long ago."""
        if self.question.anchor < 0:
            return []
        name = self.concept(self.question.anchor)
        return [fact(name, "2002-02-02", side="left", region=self.region, until="2002-02-02")]

    def stand(self, label: str, chart: Chart, value: float, limit: float) -> Stand:
        met = COMPARE[self.question.comparison](value, limit)
        return Stand(self.number, label, chart, bool(met))

    def lasted(self) -> Iterator[Stand]:
        for label, day, over in around(self.question):
            yield self.stand(label, self.chart(since=day.isoformat()), over, 0)

    def elapsed(self) -> Iterator[Stand]:
        for label, day, over in around(self.question):
            yield self.stand(label, self.chart(self.fact(day)), over, 0)

    def score(self) -> Iterator[Stand]:
        limit = self.question.threshold
        for value in (limit - 1, limit, limit + 1):
            chart = self.chart(self.fact(ON, value=value))
            yield self.stand(f"value {value:g}", chart, value, limit)

    def age(self) -> Iterator[Stand]:
        limit = int(self.question.threshold)
        for years in (limit - 1, limit, limit + 1):
            birthday = ON.replace(year=ON.year - years)
            yield self.stand(f"{years} today", self.chart(born=birthday.isoformat()), years, limit)
        eve = ON.replace(year=ON.year - limit) + DAY
        yield self.stand("birthday tomorrow", self.chart(born=eve.isoformat()), limit - 1, limit)

    def sessions(self) -> Iterator[Stand]:
        limit = int(self.question.threshold)
        for count in range(max(0, limit - 1), limit + 2):
            days = [ON - number * DAY for number in range(1, count + 1)]
            chart = self.chart(*map(self.fact, days))
            yield self.stand(f"{count} sessions", chart, count, limit)
        if self.question.has_window and limit:
            window = f"{self.question.within_months} months {self.question.within_days} days"
            recent = [ON - number * DAY for number in range(1, limit)]
            for label, day, counts in (
                ("oldest leaves today", day_before(window), limit - 1),
                ("oldest leaves tomorrow", day_before(window) + DAY, limit),
            ):
                chart = self.chart(*map(self.fact, [*recent, day]))
                yield self.stand(label, chart, counts, limit)


@pytest.mark.parametrize("kind", ["lasted", "elapsed", "score", "age", "sessions"])
def test_every_shipped_threshold(bench: Bench, kind: str) -> None:
    makers = [
        Stands(bench, number)
        for number, question in enumerate(bench.rules.questions)
        if question.kind == kind and question.comparison
    ]
    stands = [stand for maker in makers for stand in getattr(maker, kind)()]
    assert stands, f"no shipped criterion of kind {kind}"
    verdicts = bench.evaluate([stand.chart for stand in stands])
    assert not verdicts.failures
    complaint_of = {
        (row["patient"], row["problem"] == PATIENT): row["complaint"]
        for row in verdicts.complaints.to_pylist()
    }
    rows = answers_by_complaint(bench.rules, verdicts.complaints, verdicts.answers)
    answers = {key: row["verdict"] for key, row in rows.items()}
    of_patient = {maker.number: maker.of_patient for maker in makers}
    wrong = []
    for patient, stand in enumerate(stands):
        question = bench.rules.questions[stand.question]
        complaint = complaint_of[patient, of_patient[stand.question]]
        found = WORDS[answers.get((complaint, stand.question), question.absent)]
        if found != ("met" if stand.met else "not-met"):
            names = {c.leaf.id for c in bench.rules.criteria if c.question == stand.question}
            wrong.append(f"{', '.join(sorted(names))}: {stand.label}: {found}")
    assert wrong == []
