"""Which statuses make a resource a fact, and which say that it never happened.

Nothing entered in error, refuted, cancelled or not done is a fact (rule of meaning 7).
"""

from __future__ import annotations

NEVER = frozenset({"entered-in-error", "nullified", "refuted", "cancelled", "not-done"})
"""Said of any resource, also where its own value set lacks the word: it is void or never was."""

_NOT_FACTS: dict[str, frozenset[str]] = {
    "Procedure": frozenset({"preparation", "on-hold", "stopped", "aborted"}),
    "Observation": frozenset({"registered"}),
    "QuestionnaireResponse": frozenset({"stopped"}),
    "DiagnosticReport": frozenset({"registered"}),
    "ImagingStudy": frozenset({"registered"}),
    "MedicationRequest": frozenset({"draft"}),
    "MedicationStatement": frozenset({"not-taken", "intended"}),
    "MedicationDispense": frozenset({"preparation", "declined"}),
    "ServiceRequest": frozenset({"revoked", "rejected", "aborted"}),
    "CarePlan": frozenset({"revoked", "draft"}),
    "Appointment": frozenset({"noshow"}),
    "DeviceUseStatement": frozenset({"intended"}),
    "DocumentReference": frozenset({"superseded"}),
    "Coverage": frozenset({"draft"}),
    "Claim": frozenset({"draft"}),
    "ExplanationOfBenefit": frozenset({"draft"}),
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
