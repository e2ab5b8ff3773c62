"""Events over time, and observed against expected."""

from __future__ import annotations

from painpath.outcomes.comparisons import Estimate
from painpath.outcomes.extra import stats
from painpath.outcomes.proportions import CountError


def rate(events: int, time: float, per: float = 1.0, level: float = 0.95) -> Estimate:
    """Events per `per` units of time, with the exact Poisson interval.

    Raises:
        CountError: without time, or with fewer than no events.
    """
    if events < 0 or time <= 0:
        raise CountError(f"{events} events in {time:g} is no rate")
    tail = (1 - level) / 2
    low = float(stats.chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(stats.chi2.ppf(1 - tail, 2 * (events + 1))) / 2
    return Estimate(events / time * per, low / time * per, high / time * per)


def observed_to_expected(observed: int, expected: float, level: float = 0.95) -> Estimate:
    """Indirectly standardised ratio: events seen over events that a case-mix model expects."""
    return rate(observed, expected, level=level)
