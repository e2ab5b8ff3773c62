"""Relief after procedures, computed from pain scores where nobody stated it.

Percent fall from the latest score within 30 days before a procedure to each score after it, until
the next interventional procedure. On the day itself the time decides; without times such a score
counts neither before nor after. Every computed fact is marked so.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import NamedTuple

from painpath.knowledge.vocabulary import OWN_SYSTEM, RELIEF_PERCENT
from painpath.records.chart import Chart, Fact
from painpath.records.hours import moments
from painpath.records.places import Place

LOOK_BACK_DAYS = 30
PAIN_SCORES = ("pain-score",)


class _Event(NamedTuple):
    """A procedure or a score with the day, and the moments where they are known."""

    number: int
    fact: Fact
    day: int
    begin: datetime.datetime | None
    end: datetime.datetime | None


def compute(chart: Chart, relief_for: Collection[int], scores: Collection[int]) -> None:
    """Add computed relief to the chart.

    Args:
        chart: with procedures and scores read.
        relief_for: keys of the concepts that are interventional procedures.
        scores: keys of the concepts that are 0-10 pain scores.
    """
    if "procedure" not in [fact.kind for fact in chart.facts]:
        return
    done = [
        _event(chart, number, fact)
        for concept in chart.concepts()
        if concept in relief_for
        for number in chart.by_concept(concept)
        if (fact := chart.facts[number]).kind == "procedure" and fact.about is None and _dated(fact)
    ]
    if not done:
        return
    points = [
        _event(chart, number, fact)
        for concept in chart.concepts()
        if concept in scores
        for number in chart.by_concept(concept)
        if (fact := chart.facts[number]).value is not None and _dated(fact)
    ]
    if not points:
        return
    percent = chart.vocabulary.key[RELIEF_PERCENT]
    stated = {chart.facts[number].about for number in chart.by_concept(percent)}
    points.sort(key=lambda point: (point.day, str(point.begin or "")))
    for event in sorted(done):
        if event.number not in stated:
            following = min((e for e in done if e.day > event.day), key=_day, default=None)
            _after(chart, event, following, points)


def _dated(fact: Fact) -> bool:
    return fact.start is not None and fact.start[0] == fact.start[1]


def _day(event: _Event) -> int:
    return event.day


def _event(chart: Chart, number: int, fact: Fact) -> _Event:
    assert fact.start is not None
    begin, end = moments(chart, fact)
    return _Event(number, fact, fact.start[0], begin, end or begin)


def _earlier(one: datetime.datetime | None, other: datetime.datetime | None) -> bool:
    """Certainly earlier; a time with a zone cannot be compared with one without."""
    if one is None or other is None or (one.tzinfo is None) != (other.tzinfo is None):
        return False
    return one < other


def _before(score: _Event, event: _Event) -> bool:
    return score.day < event.day or (score.day == event.day and _earlier(score.begin, event.begin))


def _later(score: _Event, event: _Event) -> bool:
    return score.day > event.day or (score.day == event.day and _earlier(event.end, score.begin))


def _after(chart: Chart, event: _Event, following: _Event | None, points: list[_Event]) -> None:
    own = [point for point in points if _same_place(point.fact, event.fact)]
    earlier = [p for p in own if p.day >= event.day - LOOK_BACK_DAYS and _before(p, event)]
    base = earlier[-1].fact.value if earlier else None
    if base is None or base <= 0:
        return
    fact = event.fact
    relief = chart.vocabulary.lookup(OWN_SYSTEM, RELIEF_PERCENT)[0]
    for point in own:
        score = point.fact
        if not _later(point, event) or (following is not None and not _before(point, following)):
            continue
        assert score.value is not None
        chart.add(
            relief,
            "observation",
            score.ref,
            f"computed: pain {base:g} before, {score.value:g} after",
            start=score.start,
            end=score.start,
            recorded=score.recorded,
            place=Place(fact.region, fact.side, fact.level),
            value=round((base - score.value) / base * 100, 1),
            about=event.number,
            origin="computed",
        )


def _same_place(score: Fact, procedure: Fact) -> bool:
    """A score of another region or side is not about this procedure."""
    if score.region and procedure.region and not score.region & procedure.region:
        return False
    return not (score.side and procedure.side and not score.side & procedure.side)
