"""Curves: Freireich's leukaemia data, printed limits, ties, competing risks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter

from painpath.outcomes import survival
from painpath.outcomes.proportions import CountError

# Freireich 1963, remission in weeks of 42 children.
TREATED_EVENTS = [6, 6, 6, 7, 10, 13, 16, 22, 23]
TREATED_CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TREATED = [float(t) for t in TREATED_EVENTS + TREATED_CENSORED]
HAPPENED = [True] * 9 + [False] * 12

SURVIVAL = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
ERRORS = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]


def test_kaplan_meier() -> None:
    curve = survival.kaplan_meier(TREATED, HAPPENED)
    assert {step.time: step.value for step in curve.steps} == pytest.approx(SURVIVAL, abs=5e-5)
    assert [step.error for step in curve.steps] == pytest.approx(ERRORS, abs=5e-5)
    assert [step.at_risk for step in curve.steps] == [21, 17, 15, 12, 11, 7, 6]


def test_intervals_are_symmetric_on_the_log_log_scale() -> None:
    curve = survival.kaplan_meier(TREATED, HAPPENED)
    by_time = {step.time: step.interval for step in curve.steps}
    assert by_time[10] == pytest.approx((0.5032, 0.8894), abs=5e-5)
    assert by_time[23] == pytest.approx((0.1881, 0.6801), abs=5e-5)


def test_median_and_restricted_mean() -> None:
    curve = survival.kaplan_meier(TREATED, HAPPENED)
    assert survival.median(curve) == 23
    assert survival.restricted_mean(TREATED, HAPPENED, 35) == pytest.approx(23.287, abs=5e-4)
    events = [True] * len(PLACEBO)
    placebo = survival.kaplan_meier(PLACEBO, events)
    assert placebo.at(8, start=1) == pytest.approx(0.3810, abs=5e-5)
    assert survival.median(placebo) == 8
    assert survival.restricted_mean(PLACEBO, events, 35) == pytest.approx(8.667, abs=5e-4)


def test_log_rank() -> None:
    found = survival.log_rank(TREATED, HAPPENED, PLACEBO, [True] * 21)
    assert found.observed == 9
    assert found.expected == pytest.approx(19.2505, abs=5e-5)
    assert found.statistic == pytest.approx(16.793, abs=5e-4)
    assert found.p < 0.001


def test_median_that_is_not_reached() -> None:
    curve = survival.kaplan_meier([1.0, 2.0, 3.0], [True, False, False])
    assert survival.median(curve) is None
    assert curve.at(0.5, start=1) == 1


def test_median_where_the_curve_is_exactly_one_half() -> None:
    assert survival.median(survival.kaplan_meier([1.0, 2.0], [True, True])) == 1


def test_curve_ends_where_few_are_followed() -> None:
    curve = survival.kaplan_meier(TREATED, HAPPENED)
    assert [step.time for step in curve.cut(10).steps] == [6, 7, 10, 13, 16]


def test_the_last_event_has_no_interval() -> None:
    last = survival.kaplan_meier(PLACEBO, [True] * 21).steps[-1]
    assert (last.value, last.interval) == (0, None)


# 10 kHz stimulation, 126 patients: share not explanted at 1, 2 and 3 years as printed.
EXPLANTS = [(0.884, 0.813, 0.930), (0.765, 0.678, 0.832), (0.607, 0.502, 0.696)]


@pytest.mark.parametrize(("value", "low", "high"), EXPLANTS)
def test_printed_limits_are_log_log_limits(value: float, low: float, high: float) -> None:
    middle = math.log(-math.log(value))
    reach = [math.log(-math.log(limit)) - middle for limit in (low, high)]
    error = (reach[0] - reach[1]) / 2 / 1.959964 * abs(value * math.log(value))
    found = survival.log_log(value, error)
    assert found is not None
    assert found == pytest.approx((low, high), abs=0.006)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_no_interval_at_the_ends(value: float) -> None:
    assert survival.log_log(value, 0.1) is None


@pytest.mark.parametrize(("times", "happened"), [([], []), ([1.0, 2.0], [True])])
def test_no_cohort(times: list[float], happened: list[bool]) -> None:
    with pytest.raises(CountError):
        survival.kaplan_meier(times, happened)


# --- competing risks ---


def test_competing_risks_by_hand() -> None:
    # At 1 two of five events of both causes, at 2 one of three, at 3 the last two are censored.
    times, causes = [1.0, 1.0, 2.0, 3.0, 3.0], [1, 2, 1, 0, 0]
    own = survival.cumulative_incidence(times, causes, 1)
    other = survival.cumulative_incidence(times, causes, 2)
    assert [step.value for step in own.steps] == pytest.approx([0.2, 0.2 + 0.6 / 3])
    assert [step.value for step in other.steps] == pytest.approx([0.2])
    every = survival.kaplan_meier(times, [bool(c) for c in causes])
    assert own.at(3, 0) + other.at(3, 0) + every.at(3, 1) == pytest.approx(1)


def test_one_minus_kaplan_meier_is_too_much() -> None:
    times, causes = [1.0, 2.0, 3.0, 4.0], [2, 1, 2, 1]
    incidence = survival.cumulative_incidence(times, causes, 1).at(4, 0)
    naive = 1 - survival.kaplan_meier(times, [c == 1 for c in causes]).at(4, 1)
    assert incidence == pytest.approx(0.5)
    assert naive == 1


CAUSES = st.lists(st.integers(0, 2), min_size=4, max_size=25)


@settings(deadline=None)
@given(CAUSES)
def test_without_ties_as_lifelines(causes: list[int]) -> None:
    times = [float(n) for n in range(1, len(causes) + 1)]
    if 1 not in causes:
        return
    fitter = AalenJohansenFitter(calculate_variance=True).fit(times, causes, event_of_interest=1)
    peer = fitter.cumulative_density_.iloc[:, 0]
    curve = survival.cumulative_incidence(times, causes, 1)
    for step in curve.steps:
        assert step.value == pytest.approx(float(peer.loc[step.time]))
        spread = float(fitter.variance_.loc[step.time])
        if math.isfinite(spread):
            assert step.error**2 == pytest.approx(spread, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2)), min_size=1, max_size=30))
def test_all_causes_and_the_rest_add_up(people: list[tuple[int, int]]) -> None:
    times, causes = [float(t) for t, _ in people], [c for _, c in people]
    parts = sum(survival.cumulative_incidence(times, causes, c).at(9, 0) for c in (1, 2))
    rest = survival.kaplan_meier(times, [bool(c) for c in causes]).at(9, 1)
    assert parts + rest == pytest.approx(1)
