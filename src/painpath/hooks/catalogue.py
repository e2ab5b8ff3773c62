"""The services that are offered and the data that they ask to be sent along (prefetch)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Hook = Literal["patient-view", "order-select", "order-sign", "appointment-book"]

TOKEN = "{{context.patientId}}"
"""The only token in use. A token names a field at the root of the context, nothing deeper."""


class Query(msgspec.Struct, frozen=True):
    """One prefetch template."""

    key: str
    template: str
    words: str
    """What it brings, for people."""
    required: bool = False
    """Without it there is no answer; without another one the answer says that it was not sent."""


class Service(msgspec.Struct, frozen=True):
    """One service, called at one hook."""

    id: str
    hook: Hook
    title: str
    description: str


def _search(key: str, kind: str, words: str, *, required: bool = False, more: str = "") -> Query:
    return Query(key, f"{kind}?patient={TOKEN}{more}", words, required)


QUERIES: tuple[Query, ...] = (
    Query("patient", f"Patient/{TOKEN}", "the patient", required=True),
    _search("conditions", "Condition", "diagnoses", required=True),
    _search("procedures", "Procedure", "procedures", required=True),
    _search("medications", "MedicationRequest", "medication orders", required=True),
    _search("observations", "Observation", "scores, findings and laboratory values", required=True),
    _search("coverage", "Coverage", "coverage", more="&status=active"),
    _search("serviceRequests", "ServiceRequest", "orders"),
    _search("medicationStatements", "MedicationStatement", "the medication list"),
    _search("reports", "DiagnosticReport", "reports"),
    _search("imaging", "ImagingStudy", "imaging"),
    _search("documents", "DocumentReference", "documents"),
    _search("questionnaireResponses", "QuestionnaireResponse", "questionnaires"),
    _search("allergies", "AllergyIntolerance", "allergies"),
    _search("devices", "Device", "implants and devices"),
    _search("appointments", "Appointment", "appointments"),
)
"""Reads and searches by patient only, the part of FHIR that every record system answers."""

SERVICES: tuple[Service, ...] = (
    Service(
        "painpath-patient-view",
        "patient-view",
        "PainPath: pain care that fits",
        "Names serious findings, a pain procedure whose criteria are met and that nobody has"
        " ordered, or the one thing that is missing for it. Silent otherwise.",
    ),
    Service(
        "painpath-order-select",
        "order-select",
        "PainPath: pain procedures and opioids, on selection",
        "Holds a selected pain procedure against the payer's criteria and a selected opioid"
        " against the daily dose. Silent where nothing would change.",
    ),
    Service(
        "painpath-order-sign",
        "order-sign",
        "PainPath: pain procedures and opioids, on signing",
        "The same for the orders to be signed, with what has to be asked for and held before,"
        " and what is known of prior authorisation as coverage information.",
    ),
    Service(
        "painpath-appointment-book",
        "appointment-book",
        "PainPath: before a pain procedure",
        "Names the drugs to hold before the procedure of an appointment, by date, and a day that"
        " is earlier than the criteria allow.",
    ),
)
BY_ID = {service.id: service for service in SERVICES}


def discovery() -> dict[str, Any]:
    """The answer at `/cds-services`."""
    prefetch = {query.key: query.template for query in QUERIES}
    return {
        "services": [
            {
                "hook": service.hook,
                "title": service.title,
                "description": service.description,
                "id": service.id,
                "prefetch": prefetch,
            }
            for service in SERVICES
        ]
    }
