"""Requests, findings and documents on file, allergies, devices, specialists."""

from __future__ import annotations

from typing import Any

import pytest

from painpath.knowledge import levels
from tests.records.builders import DEVICE, RIGHT, allergy, has, order
from tests.records.small import (
    CPT,
    HCPCS,
    LOINC,
    NUCC,
    OWN,
    RXNORM,
    SNOMED,
    coded,
    day,
    facts,
    observation,
    only,
    procedure,
    read,
    region,
)

# --- requests ---


def test_requested_procedure() -> None:
    record = read(
        order(
            coded(CPT, "64483", "TFESI"),
            id="7",
            occurrenceDateTime="2026-11-10",
            bodySite=[{"text": "right L5-S1"}],
        )
    )
    (asked,) = record.requests
    assert asked.ref == "ServiceRequest/7"
    assert (asked.code, asked.concepts, asked.on) == (
        "64483",
        ("esi-transforaminal",),
        day("2026-11-10"),
    )
    assert (asked.side, asked.level, asked.region) == (
        RIGHT,
        levels.parse("L5-S1"),
        region("lumbar"),
    )
    assert has(record.facts.to_pylist()[0], kind="order", start_lo="2026-11-10")


@pytest.mark.parametrize("status", ["active", "draft", "on-hold"])
@pytest.mark.parametrize("intent", ["proposal", "plan", "order"])
def test_requests_that_are_judged(status: str, intent: str) -> None:
    assert len(read(order(coded(CPT, "64483"), status=status, intent=intent)).requests) == 1


@pytest.mark.parametrize(
    "rest",
    [
        {"status": "completed"},
        {"status": "revoked"},
        {"status": "entered-in-error"},
        {"doNotPerform": True},
    ],
)
def test_requests_that_are_over(rest: dict[str, Any]) -> None:
    assert read(order(coded(CPT, "64483"), **rest)).requests == ()


@pytest.mark.parametrize("when", ["2026-11", "2026"])
def test_a_month_is_no_day_on_which_it_is_done(when: str) -> None:
    asked = order(coded(CPT, "64483"), id="7", occurrenceDateTime=when)
    visit = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": when,
        "basedOn": [{"reference": "ServiceRequest/7"}],
    }
    assert [r.on for r in read(asked).requests] == [None]
    assert [r.on for r in read(asked, visit).requests] == [None]


def test_appointment() -> None:
    visit = {
        "resourceType": "Appointment",
        "status": "booked",
        "serviceType": [coded(CPT, "64483")],
        "start": "2026-11-10T09:00:00-07:00",
        "participant": [{"actor": {"reference": "Patient/p1"}}],
    }
    (asked,) = read(visit).requests
    assert (asked.on, asked.status) == (day("2026-11-10"), "booked")
    assert read({**visit, "status": "cancelled"}).requests == ()


def test_appointment_gives_its_request_the_day() -> None:
    visit = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-11-10",
        "basedOn": [{"reference": "ServiceRequest/7"}],
    }
    (asked,) = read(order(coded(CPT, "64483"), id="7"), visit).requests
    assert (asked.ref, asked.on) == ("ServiceRequest/7", day("2026-11-10"))


# --- documents and findings ---


FINDINGS = [
    (observation(coded(OWN, "psych-clearance"), valueBoolean=True), "psych-clearance", 1.0),
    (observation(coded(OWN, "psych-clearance"), valueBoolean=False), "psych-clearance", 0.0),
    (observation(coded(OWN, "three-positive-si-tests")), "three-positive-si-tests", None),
    (
        observation(coded(OWN, "three-positive-si-tests"), valueString="yes"),
        "three-positive-si-tests",
        1.0,
    ),
    (
        observation(
            coded(OWN, "three-positive-si-tests"), valueCodeableConcept=coded(SNOMED, "373067005")
        ),
        "three-positive-si-tests",
        0.0,
    ),
    (
        observation(
            coded(OWN, "three-positive-si-tests"), valueCodeableConcept={"text": "Positive"}
        ),
        "three-positive-si-tests",
        1.0,
    ),
    (
        observation(coded(OWN, "three-positive-si-tests"), valueQuantity={"value": 3}),
        "three-positive-si-tests",
        3.0,
    ),
    (procedure(coded(CPT, "90791")), "psych-clearance", None),
    (
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "type": coded(CPT, "90791"),
            "date": "2026-01-10",
        },
        "psych-clearance",
        None,
    ),
    (
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "description": "Psychological evaluation",
            "date": "2026-01-10",
        },
        "psych-clearance",
        None,
    ),
    (
        {
            "resourceType": "DiagnosticReport",
            "status": "final",
            "code": coded(OWN, "psych-clearance"),
            "effectiveDateTime": "2026-01-10",
        },
        "psych-clearance",
        None,
    ),
]


@pytest.mark.parametrize(("resource", "concept", "value"), FINDINGS)
def test_findings_and_documents(
    resource: dict[str, Any], concept: str, value: float | None
) -> None:
    fact = only(resource)
    assert has(fact, concept=concept, value=value)
    assert fact["start_lo"] is not None


def test_coded_answer_names_a_concept() -> None:
    fact = only(
        observation(coded(LOINC, "75323-6"), valueCodeableConcept=coded(SNOMED, "44054006"))
    )
    assert has(fact, concept="diabetes", kind="observation", value=None)


def test_answer_about_the_family_is_not_about_the_patient() -> None:
    question = coded(LOINC, "54123-9", "Family member diagnosis")
    assert facts(observation(question, valueCodeableConcept=coded(SNOMED, "44054006"))) == []


def test_answer_in_words_names_a_finding() -> None:
    answer = {"text": "three positive SI tests"}
    fact = only(observation(coded(LOINC, "1-1"), valueCodeableConcept=answer))
    assert fact["concept"] == "three-positive-si-tests"


# --- allergies, devices, specialists ---


def test_allergy() -> None:
    fact = only(allergy(coded(SNOMED, "293637006"), recordedDate="2020-01-01"))
    assert has(fact, concept="contrast-allergy", kind="allergy", open=True, start_lo="2020-01-01")
    assert only(allergy({"text": "Iodinated contrast"}))["concept"] == "contrast-allergy"
    ended = only(allergy(coded(SNOMED, "293637006"), clinicalStatus=coded("x", "resolved")))
    assert ended["open"] is False


def test_allergy_to_a_drug_is_not_taking_it() -> None:
    assert facts(allergy(coded(RXNORM, "1364430"))) == []


def test_refuted_allergy() -> None:
    assert (
        facts(allergy(coded(SNOMED, "293637006"), verificationStatus=coded("x", "refuted"))) == []
    )


def test_device() -> None:
    assert has(only(DEVICE), concept="cardiac-implant", kind="device", open=True)
    assert only({**DEVICE, "status": "inactive"})["open"] is False
    named = {"resourceType": "Device", "deviceName": [{"name": "dual-chamber pacemaker"}]}
    assert only(named)["concept"] == "cardiac-implant"


def test_device_use() -> None:
    use = {
        "resourceType": "DeviceUseStatement",
        "status": "active",
        "device": {"reference": "Device/d1"},
        "timingPeriod": {"start": "2024-05-01"},
    }
    rows = facts(DEVICE, use)
    assert has(
        rows[1],
        concept="cardiac-implant",
        start_lo="2024-05-01",
        open=True,
        ref="DeviceUseStatement/2",
    )


@pytest.mark.parametrize(
    "code", ["208VP0014X", "208VP0000X", "207LP2900X", "2081P2900X", "2084P2900X"]
)
def test_specialist(code: str) -> None:
    qualified = {"resourceType": "Practitioner", "qualification": [{"code": coded(NUCC, code)}]}
    assert has(only(qualified), concept="pain-specialist", kind="specialist")
    role = {"resourceType": "PractitionerRole", "specialty": [coded(NUCC, code)]}
    assert has(only(role), concept="pain-specialist")


def test_hcpcs_drug_code() -> None:
    assert only(procedure(coded(HCPCS, "J7321")))["concept"] == "hyaluronate"
