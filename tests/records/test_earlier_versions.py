"""FHIR DSTU2 and STU3: said in one sentence, and what they share with R4 is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from painpath.records.errors import RecordError
from painpath.records.reading import Record, read_bytes
from tests.records.builders import ELIQUIS, has
from tests.records.small import ICD, LOINC, PATIENT, SNOMED, bundle, coded, read, vocabulary

P1 = {"reference": "Patient/p1"}

DSTU2: list[dict[str, Any]] = [
    {
        "resourceType": "Condition",
        "patient": P1,
        "code": coded(ICD, "M54.16", "Radiculopathy, lumbar region"),
        "clinicalStatus": "active",
        "verificationStatus": "confirmed",
        "category": coded("x", "diagnosis"),
        "dateRecorded": "2026-03-01",
        "onsetDateTime": "2026-02-01",
    },
    {
        "resourceType": "MedicationOrder",
        "patient": P1,
        "status": "active",
        "dateWritten": "2026-03-02",
        "medicationCodeableConcept": ELIQUIS,
        "dosageInstruction": [{"text": "5 mg twice daily"}],
    },
    {
        "resourceType": "MedicationStatement",
        "patient": P1,
        "status": "completed",
        "wasNotTaken": True,
        "medicationCodeableConcept": {"text": "duloxetine"},
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "subject": P1,
        "code": coded(LOINC, "72514-3"),
        "effectiveDateTime": "2026-03-03",
        "valueQuantity": {"value": 7},
    },
    {
        "resourceType": "Procedure",
        "subject": P1,
        "status": "completed",
        "notPerformed": True,
        "code": coded(SNOMED, "91251008", "Physical therapy"),
    },
    {
        "resourceType": "ProcedureRequest",
        "subject": P1,
        "status": "proposed",
        "code": coded("http://www.ama-assn.org/go/cpt", "64483"),
        "scheduledDateTime": "2026-06-01",
    },
    {
        "resourceType": "AllergyIntolerance",
        "patient": P1,
        "substance": coded(SNOMED, "293637006", "Contrast"),
        "status": "confirmed",
        "recordedDate": "2020-01-01",
    },
    {"resourceType": "DiagnosticOrder", "subject": P1, "status": "requested"},
]

STU3: list[dict[str, Any]] = [
    {
        "resourceType": "Condition",
        "subject": P1,
        "code": coded(ICD, "M54.16", "Radiculopathy, lumbar region"),
        "clinicalStatus": "resolved",
        "verificationStatus": "confirmed",
        "assertedDate": "2026-03-01",
    },
    {
        "resourceType": "MedicationStatement",
        "subject": P1,
        "status": "completed",
        "taken": "n",
        "medicationCodeableConcept": {"text": "duloxetine"},
    },
    {
        "resourceType": "MedicationRequest",
        "subject": P1,
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-03-02",
        "medicationCodeableConcept": ELIQUIS,
        "dosageInstruction": [{"doseQuantity": {"value": 5, "unit": "mg"}}],
    },
    {
        "resourceType": "Procedure",
        "subject": P1,
        "status": "completed",
        "notDone": False,
        "performedDateTime": "2026-01-05",
        "code": coded(SNOMED, "91251008", "Physical therapy"),
    },
]


def sentences(record: Record) -> list[str]:
    return [skipped.why for skipped in record.skipped if "not R4" in skipped.why]


@pytest.mark.parametrize("indent", [None, 2])
def test_dstu2(indent: int | None) -> None:
    record = read_bytes(json.dumps(bundle(*DSTU2), indent=indent).encode(), vocabulary())
    rows = {row["concept"]: row for row in record.facts.to_pylist()}
    assert has(rows["lumbar-radiculopathy"], start_lo="2026-02-01", recorded="2026-03-01")
    assert rows["lumbar-radiculopathy"]["open"]
    assert has(rows["apixaban"], kind="drug", start_lo="2026-03-02", open=True)
    assert has(rows["pain-score"], value=7.0)
    assert has(rows["contrast-allergy"], recorded="2020-01-01")
    assert has(rows["esi-transforaminal"], kind="order", start_lo="2026-06-01")
    assert "physical-therapy" not in rows
    assert "duloxetine" not in rows
    assert record.prescriptions[0].kind == "MedicationRequest"
    assert sentences(record) == [
        "the record is FHIR DSTU2, not R4; what the two have in common was read"
    ]
    # Nothing is complained of that is no fault in that version.
    assert not [s for s in record.skipped if "plain text" in s.why]
    total = sum(sum(counts.values()) for counts in record.counts.values())
    assert total == len(DSTU2) + 1


def test_stu3() -> None:
    record = read(*STU3)
    rows = {row["concept"]: row for row in record.facts.to_pylist()}
    assert has(rows["lumbar-radiculopathy"], recorded="2026-03-01", open=False)
    assert has(rows["physical-therapy"], kind="care", start_lo="2026-01-05")
    assert "duloxetine" not in rows
    (prescription,) = record.prescriptions
    assert (prescription.dosages[0].dose_low, prescription.dosages[0].dose_unit) == (5, "mg")
    assert len(sentences(record)) == 1
    assert "STU3" in sentences(record)[0]


def test_r4_is_not_taken_for_an_older_version() -> None:
    assert sentences(read()) == []
    assert sentences(read({"resourceType": "Condition", "code": coded(ICD, "M54.16")})) == []


def test_whose_it_is_in_dstu2() -> None:
    other = {**DSTU2[0], "patient": {"reference": "Patient/p2"}}
    record = read(DSTU2[0], {**other, "id": "9"})
    assert record.facts.num_rows == 1
    assert "it belongs to another patient" in {skipped.why for skipped in record.skipped}


def test_a_feed_of_dstu1() -> None:
    feed = {"resourceType": "Bundle", "title": "x", "entry": [{"content": PATIENT}]}
    with pytest.raises(RecordError, match="DSTU1"):
        read_bytes(json.dumps(feed).encode(), vocabulary())
