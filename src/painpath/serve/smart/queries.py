"""What is read of a record: the types that records-in knows, each by one search for the patient."""

from __future__ import annotations

import msgspec


class Query(msgspec.Struct, frozen=True):
    """One type of resource."""

    type: str
    words: str
    """What it brings, for people."""
    required: bool = False
    """Without it no plan is made: what is not there would be taken for what is not so."""
    narrower: tuple[str, ...] = ()
    """Searches to try where the server refuses one by patient alone."""


_CATEGORIES = (
    "laboratory", "vital-signs", "survey", "exam", "imaging", "procedure", "therapy", "activity",
    "social-history",
)  # fmt: skip
"""The categories of observations in FHIR R4; some servers answer only by category."""

SEARCHED: tuple[Query, ...] = (
    Query("Condition", "diagnoses", required=True),
    Query("Procedure", "procedures", required=True),
    Query("MedicationRequest", "medication orders", required=True),
    Query(
        "Observation",
        "scores, findings and laboratory values",
        required=True,
        narrower=tuple(f"category={each}" for each in _CATEGORIES),
    ),
    Query("MedicationStatement", "the medication list"),
    Query("MedicationDispense", "dispensed drugs"),
    Query("MedicationAdministration", "drugs given"),
    Query("AllergyIntolerance", "allergies"),
    Query("Device", "implants"),
    Query("DeviceUseStatement", "devices in use"),
    Query("DiagnosticReport", "reports"),
    Query("ImagingStudy", "imaging"),
    Query("DocumentReference", "documents"),
    Query("QuestionnaireResponse", "questionnaires"),
    Query("ServiceRequest", "orders"),
    Query("CarePlan", "care plans"),
    Query("Appointment", "appointments"),
    Query("Coverage", "coverage"),
    Query("Claim", "claims"),
    Query("ExplanationOfBenefit", "benefits paid"),
)
FOLLOWED: tuple[Query, ...] = (
    Query("Medication", "drugs that orders point to"),
    Query("Organization", "payers"),
    Query("PractitionerRole", "roles of practitioners"),
    Query("Practitioner", "specialties"),
)
"""Read one by one where another resource points to them, in this order."""

READ = ("Patient", *(query.type for query in SEARCHED + FOLLOWED))
REQUIRED = ("Patient", *(query.type for query in SEARCHED if query.required))
