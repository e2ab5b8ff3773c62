"""Small counts that must not leave the clinic, nor be worked out from what does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Shown(NamedTuple):
    """A row of counts as it may be published; `None` is hidden."""

    cells: list[int | None]
    total: int | None


def suppress(counts: Sequence[int], smallest: int) -> Shown:
    """Hide counts from 1 to below `smallest`, and what would give them away.

    With one cell hidden, the total would give it away: the next smallest is hidden with it. Zero
    may be shown.
    """
    total = sum(counts)
    hidden = {place for place, count in enumerate(counts) if _small(count, smallest)}
    if len(hidden) == 1 and not _small(total, smallest):
        others = [place for place, count in enumerate(counts) if count and place not in hidden]
        if others:
            hidden.add(min(others, key=lambda place: counts[place]))
    cells = [None if place in hidden else count for place, count in enumerate(counts)]
    return Shown(cells, None if _small(total, smallest) else total)


def may_show_percent(count: int, n: int, smallest: int) -> bool:
    """A percentage gives away its count and the rest: both must be zero or large enough."""
    return not (_small(count, smallest) or _small(n - count, smallest) or _small(n, smallest))


def _small(count: int, smallest: int) -> bool:
    return 0 < count < smallest
