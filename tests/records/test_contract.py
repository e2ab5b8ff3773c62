"""The contract's table "Records in", row by row, with the knowledge base as it is shipped."""

from __future__ import annotations

import datetime
import json
from functools import cache
from typing import Any

import pytest

from painpath.knowledge.loading import load
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.reading import Record, read_bytes
from tests.records.builders import has, order
from tests.records.small import (
    CPT,
    HCPCS,
    ICD,
    LOINC,
    NUCC,
    OWN,
    RXNORM,
    SNOMED,
    bundle,
    coded,
    condition,
    observation,
    procedure,
)

LEFT, RIGHT, BOTH = 1, 2, 3
DAY = "2026-03-01"


@cache
def shipped() -> Vocabulary:
    return Vocabulary(load())


def read(*resources: dict[str, Any], **options: Any) -> Record:
    return read_bytes(json.dumps(bundle(*resources, **options)).encode(), shipped())


def rows(*resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["concept"]: row for row in read(*resources).facts.to_pylist()}


def region(name: str) -> int:
    return shipped().region_bits[name]


# --- systems and references ---

SYSTEMS = [
    (ICD, "M54.16", "lumbar-radiculopathy"),
    (ICD, "M5416", "lumbar-radiculopathy"),
    ("urn:oid:2.16.840.1.113883.6.90", "M54.16", "lumbar-radiculopathy"),
    (SNOMED, "239873007", "knee-osteoarthritis"),
    ("urn:oid:2.16.840.1.113883.6.96", "239873007", "knee-osteoarthritis"),
]


@pytest.mark.parametrize(("system", "code", "concept"), SYSTEMS)
def test_systems_of_diagnoses(system: str, code: str, concept: str) -> None:
    assert concept in rows(condition(coded(system, code)))


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (CPT, "64483"),
        ("urn:oid:2.16.840.1.113883.6.12", "64483"),
        (HCPCS, "G0260"),
        ("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "G0260"),
        ("urn:oid:2.16.840.1.113883.6.285", "G0260"),
    ],
)
def test_systems_of_procedures(system: str, code: str) -> None:
    assert rows(procedure(coded(system, code)))


def test_unknown_codes_are_kept_and_ignored() -> None:
    record = read(condition(coded("urn:home-made", "X", "Caudalgia")))
    assert record.counts["Condition"] == {"used": 0, "ignored": 1, "skipped": 0}
    assert ("urn:home-made", "X", "Caudalgia") in record.unknown_codes


@pytest.mark.parametrize(
    "reference", ["Procedure/1", "https://ehr.example/fhir/Procedure/1", "urn:uuid:p-1", "#p-1"]
)
def test_references(reference: str) -> None:
    done = procedure(coded(CPT, "64483"), performedDateTime=DAY)
    judged = observation(
        coded(OWN, "relief-percent"),
        effectiveDateTime=DAY,
        valueQuantity={"value": 80, "unit": "%"},
        partOf=[{"reference": reference}],
    )
    document = bundle(done, judged)
    document["entry"][1]["fullUrl"] = "urn:uuid:p-1"
    table = read_bytes(json.dumps(document).encode(), shipped()).facts.to_pylist()
    block, relief = table[0], table[-1]
    # A contained procedure is no procedure of the record, so it is about nothing there.
    assert relief["about"] == (None if reference.startswith("#") else block["fact"])


# --- the rows of the table ---


def test_patient() -> None:
    person = {
        "resourceType": "Patient",
        "id": "p1",
        "birthDate": "1958-03-02",
        "gender": "male",
        "deceasedBoolean": True,
        "address": [{"state": "Arizona"}],
    }
    (row,) = read(patient=person).patients.to_pylist()
    assert (row["sex"], row["state"], row["deceased"]) == ("male", "AZ", True)
    assert row["birth_lo"] == row["birth_hi"] == datetime.date(1958, 3, 2)


def test_payer() -> None:
    cover = {
        "resourceType": "Coverage",
        "status": "active",
        "type": coded("x", "MCPOL", "Managed care"),
        "payor": [{"display": "Medicare", "identifier": {"value": "00123"}}],
        "class": [{"type": coded("x", "plan"), "value": "B", "name": "Part B"}],
        "period": {"start": "2020-01-01"},
    }
    (entry,) = read(cover).coverages
    assert entry.active
    assert {"Medicare", "00123", "Part B", "Managed care"} <= set(entry.text.split(" | "))


def test_diagnosis() -> None:
    row = rows(
        condition(
            coded(ICD, "M17.11"),
            onsetDateTime="2025-03",
            abatementDateTime="2026-02-01",
            recordedDate="2025-04-02",
            clinicalStatus=coded("x", "resolved"),
            bodySite=[coded(SNOMED, "6757004")],
            severity=coded("x", "severe"),
            evidence=[{"code": [coded("x", "y")]}],
        )
    )["knee-osteoarthritis"]
    assert has(row, start_lo="2025-03-01", start_hi="2025-03-31", recorded="2025-04-02")
    assert has(row, end_lo="2026-02-01", side=RIGHT, region=region("knee"), open=False)
    assert not rows(condition(coded(ICD, "M17.11"), verificationStatus=coded("x", "refuted")))


def test_procedure_and_its_reason_and_outcome() -> None:
    found = rows(
        condition(coded(ICD, "M17.12")),
        procedure(
            coded(CPT, "64454"),
            performedDateTime=None,
            performedPeriod={"start": DAY, "end": DAY},
            reasonReference=[{"reference": "Condition/1"}],
            outcome={"text": "80 % pain relief"},
            note=[{"text": "no complication"}],
        ),
    )
    block = found["genicular-nerve-block"]
    assert has(block, start_lo=DAY, side=LEFT, kind="procedure")
    assert has(found["relief-percent"], value=80.0, about=block["fact"])


@pytest.mark.parametrize("kind", ["Claim", "ExplanationOfBenefit"])
@pytest.mark.parametrize(("modifier", "side"), [("RT", RIGHT), ("LT", LEFT), ("50", BOTH)])
def test_claims_are_a_fallback(kind: str, modifier: str, side: int) -> None:
    bill = {
        "resourceType": kind,
        "status": "active",
        "use": "claim",
        "item": [
            {
                "productOrService": coded(CPT, "64454"),
                "modifier": [coded("x", modifier)],
                "servicedDate": DAY,
            }
        ],
    }
    assert has(rows(bill)["genicular-nerve-block"], side=side, start_lo=DAY)
    done = procedure(coded(CPT, "64454"), performedDateTime=DAY)
    assert read(done, bill).facts.num_rows == 1


SIDES: list[tuple[dict[str, Any], int]] = [
    ({"bodySite": [coded(SNOMED, "24028007")]}, RIGHT),
    ({"bodySite": [coded(SNOMED, "7771000")]}, LEFT),
    ({"bodySite": [coded(SNOMED, "51440002")]}, BOTH),
    ({"bodySite": [coded(SNOMED, "6757004")]}, RIGHT),
    ({"bodySite": [coded(SNOMED, "82169009")]}, LEFT),
    ({"code": {"coding": [{"system": CPT, "code": "64454"}, {"code": "RT"}]}}, RIGHT),
    ({"code": coded(CPT, "64454-LT")}, LEFT),
    ({"code": {**coded(CPT, "64454"), "text": "bilateral genicular block"}}, BOTH),
    ({"code": {**coded(CPT, "64454"), "text": "block, left knee"}}, LEFT),
]


@pytest.mark.parametrize(("how", "side"), SIDES)
def test_side(how: dict[str, Any], side: int) -> None:
    row = rows({**procedure(coded(CPT, "64454")), **how})["genicular-nerve-block"]
    assert row["side"] == side


@pytest.mark.parametrize(("code", "side"), [("M17.11", RIGHT), ("M17.12", LEFT), ("M17.0", BOTH)])
def test_side_by_diagnosis(code: str, side: int) -> None:
    assert rows(condition(coded(ICD, code)))["knee-osteoarthritis"]["side"] == side


REGIONS = [
    (procedure(coded(CPT, "64483")), "lumbar-sacral"),
    (procedure(coded(CPT, "62321")), "cervical-thoracic"),
    (condition(coded(ICD, "M54.12")), "cervical"),
]


@pytest.mark.parametrize(("resource", "name"), REGIONS)
def test_region_by_code(resource: dict[str, Any], name: str) -> None:
    assert {row["region"] for row in rows(resource).values()} == {region(name)}


def test_region_and_level_by_words() -> None:
    said = {**coded(CPT, "64483"), "text": "Transforaminal epidural injection L5-S1"}
    (row,) = rows(procedure(said)).values()
    assert row["level"] != 0
    assert row["region"] & region("lumbar")


SCORES: list[tuple[str, float, str, float]] = [
    ("72514-3", 7, "stated", 7.0),
    ("38208-5", 7, "stated", 7.0),
    ("38214-3", 70, "scaled", 7.0),
    ("38214-3", 7, "scaled", 0.7),
    ("38221-8", 8, "stated", 8.0),
    # More than 10 is one of 100.
    ("38221-8", 70, "scaled", 7.0),
    ("72514-3", 100, "scaled", 10.0),
    ("72514-3", 10, "stated", 10.0),
]


@pytest.mark.parametrize(("code", "value", "origin", "expected"), SCORES)
def test_pain_score(code: str, value: float, origin: str, expected: float) -> None:
    score = observation(coded(LOINC, code), effectiveDateTime=DAY, valueQuantity={"value": value})
    row = rows(score)["pain-score"]
    assert (row["value"], row["origin"]) == (expected, origin)


def test_pain_score_in_a_questionnaire() -> None:
    answer = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": DAY,
        "item": [{"linkId": "/72514-3", "answer": [{"valueInteger": 6}]}],
    }
    assert has(rows(answer)["pain-score"], value=6.0, start_lo=DAY)


@pytest.mark.parametrize("way", ["partOf", "focus"])
def test_relief_stated(way: str) -> None:
    about = {way: [{"reference": "Procedure/1"}]}
    found = rows(
        procedure(coded(CPT, "64454"), performedDateTime=DAY),
        observation(
            coded(OWN, "relief-percent"),
            effectiveDateTime="2026-03-02",
            valueQuantity={"value": 60, "unit": "%"},
            **about,
        ),
        observation(
            coded(OWN, "relief-duration"),
            effectiveDateTime="2026-09-02",
            valueQuantity={"value": 6, "unit": "months", "code": "mo"},
            **about,
        ),
    )
    block = found["genicular-nerve-block"]["fact"]
    assert has(found["relief-percent"], value=60.0, start_lo="2026-03-02", about=block)
    assert has(found["relief-duration"], end_lo="2026-09-01", about=block)


def test_relief_computed_from_scores() -> None:
    def score(day: str, value: float) -> dict[str, Any]:
        return observation(
            coded(LOINC, "72514-3"), effectiveDateTime=day, valueQuantity={"value": value}
        )

    done = procedure(coded(CPT, "64454"), performedDateTime=DAY)
    within = rows(done, score("2026-01-30", 8), score("2026-03-08", 2))["relief-percent"]
    assert (within["value"], within["origin"]) == (75.0, "computed")
    # 31 days before is too long ago.
    assert "relief-percent" not in rows(done, score("2026-01-29", 8), score("2026-03-08", 2))


@pytest.mark.parametrize("name", ["peg", "odi", "phq-9", "gad-7"])
def test_function_mood_and_disability(name: str) -> None:
    own = observation(coded(OWN, name), effectiveDateTime=DAY, valueQuantity={"value": 5})
    assert has(rows(own)[name], value=5.0)


THERAPY = coded(CPT, "97110", "Therapeutic exercises")


def test_conservative_care() -> None:
    period = {"start": "2026-01-10", "end": DAY}
    for resource in (
        procedure(THERAPY, performedDateTime=None, performedPeriod=period),
        order(THERAPY, status="completed", occurrencePeriod=period),
        {
            "resourceType": "CarePlan",
            "status": "active",
            "intent": "plan",
            "period": period,
            "activity": [{"detail": {"code": THERAPY, "status": "in-progress"}}],
        },
    ):
        row = rows(resource)["physical-therapy"]
        assert has(row, kind="care", start_lo="2026-01-10", end_lo=DAY)


def test_imaging() -> None:
    study = {
        "resourceType": "ImagingStudy",
        "status": "available",
        "started": DAY,
        "procedureCode": [coded(CPT, "72148")],
    }
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "effectiveDateTime": DAY,
        "code": coded(CPT, "72148", "MRI lumbar spine"),
        "conclusion": "Lumbar spinal stenosis at L4-L5.",
        "conclusionCode": [coded(ICD, "M54.16")],
    }
    for resource in (study, report, procedure(coded(CPT, "72148"), performedDateTime=DAY)):
        assert has(rows(resource)["spine-mri-ct"], kind="imaging", start_lo=DAY)
    assert {"lumbar-stenosis", "lumbar-radiculopathy"} <= set(rows(report))


DRUG: list[dict[str, Any]] = [
    coded(RXNORM, "1364430"),
    coded(RXNORM, "1364445", "apixaban 5 MG Oral Tablet [Eliquis]"),
    {"text": "Eliquis 5 mg tablets"},
]


@pytest.mark.parametrize("what", DRUG)
@pytest.mark.parametrize(
    "kind",
    ["MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"],
)
def test_drugs(kind: str, what: dict[str, Any]) -> None:
    dates = {
        "MedicationRequest": {"authoredOn": DAY, "intent": "order"},
        "MedicationStatement": {"effectivePeriod": {"start": DAY}},
        "MedicationDispense": {"whenHandedOver": DAY},
        "MedicationAdministration": {"effectiveDateTime": DAY},
    }
    status = "active" if kind in ("MedicationRequest", "MedicationStatement") else "completed"
    drug = {"resourceType": kind, "status": status, **dates[kind]}
    given = read({**drug, "medicationCodeableConcept": what})
    assert has(given.facts.to_pylist()[0], concept="apixaban", kind="drug", start_lo=DAY)
    assert len(given.prescriptions) == 1
    medicine = {"resourceType": "Medication", "code": what}
    referred = read(medicine, {**drug, "medicationReference": {"reference": "Medication/1"}})
    assert referred.facts.to_pylist()[0]["concept"] == "apixaban"


def test_requested_or_booked() -> None:
    code = coded(CPT, "64483", "Transforaminal epidural injection L4-L5, left")
    asked = order(code, occurrenceDateTime="2026-06-01")
    (request,) = read(asked).requests
    assert (request.on, request.side) == (datetime.date(2026, 6, 1), LEFT)
    assert request.level != 0
    booked = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-06-02T09:00:00Z",
        "serviceType": [code],
        "participant": [{"actor": {"reference": "Patient/p1"}}],
    }
    (request,) = read(booked).requests
    assert request.on == datetime.date(2026, 6, 2)


LABORATORY = {
    "hba1c": ["4548-4"],
    "inr": ["6301-6", "34714-6"],
    "platelets": ["777-3"],
    "egfr": ["62238-1", "33914-3", "48642-3", "98979-8"],
    "creatinine": ["2160-0"],
    "crp": ["1988-5"],
    "esr": ["4537-7", "30341-2"],
}


@pytest.mark.parametrize(
    ("name", "code"), [(n, c) for n, codes in LABORATORY.items() for c in codes]
)
def test_laboratory(name: str, code: str) -> None:
    value = {"value": 7.1, "unit": shipped().about[shipped().key[name]].unit}
    test = observation(coded(LOINC, code), effectiveDateTime=DAY, valueQuantity=value)
    assert has(rows(test)[name], value=7.1, start_lo=DAY)


ANSWERS: list[tuple[dict[str, Any], float]] = [
    ({"valueBoolean": True}, 1.0),
    ({"valueBoolean": False}, 0.0),
    ({"valueCodeableConcept": {"text": "yes"}}, 1.0),
    ({"valueString": "no"}, 0.0),
]


@pytest.mark.parametrize(("answer", "value"), ANSWERS)
def test_document_or_finding_on_file(answer: dict[str, Any], value: float) -> None:
    own = observation(coded(OWN, "psych-clearance"), effectiveDateTime=DAY, **answer)
    assert has(rows(own)["psych-clearance"], value=value)


def test_psychological_evaluation_by_its_codes() -> None:
    for code in ("90791", "96130"):
        assert rows(procedure(coded(CPT, code), performedDateTime=DAY))
    letter = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": coded(OWN, "psych-clearance"),
        "date": DAY,
    }
    assert "psych-clearance" in rows(letter)


def test_allergies_and_devices() -> None:
    contrast = {"resourceType": "AllergyIntolerance", "code": {"text": "Iodinated contrast"}}
    pacemaker = {"resourceType": "Device", "type": {"text": "Cardiac pacemaker"}}
    used = {"resourceType": "DeviceUseStatement", "device": {"display": "Cardiac pacemaker"}}
    assert {row["kind"] for row in rows(contrast).values()} == {"allergy"}
    for resource in (pacemaker, used):
        assert {row["kind"] for row in rows({"status": "active", **resource}).values()} == {
            "device"
        }


SPECIALTIES = ["208VP0014X", "208VP0000X", "207LP2900X", "2081P2900X", "2084P2900X"]


@pytest.mark.parametrize("code", SPECIALTIES)
def test_qualification(code: str) -> None:
    doctor = {"resourceType": "Practitioner", "qualification": [{"code": coded(NUCC, code)}]}
    role = {"resourceType": "PractitionerRole", "specialty": [coded(NUCC, code)]}
    for resource in (doctor, role):
        assert {row["kind"] for row in rows(resource).values()} == {"specialist"}
