"""Appointments being booked: drugs to hold counted back from the day, and days too early."""

from __future__ import annotations

import pytest

from tests.hooks.asking import Json, appointment, asked, booked, cards, example


def told(key: str, *times: Json) -> list[Json]:
    return cards(asked("appointment-book", example(key), booked(*times)))


def kinds(found: list[Json]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in found]


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2026-12-28T09:00:00-06:00", "22 Dec 2026"),
        ("2026-12-28T23:30:00-06:00", "22 Dec 2026"),
        ("2027-01-02T08:00:00Z", "27 Dec 2026"),
        ("2027-03-03", "25 Feb 2027"),
    ],
)
def test_a_hold_is_counted_from_the_day_of_the_appointment(start: str, last: str) -> None:
    (card,) = told("example-07", appointment("a1", "64483", start))
    assert kinds([card]) == ["hold"]
    assert card["summary"].endswith(f"warfarin, last dose on {last}")
    assert "restart 6 h after" in card["detail"]


def test_an_appointment_for_an_order_on_record() -> None:
    based = appointment("a1", "99213", "2026-12-28T09:00:00Z")
    del based["serviceType"]
    based["basedOn"] = [{"reference": "https://ehr.example.org/ServiceRequest/servicerequest-1"}]
    (card,) = told("example-07", based)
    assert card["summary"].endswith("warfarin, last dose on 22 Dec 2026")


def test_a_day_that_is_too_early() -> None:
    found = told("example-07", appointment("a1", "64483", "2026-12-01T09:00:00Z"))
    assert kinds(found) == ["too-early", "hold"]
    assert "possible from 21 Dec 2026" in found[0]["summary"]


def test_the_first_day_that_will_do() -> None:
    assert kinds(told("example-07", appointment("a1", "64483", "2026-12-21"))) == ["hold"]
    assert "too-early" in kinds(told("example-07", appointment("a1", "64483", "2026-12-20")))


def test_several_drugs_are_one_card() -> None:
    warfarin = {
        "resourceType": "MedicationRequest",
        "id": "w",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "warfarin 5 mg tablet"},
        "authoredOn": "2026-01-01",
    }
    record = (*example("example-05"), warfarin)
    times = booked(appointment("a1", "62323", "2026-11-20"))
    (card,) = cards(asked("appointment-book", record, times))
    assert "and 1 more" in card["summary"]
    assert "Warfarin" in card["detail"] and "Clopidogrel" in card["detail"]


def test_what_cannot_wait_stops_a_booking() -> None:
    found = told("example-10", appointment("a1", "62323", "2026-11-03T08:00:00Z"))
    assert kinds(found) == ["contraindicated"] and found[0]["indicator"] == "critical"


def test_a_visit_is_not_commented() -> None:
    assert told("example-01", appointment("a1", "99213", "2026-11-20T08:00:00Z")) == []


def test_a_procedure_without_drugs_to_hold_is_silent() -> None:
    assert told("example-06", appointment("a1", "62323", "2026-11-20T08:00:00Z")) == []


def test_a_cancelled_appointment_is_not_commented() -> None:
    gone = appointment("a1", "64483", "2026-12-28", status="cancelled")
    assert told("example-07", gone) == []


def test_no_appointments_no_cards() -> None:
    assert told("example-07") == []
