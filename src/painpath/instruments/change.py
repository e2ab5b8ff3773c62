"""Change of a score: in which direction, by how much, and whether it matters."""

from __future__ import annotations

from painpath.instruments.arithmetic import percent_change
from painpath.knowledge.instruments import Change, Score


def improvement(score: Score, before: float, after: float) -> float | None:
    """Points by which a score improved; negative is worse. `None` where neither end is better."""
    if score.better == "neither":
        return None
    return before - after if score.better == "lower" else after - before


def percent_improvement(score: Score, before: float, after: float) -> float | None:
    """Percent of the first value by which a score improved; `None` without a true zero."""
    if not score.ratio:
        return None
    return percent_change(before, after, higher_is_worse=score.better == "lower")


def important_change(score: Score, before: float) -> Change | None:
    """The change that matters from this first value."""
    for change in score.changes:
        if change.default and (not change.before or change.before[0] <= before <= change.before[1]):
            return change
    return None


def improved_enough(score: Score, before: float, after: float) -> bool | None:
    """Whether a score improved by its smallest important change; `None` if none is known."""
    return _reaches(score, before, after, 1)


def worsened_enough(score: Score, before: float, after: float) -> bool | None:
    """The same in the wrong direction."""
    return _reaches(score, before, after, -1)


def _reaches(score: Score, before: float, after: float, sign: int) -> bool | None:
    change = important_change(score, before)
    if change is None:
        return None
    needed = change.percent if change.points is None else change.points
    measure = percent_improvement if change.points is None else improvement
    gain = measure(score, before, after)
    if gain is None or needed is None:
        return None
    return sign * gain > needed if change.strictly else sign * gain >= needed


def change_words(change: Change) -> str:
    """`1 to 1.75 points or more`: a change that matters."""
    number = change.percent if change.points is None else change.points
    words = f"{number:g}" + (f" to {change.up_to:g}" if change.up_to is not None else "")
    unit = "%" if change.points is None else "point" if words == "1" else "points"
    words = f"more than {words} {unit}" if change.strictly else f"{words} {unit} or more"
    if change.before:
        words += f", from {change.before[0]:g} to {change.before[1]:g} before"
    return words
