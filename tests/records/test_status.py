"""What was entered in error, refuted, cancelled or not done is no fact, whatever the resource."""

from __future__ import annotations

import pytest

from painpath.records.status import refusal
from tests.planning.small import OWN, plan

VOID = ["entered-in-error", "nullified", "refuted", "cancelled", "not-done"]


@pytest.mark.parametrize("status", VOID)
@pytest.mark.parametrize("kind", ["Procedure", "Observation", "Condition", "DiagnosticReport"])
def test_what_is_void_is_refused_of_any_resource(kind: str, status: str) -> None:
    assert refusal(kind, status) == f"status is {status}"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Procedure", "preparation"),
        ("Procedure", "on-hold"),
        ("Procedure", "stopped"),
        ("Procedure", "aborted"),
        ("Observation", "registered"),
        ("QuestionnaireResponse", "stopped"),
        ("DiagnosticReport", "registered"),
        ("ImagingStudy", "registered"),
        ("MedicationRequest", "draft"),
        ("MedicationStatement", "not-taken"),
        ("MedicationStatement", "intended"),
        ("MedicationDispense", "preparation"),
        ("MedicationDispense", "declined"),
        ("ServiceRequest", "revoked"),
        ("ServiceRequest", "rejected"),
        ("CarePlan", "revoked"),
        ("CarePlan", "draft"),
        ("Appointment", "noshow"),
        ("DeviceUseStatement", "intended"),
        ("DocumentReference", "superseded"),
        ("Coverage", "draft"),
        ("Claim", "draft"),
        ("ExplanationOfBenefit", "draft"),
    ],
)
def test_what_did_not_come_about_is_refused(kind: str, status: str) -> None:
    assert refusal(kind, status) == f"status is {status}"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Procedure", "completed"),
        ("Procedure", "in-progress"),
        ("Procedure", None),
        ("Observation", "preliminary"),
        ("MedicationRequest", "stopped"),
        ("MedicationRequest", "on-hold"),
        ("ServiceRequest", "draft"),
        ("DiagnosticReport", "partial"),
    ],
)
def test_what_came_about_is_not(kind: str, status: str | None) -> None:
    assert refusal(kind, status) is None


@pytest.mark.parametrize("status", VOID)
def test_a_void_diagnosis_is_no_pain_problem(status: str) -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": OWN, "code": "back-ache"}]},
        "onsetDateTime": "2026-01-05",
    }
    assert plan(condition).problems
    assert not plan(condition | {"verificationStatus": {"coding": [{"code": status}]}}).problems
