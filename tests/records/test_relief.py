"""Relief computed from pain scores, where nobody stated it."""

from __future__ import annotations

from typing import Any

import pytest

from painpath.records.reading import Record
from tests.records.small import CPT, LOINC, OWN, SNOMED, coded, observation, procedure, read

BLOCK = coded(CPT, "64454")


def score(value: float, on: str, **rest: Any) -> dict[str, Any]:
    return observation(coded(LOINC, "72514-3"), on, valueQuantity={"value": value}, **rest)


def computed(record: Record) -> list[tuple[str, float, int]]:
    return [
        (f["start_lo"].isoformat(), f["value"], f["about"])
        for f in record.facts.to_pylist()
        if f["concept"] == "relief-percent" and f["origin"] == "computed"
    ]


def test_percent_of_the_latest_score_before() -> None:
    record = read(
        score(8, "2026-01-01"),
        score(6, "2026-01-09"),
        procedure(BLOCK, "2026-01-10"),
        score(3, "2026-01-11"),
        score(6, "2026-02-10"),
        score(9, "2026-03-10"),
    )
    assert computed(record) == [
        ("2026-01-11", 50.0, 0),
        ("2026-02-10", 0.0, 0),
        ("2026-03-10", -50.0, 0),
    ]
    assert "computed: pain 6 before, 3 after" in record.facts.column("text").to_pylist()


BEFORE = [("2025-12-11", True), ("2025-12-10", False), ("2026-01-09", True), ("2026-01-10", False)]


@pytest.mark.parametrize(("on", "counts"), BEFORE)
def test_before_means_within_thirty_days(on: str, counts: bool) -> None:
    record = read(score(6, on), procedure(BLOCK, "2026-01-10"), score(3, "2026-01-20"))
    assert bool(computed(record)) is counts


def test_until_the_next_interventional_procedure() -> None:
    record = read(
        score(6, "2026-01-09"),
        procedure(BLOCK, "2026-01-10", id="one"),
        score(3, "2026-01-20"),
        procedure(coded(CPT, "64483"), "2026-02-01", id="two"),
        score(1, "2026-02-02"),
    )
    assert computed(record) == [("2026-01-20", 50.0, 0), ("2026-02-02", pytest.approx(66.7), 1)]


def test_other_procedures_do_not_end_it_and_get_none() -> None:
    record = read(
        score(6, "2026-01-09"),
        procedure(BLOCK, "2026-01-10"),
        procedure(coded(CPT, "27447"), "2026-01-15", id="knee"),
        score(3, "2026-01-20"),
    )
    assert computed(record) == [("2026-01-20", 50.0, 0)]


def test_stated_relief_outranks() -> None:
    stated = observation(
        coded(OWN, "relief-percent"), valueInteger=80, partOf=[{"reference": "Procedure/2"}]
    )
    record = read(score(6, "2026-01-09"), procedure(BLOCK), score(3, "2026-01-20"), stated)
    assert computed(record) == []


def test_score_of_another_place_is_not_about_it() -> None:
    knee, neck = [coded(SNOMED, "72696002")], coded(SNOMED, "122494005")
    record = read(
        score(6, "2026-01-09"),
        procedure(BLOCK, bodySite=knee),
        score(0, "2026-01-20", bodySite=neck),
        score(3, "2026-01-21", bodySite=knee[0]),
    )
    assert [value for _, value, _ in computed(record)] == [50.0]


SAME_DAY = [
    ("2026-01-10T08:00:00Z", "2026-01-10T09:00:00Z", "2026-01-10T10:00:00Z", [50.0]),
    ("2026-01-10T08:00:00-07:00", "2026-01-10T16:00:00Z", "2026-01-10T17:00:00Z", [50.0]),
    ("2026-01-10", "2026-01-10T09:00:00Z", "2026-01-10T10:00:00Z", []),
    ("2026-01-09", "2026-01-10T09:00:00Z", "2026-01-10", []),
    ("2026-01-09", "2026-01-10", "2026-01-10T10:00:00Z", []),
    ("2026-01-09", "2026-01-10T09:00:00Z", "2026-01-10T08:00:00Z", []),
    ("2026-01-10T08:00:00", "2026-01-10T09:00:00Z", "2026-01-10T10:00:00Z", []),
]


@pytest.mark.parametrize(("before", "done", "after", "expected"), SAME_DAY)
def test_on_the_day_itself_the_time_decides(
    before: str, done: str, after: str, expected: list[float]
) -> None:
    record = read(score(6, before), procedure(BLOCK, done), score(3, after))
    assert [value for _, value, _ in computed(record)] == expected


def test_no_relief_from_a_score_of_nought() -> None:
    assert computed(read(score(0, "2026-01-09"), procedure(BLOCK), score(3, "2026-01-20"))) == []


def test_caller_may_say_for_which_procedures() -> None:
    resources = (score(6, "2026-01-09"), procedure(BLOCK), score(3, "2026-01-20"))
    assert computed(read(*resources, relief_for={"esi-transforaminal"})) == []
    assert len(computed(read(*resources, relief_for={"genicular-nerve-block"}))) == 1
    assert computed(read(*resources, scores={"peg"})) == []
