"""Facts that came later than the plan's day do not exist: not in what was done, nor in care."""

from __future__ import annotations

from tests.planning.small import ache, done, order, plan, resource, said

COURSE = resource(
    "Procedure",
    "exercise",
    status="completed",
    performedPeriod={"start": "2026-08-01", "end": "2026-10-01"},
)


def _done(made, option: str) -> list[str]:
    return [e.ref for p in made.problems for o in p.options if o.id == option for e in o.done]


def _state(made, advice: str) -> str:
    return next(item.state for item in made.alongside if item.id == advice)


def test_a_procedure_counts_as_done_from_its_day_on() -> None:
    record = [ache("back-ache"), done("test-block", "2026-05-01")]
    assert _done(plan(*record, on="2026-05-01"), "block")
    assert not _done(plan(*record, on="2026-04-30"), "block")


def test_a_finding_recorded_later_is_not_known_yet() -> None:
    score = said("pain-score", "2026-02-10", valueQuantity={"value": 9}, issued="2026-09-01")
    record = [ache("back-ache"), score]
    assert plan(*record, on="2026-09-01").problems[0].pain is not None
    assert plan(*record, on="2026-08-31").problems[0].pain is None


def test_care_that_began_later_is_not_in_place_yet() -> None:
    record = [ache("back-ache"), COURSE]
    assert _state(plan(*record, on="2026-07-31"), "exercise") == "consider"
    assert _state(plan(*record, on="2026-11-01"), "exercise") == "tried"


def test_a_request_written_later_is_not_judged() -> None:
    record = [ache("back-ache"), order("test-block", "2026-12-01", authoredOn="2026-06-01")]
    assert plan(*record, on="2026-06-01").requests
    assert not plan(*record, on="2026-05-31").requests


def test_what_was_said_not_to_have_been_done_was_not_done() -> None:
    record = [
        ache("back-ache"),
        said("test-block", "2026-02-01", valueBoolean=False),
        said("exercise", "2026-02-01", valueBoolean=False),
    ]
    made = plan(*record)
    assert not _done(made, "block")
    assert _state(made, "exercise") == "consider"


def test_a_score_of_zero_is_a_score() -> None:
    made = plan(ache("back-ache"), said("mood", "2026-02-01", valueQuantity={"value": 0}))
    assert _state(made, "mood") == "tried"


def test_nobody_has_an_age_before_birth() -> None:
    assert plan(born="2030-01-01", on="2026-11-01").patient.age is None
    assert plan(born="2026-11-01", on="2026-11-01").patient.age == 0
    assert plan(born="1990", on="2026-06-15").patient.age is None


def test_an_end_that_had_not_come_is_not_shown() -> None:
    """On the day the course was going on; who reads its end today did not know it then."""
    record = [ache("back-ache"), COURSE]

    def shown(on: str) -> tuple[str | None, str | None]:
        care = next(each for each in plan(*record, on=on).alongside if each.id == "exercise")
        return care.evidence[0].date, care.evidence[0].until

    assert shown("2026-09-30") == ("2026-08-01", None)
    assert shown("2026-10-01") == ("2026-08-01", "2026-10-01")
