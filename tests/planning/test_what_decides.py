"""Who decides: what bars an option whoever pays, what only shows, and whose policy speaks."""

from __future__ import annotations

import pytest

from painpath.planning.plan import OptionResult, Plan, SafetyItem
from painpath.planning.safety import merged
from tests.planning.small import KNOWLEDGE, ache, cover, done, order, plan, said

SIGN = KNOWLEDGE.replace(
    "  - {id: fever, name",
    "  - {id: sign, name: Sign, category: finding}\n  - {id: fever, name",
)
SHOWN = said("sign", "2026-10-01", valueBoolean=True)
OF_ALPHA = cover("Alpha", "2026-01-01", "2026-12-31")
OF_BETA = cover("Beta", "2026-01-01", "2026-12-31")


def _ruled(level: str, more: str) -> str:
    """The small knowledge with a safety rule about the sign."""
    when = "[{id: sign-there, text: Sign, kind: present, of: sign, absent: not-met}]"
    rule = f"{{id: rule, level: {level}, text: A sign., when: {when}, cite: test, {more}}}"
    return f"{SIGN}safety:\n  - {rule}\n"


def _block(made: Plan) -> OptionResult:
    return next(o for p in made.problems for o in p.options if o.id == "block")


# --- safety rules --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("review", "level", "status"),
    [
        ("primary", "stop", "contraindicated"),
        ("secondary", "stop", "contraindicated"),
        ("unverified", "caution", "eligible"),
    ],
)
def test_only_a_rule_whose_source_was_read_stops(review: str, level: str, status: str) -> None:
    made = plan(ache("back-ache"), SHOWN, knowledge=_ruled("stop", f"review: {review}"))
    (item,) = _block(made).safety
    assert (item.level, _block(made).status) == (level, status)
    # What stops the option is said above, though no needle is offered any more.
    assert [each.id for each in made.safety] == ["rule"]


@pytest.mark.parametrize(
    ("since", "without", "review", "status"),
    [
        ("2026-01-05", "eligible", "secondary", "needs-more"),
        ("2026-10-20", "wait", "secondary", "needs-more"),
        ("2026-01-05", "eligible", "unverified", "eligible"),
        ("2026-10-20", "wait", "unverified", "wait"),
    ],
)
def test_what_must_be_settled_first_makes_an_option_need_more(
    since: str, without: str, review: str, status: str
) -> None:
    rules = _ruled("caution", f"review: {review}, needs_more: true, ask: Settle it (clinician)")
    assert _block(plan(ache("back-ache", since), knowledge=rules)).status == without
    made = plan(ache("back-ache", since), SHOWN, knowledge=rules)
    option = _block(made)
    assert option.status == status
    if status == "needs-more":
        assert (option.because, option.earliest_date) == (["rule"], None)
        assert "Settle it (clinician)" in [each.ask for each in made.missing]


def _item(level: str, hours: float | None = None) -> SafetyItem:
    return SafetyItem(
        id=f"{level}-{hours}",
        level=level,
        text="t",
        evidence=[],
        review="primary",
        cite=[],
        drug="drug",
        hold_hours=hours,
    )


def test_of_one_drug_the_gravest_and_then_the_longest_hold_is_said() -> None:
    short, long, stop = _item("hold", 24), _item("hold", 72), _item("stop")
    assert merged([short, long]) == merged([long, short]) == [long]
    assert merged([long, stop, short]) == [stop]


# --- what bars whoever pays ----------------------------------------------------------------------

EXCLUDING = SIGN.replace(
    "criteria: [{id: four-weeks,",
    "criteria: [{id: no-sign, text: No sign, kind: absent, of: sign, active: false,\n"
    "            role: exclusion},\n"
    "           {id: four-weeks,",
)


def test_a_payers_silence_is_no_clinical_yes() -> None:
    free = _block(plan(ache("back-ache"), OF_ALPHA, knowledge=EXCLUDING))
    assert (free.status, free.policy, free.barred) == ("eligible", "alpha-policy", False)
    barred = _block(plan(ache("back-ache"), OF_ALPHA, SHOWN, knowledge=EXCLUDING))
    assert (barred.status, barred.policy) == ("contraindicated", "alpha-policy")
    assert (barred.because, barred.barred) == (["no-sign"], True)
    assert {c.id for c in barred.criteria} == {"alpha-weeks", "no-sign"}


def test_nothing_is_proposed_for_who_has_died() -> None:
    assert plan(ache("back-ache")).problems and plan(ache("back-ache")).alongside
    made = plan(ache("back-ache"), person={"deceasedDateTime": "2026-10-01"})
    assert not (made.problems or made.alongside or made.missing)


def test_beside_a_red_flag_stands_no_care() -> None:
    made = plan(ache("back-ache"), said("fever", "2026-10-30", valueBoolean=True))
    assert made.red_flags and not made.alongside


# --- whose policy speaks -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "decides"),
    [("", "alpha-policy"), ("    partial: true\n", "plain")],
)
def test_a_policy_that_was_read_in_part_shows_and_does_not_decide(more: str, decides: str) -> None:
    known = KNOWLEDGE.replace("  - id: alpha-policy\n", f"  - id: alpha-policy\n{more}")
    option = _block(plan(ache("back-ache"), OF_ALPHA, knowledge=known))
    assert option.policy == decides
    assert "alpha-policy" in [position.policy for position in option.coverage]


@pytest.mark.parametrize(
    ("more", "decides"),
    [("", "alpha-policy"), ("    standing: proposed\n", "plain")],
)
def test_a_draft_decides_only_for_who_asks_for_it(more: str, decides: str) -> None:
    # Beta has no criteria of its own for the block and follows Alpha.
    known = KNOWLEDGE.replace("words: [beta]", "words: [beta], uses: [alpha]")
    head, _, tail = known.partition("  - id: beta-policy\n")
    tail = tail.replace("options: [block, knee-injection]", "options: [knee-injection]", 1)
    known = f"{head}  - id: beta-policy\n{tail}"
    known = known.replace("  - id: alpha-policy\n", f"  - id: alpha-policy\n{more}")
    assert _block(plan(ache("back-ache"), OF_BETA, knowledge=known)).policy == decides
    asked = plan(ache("back-ache"), knowledge=known, policy="alpha-policy")
    assert _block(asked).policy == "alpha-policy"


def test_a_policys_numbers_are_those_of_the_state_and_the_day() -> None:
    documents = """    documents:
      - {id: here, contractor: c, states: [AZ]}
      - {id: elsewhere, contractor: c, states: [TX]}
      - {id: last-day, contractor: c, end: 2026-11-01}
      - {id: over, contractor: c, end: 2026-10-31}
      - {id: first-day, contractor: c, start: 2026-11-01}
      - {id: to-come, contractor: c, start: 2026-11-02}
"""
    known = KNOWLEDGE.replace("  - id: alpha-policy\n", f"  - id: alpha-policy\n{documents}")
    lives = {"address": [{"state": "AZ"}]}
    option = _block(plan(ache("back-ache"), OF_ALPHA, knowledge=known, person=lives))
    (mine,) = [each for each in option.coverage if each.policy == "alpha-policy"]
    assert mine.documents == ["here", "last-day", "first-day"]


@pytest.mark.parametrize(
    ("day", "decides"),
    [
        ("2025-12-31", "plain"),
        ("2026-01-01", "alpha-policy"),
        ("2026-12-31", "alpha-policy"),
        ("2027-01-01", "plain"),
    ],
)
def test_a_coverage_holds_from_its_first_to_its_last_day(day: str, decides: str) -> None:
    assert _block(plan(ache("back-ache"), OF_ALPHA, on=day)).policy == decides


# --- what was done -------------------------------------------------------------------------------


def test_what_is_only_ordered_was_not_done() -> None:
    assert not _block(plan(ache("back-ache"), order("test-block", "2026-10-01"))).done
    assert _block(plan(ache("back-ache"), done("test-block", "2026-10-01"))).done


@pytest.mark.parametrize(("side", "counts"), [("right", True), (None, True), ("left", False)])
def test_what_was_done_on_the_other_side_was_not_done_here(side: str | None, counts: bool) -> None:
    right = [{"text": "right"}]
    where = {"bodySite": [{"text": side}]} if side else {}
    made = plan(ache("knee-ache", bodySite=right), done("knee-needle", "2026-03-01", **where))
    (problem,) = made.problems
    assert problem.side == "right"
    assert bool(problem.options[0].done) is counts
