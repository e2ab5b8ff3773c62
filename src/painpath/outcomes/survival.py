"""Time to an event: Kaplan-Meier, competing risks, log-rank.

Kaplan-Meier, its log(-log) interval, restricted mean and log-rank are lifelines'. The
Aalen-Johansen estimate is worked out here, because lifelines breaks ties by shifting times at
random, and days of follow-up are full of ties. Events come before censorings at the same time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from painpath.outcomes.extra import KaplanMeierFitter, statistics, stats, utils
from painpath.outcomes.proportions import CountError, Interval


class Step(NamedTuple):
    """A curve from `time` on to the next step."""

    time: float
    at_risk: int
    """Followed until just before."""
    events: int
    value: float
    error: float
    """Greenwood's standard error (or its like for competing risks)."""
    interval: Interval | None
    """Symmetric on the log(-log) scale, so it stays within 0 and 1; `None` at 0 and at 1."""


class Curve(NamedTuple):
    """Steps at the times of events, in order."""

    steps: tuple[Step, ...]
    n: int

    def at(self, time: float, start: float) -> float:
        """Value at a time; `start` before the first step."""
        value = start
        for step in self.steps:
            if step.time > time:
                break
            value = step.value
        return value

    def cut(self, smallest: int) -> Curve:
        """Only as far as at least so many are still followed."""
        return Curve(tuple(s for s in self.steps if s.at_risk >= smallest), self.n)


class LogRank(NamedTuple):
    """Two groups compared; events of the first group, seen and expected."""

    observed: int
    expected: float
    statistic: float
    p: float


def kaplan_meier(times: Sequence[float], happened: Sequence[bool], level: float = 0.95) -> Curve:
    """Share still without the event.

    Args:
        times: to the event or the last look.
        happened: whether it was the event.
        level: of the interval.

    Raises:
        CountError: if the two do not run parallel, or nobody was followed.
    """
    fitter = _fitted(times, happened)
    table = fitter.event_table
    steps: list[Step] = []
    spread = 0.0
    for time, row in table.iterrows():
        at_risk, events = int(row["at_risk"]), int(row["observed"])
        if not events:
            continue
        survival = float(fitter.predict(time))
        # Greenwood's sum; undefined once nobody is left.
        spread += events / (at_risk * (at_risk - events)) if at_risk > events else math.nan
        error = survival * math.sqrt(spread) if survival > 0 else 0.0
        interval = log_log(survival, error, level)
        steps.append(Step(float(time), at_risk, events, survival, error, interval))
    return Curve(tuple(steps), len(times))


def median(curve: Curve) -> float | None:
    """The first time at which at most half are without the event; `None`: not reached.

    R's survfit takes the middle of the step where the curve is exactly one half; this does not.
    """
    return next((step.time for step in curve.steps if step.value <= 0.5), None)


def restricted_mean(times: Sequence[float], happened: Sequence[bool], until: float) -> float:
    """Mean time without the event, counted up to `until`; for when the median is not reached."""
    fitter = _fitted(times, happened)
    return float(utils.restricted_mean_survival_time(fitter, t=until))


def log_rank(
    times: Sequence[float],
    happened: Sequence[bool],
    other_times: Sequence[float],
    other_happened: Sequence[bool],
) -> LogRank:
    """Log-rank test of two groups."""
    _check(times, happened)
    _check(other_times, other_happened)
    found = statistics.logrank_test(times, other_times, happened, other_happened)
    expected = 0.0
    for time in sorted({t for t, e in _pairs(times, happened, other_times, other_happened) if e}):
        own, others = _at_risk(times, time), _at_risk(other_times, time)
        deaths = sum(
            t == time and e for t, e in _pairs(times, happened, other_times, other_happened)
        )
        expected += deaths * own / (own + others)
    return LogRank(sum(happened), expected, float(found.test_statistic), float(found.p_value))


def cumulative_incidence(
    times: Sequence[float], causes: Sequence[int], cause: int, level: float = 0.95
) -> Curve:
    """Share in whom one cause came first (Aalen-Johansen); 1 - Kaplan-Meier would be too much.

    Args:
        times: to the first event or the last look.
        causes: which event it was; 0 is none.
        cause: the one of interest.
        level: of the interval.
    """
    _check(times, causes)
    survival, incidence = 1.0, 0.0
    passed: list[_Moment] = []
    steps: list[Step] = []
    for time in sorted({t for t, c in zip(times, causes, strict=True) if c}):
        at_risk = _at_risk(times, time)
        every = sum(t == time and bool(c) for t, c in zip(times, causes, strict=True))
        own = sum(t == time and c == cause for t, c in zip(times, causes, strict=True))
        incidence += survival * own / at_risk
        passed.append(_Moment(at_risk, every, own, survival, incidence))
        survival *= 1 - every / at_risk
        if own:
            error = math.sqrt(max(0.0, _variance(passed)))
            interval = log_log(incidence, error, level)
            steps.append(Step(time, at_risk, own, incidence, error, interval))
    return Curve(tuple(steps), len(times))


class _Moment(NamedTuple):
    at_risk: int
    events: int
    own: int
    survival_before: float
    incidence: float


def _variance(passed: Sequence[_Moment]) -> float:
    """Delta-method variance of the last cumulative incidence (Marubini and Valsecchi 1995)."""
    last = passed[-1].incidence
    total = 0.0
    for at_risk, events, own, survival, incidence in passed:
        gap = last - incidence
        if gap and at_risk > events:
            total += gap**2 * events / (at_risk * (at_risk - events))
        total += survival**2 * (at_risk - own) * own / at_risk**3
        total -= 2 * gap * survival * own / at_risk**2
    return total


def log_log(value: float, error: float, level: float = 0.95) -> Interval | None:
    """Interval of a share, symmetric on the log(-log) scale; `None` where that has no meaning."""
    if not 0 < value < 1 or not math.isfinite(error):
        return None
    reach = float(stats.norm.ppf((1 + level) / 2)) * error / (value * math.log(value))
    ends = value ** math.exp(-reach), value ** math.exp(reach)
    return Interval(min(ends), max(ends))


def _fitted(times: Sequence[float], happened: Sequence[bool]) -> KaplanMeierFitter:
    _check(times, happened)
    return KaplanMeierFitter().fit(list(times), list(happened))


def _check(times: Sequence[float], marks: Sequence[object]) -> None:
    if not times or len(times) != len(marks):
        raise CountError(f"{len(times)} times and {len(marks)} outcomes are no cohort")


def _at_risk(times: Sequence[float], time: float) -> int:
    return sum(t >= time for t in times)


def _pairs(
    times: Sequence[float],
    happened: Sequence[bool],
    other_times: Sequence[float],
    other_happened: Sequence[bool],
) -> list[tuple[float, bool]]:
    own = zip(times, happened, strict=True)
    others = zip(other_times, other_happened, strict=True)
    return [*own, *others]
