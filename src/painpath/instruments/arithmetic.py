"""The few ways in which answers become a score. Pure functions of numbers; no medicine here."""

from __future__ import annotations

from collections.abc import Sequence


def prorated(points: Sequence[float], asked: int) -> float:
    """Sum of points if each missing answer were the mean of those given."""
    return sum(points) * asked / len(points)


def percent_of_most(
    points: Sequence[float], least: Sequence[float], most: Sequence[float]
) -> float:
    """100 x points above the least possible / most possible, over the same items."""
    room = sum(most) - sum(least)
    return 100 * (sum(points) - sum(least)) / room


def look_up(first: int, values: Sequence[float], total: float) -> float | None:
    """The table's value for a sum; `None` beside the table. Nothing is interpolated."""
    if total != int(total):
        return None
    place = int(total) - first
    return values[place] if 0 <= place < len(values) else None


def percent_change(before: float, after: float, *, higher_is_worse: bool = True) -> float | None:
    """Percent by which a score improved; negative is worse, `None` from a first value of 0."""
    if before == 0:
        return None
    fall = 100 * (before - after) / before
    return fall if higher_is_worse else -fall
