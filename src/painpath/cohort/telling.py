"""What a careful reader can tell from the record: the story less what was left out or blurred.

The truth is drawn from this, never from the resources themselves.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

_BEFORE = 30
"""Days for which a pain score stands for the pain before a procedure (records-in)."""


class Fact(msgspec.Struct, gc=False):
    """One thing as written down. Days are numbers; `first` and `last` bound its beginning."""

    says: tuple[str, ...]
    kind: str
    first: int
    last: int
    until: int | None = None
    open: bool = False
    value: float | None = None
    yes: bool = True
    side: str | None = None
    sided: bool = False
    """It lies on a side, whether or not that is written."""
    relief: list[tuple[int, float]] = []
    lasted: int | None = None
    """Last day of relief, where it was counted."""
    one_visit: bool = False


class Told(msgspec.Struct, gc=False):
    """A pain as the record has it."""

    problem: str
    family: str
    sided: bool
    side: str | None
    first: int
    last: int


class Telling(msgspec.Struct, gc=False):
    """Everything that one record tells."""

    patient: str
    birth: int
    state: str | None
    medicare: bool
    complaints: list[Told]
    facts: list[Fact]


def relief_from_scores(facts: list[Fact], interventional: Collection[str]) -> None:
    """Where nobody stated relief it follows from scores: the fall from the last one before.

    The score before must lie within 30 days; scores count until the next procedure. On the day
    itself a score counts neither way, since no times are written.
    """
    done = [
        fact
        for fact in facts
        if fact.kind == "procedure"
        and fact.first == fact.last
        and any(name in interventional for name in fact.says)
    ]
    scores = sorted(
        (fact.first, fact.value)
        for fact in facts
        if "pain-score" in fact.says and fact.value is not None and fact.first == fact.last
    )
    for fact in done:
        if fact.relief or fact.lasted is not None:
            continue
        day = fact.first
        base = [value for at, value in scores if day - _BEFORE <= at < day]
        if not base or base[-1] <= 0:
            continue
        following = min((other.first for other in done if other.first > day), default=None)
        fact.relief = [
            (at, round((base[-1] - value) / base[-1] * 100, 1))
            for at, value in scores
            if at > day and (following is None or at < following)
        ]
