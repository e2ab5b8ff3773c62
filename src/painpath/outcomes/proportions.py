"""One proportion and its interval.

Wilson's score interval without continuity correction is the one to publish; a Wald interval
collapses to nothing at 0/n and n/n (Newcombe 1998, Stat Med 17:857-872). Clopper-Pearson where an
exact one is asked for.
"""

from __future__ import annotations

from typing import NamedTuple

from painpath.outcomes.extra import stats


class Interval(NamedTuple):
    """Two limits, both included."""

    low: float
    high: float


class Proportion(NamedTuple):
    """`had` of `n`."""

    had: int
    n: int

    @property
    def share(self) -> float:
        """Between 0 and 1; not a number for nobody."""
        return self.had / self.n if self.n else float("nan")

    @property
    def percent(self) -> float:
        """Between 0 and 100, not rounded."""
        return 100 * self.share


class CountError(ValueError):
    """Counts that cannot be: more than there were, negative, or nobody at all."""


def checked(count: int, n: int) -> Proportion:
    """A proportion of somebody.

    Raises:
        CountError: if the counts cannot be.
    """
    if n < 1 or not 0 <= count <= n:
        raise CountError(f"{count} of {n} is no proportion")
    return Proportion(count, n)


def wilson(count: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval."""
    return _interval(count, n, level, "wilson")


def exact(count: int, n: int, level: float = 0.95) -> Interval:
    """Clopper-Pearson interval."""
    return _interval(count, n, level, "exact")


def _interval(count: int, n: int, level: float, method: str) -> Interval:
    checked(count, n)
    found = stats.binomtest(count, n).proportion_ci(confidence_level=level, method=method)
    return Interval(float(found.low), float(found.high))
