"""Two proportions against each other: difference, ratios, number needed to treat.

Newcombe's hybrid score interval of the difference is the one to publish; the unpooled Wald
interval is here to reproduce what trials print.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from painpath.outcomes.extra import stats
from painpath.outcomes.proportions import Interval, Proportion, checked, wilson


class Estimate(NamedTuple):
    """A value with its interval; a limit may be infinite."""

    value: float
    low: float
    high: float


class NumberNeeded(NamedTuple):
    """Treat so many for one more response.

    `value` is negative where the treatment does harm. If the difference may be zero, the interval
    runs from `benefit` up to infinity and on to `harm`, and neither side can be left out.
    """

    value: float
    benefit: float
    """The smallest number needed to treat within the interval; infinite if none helps."""
    harm: float
    """The smallest number needed to harm within the interval; infinite if none harms."""


Counts = tuple[int, int]
"""Responders of how many."""


def newcombe(treated: Counts, control: Counts, level: float = 0.95) -> Estimate:
    """Difference of proportions with Newcombe's hybrid score interval."""
    one, other = checked(*treated), checked(*control)
    a, b = wilson(*one, level), wilson(*other, level)
    gap = one.share - other.share
    down = math.hypot(one.share - a.low, b.high - other.share)
    up = math.hypot(a.high - one.share, other.share - b.low)
    return Estimate(gap, gap - down, gap + up)


def wald(treated: Counts, control: Counts, level: float = 0.95) -> Estimate:
    """Difference of proportions with the unpooled Wald interval, as trials often print it."""
    one, other = checked(*treated), checked(*control)
    gap = one.share - other.share
    reach = _z(level) * _unpooled(one, other)
    return Estimate(gap, gap - reach, gap + reach)


def wald_p(treated: Counts, control: Counts) -> float:
    """Two-sided p of the unpooled z-test."""
    one, other = checked(*treated), checked(*control)
    error = _unpooled(one, other)
    if error == 0:
        return 1.0 if one.share == other.share else 0.0
    return float(2 * stats.norm.sf(abs(one.share - other.share) / error))


def relative_risk(treated: Counts, control: Counts, level: float = 0.95) -> Estimate:
    """Ratio of proportions with the log-Wald interval."""
    one, other = checked(*treated), checked(*control)
    found = stats.contingency.relative_risk(*one, *other)
    return _estimate(float(found.relative_risk), found.confidence_interval(level))


def odds_ratio(treated: Counts, control: Counts, level: float = 0.95) -> Estimate:
    """Ratio of odds with the log-Wald interval."""
    found = stats.contingency.odds_ratio(_table(treated, control), kind="sample")
    return _estimate(float(found.statistic), found.confidence_interval(level))


def fisher_p(treated: Counts, control: Counts) -> float:
    """Two-sided p of Fisher's exact test."""
    return float(stats.fisher_exact(_table(treated, control)).pvalue)


def number_needed(treated: Counts, control: Counts, level: float = 0.95) -> NumberNeeded:
    """Number needed to treat, with the limits of the Newcombe interval turned over."""
    difference = newcombe(treated, control, level)
    return NumberNeeded(
        value=1 / difference.value if difference.value else math.inf,
        benefit=1 / difference.high if difference.high > 0 else math.inf,
        harm=-1 / difference.low if difference.low < 0 else math.inf,
    )


def _table(treated: Counts, control: Counts) -> list[list[int]]:
    one, other = checked(*treated), checked(*control)
    return [[one.had, one.n - one.had], [other.had, other.n - other.had]]


def _estimate(value: float, interval: Interval) -> Estimate:
    return Estimate(value, float(interval.low), float(interval.high))


def _unpooled(one: Proportion, other: Proportion) -> float:
    return math.sqrt(sum(p.share * (1 - p.share) / p.n for p in (one, other)))


def _z(level: float) -> float:
    return float(stats.norm.ppf((1 + level) / 2))
