"""Partial dates are intervals; nonsense is no date; the day is the one written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painpath.records import dates
from tests.records.small import day

READS = [
    ("2026-01-10", "2026-01-10", "2026-01-10"),
    ("2026-02", "2026-02-01", "2026-02-28"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("2025", "2025-01-01", "2025-12-31"),
    ("2026-01-10T23:30:00-07:00", "2026-01-10", "2026-01-10"),
    ("2026-01-10T01:30:00Z", "2026-01-10", "2026-01-10"),
    ("2026-01-10T01:30:00.123+14:00", "2026-01-10", "2026-01-10"),
    ("2026-01-10 08:00", "2026-01-10", "2026-01-10"),
    ("20260110", "2026-01-10", "2026-01-10"),
    ("20260110083000", "2026-01-10", "2026-01-10"),
    (" 2026-1-9 ", "2026-01-09", "2026-01-09"),
]


@pytest.mark.parametrize(("text", "low", "high"), READS)
def test_reads(text: str, low: str, high: str) -> None:
    assert dates.span(text) == (dates.day_of(day(low)), dates.day_of(day(high)))


@pytest.mark.parametrize(
    "text",
    [
        *("0000-00-00", "9999-12-31", "0001-01-01", "1899-12-31", "2201-01-01", "2026-02-30"),
        *("2026-13", "2026-00-10", "unknown", "10/01/2026", "2026-01-10x", "2026-01-101"),
        *("26-01-10", "-2026-01-10", "2026--10", "", " ", "2026-01-10 " * 100),
    ],
)
def test_nonsense_is_no_date(text: str) -> None:
    assert dates.span(text) is None


@given(st.text(max_size=30))
def test_never_raises(text: str) -> None:
    found = dates.span(text)
    assert found is None or found[0] <= found[1]


@given(st.dates(min_value=day("1900-01-01"), max_value=day("2200-12-31")))
def test_every_full_date_is_one_day(date: object) -> None:
    found = dates.span(str(date))
    assert found is not None
    assert found[0] == found[1]
    assert dates.date_of(found[0]) == date


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-12-15", 3, "2026-03-15"),
    ],
)
def test_months_are_calendar_months(start: str, months: int, end: str) -> None:
    assert dates.date_of(dates.add_months(dates.day_of(day(start)), months)) == day(end)
