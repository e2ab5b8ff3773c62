"""Relief after procedures, computed from pain scores where nobody stated it.

Percent fall from the latest score within 30 days before a procedure to each score after it, until
the next interventional procedure. Marked as computed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from painpath.knowledge.vocabulary import RELIEF_PERCENT
from painpath.records.chart import Chart, Fact
from painpath.records.places import Place

LOOK_BACK_DAYS = 30
PAIN_SCORES = ("pain-score",)


class _Score(NamedTuple):
    day: int
    value: float
    fact: Fact


def compute(chart: Chart, relief_for: Collection[int], scores: Collection[int]) -> None:
    """Add computed relief to the chart.

    Args:
        chart: with procedures and scores read.
        relief_for: keys of the concepts that are interventional procedures.
        scores: keys of the concepts that are 0-10 pain scores.
    """
    done = [
        (number, fact)
        for number, fact in enumerate(chart.facts)
        if fact.kind == "procedure"
        and fact.about is None
        and fact.concept in relief_for
        and _exact(fact)
    ]
    if not done:
        return
    points = [
        _Score(fact.start[0], fact.value, fact)
        for fact in chart.facts
        if fact.concept in scores
        and fact.value is not None
        and fact.start is not None
        and fact.start[0] == fact.start[1]
    ]
    if not points:
        return
    points.sort(key=lambda score: score.day)
    stated = {
        fact.about
        for fact in chart.facts
        if chart.vocabulary.concepts[fact.concept] == RELIEF_PERCENT and fact.about is not None
    }
    days = sorted({_day(fact) for _, fact in done})
    for number, fact in done:
        if number in stated:
            continue
        day = _day(fact)
        until = next((later for later in days if later > day), None)
        _after(chart, number, fact, day, until, points)


def _exact(fact: Fact) -> bool:
    return fact.start is not None and fact.start[0] == fact.start[1]


def _day(fact: Fact) -> int:
    assert fact.start is not None
    return fact.start[0]


def _after(
    chart: Chart, number: int, fact: Fact, day: int, until: int | None, points: list[_Score]
) -> None:
    own = [score for score in points if _same_place(score.fact, fact)]
    before = [score for score in own if day - LOOK_BACK_DAYS <= score.day < day]
    if not before or before[-1].value <= 0:
        return
    base = before[-1].value
    relief = chart.vocabulary.lookup("urn:painpath:observation", RELIEF_PERCENT)[0]
    for score in own:
        if score.day <= day or (until is not None and score.day >= until):
            continue
        percent = round((base - score.value) / base * 100, 1)
        chart.add(
            relief,
            "observation",
            score.fact.ref,
            f"computed: pain {base:g} before, {score.value:g} after",
            start=score.fact.start,
            end=score.fact.start,
            recorded=score.fact.recorded,
            place=Place(fact.region, fact.side, fact.level),
            value=percent,
            about=number,
            origin="computed",
        )


def _same_place(score: Fact, procedure: Fact) -> bool:
    """A score of another region or side is not about this procedure."""
    if score.region and procedure.region and not score.region & procedure.region:
        return False
    return not (score.side and procedure.side and not score.side & procedure.side)
