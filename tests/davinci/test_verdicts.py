"""The rules taken over from the kits say of a document what the kits' names say of its like."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.davinci import crd, dtr, pas
from tests.davinci.examples import (
    BASE,
    Json,
    answer,
    entry,
    filled_form,
    form,
    request_bundle,
    statement,
)

Change = Callable[[Json], object]


def changed(made: Json, change: Change) -> Json:
    change(made)
    return made


# -- a request for authorisation --


def test_a_conformant_request() -> None:
    assert pas.faults(request_bundle()) == []


def test_a_conformant_request_whose_entries_have_random_uuids() -> None:
    made = request_bundle()
    text = json.dumps(made)
    for number, each in enumerate(made["entry"]):
        uuid = f"urn:uuid:75832284-6c15-488c-8237-0290624d5b{number:02}"
        old = each["fullUrl"]
        text = text.replace(f'"{old}"', f'"{uuid}"')
        text = text.replace(f'"{old.removeprefix(f"{BASE}/")}"', f'"{uuid}"')
    assert pas.faults(json.loads(text)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda b: b["entry"].reverse(), "the first entry is not a Claim"),
        (lambda b: b["entry"].pop(), "Practitioner/d1 stands 0 times"),
        (lambda b: b["entry"].append(entry("Patient", "p1")), "Patient/p1 stands 2 times"),
        (lambda b: b.update(entry=[]), "no Bundle with entries"),
        (lambda b: b.update(resourceType="Claim"), "no Bundle with entries"),
        (lambda b: b.update(type="batch"), "not a collection"),
        (lambda b: b.pop("timestamp"), "no timestamp"),
        (
            lambda b: b["entry"][1].update(fullUrl="urn:uuid:75832284-6c15-588c-8237-0290624d5b99"),
            "neither an address nor a random UUID",
        ),
    ],
)
def test_a_request_of_another_structure(change: Change, fault: str) -> None:
    assert any(fault in each for each in pas.structure(changed(request_bundle(), change)))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda c: c["supportingInfo"][1].update(sequence=1), "one sequence"),
        (lambda c: c["item"][0].pop("category"), "item.category is missing"),
        (lambda c: c["item"][0].update(informationSequence=[3]), "supportingInfo that is not"),
        (lambda c: c.pop("provider"), "Claim.provider is missing"),
        (lambda c: c.update(use="claim"), "no request for authorisation"),
        (
            lambda c: c["supportingInfo"][0]["category"]["coding"][0].update(system="urn:x"),
            "is of urn:x",
        ),
        (lambda c: c["supportingInfo"][1].update(timingDate="2026-12"), "not whole"),
        (lambda c: c["supportingInfo"][1].pop("timingDate"), "has no timing"),
    ],
)
def test_a_claim_that_the_profile_does_not_take(change: Change, fault: str) -> None:
    made = request_bundle()
    change(made["entry"][0]["resource"])
    assert any(fault in each for each in pas.faults(made))


# -- a filled-in form --


def test_a_conformant_form() -> None:
    assert dtr.faults(filled_form(), form()) == [] and dtr.origins(filled_form()) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda i: i.pop("answer"), "1.1 is not answered"),
        (lambda i: i["answer"][0].pop("extension"), "does not say where it comes from"),
        (lambda i: i["answer"][0].pop("valueBoolean"), "an answer without a value"),
        (lambda i: i.update(linkId="7"), "7 is not in the form"),
        (lambda i: i.update(item=[{"linkId": "1.2"}]), "beside the answer"),
        (
            lambda i: i["answer"][0]["extension"][0]["extension"][0].update(valueCode="guess"),
            "the source of the answer is guess",
        ),
    ],
)
def test_a_form_with_a_fault(change: Change, fault: str) -> None:
    made = filled_form()
    change(made["item"][0]["item"][0])
    assert any(fault in each for each in dtr.faults(made, form()))


def test_an_answer_of_a_person_without_the_person() -> None:
    made = filled_form()
    made["item"][0]["item"][1]["answer"][0]["extension"][0]["extension"].pop()
    assert dtr.origins(made) == ["1.2: dtrx-1"]


# -- a service's answer --


def test_a_conformant_answer() -> None:
    assert crd.faults(answer(statement()), {"ServiceRequest/o1"}) == []
    assert crd.faults({"cards": []}) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda c: c.pop("summary"), "card.summary"),
        (lambda c: c.update(summary=123), "card.summary"),
        (lambda c: c.update(summary="x" * 140), "140 characters"),
        (lambda c: c.update(indicator="random"), "indicator is not allowed"),
        (lambda c: c["source"].pop("topic"), "source.topic"),
        (lambda c: c["source"]["topic"].pop("system"), "topic.system"),
        (lambda c: c.pop("selectionBehavior"), "without selectionBehavior"),
        (lambda c: c.update(selectionBehavior="all"), "without selectionBehavior"),
        (lambda c: c["overrideReasons"][0].pop("display"), "overrideReason.display"),
        (lambda c: c.update(overrideReasons=[]), "card.overrideReasons is missing, empty"),
        (lambda c: c["links"][0].update(type="other"), "link.type"),
        (lambda c: c["links"][0].update(type="absolute"), "has an appContext"),
        (lambda c: c["links"][0].update(url="app"), "no address"),
        (lambda c: c["suggestions"][0].pop("label"), "suggestion.label"),
        (lambda c: c["suggestions"][0].update(actions=[]), "suggestion.actions"),
        (lambda c: c["suggestions"][0]["actions"][0].pop("resourceId"), "no relative reference"),
        (lambda c: c["suggestions"][0]["actions"][0].update(resourceId=["a"]), "no relative"),
        (lambda c: c["suggestions"][0]["actions"][0].update(resourceId="Task/9"), "not in the"),
        (lambda c: c["suggestions"][0]["actions"][1].pop("resource"), "no FHIR resource"),
        (lambda c: c["suggestions"][0]["actions"][1].pop("description"), "action.description"),
        (lambda c: c["suggestions"][0]["actions"][1].update(type="abc"), "action.type"),
    ],
)
def test_a_card_with_a_fault(change: Change, fault: str) -> None:
    made = answer(statement())
    change(made["cards"][0])
    assert any(fault in each for each in crd.faults(made, {"ServiceRequest/o1"}))


def test_cards_are_a_list() -> None:
    assert crd.faults({}) and crd.faults({"cards": {}}) and crd.faults("body")
    assert crd.faults({"cards": [], "systemActions": {}})


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (statement(coverage_assertion_id=None), "coverage-assertion-id does not stand there once"),
        (statement(covered={"valueCode": "yes"}), "covered has a code of its own"),
        (statement(questionnaire={"valueCanonical": "urn:q"}, doc_needed=None), "crd-ci-q1"),
        (statement(covered={"valueCode": "covered"}, pa_needed=None), "crd-ci-q2"),
        (statement(covered={"valueCode": "covered"}), "crd-ci-q3"),
        (statement(pa_needed={"valueCode": "satisfied"}), "crd-ci-q4"),
        (statement(satisfied_pa_id={"valueString": "1"}), "crd-ci-q5"),
    ],
)
def test_coverage_information_with_a_fault(told: Json, fault: str) -> None:
    assert any(fault in each for each in crd.faults(answer(told)))


def test_ids_go_with_their_coverage() -> None:
    same, other = statement(), statement("Coverage/other")
    assert crd.faults(answer(same, same)) == [] and crd.faults(answer(same, other)) == []
    mixed = statement(coverage_assertion_id={"valueString": "9"})
    assert crd.faults(answer(same, mixed)) == [
        "one coverage has several assertion or authorisation ids"
    ]
    shared = statement("Coverage/other", coverage_assertion_id={"valueString": "A-Coverage/cov"})
    assert crd.faults(answer(same, shared)) == [
        "two coverages share an assertion or authorisation id"
    ]


def test_only_a_draft_of_the_request_is_updated() -> None:
    made = answer(statement())
    made["systemActions"][0]["resource"]["id"] = "o2"
    assert crd.faults(made, {"ServiceRequest/o1"}) == ["what is updated was not in the request"]
