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
    otherwise: str = "not-met"
    """What is answered if it is not met; `silence`: nothing that counts is left in the window."""


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

    def total(self) -> Iterator[Stand]:
        limit = self.question.threshold
        for value in (limit - 1, limit, limit + 1):
            yield self.stand(f"sum {value:g}", self.chart(self.fact(ON, value=value)), value, limit)
        for label, day, counts in (
            ("leaves today", day_before(self.window()), 0),
            ("leaves tomorrow", day_before(self.window()) + DAY, limit + 1),
        ):
            chart = self.chart(self.fact(day, value=limit + 1), self.fact(ON, value=0))
            yield self.stand(label, chart, counts, limit)

    def relief(self) -> Iterator[Stand]:
        limit, question = self.question.threshold, self.question
        done = ON - 40 * DAY
        if question.has_duration:
            done = min(done, day_before(duration(question)) - 40 * DAY)
        long_enough = {"lasted": duration(question)} if question.has_duration else {}
        percents = [p for p in (limit - 1, limit, limit + 1) if 0 <= p <= 100]
        for percent in percents:
            report = {"percent": percent, "at": (done + DAY).isoformat(), **long_enough}
            chart = self.chart(self.fact(done, relief=[report]))
            yield self.stand(f"{percent:g} %", chart, percent, limit)
        if not question.has_duration:
            return
        exact = add(done, duration(question))
        for label, until, over in (("one day short", exact - DAY, -1), ("to the day", exact, 0)):
            report = {
                "percent": percents[-1],
                "at": (done + DAY).isoformat(),
                "lasted": f"{(until - done).days} days",
            }
            chart = self.chart(self.fact(done, relief=[report]))
            yield Stand(self.number, f"relief {label}", chart, over >= 0)

    def blocks(self) -> Iterator[Stand]:
        limit, count = self.question.threshold, self.question.number
        apart = max(self.question.spacing, 1)

        def row(last: float, gap: int, until: datetime.date = ON - DAY) -> Chart:
            days = [until - number * gap * DAY for number in range(count)]
            values = [last] + [min(limit + 1, 100)] * (count - 1)
            return self.chart(
                *(
                    self.fact(day, relief=[{"percent": value, "at": day.isoformat()}])
                    for day, value in zip(days, values, strict=True)
                )
            )

        for percent in (p for p in (limit - 1, limit, limit + 1) if p <= 100):
            yield self.stand(f"last block {percent:g} %", row(percent, apart), percent, limit)
        if self.question.spacing > 1 and count > 1:
            early = row(limit, self.question.spacing - 1)
            yield Stand(self.number, "one day too close", early, met=False)
        if self.question.has_window:
            oldest = day_before(self.window()) + (count - 1) * apart * DAY
            yield Stand(self.number, "oldest to the day", row(limit, apart, oldest), met=True)
            gone = row(limit, apart, oldest - DAY)
            yield Stand(self.number, "oldest a day too old", gone, met=False, otherwise="unknown")

    def tried(self) -> Iterator[Stand]:
        kinds: dict[int, str] = {}
        for concept, kind in self.bench.rules.selections[self.question.selection][0]:
            kinds.setdefault(kind, self.vocabulary.concepts[concept])
        named = list(kinds.values())[: self.question.number]
        assert len(named) == self.question.number

        def course(start: datetime.date, end: datetime.date) -> Chart:
            facts = (
                fact(
                    name,
                    start.isoformat(),
                    until=end.isoformat(),
                    side="left",
                    region=self.region,
                )
                for name in named
            )
            return self.chart(*facts)

        length = duration(self.question)
        end = ON - DAY
        if self.question.has_duration:
            start = end
            while add(start, length) > end:
                start -= DAY
            yield Stand(self.number, "care to the day", course(start, add(start, length)), met=True)
            short = course(start, add(start, length) - DAY)
            yield Stand(self.number, "care one day short", short, met=False)
        if self.question.has_window:
            last = day_before(self.window())
            start = last - 400 * DAY
            yield Stand(self.number, "ended to the day", course(start, last), met=True)
            gone = course(start, last - DAY)
            yield Stand(
                self.number, "ended a day too long ago", gone, met=False, otherwise="silence"
            )

    def within(self) -> Iterator[Stand]:
        """The window of `present`, `absent` and `score`: what began on its first day counts."""
        value: dict[str, Any] = {}
        if self.question.comparison:
            over = {">=": 0, ">": 1, "<=": 0, "<": -1}[self.question.comparison]
            value = {"value": self.question.threshold + over}
        found = self.question.kind != "absent"
        for label, day, counts in (
            ("to the day", day_before(self.window()), True),
            ("a day too old", day_before(self.window()) - DAY, False),
        ):
            met = found if counts else not found
            otherwise = "not-met" if counts else "silence"
            chart = self.chart(self.fact(day, **value))
            yield Stand(self.number, label, chart, met=met, otherwise=otherwise)

    def window(self) -> str:
        return f"{self.question.within_months} months {self.question.within_days} days"


COMPARING = ("lasted", "elapsed", "score", "age", "sessions", "total", "relief", "blocks", "tried")
WINDOWED = ("present", "absent", "score")


def stands_of(bench: Bench, number: int) -> list[Stand]:
    """Every patient that can be made for a question; empty if it compares with nothing."""
    question = bench.rules.questions[number]
    found: list[Stand] = []
    if question.kind in COMPARING and (question.comparison or question.kind == "tried"):
        found.extend(getattr(Stands(bench, number), question.kind)())
    if question.kind in WINDOWED and question.has_window:
        found.extend(Stands(bench, number).within())
    return found


_WORST = -1000
"""Percent of relief that nobody falls below: what asks for it asks only whether it was recorded."""


def test_no_shipped_threshold_is_left_out(bench: Bench) -> None:
    """Whatever has a number, a duration or a window has patients on both sides of it."""
    left_out = []
    for number, question in enumerate(bench.rules.questions):
        if question.kind == "relief" and question.threshold == _WORST:
            continue
        if question.comparison or question.has_duration or question.has_window:
            sides = {stand.met for stand in stands_of(bench, number)}
            if sides != {True, False}:
                names = {c.leaf.id for c in bench.rules.criteria if c.question == number}
                left_out.append(f"{question.kind}: {', '.join(sorted(names))}: {sides}")
    assert left_out == []


@pytest.mark.parametrize("kind", sorted({*COMPARING, *WINDOWED}))
def test_every_shipped_threshold(bench: Bench, kind: str) -> None:
    numbers = [n for n, question in enumerate(bench.rules.questions) if question.kind == kind]
    makers = [Stands(bench, number) for number in numbers]
    stands = [stand for number in numbers for stand in stands_of(bench, number)]
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
        silence = stand.otherwise == "silence"
        otherwise = WORDS[question.absent] if silence else stand.otherwise
        if found != ("met" if stand.met else otherwise):
            names = {c.leaf.id for c in bench.rules.criteria if c.question == stand.question}
            wrong.append(f"{', '.join(sorted(names))}: {stand.label}: {found}")
    assert wrong == []
