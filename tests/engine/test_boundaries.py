"""Boundary tables in time and number: the day before, the day, the day after; the fourth session.

Each row reads: criterion (of boundaries.yaml), what the record says, the verdict, and for a wait
the day it ends.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.small import Bench, fact

FILE = Path(__file__).with_name("boundaries.yaml")


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(FILE.read_text())


def table(*rows: tuple[Any, ...]) -> Any:
    return pytest.mark.parametrize(
        ("criterion", "record", "verdict", "due"),
        [(*row, None) if len(row) == 3 else row for row in rows],
    )


def check(bench: Bench, criterion: str, record: Any, verdict: str, due: str | None) -> None:
    keys = dict(record)
    found = bench.ask(*keys.pop("facts", ()), **keys)
    assert (found.verdict[criterion], found.due[criterion]) == (verdict, due)


def onset(since: str | None, on: str = "2026-06-15") -> dict[str, Any]:
    return {"since": since, "on": on}


@table(
    # 28 days are reached on 2026-06-15 by pain that began on 18 May.
    ("lasted 4 weeks", onset("2026-05-17"), "met"),
    ("lasted 4 weeks", onset("2026-05-18"), "met"),
    ("lasted 4 weeks", onset("2026-05-19"), "not-met", "2026-06-16"),
    ("lasted over 4 weeks", onset("2026-05-17"), "met"),
    ("lasted over 4 weeks", onset("2026-05-18"), "not-met", "2026-06-16"),
    ("lasted over 4 weeks", onset("2026-05-19"), "not-met", "2026-06-17"),
    ("lasted 4 weeks at most", onset("2026-05-17"), "not-met"),
    ("lasted 4 weeks at most", onset("2026-05-18"), "met"),
    ("lasted under 4 weeks", onset("2026-05-18"), "not-met"),
    ("lasted under 4 weeks", onset("2026-05-19"), "met"),
    # Calendar months: the 31st of a short month is its last day, also in leap years.
    ("lasted 6 months", onset("2025-12-15"), "met"),
    ("lasted 6 months", onset("2025-12-16"), "not-met", "2026-06-16"),
    ("lasted 6 months", onset("2025-08-31", on="2026-02-27"), "not-met", "2026-02-28"),
    ("lasted 6 months", onset("2025-08-31", on="2026-02-28"), "met"),
    ("lasted 6 months", onset("2023-08-31", on="2024-02-28"), "not-met", "2024-02-29"),
    ("lasted 6 months", onset("2023-08-31", on="2024-02-29"), "met"),
    ("lasted 12 months", onset("2024-02-29", on="2025-02-27"), "not-met", "2025-02-28"),
    ("lasted 12 months", onset("2024-02-29", on="2025-02-28"), "met"),
    ("lasted 12 months", onset("2023-02-28", on="2024-02-28"), "met"),
    # A year or month is an interval: sure only where both its ends agree; the date of a wait is
    # the day from which it is sure.
    ("lasted 6 months", onset("2025"), "unknown"),
    ("lasted 6 months", onset("2025", on="2025-06-30"), "not-met", "2026-06-30"),
    ("lasted 6 months", onset("2025", on="2025-07-01"), "unknown"),
    ("lasted 6 months", onset("2025", on="2026-06-29"), "unknown"),
    ("lasted 6 months", onset("2025", on="2026-06-30"), "met"),
    ("lasted 4 weeks", onset("2026-05"), "unknown"),
    ("lasted 4 weeks", onset("2026-04"), "met"),
    ("lasted 6 months", onset("2024"), "met"),
    ("lasted 6 months", onset(None), "unknown"),
)
def test_how_long_the_problem_lasted(
    bench: Bench, criterion: str, record: Any, verdict: str, due: str | None
) -> None:
    check(bench, criterion, record, verdict, due)


def rivals(day: str) -> dict[str, Any]:
    """A high score of a day beside a low one of May."""
    return {"facts": [fact("score", day, value=60), fact("score", "2026-05", value=40)]}


def events(*days: str | None, side: str | None = None, **more: Any) -> dict[str, Any]:
    return {"facts": [fact("event", day, side=side) for day in days], **more}


def denied(day: str) -> dict[str, Any]:
    """Something done in May, and said of a day not to have been done."""
    return {"facts": [fact("event", "2026-05"), fact("event", day, value=0)]}


@table(
    ("14 days since", events("2026-05-31"), "met"),
    ("14 days since", events("2026-06-01"), "met"),
    ("14 days since", events("2026-06-02"), "not-met", "2026-06-16"),
    ("over 14 days since", events("2026-05-31"), "met"),
    ("over 14 days since", events("2026-06-01"), "not-met", "2026-06-16"),
    ("14 days at most since", events("2026-05-31"), "not-met"),
    ("14 days at most since", events("2026-06-01"), "met"),
    ("under 14 days since", events("2026-06-01"), "not-met"),
    ("under 14 days since", events("2026-06-02"), "met"),
    ("14 days since", events(), "unknown"),
    # The latest counts, or the first where the policy says so.
    ("14 days since", events("2026-01-01", "2026-06-02"), "not-met", "2026-06-16"),
    ("6 months since the first", events("2025-12-15", "2026-06-02"), "met"),
    ("6 months since the first", events("2025-12-16", "2026-06-02"), "not-met", "2026-06-16"),
    ("14 days since", events("2026-06"), "unknown"),
    ("14 days since", events("2026-05"), "met"),
    # A side that is not recorded may be this one; the other side is not.
    ("3 months since, this side", events("2026-06-01", side="left"), "not-met", "2026-09-01"),
    ("3 months since, this side", events("2026-06-01", side="both"), "not-met", "2026-09-01"),
    ("3 months since, this side", events("2026-06-01", side=None), "unknown"),
    ("3 months since, this side", events("2026-06-01", side="right"), "unknown"),
    ("event within 6 months", events("2025-12-14"), "unknown"),
    ("event within 6 months", events("2025-12-15"), "met"),
    ("event within 6 months", events("2025-12"), "unknown"),
    ("event within 6 months", events("2026"), "met"),
    ("event within 6 months", events("2025-08-31", on="2026-02-28"), "met"),
    ("event within 6 months", events("2025-08-31", on="2026-03-01"), "unknown"),
    # "Not done" of 31 May may be of the same day as what was done in May; that of 1 June is later.
    ("event within 6 months", denied("2026-05-31"), "unknown"),
    ("event within 6 months", denied("2026-06-01"), "not-met"),
    ("event since onset", events("2026-02-28", since="2026-03-01"), "not-met"),
    ("event since onset", events("2026-03-01", since="2026-03-01"), "met"),
    ("event since onset", events("2026-03", since="2026-03-15"), "unknown"),
    ("event since onset", events("2026-03-15", since="2026-03"), "unknown"),
    ("event since onset", events("2026-03-15", since=None), "unknown"),
    ("no event in 90 days", events("2026-03-16"), "met"),
    ("no event in 90 days", events("2026-03-17"), "not-met", "2026-06-16"),
    ("no event in 90 days", events("2026-03"), "unknown"),
    ("no event in 90 days", events("2026-06-16"), "met"),
)
def test_events_in_time(
    bench: Bench, criterion: str, record: Any, verdict: str, due: str | None
) -> None:
    check(bench, criterion, record, verdict, due)


def score(*values: float | None, at: str = "2026-06-01") -> dict[str, Any]:
    return {"facts": [fact("score", at, value=value) for value in values]}


@table(
    ("score 50", score(49), "not-met"),
    ("score 50", score(50), "met"),
    ("score 50", score(51), "met"),
    ("score over 50", score(50), "not-met"),
    ("score over 50", score(51), "met"),
    ("score 50 at most", score(50), "met"),
    ("score 50 at most", score(51), "not-met"),
    ("score under 50", score(49), "met"),
    ("score under 50", score(50), "not-met"),
    ("score 50", score(49.999), "not-met"),
    ("score 50", score(), "unknown"),
    ("score 50", score(None), "unknown"),
    # Two values on one day: the later entry.
    ("score 50", score(49, 50), "met"),
    ("score 50", score(50, 49), "not-met"),
    # Two values in one month may stand in either order.
    ("score 50", score(49, 50, at="2026-05"), "unknown"),
    ("recent score 50", score(50, at="2026-05-15"), "unknown"),
    ("recent score 50", score(50, at="2026-05-16"), "met"),
    ("recent score 50", score(50, at="2026-05"), "unknown"),
    # A value of May may be as late as one of 31 May, but not as late as one of 1 June.
    ("score 50", rivals("2026-05-31"), "unknown"),
    ("score 50", rivals("2026-06-01"), "met"),
)
def test_measured_values(
    bench: Bench, criterion: str, record: Any, verdict: str, due: str | None
) -> None:
    check(bench, criterion, record, verdict, due)


THREE = ("2025-06-16", "2025-09-01", "2026-01-01")
FOUR = (*THREE, "2026-04-01")


@table(
    ("fewer than 4 a year", events(*THREE), "met"),
    ("fewer than 4 a year", events(*FOUR), "not-met", "2026-06-16"),
    ("4 a year at most", events(*FOUR), "met"),
    ("4 a year at most", events(*FOUR, "2026-05-01"), "not-met", "2026-06-16"),
    # On the anniversary the oldest session has left the window.
    ("fewer than 4 a year", events("2025-06-15", *FOUR[1:]), "met"),
    ("fewer than 4 a year", events("2025-06-17", *FOUR[1:]), "not-met", "2026-06-17"),
    # A session on 29 February leaves on 28 February.
    (
        "fewer than 4 a year",
        events("2024-02-29", "2024-05-01", "2024-08-01", "2024-11-01", on="2025-02-27"),
        "not-met",
        "2025-02-28",
    ),
    (
        "fewer than 4 a year",
        events("2024-02-29", "2024-05-01", "2024-08-01", "2024-11-01", on="2025-02-28"),
        "met",
    ),
    # With five in the window two must leave it.
    ("fewer than 4 a year", events(*FOUR, "2026-05-01"), "not-met", "2026-09-01"),
    # Two needles on one day are one session; a month may hide one more.
    ("fewer than 4 a year", events(*THREE, THREE[0]), "met"),
    ("fewer than 4 a year", events(*THREE, "2026-04"), "unknown"),
    ("fewer than 4 a year", events(*THREE, "2024"), "met"),
    ("fewer than 4 a year", events(), "met"),
    # A window in days: on the 90th day after it a session is free again.
    ("fewer than 2 in 90 days", events("2026-03-17", "2026-06-01"), "met"),
    ("fewer than 2 in 90 days", events("2026-03-18", "2026-06-01"), "not-met", "2026-06-16"),
    ("3 sessions", events("2001-01-01", "2002-01-01"), "not-met"),
    ("3 sessions", events("2001-01-01", "2002-01-01", "2003-01-01"), "met"),
    ("fewer than 2, this side", events("2026-01-01", "2026-02-01", side="right"), "met"),
    ("fewer than 2, this side", events("2026-01-01", "2026-02-01", side=None), "unknown"),
    (
        "fewer than 2, this side",
        events("2026-01-01", "2026-02-01", side="both"),
        "not-met",
        "2026-07-01",
    ),
    ("lumbar cap", events("2026-01-01", region="cervical"), "not-applicable"),
    ("lumbar cap", events(region="lumbar"), "met"),
    ("lumbar cap", events("2026-01-01", region="lumbar"), "unknown"),  # where is not recorded
)
def test_sessions(bench: Bench, criterion: str, record: Any, verdict: str, due: str | None) -> None:
    check(bench, criterion, record, verdict, due)


def test_every_criterion_is_in_a_table(bench: Bench) -> None:
    source = "".join(file.read_text() for file in Path(__file__).parent.glob("test_boundaries*"))
    names = {criterion.leaf.id for criterion in bench.rules.criteria}
    assert {name for name in names if f'"{name}"' not in source} == set()
