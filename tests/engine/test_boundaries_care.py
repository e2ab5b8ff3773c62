"""Boundary tables of care and its effect: 49 / 50 / 51 % relief, weeks of therapy, age, sums.

Rows read as in test_boundaries.py.
"""

from __future__ import annotations

from typing import Any

from tests.engine.small import Bench, fact
from tests.engine.test_boundaries import bench, check, events, table

__all__ = ["bench"]


def treated(concept: str, *reliefs: tuple[str, str, float], **more: Any) -> dict[str, Any]:
    """(day of the procedure, day of the report, percent)."""
    facts = [
        fact(concept, day, relief=[{"percent": percent, "at": at}]) for day, at, percent in reliefs
    ]
    return {"facts": facts, **more}


def stated(lasted: str) -> dict[str, Any]:
    relief = [{"percent": 80, "at": "2025-03-01"}, {"at": "2025-03-01", "lasted": lasted}]
    return {"facts": [fact("event", "2025-02-15", relief=relief)]}


def both(stated: float, computed: float) -> dict[str, Any]:
    """What the patient said of the relief, and what the pain scores give, on one procedure."""
    said = fact("event", "2026-05-01", relief=[{"percent": stated, "at": "2026-05-20"}])
    worked_out = [{"percent": computed, "at": "2026-05-20"}]
    return {"facts": [said, fact("event", "2026-05-01", relief=worked_out, computed=True)]}


def later(read: str) -> dict[str, Any]:
    """Relief dated 20 May, asked about in June, in a record read on a day."""
    return treated("event", ("2026-05-01", "2026-05-20", 80), known_by=read)


def came_late(poor: str, good: str) -> dict[str, Any]:
    relief = [{"percent": 20, "at": poor}, {"percent": 80, "at": good}]
    return {"facts": [fact("event", "2025-02-15", relief=relief)]}


def fell(day: str) -> dict[str, Any]:
    relief = [{"percent": 80, "at": "2025-03-01"}, {"percent": 20, "at": day}]
    return {"facts": [fact("event", "2025-02-15", relief=relief)]}


@table(
    ("two blocks", treated("block", ("2026-05-01", "2026-05-01", 80)), "unknown"),
    *(
        ("two blocks", treated("block", ("2026-05-01", "2026-05-01", p), (d, d, q)), verdict)
        for d, p, q, verdict in [
            ("2026-05-14", 80, 80, "not-met"),  # 13 days apart
            ("2026-05-15", 80, 80, "met"),  # 14 days apart
            ("2026-05-16", 80, 80, "met"),
            ("2026-05-15", 79, 80, "unknown"),
            ("2026-05-15", 80, 79, "not-met"),  # the latest decides
            ("2026-05-15", 81, 100, "met"),
        ]
    ),
    ("one block over 50", treated("block", ("2026-05-01", "2026-05-01", 50)), "not-met"),
    ("one block over 50", treated("block", ("2026-05-01", "2026-05-01", 51)), "met"),
    ("relief of 50", treated("event", ("2026-05-01", "2026-05-20", 49)), "not-met"),
    ("relief of 50", treated("event", ("2026-05-01", "2026-05-20", 50)), "met"),
    ("relief over 50", treated("event", ("2026-05-01", "2026-05-20", 50)), "not-met"),
    ("relief over 50", treated("event", ("2026-05-01", "2026-05-20", 51)), "met"),
    # What the patient says goes before what the scores give, whichever resource it is tied to.
    ("relief of 50", both(stated=49, computed=90), "not-met"),
    ("relief of 50", both(stated=50, computed=10), "met"),
    # A report dated after the day on which the record is read does not exist yet.
    ("relief of 50", later(read="2026-05-20"), "met"),
    ("relief of 50", later(read="2026-05-19"), "unknown"),
    ("relief of 50", events(), "not-applicable"),
    ("relief of 50", events("2026-05-01"), "unknown"),
    ("6 months of relief", stated("5 months 30 days"), "not-met"),  # to 14 August
    ("6 months of relief", stated("6 months"), "met"),
    ("6 months of relief", fell("2025-08-14"), "not-met"),
    ("6 months of relief", fell("2025-08-15"), "met"),
    # Relief that came late runs from the last record without it.
    ("6 months of relief", came_late("2025-02-20", "2025-08-19"), "unknown"),
    ("6 months of relief", came_late("2025-02-20", "2025-08-20"), "met"),
    ("6 months of relief", came_late("2025-08-01", "2025-08-20"), "unknown"),
    (
        "6 months of relief",
        treated("event", ("2025-12-16", "2026-06-01", 80)),
        "not-met",
        "2026-06-16",
    ),
    ("6 months of relief", treated("event", ("2025-12-15", "2026-06-01", 80)), "unknown"),
    ("6 months of relief", treated("event", ("2025-12-15", "2026-06-15", 80)), "met"),
    ("6 months of relief", treated("event", ("2025-12-15", "2026-06-15", 49)), "not-met"),
)
def test_relief_and_blocks(
    bench: Bench, criterion: str, record: Any, verdict: str, due: str | None
) -> None:
    check(bench, criterion, record, verdict, due)


def course(*stretches: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    """Courses of therapy from a day to a day; None: it goes on."""
    return {
        "facts": [
            fact(more.get("kind", "therapy"), begin, until=end, open=end is None)
            for begin, end in stretches
        ]
    }


def both(first: tuple[str, str], second: tuple[str, str]) -> dict[str, Any]:
    return {
        "facts": [
            fact("therapy", first[0], until=first[1]),
            fact("other-therapy", second[0], until=second[1]),
        ]
    }


@table(
    ("6 weeks of therapy", course(("2026-01-01", "2026-02-11")), "not-met"),  # 41 days
    ("6 weeks of therapy", course(("2026-01-01", "2026-02-12")), "met"),  # 42 days
    ("6 weeks of therapy", course(("2026-01-01", "2026-02-13")), "met"),
    # Visits up to 42 days apart are one course.
    ("6 weeks of therapy", course(*[(d, d) for d in ("2026-01-01", "2026-02-12")]), "met"),
    ("6 weeks of therapy", course(*[(d, d) for d in ("2026-01-01", "2026-02-13")]), "unknown"),
    ("6 weeks of therapy", course(("2026-05-05", None)), "not-met", "2026-06-16"),
    ("6 weeks of therapy", course(("2026-05-04", None)), "met"),
    ("6 weeks of therapy", course(("2026-05-04", "2026-05-04")), "unknown"),
    ("6 weeks of therapy", course(("2026-05-05", "2026-05-05")), "not-met"),
    ("6 weeks of therapy", course(("2026-01", "2026-02-12")), "unknown"),
    ("6 weeks of therapy", course(("2025-12", "2026-02-12")), "met"),
    ("6 weeks of therapy", course(), "unknown"),
    (
        "6 weeks of therapy",
        {"facts": [fact("therapy", "2026-01-01", until="2026-03-01", order=True)]},
        "unknown",
    ),
    # Given for something else, or only planned: as if it were not there.
    (
        "6 weeks of therapy",
        {"facts": [fact("therapy", "2026-01-01", until="2026-03-01", kind="drug-not-tried")]},
        "unknown",
    ),
    (
        "6 weeks of therapy",
        {
            "facts": [
                fact("therapy", "2026-01-01", until="2026-03-01", kind="drug-not-tried"),
                fact("therapy", "2026-01-01", until="2026-02-11"),
            ]
        },
        "not-met",
    ),
    ("two kinds of therapy", course(("2026-01-01", "2026-03-01")), "not-met"),
    (
        "two kinds of therapy",
        both(("2026-01-01", "2026-02-12"), ("2026-03-01", "2026-04-12")),
        "met",
    ),
    (
        "two kinds of therapy",
        both(("2026-01-01", "2026-02-12"), ("2026-03-01", "2026-04-11")),
        "not-met",
    ),
    ("therapy within 6 months", course(("2025-01-01", "2025-12-14")), "unknown"),
    ("therapy within 6 months", course(("2025-01-01", "2025-12-15")), "met"),
)
def test_conservative_care(
    bench: Bench, criterion: str, record: Any, verdict: str, due: str | None
) -> None:
    check(bench, criterion, record, verdict, due)


def born(day: str | None, on: str = "2026-06-15") -> dict[str, Any]:
    return {"born": day, "on": on}


@table(
    ("50 years old", born("1976-06-14"), "met"),
    ("50 years old", born("1976-06-15"), "met"),
    ("50 years old", born("1976-06-16"), "not-met", "2026-06-16"),
    ("over 50 years old", born("1976-06-15"), "not-met", "2027-06-15"),
    ("over 50 years old", born("1975-06-15"), "met"),
    ("50 years old at most", born("1975-06-16"), "met"),
    ("50 years old at most", born("1975-06-15"), "not-met"),
    ("under 50 years old", born("1976-06-16"), "met"),
    ("under 50 years old", born("1976-06-15"), "not-met"),
    # Born on a leap day: a year older on 28 February.
    ("50 years old", born("1976-02-29", on="2026-02-27"), "not-met", "2026-02-28"),
    ("50 years old", born("1976-02-29", on="2026-02-28"), "met"),
    ("50 years old", born("1976"), "unknown"),
    ("50 years old", born("1976", on="2026-12-31"), "met"),
    ("50 years old", born("1976", on="2025-12-31"), "not-met", "2026-12-31"),
    ("50 years old", born("1976-06"), "unknown"),
    ("50 years old", born("1976-05"), "met"),
    ("50 years old", born(None), "unknown"),
)
def test_age(bench: Bench, criterion: str, record: Any, verdict: str, due: str | None) -> None:
    check(bench, criterion, record, verdict, due)


def doses(*given: tuple[str, float | None]) -> dict[str, Any]:
    return {"facts": [fact("dose", day, value=amount) for day, amount in given]}


@table(
    ("200 a year at most", doses(("2026-01-01", 120), ("2026-02-01", 80)), "met"),
    ("200 a year at most", doses(("2026-01-01", 120), ("2026-02-01", 81)), "not-met"),
    ("under 200 a year", doses(("2026-01-01", 120), ("2026-02-01", 79)), "met"),
    ("under 200 a year", doses(("2026-01-01", 120), ("2026-02-01", 80)), "not-met"),
    # On the anniversary a dose no longer counts.
    ("under 200 a year", doses(("2025-06-15", 120), ("2026-02-01", 80)), "met"),
    ("under 200 a year", doses(("2025-06-16", 120), ("2026-02-01", 80)), "not-met"),
    ("under 200 a year", doses(("2025-06", 120), ("2026-02-01", 80)), "unknown"),
    ("under 200 a year", doses(("2026-01-01", 120), ("2026-02-01", None)), "unknown"),
    ("under 200 a year", doses(("2026-01-01", 200), ("2026-02-01", None)), "not-met"),
    ("under 200 a year", doses(), "met"),
)
def test_sums(bench: Bench, criterion: str, record: Any, verdict: str, due: str | None) -> None:
    check(bench, criterion, record, verdict, due)
