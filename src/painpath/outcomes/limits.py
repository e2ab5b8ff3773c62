"""Control limits of a funnel plot: where a clinic lies by chance around a benchmark.

They are prediction limits around the benchmark, no confidence interval of the clinic
(Spiegelhalter 2005). No league tables.
"""

from __future__ import annotations

import math

from painpath.outcomes.extra import stats
from painpath.outcomes.proportions import CountError, Interval

FEW = 30
"""Below this size the normal approximation is poor and exact limits are better."""


def funnel(benchmark: float, n: int, level: float = 0.95) -> Interval:
    """Limits of a proportion by the normal approximation, kept within 0 and 1.

    Raises:
        CountError: for nobody, or a benchmark that is no proportion.
    """
    _check(benchmark, n)
    reach = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(benchmark * (1 - benchmark) / n)
    return Interval(max(0.0, benchmark - reach), min(1.0, benchmark + reach))


def exact_funnel(benchmark: float, n: int, level: float = 0.95) -> Interval:
    """Limits of a proportion from the binomial distribution; to be preferred below `FEW`."""
    _check(benchmark, n)
    tail = (1 - level) / 2
    low, high = (float(stats.binom.ppf(p, n, benchmark)) for p in (tail, 1 - tail))
    return Interval(low / n, high / n)


def best_funnel(benchmark: float, n: int, level: float = 0.95) -> Interval:
    """Exact limits for few people, the smooth ones for many."""
    return (exact_funnel if n < FEW else funnel)(benchmark, n, level)


def _check(benchmark: float, n: int) -> None:
    if n < 1 or not 0 <= benchmark <= 1:
        raise CountError(f"a benchmark of {benchmark:g} among {n} has no limits")
