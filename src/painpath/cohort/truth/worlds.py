"""What a record leaves open, tried both ways: a date at either end, a side here or there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from painpath.cohort.telling import Fact, Told
from painpath.cohort.truth.arithmetic import Seen

_MOST_OPEN = 8
"""More open facts than that are taken at their earliest; there are never so many."""


def worlds(
    told: Told,
    today: int,
    facts: list[Fact],
    anchors: list[Fact],
    *,
    side: bool,
    since: str | None,
) -> Iterator[tuple[list[Seen], int]]:
    """The facts that count in each world, with the day of the onset there.

    Args:
        told: the pain.
        today: nothing later counts.
        facts: those asked about.
        anchors: facts since the latest of which others count.
        side: whether a fact must lie on the pain's side.
        since: `onset`, or anything else where there are anchors.
    """
    if not anchors and _plain(told, facts, side=side, since=since):
        begin = told.first if since == "onset" else 0
        yield (
            [
                (fact.first, fact)
                for fact in facts
                if begin <= fact.first <= today
                and not (side and told.sided and fact.side != told.side)
            ],
            begin,
        )
        return
    choices: list[list[int | None]] = [
        [None if not here else day for day in _days(fact) for here in _here(told, fact, side)]
        for fact in facts
    ]
    doubtful = sum(len(choice) > 1 for choice in choices)
    if doubtful > _MOST_OPEN:
        choices = [choice[:1] if len(choice) > 1 else choice for choice in choices]
    onsets = sorted({told.first, told.last}) if since == "onset" else [0]
    froms = [0]
    if anchors:
        froms = sorted({max(a.first for a in anchors), max(a.last for a in anchors)})
    for onset, start, days in product(onsets, froms, product(*choices)):
        begin = onset if since == "onset" else start
        yield (
            [
                (day, fact)
                for day, fact in zip(days, facts, strict=True)
                if day is not None and begin <= day <= today
            ],
            onset,
        )


def _plain(told: Told, facts: list[Fact], *, side: bool, since: str | None) -> bool:
    """Whether the record leaves nothing open here."""
    if since == "onset" and told.first != told.last:
        return False
    sided = side and told.sided
    if sided and told.side is None and facts:
        return False
    return all(fact.first == fact.last and not (sided and fact.side is None) for fact in facts)


def _here(told: Told, fact: Fact, side: bool) -> tuple[bool, ...]:
    if not side or not told.sided:
        return (True,)
    if fact.side is None or told.side is None:
        return (True, False)
    return (fact.side == told.side,)


def _days(fact: Fact) -> tuple[int, ...]:
    return (fact.first,) if fact.first == fact.last else (fact.first, fact.last)
