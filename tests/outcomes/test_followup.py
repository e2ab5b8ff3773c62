"""First values, landmark windows, denominators and how long relief lasts, at their edges."""

from __future__ import annotations

import datetime

import pytest

from painpath.knowledge.store import compiled
from painpath.outcomes import followup, suppression
from painpath.outcomes.followup import Course, Look, Outcome

RULES = compiled().knowledge.follow_up[0]
VISITS = {visit.id: visit for visit in RULES.visits}


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


DONE = day("2026-03-31")


def half(before: float, after: float) -> bool | None:
    return None if before == 0 else after <= before / 2


def course(*looks: tuple[str, float], **rest: datetime.date) -> Course:
    return Course(DONE, [Look(day(text), value) for text, value in looks], **rest)


BASELINES = [
    ([Look(day("2026-03-01"), 7)], 7),
    ([Look(day("2026-02-28"), 7)], None),
    ([Look(day("2026-03-10"), 7), Look(day("2026-03-20"), 8)], 8),
    ([Look(DONE, 7)], None),
    ([Look(day("2026-03-20"), 8), Look(DONE, 7, before=True)], 7),
]


@pytest.mark.parametrize(("looks", "value"), BASELINES)
def test_baseline(looks: list[Look], value: float | None) -> None:
    found = followup.baseline(Course(DONE, looks), RULES)
    assert (found.value if found else None) == value


# 3 months after the last of March is the last of June, 4 weeks either way.
LOOKS = [
    ("2026-06-01", None),
    ("2026-06-02", 4),
    ("2026-06-30", 4),
    ("2026-07-28", 4),
    ("2026-07-29", None),
]


@pytest.mark.parametrize(("on", "value"), LOOKS)
def test_window(on: str, value: float | None) -> None:
    found = followup.at_visit(course((on, 4)), VISITS["3-months"])
    assert (found.value if found else None) == value


def test_nearest_look_counts_and_the_earlier_of_two_as_near() -> None:
    three = VISITS["3-months"]
    nearest = followup.at_visit(course(("2026-06-20", 1), ("2026-07-02", 2)), three)
    assert nearest is not None
    assert nearest.value == 2
    tied = followup.at_visit(course(("2026-07-02", 2), ("2026-06-28", 1)), three)
    assert tied is not None
    assert tied.value == 1


FIRST = ("2026-03-20", 8.0)
AT_3 = ("2026-06-30", 4.0)
OUTCOMES: list[tuple[Course, Outcome]] = [
    (course(FIRST, AT_3), "responder"),
    (course(FIRST, ("2026-06-30", 4.1)), "non-responder"),
    (course(FIRST), "missing"),
    (course(AT_3), "no-baseline"),
    (course(FIRST, AT_3, repeated=day("2026-06-30")), "non-responder"),
    (course(FIRST, AT_3, repeated=day("2026-07-01")), "responder"),
    (course(FIRST, AT_3, removed=day("2026-06-30")), "removed"),
    (course(FIRST, AT_3, died=day("2026-06-30"), repeated=day("2026-05-01")), "died"),
    (course(("2026-03-20", 0), AT_3), "missing"),
]


@pytest.mark.parametrize(("made", "expected"), OUTCOMES)
def test_outcome_at_three_months(made: Course, expected: Outcome) -> None:
    assert followup.outcome(made, VISITS["3-months"], RULES, half) == expected


def test_a_repeat_makes_a_non_responder_at_every_later_landmark() -> None:
    made = course(FIRST, AT_3, ("2026-09-30", 0), repeated=day("2026-08-01"))
    found = [followup.outcome(made, VISITS[v], RULES, half) for v in ("3-months", "6-months")]
    assert found == ["responder", "non-responder"]


def test_denominators_are_shown_together() -> None:
    outcomes: list[Outcome] = ["responder"] * 5 + ["non-responder"] * 3  # type: ignore[operator]
    outcomes += ["missing", "no-baseline", "died", "removed"]
    found = followup.denominators(outcomes)
    assert found.treated == (5, 12)
    assert found.assessed == (5, 8)
    assert found.worst == (5, 10)
    assert found.best == (7, 10)
    assert found.counts["died"] == 1


RELIEF = [
    ([("2026-04-30", 3), ("2026-06-30", 4), ("2026-08-31", 5)], "2026-06-30", "2026-08-31"),
    ([("2026-04-30", 3)], "2026-04-30", None),
    ([("2026-04-30", 7), ("2026-06-30", 4), ("2026-08-31", 4.1)], "2026-06-30", "2026-08-31"),
]


@pytest.mark.parametrize(("looks", "last_good", "ended"), RELIEF)
def test_relief_lasts_from_the_procedure_to_the_first_look_without_it(
    looks: list[tuple[str, float]], last_good: str, ended: str | None
) -> None:
    found = followup.relief(course(FIRST, *looks), RULES, below=50)
    assert found is not None
    assert found.last_good == day(last_good)
    assert found.ended == (day(ended) if ended else None)
    assert found.lost is (ended is not None)


def test_relief_ends_with_a_repeat() -> None:
    looks = [("2026-04-30", 3.0), ("2026-08-31", 8.0)]
    found = followup.relief(course(FIRST, *looks, repeated=day("2026-07-15")), RULES, below=50)
    assert found == (day("2026-04-30"), day("2026-07-15"))


def test_relief_that_never_began() -> None:
    assert followup.relief(course(FIRST, ("2026-04-30", 5)), RULES, below=50) is None
    assert followup.relief(course(("2026-04-30", 1)), RULES, below=50) is None


def test_thirty_percent_lasts_longer_than_fifty() -> None:
    made = course(FIRST, ("2026-04-30", 3), ("2026-06-30", 5), ("2026-08-31", 6))
    ends = [followup.relief(made, RULES, below) for below in RULES.relief_lost_below]
    assert [e.ended for e in ends if e] == [day("2026-06-30"), day("2026-08-31")]


# --- small counts ---

ROWS = [
    ([30, 40, 50], [30, 40, 50], 120),
    ([0, 40, 50], [0, 40, 50], 90),
    ([5, 40, 50], [None, None, 50], 95),
    ([10, 11, 0], [None, None, 0], 21),
    ([5, 6, 50], [None, None, 50], 61),
    ([3, 0, 0], [None, 0, 0], None),
    ([2, 3, 4], [None, None, None], None),
]


@pytest.mark.parametrize(("counts", "cells", "total"), ROWS)
def test_small_counts_cannot_be_worked_out(
    counts: list[int], cells: list[int | None], total: int | None
) -> None:
    assert suppression.suppress(counts, RULES.smallest_cell) == (cells, total)


@pytest.mark.parametrize(
    ("count", "n", "may"),
    [
        (11, 22, True),
        (0, 30, True),
        (30, 30, True),
        (10, 40, False),
        (30, 40, False),
        (0, 9, False),
    ],
)
def test_percentages_that_give_a_count_away(count: int, n: int, may: bool) -> None:
    assert suppression.may_show_percent(count, n, RULES.smallest_cell) is may
