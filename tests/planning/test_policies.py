"""Every policy at once: who could be asked today, who from which day, who not."""

from __future__ import annotations

import datetime

from painpath.planning.asking import PolicyAnswer
from painpath.planning.plan import Plan
from tests.planning.small import ache, cover, plan, said

TODAY = datetime.date(2026, 11, 1)


def _all(*record, **terms) -> Plan:
    return plan(*record, policy="all", **terms)


def _answers(made: Plan) -> dict[str, PolicyAnswer]:
    return {answer.policy: answer for answer in made.policies}


def test_a_policy_whose_criteria_are_met_can_be_asked_today() -> None:
    answers = _answers(_all(ache("back-ache", "2024-01-05")))
    assert answers["alpha-policy"].from_date == TODAY
    assert answers["alpha-policy"].options[0].status == "eligible"


def test_a_policy_that_waits_can_be_asked_from_its_day() -> None:
    answers = _answers(_all(ache("back-ache", "2026-10-20")))
    assert answers["alpha-policy"].from_date == datetime.date(2026, 11, 17)
    assert answers["beta-policy"].from_date == datetime.date(2035, 10, 20)
    assert answers["beta-policy"].options[0].open == ["beta-years"]


def test_those_that_can_be_asked_soonest_stand_first() -> None:
    made = _all(ache("back-ache", "2026-10-20"))
    assert [a.policy for a in made.policies] == ["plain", "alpha-policy", "beta-policy"]


def test_the_plan_itself_is_the_payers_own() -> None:
    record = [ache("back-ache"), cover("Beta", "2026-01-01", "2026-12-31")]
    made = _all(*record)
    own = plan(*record)
    assert made.policy == own.policy
    assert made.problems == own.problems


def test_other_plans_do_not_list_every_policy() -> None:
    assert plan(ache("back-ache")).policies == []


def test_what_bars_an_option_clinically_bars_it_under_every_policy() -> None:
    made = _all(ache("back-ache"), said("fever", "2026-10-30", valueBoolean=True))
    assert made.red_flags
    for answer in made.policies:
        assert answer.from_date is None
        assert {option.status for option in answer.options} == {"contraindicated"}


def test_nothing_is_asked_for_the_dead_or_without_a_problem() -> None:
    assert _all().policies == []
