"""Policies written for some ages: nobody who is known to be of another age is judged by them."""

from __future__ import annotations

import pytest

from painpath.knowledge.checks import citations, thresholds
from painpath.planning.plan import OptionResult, Plan
from painpath.report.phrases import answer_words
from tests.engine.small import read
from tests.planning.small import KNOWLEDGE, ache, cover, order, plan, said

SAYS = "Written for adults; a pain specialist for children decides."
AGES = f'ages: {{from: 18, text: "{SAYS}", cite: test}}'


def _aged(policy: str, ages: str = AGES, knowledge: str = KNOWLEDGE) -> str:
    """The small knowledge with ages on one policy."""
    line = f"  - id: {policy}\n"
    assert line in knowledge
    return knowledge.replace(line, f"{line}    {ages}\n")


CLINICAL = _aged("plain")


def _option(made: Plan, option: str = "block") -> OptionResult:
    return next(o for p in made.problems for o in p.options if o.id == option)


@pytest.mark.parametrize(
    ("born", "judged"),
    [
        ("2008-11-01", True),
        ("2008-11-02", False),
        ("2009", False),
        ("2008", True),  # may have had the birthday
        ("2016-05-05", False),
    ],
)
def test_completed_years_on_the_day_decide(born: str, judged: bool) -> None:
    made = plan(ache("back-ache", "2024-01-05"), knowledge=CLINICAL, born=born)
    option = _option(made)
    assert (option.status == "eligible") is judged
    assert option.set_aside is not judged
    assert (option.policy == "plain") is judged


def test_the_plan_says_it_once_and_names_no_next_step() -> None:
    made = plan(ache("back-ache"), knowledge=CLINICAL, born="2016-05-05")
    problem, option = made.problems[0], _option(made)
    assert problem.next_step is None
    assert problem.note == option.why == SAYS
    assert answer_words(problem, None, []) == SAYS
    assert (option.status, option.criteria, option.because) == ("needs-more", [], [])
    assert option.coverage == []


def test_an_unknown_birth_date_bars_nobody() -> None:
    made = plan(ache("back-ache"), knowledge=CLINICAL, born=None)
    assert _option(made).status == "eligible"
    assert made.problems[0].note is None


def test_a_payer_that_says_nothing_of_age_goes_by_the_clinical_ladder() -> None:
    record = [ache("back-ache"), cover("Alpha", "2026-01-01", "2026-12-31")]
    made = plan(*record, knowledge=CLINICAL, born="2016-05-05", policy="all")
    assert (_option(made).status, _option(made).policy) == ("needs-more", None)
    assert made.policies == []


def test_a_payer_that_names_the_age_decides() -> None:
    text = _aged("alpha-policy", f'ages: {{to: 20, text: "{SAYS}"}}', CLINICAL)
    record = [ache("back-ache"), cover("Alpha", "2026-01-01", "2026-12-31")]
    child = plan(*record, knowledge=text, born="2016-05-05")
    assert (_option(child).status, _option(child).policy) == ("eligible", "alpha-policy")
    grown = plan(*record, knowledge=text, born="2005-11-01")
    assert _option(grown).policy == "plain"


def test_a_payers_own_ages_leave_the_clinical_criteria() -> None:
    text = _aged("alpha-policy")
    record = [ache("back-ache"), cover("Alpha", "2026-01-01", "2026-12-31")]
    made = plan(*record, knowledge=text, born="2016-05-05")
    assert (_option(made).policy, made.problems[0].next_step) == ("plain", "block")
    assert [p.policy for p in _option(made).coverage] == ["plain", "beta-policy"]


def test_a_bare_refusal_still_stands_beside() -> None:
    rule = "    rules: [{options: [block], position: not-covered, statement: Never.}]\n"
    refusal = (
        "  - id: gamma-policy\n    name: Gamma\n    issuer: test\n    payer: beta\n"
        "    axis: coverage\n    cite: test\n" + rule
    )
    text = CLINICAL.replace("red_flags:\n", refusal + "red_flags:\n")
    made = plan(ache("back-ache"), knowledge=text, born="2016-05-05")
    assert [(p.policy, p.status) for p in _option(made).coverage] == [("gamma-policy", None)]


def test_a_booking_is_not_judged_by_them_either() -> None:
    record = [ache("back-ache"), order("test-block", "2026-11-10")]
    request = plan(*record, knowledge=CLINICAL, born="2016-05-05").requests[0]
    assert (request.status, request.criteria, request.why) == ("needs-more", [], SAYS)


def test_what_stops_still_stops() -> None:
    fever = said("fever", "2026-10-30", valueBoolean=True)
    made = plan(ache("back-ache"), fever, knowledge=CLINICAL, born="2016-05-05")
    assert _option(made).status == "contraindicated"
    assert "Fever" in (_option(made).why or "")


@pytest.mark.parametrize(
    ("ages", "says"),
    [
        ("ages: {text: t}", "need `from` or `to`"),
        ("ages: {from: 18, to: 5, text: t}", "from 18 is above to 5"),
        ("ages: {from: 18, text: t, cite: nowhere}", "cites"),
    ],
)
def test_a_slip_in_the_ages_is_found(ages: str, says: str) -> None:
    known = read(_aged("plain", ages))
    found = [*thresholds.check(known), *citations.check(known)]
    assert [f.level for f in found if says in f.what] == ["error"]
