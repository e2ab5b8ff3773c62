"""Opening a chart: what is told, and above all what is not."""

from __future__ import annotations

import copy

import pytest

import painpath
from painpath.hooks.bundling import record_of
from painpath.hooks.feedback import MemoryFeedback, Told
from painpath.hooks.known import Known
from painpath.hooks.sent import sent
from tests.hooks.asking import (
    DAY,
    Json,
    answered,
    asked,
    cards,
    example,
    patient_of,
    prefetched,
    procedure,
)

READY = example("example-06")
"""Everything for a first epidural is on record; nothing was done, ordered or asked for."""


def kinds(resources: tuple[Json, ...], **more: object) -> list[str]:
    found = cards(asked("patient-view", resources, **more))
    return [card["source"]["topic"]["code"] for card in found]


def with_(resources: tuple[Json, ...], *more: Json) -> tuple[Json, ...]:
    return (*resources, *more)


def about(resources: tuple[Json, ...]) -> Json:
    return {"reference": f"Patient/{patient_of(resources)}"}


# -- an option fits --


def test_an_option_that_fits_and_was_never_considered() -> None:
    (card,) = cards(asked("patient-view", READY))
    assert card["summary"] == (
        "Epidural steroid injection fits lumbar radiculopathy (right): the criteria are met"
    )
    assert card["indicator"] == "info"
    assert card["source"]["url"].startswith("https://")
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    order = action["resource"]
    assert action["type"] == "create"
    assert (order["resourceType"], order["status"], order["intent"]) == (
        "ServiceRequest",
        "draft",
        "proposal",
    )
    assert order["subject"] == about(READY)
    assert order["code"]["coding"][0]["code"] == "epidural-steroid-injection"


def test_the_draft_belongs_to_the_encounter() -> None:
    request = asked("patient-view", READY, {"encounterId": "89284"})
    (card,) = cards(request)
    order = card["suggestions"][0]["actions"][0]["resource"]
    assert order["encounter"] == {"reference": "Encounter/89284"}


def test_what_is_ordered_already_is_not_told() -> None:
    order = {**procedure("o1", "62323"), "status": "active", "subject": about(READY)}
    assert kinds(with_(READY, order)) == []


def test_an_order_of_long_ago_shows_that_it_was_considered() -> None:
    old = procedure("o1", "62323", "2024-02-01", subject=about(READY))
    assert kinds(with_(READY, {**old, "status": "active"})) == []


def test_where_a_procedure_was_done_before_somebody_knows() -> None:
    done = {
        "resourceType": "Procedure",
        "id": "p9",
        "status": "completed",
        "subject": about(READY),
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64454"}]},
        "performedDateTime": "2025-03-01",
    }
    assert kinds(with_(READY, done)) == []


def test_where_a_pain_specialist_is_on_record_somebody_knows() -> None:
    specialist = {
        "resourceType": "Practitioner",
        "id": "pr9",
        "qualification": [
            {
                "code": {
                    "coding": [
                        {"system": "http://nucc.org/provider-taxonomy", "code": "208VP0014X"}
                    ]
                }
            }
        ],
    }
    visit = {
        "resourceType": "Procedure",
        "id": "p9",
        "status": "completed",
        "subject": about(READY),
        "code": {"text": "Consultation"},
        "performedDateTime": "2026-09-01",
        "performer": [{"actor": {"reference": "Practitioner/pr9"}}],
    }
    planner = painpath.planner()
    known = Known(planner.knowledge, planner.index.rules)
    for more, untouched in (([], True), ([visit, specialist], False)):
        record = record_of([*map(sent, READY), *map(sent, more)], [], DAY, planner.vocabulary)
        assert known.untouched(record.facts, [], DAY) is untouched


def test_a_later_rung_after_a_positive_test_is_told_though_the_test_was_done() -> None:
    (card,) = cards(asked("patient-view", example("example-08")))
    assert card["source"]["topic"]["code"] == "option"
    assert card["summary"].startswith("Facet radiofrequency ablation fits")


def test_what_was_not_sent_is_named() -> None:
    request = asked("patient-view", READY)
    del request["prefetch"]["devices"]
    (card,) = cards(request)
    assert "Not sent, so not looked at: implants and devices" in card["detail"]


# -- one document short --


def test_one_thing_that_is_missing() -> None:
    (card,) = cards(asked("patient-view", example("example-13")))
    assert card["source"]["topic"]["code"] == "one-short"
    assert "needs one thing" in card["summary"]
    assert "(referring clinician)" in card["detail"]


def test_what_was_not_sent_is_not_called_missing() -> None:
    request = asked("patient-view", example("example-13"))
    del request["prefetch"]["documents"]
    assert cards(request) == []


@pytest.mark.parametrize("key", ["example-01", "example-11"])
def test_two_things_missing_are_no_reason_to_interrupt(key: str) -> None:
    assert kinds(example(key)) == []


# -- serious findings --


def test_a_red_flag_stands_alone_and_is_critical() -> None:
    (card,) = cards(asked("patient-view", example("example-10")))
    assert card["source"]["topic"]["code"] == "red-flag"
    assert card["indicator"] == "critical"
    assert "Hospital on the same day" in card["detail"]
    assert "Condition/" in card["detail"]
    assert "suggestions" not in card


def test_a_record_without_pain_is_silent() -> None:
    only = tuple(r for r in READY if r["resourceType"] == "Patient")
    assert kinds(only) == []


def test_somebody_who_has_died_gets_no_proposal() -> None:
    gone = tuple(
        {**r, "deceasedBoolean": True} if r["resourceType"] == "Patient" else r for r in READY
    )
    assert kinds(gone) == []


# -- what was set aside --


def test_a_card_that_was_set_aside_does_not_come_again() -> None:
    store = MemoryFeedback()
    request = asked("patient-view", READY)
    first = answered(request, store=store)
    (card,) = first.response.cards
    store.add([Told(card=card.uuid, outcome="overridden", at="2026-11-01T10:00:00Z")])
    later = {**request, "hookInstance": "00000000-0000-4000-8000-000000000002"}
    assert answered(later, store=store).response.cards == []


def test_a_card_that_was_accepted_may_come_again() -> None:
    store = MemoryFeedback()
    request = asked("patient-view", READY)
    (card,) = answered(request, store=store).response.cards
    store.add([Told(card=card.uuid, outcome="accepted", at="x", suggestions=["s"])])
    later = {**request, "hookInstance": "00000000-0000-4000-8000-000000000002"}
    assert len(answered(later, store=store).response.cards) == 1


def test_what_was_set_aside_for_one_patient_comes_for_another() -> None:
    store = MemoryFeedback()
    (card,) = answered(asked("patient-view", READY), store=store).response.cards
    store.add([Told(card=card.uuid, outcome="overridden", at="x")])
    text = copy.deepcopy(prefetched(READY))
    other = asked("patient-view", READY, {"patientId": "another"})
    text["patient"]["id"] = "another"
    other["prefetch"] = _renamed(text, patient_of(READY), "another")
    assert len(answered(other, store=store).response.cards) == 1


def test_a_critical_card_cannot_be_silenced() -> None:
    store = MemoryFeedback()
    request = asked("patient-view", example("example-10"))
    (card,) = answered(request, store=store).response.cards
    store.add([Told(card=card.uuid, outcome="overridden", at="x")])
    later = {**request, "hookInstance": "00000000-0000-4000-8000-000000000002"}
    assert len(answered(later, store=store).response.cards) == 1


def _renamed(value: object, old: str, new: str) -> object:
    if isinstance(value, dict):
        return {key: _renamed(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, old, new) for inner in value]
    return f"Patient/{new}" if value == f"Patient/{old}" else value


def test_an_order_is_drafted_in_the_name_of_who_asks() -> None:
    request = asked("patient-view", example("example-06"))
    (card,) = cards(request)
    resource = card["suggestions"][0]["actions"][0]["resource"]
    assert resource["requester"] == {"reference": "PractitionerRole/123"}
    request["context"]["userId"] = "Patient/1"
    (card,) = cards(request)
    assert "requester" not in card["suggestions"][0]["actions"][0]["resource"]
