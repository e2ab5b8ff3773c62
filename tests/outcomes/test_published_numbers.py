"""The arithmetic gives back what trials, registries and textbooks print."""

from __future__ import annotations

import math

import pytest

from painpath.outcomes import comparisons, limits, proportions, rates

# --- one proportion: Newcombe 1998 and the VassarStats demonstration ---

WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
    (23, 60, 0.2709, 0.5098),
]
CLOPPER_PEARSON = [
    (81, 263, 0.2527, 0.3676),
    (15, 148, 0.0578, 0.1617),
    (0, 20, 0.0000, 0.1684),
    (1, 29, 0.0009, 0.1776),
]
# Trials and registries, percent with Wilson limits.
PRINTED = [
    ("PROCESS, 6 months, stimulation", 24, 50, 48.0, 34.80, 61.49),
    ("PROCESS, 6 months, control", 4, 44, 9.09, 3.59, 21.16),
    ("PROCESS, 24 months, as randomised", 17, 46, 36.96, 24.52, 51.40),
    ("PROCESS, 24 months, control", 1, 41, 2.44, 0.43, 12.60),
    ("PROCESS, 24 months, final treatment", 34, 72, 47.22, 36.13, 58.60),
    ("PROCESS, 24 months, never stimulated", 1, 15, 6.67, 1.19, 29.82),
    ("EVOKE, 36 months, closed loop", 52, 67, 77.6, 66.29, 85.94),
    ("EVOKE, 36 months, open loop", 33, 67, 49.3, 37.65, 60.94),
    ("SENZA-PDN, 3 months, stimulation", 75, 95, 78.95, 69.71, 85.94),
    ("SENZA-PDN, 3 months, control", 5, 94, 5.32, 2.29, 11.85),
    ("SENZA-PDN, 12 months", 121, 142, 85.21, 78.45, 90.12),
    ("SENZA-PDN, 12 months, satisfied", 131, 142, 92.25, 86.66, 95.62),
    ("SENZA-PDN, crossed over", 77, 95, 81.05, 72.03, 87.67),
    ("Choi 2011, 1 week", 10, 17, 58.82, 36.01, 78.39),
    ("Choi 2011, 4 weeks", 11, 17, 64.71, 41.30, 82.69),
    ("Davis 2018, cooled ablation", 43, 58, 74.14, 61.62, 83.65),
    ("Davis 2018, steroid", 11, 68, 16.18, 9.28, 26.69),
]
# Percent without an interval.
SHARES = [(32, 462, 6.93), (37, 329, 11.25), (22, 155, 14.19), (119, 181, 65.75)]
SHARES += [(14, 126, 11.1), (28, 126, 22.2), (41, 126, 32.5)]


@pytest.mark.parametrize(("had", "n", "low", "high"), WILSON)
def test_wilson(had: int, n: int, low: float, high: float) -> None:
    assert proportions.wilson(had, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("had", "n", "low", "high"), CLOPPER_PEARSON)
def test_clopper_pearson(had: int, n: int, low: float, high: float) -> None:
    assert proportions.exact(had, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("study", "had", "n", "percent", "low", "high"), PRINTED)
def test_printed_proportions(
    study: str, had: int, n: int, percent: float, low: float, high: float
) -> None:
    assert proportions.checked(had, n).percent == pytest.approx(percent, abs=0.05)
    found = proportions.wilson(had, n)
    assert (100 * found.low, 100 * found.high) == pytest.approx((low, high), abs=0.006)


@pytest.mark.parametrize(("had", "n", "percent"), SHARES)
def test_printed_shares(had: int, n: int, percent: float) -> None:
    assert proportions.checked(had, n).percent == pytest.approx(percent, abs=0.05)


@pytest.mark.parametrize(("had", "n"), [(5, 4), (-1, 4), (0, 0)])
def test_counts_that_cannot_be(had: int, n: int) -> None:
    with pytest.raises(proportions.CountError, match=f"{had} of {n} is no proportion"):
        proportions.wilson(had, n)


# --- two proportions ---

PROCESS = ((24, 50), (4, 44))
EVOKE_50 = ((52, 67), (33, 67))
EVOKE_80 = ((33, 67), (21, 67))
EVOKE_3_MONTHS = ((51, 62), (38, 63))
EVOKE_12_MONTHS = ((49, 59), (36, 59))
SENZA_PDN = ((75, 95), (5, 94))
DAVIS = ((43, 58), (11, 68))

Two = tuple[tuple[int, int], tuple[int, int]]


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        (PROCESS, 21.02, 53.48),
        (EVOKE_50, 12.09, 42.64),
        (EVOKE_80, 1.32, 33.18),
        (DAVIS, 41.62, 69.71),
    ],
)
def test_newcombe_difference(counts: Two, low: float, high: float) -> None:
    found = comparisons.newcombe(*counts)
    assert (100 * found.low, 100 * found.high) == pytest.approx((low, high), abs=0.006)


@pytest.mark.parametrize(
    ("counts", "difference", "low", "high"),
    [
        (PROCESS, 38.91, 22.66, 55.15),
        (EVOKE_50, 28.36, 12.77, 43.94),
        (EVOKE_80, 17.91, 1.58, 34.24),
        (EVOKE_3_MONTHS, 21.94, 6.57, 37.32),
        (EVOKE_12_MONTHS, 22.03, 6.33, 37.73),
        (SENZA_PDN, 73.63, 64.26, 83.00),
    ],
)
def test_wald_difference_as_trials_print_it(
    counts: Two, difference: float, low: float, high: float
) -> None:
    found = tuple(100 * number for number in comparisons.wald(*counts))
    assert found == pytest.approx((difference, low, high), abs=0.006)


@pytest.mark.parametrize(
    ("counts", "p"),
    [(EVOKE_50, 0.00036), (EVOKE_80, 0.032), (EVOKE_3_MONTHS, 0.0052), (EVOKE_12_MONTHS, 0.0059)],
)
def test_unpooled_z(counts: Two, p: float) -> None:
    assert comparisons.wald_p(*counts) == pytest.approx(p, rel=0.02)


@pytest.mark.parametrize(
    ("counts", "p"),
    [
        (PROCESS, 3.5e-5),
        (((17, 46), (1, 41)), 4.2e-5),
        (((34, 72), (1, 15)), 0.0033),
        (EVOKE_80, 0.052),
    ],
)
def test_fisher(counts: Two, p: float) -> None:
    assert comparisons.fisher_p(*counts) == pytest.approx(p, rel=0.02)


def test_odds_ratio_and_relative_risk_of_process() -> None:
    assert comparisons.odds_ratio(*PROCESS) == pytest.approx((9.23, 2.87, 29.68), abs=0.006)
    assert comparisons.odds_ratio(*PROCESS, level=0.99) == pytest.approx(
        (9.23, 1.99, 42.84), abs=0.006
    )
    assert comparisons.relative_risk(*PROCESS) == pytest.approx((5.28, 1.99, 14.04), abs=0.006)


@pytest.mark.parametrize(
    ("counts", "ratio", "low", "high"),
    [(((71, 84), (35, 80)), 1.93, 1.48, 2.52), (((74, 89), (45, 81)), 1.50, 1.21, 1.86)],
)
def test_relative_risk_of_senza(counts: Two, ratio: float, low: float, high: float) -> None:
    found = comparisons.relative_risk(*counts)
    assert found == pytest.approx((ratio, low, high), abs=0.006)


def test_number_needed_to_treat() -> None:
    found = comparisons.number_needed(*PROCESS)
    assert found.value == pytest.approx(1 / 0.3891, abs=0.001)
    assert found.benefit == pytest.approx(1 / 0.5348, abs=0.001)
    assert found.harm == math.inf


def test_number_needed_that_may_be_either_way() -> None:
    found = comparisons.number_needed((10, 20), (9, 20))
    assert found.value == pytest.approx(20)
    assert 2 < found.benefit < 4
    assert 3 < found.harm < 6
    assert comparisons.number_needed((5, 10), (5, 10)).value == math.inf


# --- person-time, case mix ---


def test_explants_per_hundred_years() -> None:
    assert rates.rate(180, 2259, per=100) == pytest.approx((7.97, 6.85, 9.22), abs=0.006)


def test_no_event_has_an_upper_limit_only() -> None:
    assert rates.rate(0, 100) == pytest.approx((0, 0, 0.0369), abs=5e-5)


def test_observed_to_expected() -> None:
    assert rates.observed_to_expected(12, 10.0).value == 1.2


@pytest.mark.parametrize(("events", "time"), [(-1, 10.0), (3, 0.0)])
def test_no_rate(events: int, time: float) -> None:
    with pytest.raises(proportions.CountError):
        rates.rate(events, time)


# --- funnel ---

FUNNEL = [
    (40, 0.95, 0.4482, 0.7518),
    (40, 0.998, 0.3606, 0.8394),
    (12, 0.95, 0.3228, 0.8772),
    (12, 0.998, 0.1630, 1.0),
]


@pytest.mark.parametrize(("n", "level", "low", "high"), FUNNEL)
def test_funnel_limits(n: int, level: float, low: float, high: float) -> None:
    assert limits.funnel(0.60, n, level) == pytest.approx((low, high), abs=1e-4)


def test_exact_limits_for_few() -> None:
    assert limits.best_funnel(0.60, 12) == limits.exact_funnel(0.60, 12)
    assert limits.best_funnel(0.60, 40) == limits.funnel(0.60, 40)
    low, high = limits.exact_funnel(0.60, 12)
    assert (low * 12, high * 12) == pytest.approx((4, 10))
