"""The patient and the payer: contract rows "patient" and "payer"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from painpath.records.reading import read_bytes
from tests.records.small import PATIENT, bundle, coded, day, read, vocabulary

# --- patient ---


def test_patient() -> None:
    (patient,) = read().patients.to_pylist()
    assert patient == {
        "patient": 0,
        "id": "p1",
        "birth_lo": day("1958-03-02"),
        "birth_hi": day("1958-03-02"),
        "sex": "female",
        "state": "AZ",
        "deceased": False,
        "clinic": None,
        "clinician": None,
    }


def test_who_looks_after_the_patient_is_a_name_or_else_the_reference() -> None:
    keepers = {
        "managingOrganization": {"reference": "Organization/o1"},
        "generalPractitioner": [{"reference": "Practitioner/9"}],
    }
    organization = {"resourceType": "Organization", "id": "o1", "name": "North clinic"}
    data = json.dumps(bundle(organization, patient={**PATIENT, **keepers})).encode()
    (patient,) = read_bytes(data, vocabulary()).patients.to_pylist()
    assert (patient["clinic"], patient["clinician"]) == ("North clinic", "Practitioner/9")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"birthDate": "1958"}, {"birth_lo": day("1958-01-01"), "birth_hi": day("1958-12-31")}),
        ({"deceasedBoolean": True}, {"deceased": True}),
        ({"deceasedDateTime": "2026-01-01"}, {"deceased": True}),
        ({"gender": "F"}, {"sex": "female"}),
        ({"gender": "Unknown"}, {"sex": "unknown"}),
        ({"gender": None}, {"sex": None}),
        ({"address": [{"state": "arizona"}]}, {"state": "AZ"}),
        ({"address": [{"state": "US-AZ"}]}, {"state": "AZ"}),
        (
            {"address": [{"use": "old", "state": "CA"}, {"use": "home", "state": "TX"}]},
            {"state": "TX"},
        ),
        ({"address": []}, {"state": None}),
    ],
)
def test_patient_variants(change: dict[str, Any], expected: dict[str, Any]) -> None:

    data = bundle(patient={**PATIENT, **change})
    (patient,) = read_bytes(json.dumps(data).encode(), vocabulary()).patients.to_pylist()
    assert {name: patient[name] for name in expected} == expected


# --- payer ---


def test_coverage() -> None:
    organization = {
        "resourceType": "Organization",
        "id": "cms",
        "name": "Noridian",
        "identifier": [{"value": "02101"}],
    }
    coverage = {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "type": {"coding": [{"code": "MCPOL", "display": "managed care policy"}], "text": "Part B"},
        "beneficiary": {"reference": "Patient/p1"},
        "period": {"start": "2024-01", "end": "2026-12-31"},
        "order": 2,
        "payor": [
            {"reference": "Organization/cms", "display": "Medicare"},
            {"identifier": {"value": "H1234"}},
        ],
        "class": [{"type": coded("x", "plan"), "value": "PLAN7", "name": "Gold plan"}],
    }
    record = read(organization, coverage)
    (entry,) = record.coverages
    for word in ("Medicare", "Noridian", "02101", "H1234", "Part B", "MCPOL", "PLAN7", "Gold plan"):
        assert word in entry.text
    assert (entry.ref, entry.type, entry.active) == ("Coverage/c1", "mcpol", True)
    assert (entry.start, entry.end) == (day("2024-01-01"), day("2026-12-31"))
    assert entry.order == 2
    assert record.counts["Organization"]["used"] == 1


def test_coverage_that_is_not_active_says_so() -> None:
    (entry,) = read({"resourceType": "Coverage", "status": "draft"}).coverages or (None,)
    assert entry is None
    (entry,) = read(
        {"resourceType": "Coverage", "payor": [{"display": "Aetna"}]},
    ).coverages
    assert entry.active
