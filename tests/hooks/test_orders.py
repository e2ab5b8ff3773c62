"""Procedures being ordered: every status as a card, the other step, drugs, prior authorisation."""

from __future__ import annotations

import msgspec
import pytest

from tests.hooks.asking import (
    Json,
    answered,
    asked,
    cards,
    example,
    ordered,
    patient_of,
    procedure,
)


def told(key: str, *orders: Json, hook: str = "order-sign", **more: object) -> list[Json]:
    selected = tuple(f"{o['resourceType']}/{o.get('id')}" for o in orders)
    context = ordered(*orders, selected=selected if hook == "order-select" else None)
    return cards(asked(hook, example(key), context, **more))


def kind(card: Json) -> str:
    return str(card["source"]["topic"]["code"])


def kinds(found: list[Json]) -> list[str]:
    return [kind(card) for card in found]


BOTH = pytest.mark.parametrize("hook", ["order-select", "order-sign"])


@BOTH
def test_a_procedure_that_does_not_fit(hook: str) -> None:
    (card,) = told("example-01", procedure("o1", "62323"), hook=hook)
    assert kind(card) == "does-not-fit" and card["indicator"] == "warning"
    assert "does not fit. The pain comes from the replaced knee" in card["summary"]
    assert card["source"]["label"] != "PainPath"
    (suggestion,) = card["suggestions"]
    assert suggestion["label"] == "Draft instead: Genicular nerve block"
    remove, create = suggestion["actions"]
    assert remove == {
        "type": "delete",
        "description": "Take the order off",
        "resourceId": "ServiceRequest/o1",
    }
    assert create["resource"]["code"]["coding"][0]["code"] == "genicular-nerve-block"


def test_a_procedure_for_which_the_record_shows_no_reason_is_only_noted() -> None:
    (card,) = told("example-13", procedure("o1", "22513"))
    assert kind(card) == "does-not-fit" and card["indicator"] == "info"


@BOTH
def test_too_early_with_the_date(hook: str) -> None:
    order = procedure("o1", "64615", "2026-11-20")
    (card,) = told("example-15", order, hook=hook)
    assert kind(card) == "too-early" and card["indicator"] == "warning"
    assert card["summary"] == (
        "OnabotulinumtoxinA for chronic migraine on 20 Nov 2026 is too early:"
        " possible from 1 Dec 2026"
    )
    (suggestion,) = card["suggestions"]
    (action,) = suggestion["actions"]
    assert action["type"] == "update"
    assert action["resource"] == {**order, "occurrenceDateTime": "2026-12-01"}


def test_on_the_day_itself_it_is_not_too_early() -> None:
    assert told("example-15", procedure("o1", "64615", "2026-12-01")) == []
    (card,) = told("example-15", procedure("o1", "64615", "2026-11-30"))
    assert kind(card) == "too-early"


def test_a_period_gives_way_to_the_day() -> None:
    order = procedure("o1", "64615", occurrencePeriod={"start": "2026-11-20"})
    (card,) = told("example-15", order)
    resource = card["suggestions"][0]["actions"][0]["resource"]
    assert "occurrencePeriod" not in resource
    assert resource["occurrenceDateTime"] == "2026-12-01"


@BOTH
def test_criteria_not_met_with_the_better_step(hook: str) -> None:
    (card,) = told("example-08", procedure("o1", "64493-KX"), hook=hook)
    assert kind(card) == "criteria" and card["indicator"] == "warning"
    assert "criteria not met: the policy asks for" in card["summary"]
    assert "Better fitting next step: Facet radiofrequency ablation" in card["detail"]
    assert card["suggestions"][0]["label"].startswith("Draft instead: Facet radiofrequency")


@BOTH
def test_something_is_missing(hook: str) -> None:
    (card,) = told("example-13", procedure("o1", "22514"), hook=hook)
    assert kind(card) == "needs-more" and card["indicator"] == "info"
    assert "Tell the patient to join an osteoporosis programme" in card["summary"]
    assert "Prior authorisation: needed" in card["detail"]


@BOTH
def test_a_later_rung_is_open(hook: str) -> None:
    (card,) = told("example-02", procedure("o1", "64454"), hook=hook)
    assert kind(card) == "better" and card["indicator"] == "info"
    assert card["summary"].startswith("Genicular nerve radiofrequency ablation")


@BOTH
def test_contraindicated_by_what_cannot_wait(hook: str) -> None:
    (card,) = told("example-10", procedure("o1", "62323"), hook=hook)
    assert kind(card) == "contraindicated" and card["indicator"] == "critical"
    assert "Hospital on the same day" in card["detail"]
    assert [s["label"] for s in card["suggestions"]] == ["Take the order off"]


@BOTH
def test_a_drug_to_hold_counted_from_the_day(hook: str) -> None:
    (card,) = told("example-05", procedure("o1", "62323", "2026-11-20"), hook=hook)
    assert kind(card) == "hold" and card["indicator"] == "warning"
    assert card["summary"].endswith("clopidogrel, last dose on 12 Nov 2026")
    assert "restart 24 h after" in card["detail"]


def test_the_day_moves_and_the_hold_with_it() -> None:
    (card,) = told("example-05", procedure("o1", "62323", "2026-12-20"))
    assert card["summary"].endswith("clopidogrel, last dose on 12 Dec 2026")


def test_without_a_day_the_days_of_the_hold_are_told() -> None:
    (card,) = told("example-05", procedure("o1", "62323"))
    assert "hold 7 days before" in card["detail"] and "last dose on" not in card["summary"]


def test_prior_authorisation_alone() -> None:
    found = told(
        "example-04",
        procedure(
            "o1",
            "63650",
            locationCode=[{"text": "hospital outpatient department"}],
        ),
    )
    (card,) = found
    assert kind(card) == "prior-authorisation" and card["indicator"] == "info"
    assert "prior authorisation" in card["summary"]
    assert card["source"].get("url")


def test_an_order_that_is_ready_is_silent() -> None:
    assert told("example-08", procedure("o1", "64635", "2026-11-20")) == []


def test_an_order_that_has_nothing_to_do_with_pain_is_silent() -> None:
    assert told("example-06", procedure("o1", "70450")) == []


def test_two_findings_of_one_order() -> None:
    found = told("example-07", procedure("o1", "64483", "2026-11-10"))
    assert kinds(found) == ["too-early", "hold"]


def test_only_what_is_selected_is_told() -> None:
    context = ordered(
        procedure("o1", "62323"), procedure("o2", "64454"), selected=("ServiceRequest/o2",)
    )
    assert cards(asked("order-select", example("example-01"), context)) != []
    for card in cards(asked("order-select", example("example-01"), context)):
        assert card["extension"]["davinci-crd.associated-resource"] == [
            {"reference": "ServiceRequest/o2"}
        ]


def test_a_draft_that_is_on_record_already_counts_once() -> None:
    order = procedure("o1", "62323")
    record = (*example("example-01"), {**order, "status": "active"})
    assert len(cards(asked("order-sign", record, ordered(order)))) == 1


def test_a_draft_for_somebody_else_is_left_alone() -> None:
    order = procedure("o1", "62323", subject={"reference": "Patient/other"})
    assert told("example-01", order) == []


def test_a_draft_is_written_today_whatever_the_clients_clock_says() -> None:
    order = procedure("o1", "62323", authoredOn="2026-11-02T00:10:00+09:00")
    assert kinds(told("example-01", order)) == ["does-not-fit"]


def test_an_order_without_an_id_is_answered_too() -> None:
    order = procedure("o1", "62323")
    del order["id"]
    (card,) = told("example-01", order)
    assert kind(card) == "does-not-fit"
    # Nothing can be said of it by reference.
    assert "suggestions" not in card and "extension" not in card


def test_the_subject_may_be_an_absolute_address() -> None:
    patient = patient_of(example("example-01"))
    subject = {"reference": f"https://ehr.example.org/fhir/Patient/{patient}"}
    found = told("example-01", procedure("o1", "62323", subject=subject))
    assert kinds(found) == ["does-not-fit"]


def test_appropriate_orders_have_no_effect_on_each_other() -> None:
    one = told("example-01", procedure("o1", "62323"))
    two = told("example-01", procedure("o1", "62323"), procedure("o2", "70450"))
    assert [card["summary"] for card in one] == [card["summary"] for card in two]


def test_what_is_shown_is_kept_without_the_patient() -> None:
    request = asked("order-sign", example("example-01"), ordered(procedure("o1", "62323")))
    answer = answered(request)
    (shown,) = answer.shown
    assert shown.kind == "does-not-fit" and shown.service == "painpath-order-sign"
    assert patient_of(example("example-01")) not in msgspec.json.encode(shown).decode()
