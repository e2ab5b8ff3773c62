"""Which statuses make a resource a fact, and which say that it never happened.

Nothing entered in error, refuted, cancelled or not done is a fact (rule of meaning 7).
"""

from __future__ import annotations

NEVER = frozenset({"entered-in-error", "nullified"})
"""Said of any resource: it is void."""

_NOT_FACTS: dict[str, frozenset[str]] = {
    "Condition": frozenset({"refuted"}),
    "Procedure": frozenset({"not-done", "preparation", "on-hold", "stopped", "aborted"}),
    "Observation": frozenset({"cancelled", "registered"}),
    "QuestionnaireResponse": frozenset({"stopped"}),
    "DiagnosticReport": frozenset({"cancelled", "registered"}),
    "ImagingStudy": frozenset({"cancelled", "registered"}),
    "MedicationRequest": frozenset({"cancelled", "draft"}),
    "MedicationStatement": frozenset({"not-taken", "intended"}),
    "MedicationDispense": frozenset({"cancelled", "preparation", "declined"}),
    "MedicationAdministration": frozenset({"not-done"}),
    "ServiceRequest": frozenset({"revoked", "cancelled", "rejected", "aborted"}),
    "CarePlan": frozenset({"revoked", "draft"}),
    "Appointment": frozenset({"cancelled", "noshow"}),
    "AllergyIntolerance": frozenset({"refuted"}),
    "Device": frozenset(),
    "DeviceUseStatement": frozenset({"intended"}),
    "DocumentReference": frozenset({"superseded"}),
    "Coverage": frozenset({"cancelled", "draft"}),
    "Claim": frozenset({"cancelled", "draft"}),
    "ExplanationOfBenefit": frozenset({"cancelled", "draft"}),
}

TAKEN = frozenset({"active", "unknown", "in-progress", "on-going"})
"""A drug with this status is being taken as far as the record says."""

ENDED_CONDITION = frozenset({"inactive", "remission", "resolved"})
DOUBTFUL = frozenset({"unconfirmed", "provisional", "differential"})

REQUESTED = frozenset({"active", "draft", "on-hold"})
REQUEST_INTENTS = frozenset(
    {"proposal", "plan", "order", "original-order", "filler-order", "instance-order"}
)
BOOKED = frozenset({"proposed", "pending", "booked", "arrived", "waitlist", "checked-in"})


def refusal(kind: str, status: str | None) -> str | None:
    """Why a resource with this status is not a fact, in words; `None` if it may be one."""
    if status is None:
        return None
    if status in NEVER:
        return f"status is {status}"
    if status in _NOT_FACTS.get(kind, ()):
        return f"status is {status}"
    return None
