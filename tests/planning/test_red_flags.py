"""A red flag stops procedures where it belongs: a general one everywhere, a local one there."""

from __future__ import annotations

from painpath.planning.plan import Plan
from tests.planning.small import ache, order, plan, said


def _statuses(made: Plan) -> dict[str, str]:
    return {p.id: o.status for p in made.problems for o in p.options if o.status != "not-indicated"}


def test_a_flag_about_the_spine_leaves_the_knee_alone() -> None:
    made = plan(ache("knee-ache"), ache("neck-ache"), ache("cord-sign"))
    (flag,) = made.red_flags
    assert flag.problems == ["neck-ache"]
    assert _statuses(made) == {"knee-ache": "eligible", "neck-ache": "contraindicated"}
    steps = {p.id: p.next_step for p in made.problems}
    assert steps == {"knee-ache": "knee-injection", "neck-ache": None}


def test_a_flag_about_two_problems_names_both() -> None:
    made = plan(ache("back-ache"), ache("neck-ache"), ache("cord-sign"))
    assert sorted(made.red_flags[0].problems) == ["back-ache", "neck-ache"]


def test_a_flag_about_the_spine_is_silent_where_only_the_knee_hurts() -> None:
    assert not plan(ache("knee-ache"), ache("cord-sign")).red_flags


def test_a_general_flag_stops_everything_booked_procedures_too() -> None:
    record = [ache("knee-ache"), ache("neck-ache"), said("fever", "2026-10-30", valueBoolean=True)]
    made = plan(*record, order("knee-needle", "2026-12-01"))
    assert made.red_flags[0].problems == []
    assert set(_statuses(made).values()) == {"contraindicated"}
    assert {p.next_step for p in made.problems} == {None}
    assert made.requests[0].status == "contraindicated"


def test_a_flag_shows_without_any_pain_problem() -> None:
    assert plan(said("fever", "2026-10-30", valueBoolean=True)).red_flags[0].id == "fever"


def test_a_flag_said_to_be_absent_is_none() -> None:
    assert not plan(said("fever", "2026-10-30", valueBoolean=False)).red_flags
