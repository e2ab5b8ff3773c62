"""Requests are judged on their own day, by that day's payer, for problems in their own place."""

from __future__ import annotations

import datetime

import pytest

from painpath.planning.plan import Plan
from painpath.planning.requests import BookedProcedure, UnknownProcedureError
from tests.planning.small import ache, cover, order, plan

DAY = datetime.date(2026, 12, 1)


def _by_hand(*record, what: str, **more) -> Plan:
    return plan(*record, booked=[BookedProcedure(what=what, on=DAY, **more)])


def test_a_request_is_judged_on_its_own_day() -> None:
    record = [ache("back-ache", "2026-11-10"), order("test-block", "2026-12-08")]
    made = plan(*record, on="2026-11-20")
    assert made.problems[0].options[0].status == "wait"
    (judged,) = made.requests
    assert (judged.status, judged.on) == ("eligible", datetime.date(2026, 12, 8))
    (early,) = plan(record[0], order("test-block", "2026-12-07"), on="2026-11-20").requests
    assert (early.status, early.earliest_date) == ("wait", datetime.date(2026, 12, 8))


def test_the_payer_of_the_day_of_service_judges() -> None:
    made = plan(
        ache("back-ache"),
        cover("Alpha", "2026-01-01", "2026-12-31"),
        cover("Beta", "2027-01-01", "2027-12-31"),
        order("test-block", "2026-12-31"),
        order("test-block", "2027-01-01"),
        order("test-block", "2028-01-01"),
    )
    assert made.policy.id == "alpha"
    # No Coverage reaches 2028: the plan's own payer goes on.
    assert [r.policy for r in made.requests] == ["alpha-policy", "beta-policy", "alpha-policy"]
    assert [r.status for r in made.requests] == ["eligible", "wait", "eligible"]


def test_a_chosen_policy_judges_every_day() -> None:
    record = [ache("back-ache"), cover("Beta", "2026-01-01", "2027-12-31")]
    made = plan(*record, order("test-block", "2027-01-01"), policy="alpha")
    assert made.requests[0].policy == "alpha-policy"


def test_a_procedure_that_is_no_option_is_not_called_unfit() -> None:
    assert not plan(ache("back-ache"), order("joint-surgery", "2026-12-01")).requests


def test_a_better_step_is_one_for_the_same_place() -> None:
    (judged,) = plan(ache("back-ache"), order("knee-needle", "2026-12-01")).requests
    assert (judged.status, judged.better) == ("not-indicated", None)


def test_an_option_that_is_often_booked_in_error_is_answered_with_the_better_one() -> None:
    (judged,) = _by_hand(ache("knee-ache"), what="block", levels="L4-L5").requests
    assert judged.why == "The knee is not reached from the spine."
    assert (judged.status, judged.better) == ("not-indicated", "knee-injection")


@pytest.mark.parametrize(
    ("levels", "problem"), [("C4-C5", "neck-ache"), ("L4-L5", "back-ache"), ("l5/s1", "back-ache")]
)
def test_the_level_of_a_booked_procedure_tells_its_region(levels: str, problem: str) -> None:
    record = [ache("neck-ache"), ache("back-ache")]
    (judged,) = _by_hand(*record, what="block", levels=levels).requests
    assert judged.problem == problem


def test_a_level_without_a_problem_there_fits_none() -> None:
    (judged,) = _by_hand(ache("back-ache"), what="block", levels="C4-C5").requests
    assert judged.problem is None


@pytest.mark.parametrize("what", ["", "nonsense", "joint-surgery", "99999", "[red]"])
def test_what_is_no_option_cannot_be_booked(what: str) -> None:
    with pytest.raises(UnknownProcedureError, match="is neither an option"):
        _by_hand(ache("back-ache"), what=what)


@pytest.mark.parametrize("levels", ["", " ", "garbage", "L9"])
def test_levels_that_are_none_are_refused(levels: str) -> None:
    with pytest.raises(UnknownProcedureError, match="names no spinal level"):
        _by_hand(ache("back-ache"), what="block", levels=levels)


def test_many_requests_do_not_cost_the_square_of_their_number() -> None:
    first = datetime.date(2026, 1, 1)
    days = [(first + datetime.timedelta(days=n)).isoformat() for n in range(200)]
    made = plan(ache("back-ache"), *[order("test-block", day) for day in days])
    assert len(made.requests) == 200


def test_what_is_ordered_in_words_has_no_code() -> None:
    asked = order("test-block", "2026-12-08")
    asked["code"] = {"text": "test block"}
    (judged,) = plan(ache("back-ache"), asked).requests
    assert (judged.code, judged.option) == (None, "block")
