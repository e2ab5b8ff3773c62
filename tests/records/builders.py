"""Short ways to write resources for the tests, and to compare a fact."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.small import CPT, LOINC, OWN, RXNORM, SNOMED, coded, observation

LEFT, RIGHT, BOTH = 1, 2, 3


def has(fact: dict[str, Any], **expected: Any) -> bool:
    """Whether a fact has these values; dates as ISO text."""
    for name, value in expected.items():
        found = fact[name]
        if name in ("start_lo", "start_hi", "end_lo", "end_hi", "recorded") and found is not None:
            found = found.isoformat()
        if isinstance(value, float) and found is not None:
            assert found == pytest.approx(value, abs=1e-3), (name, found)
        else:
            assert found == value, (name, found, value)
    return True


def claim(*items: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "item": list(items),
        **rest,
    }


def item(code: str, *modifiers: str, on: str | None = "2026-01-10") -> dict[str, Any]:
    day = {"servicedDate": on} if on else {}
    return {
        "productOrService": coded(CPT, code),
        "modifier": [coded(CPT, modifier) for modifier in modifiers],
        **day,
    }


def score(value: Any, code: str = "72514-3", kind: str = "valueQuantity") -> dict[str, Any]:
    return observation(coded(LOINC, code, "Pain"), **{kind: value})


def answers(*items: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2026-02-01T08:00:00Z",
        "item": list(items),
        **rest,
    }


def relief(value: float, on: str, **rest: Any) -> dict[str, Any]:
    return observation(
        coded(OWN, "relief-percent"), on, valueQuantity={"value": value, "unit": "%"}, **rest
    )


def order(code: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": code,
        **rest,
    }


def plan(**detail: Any) -> dict[str, Any]:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "period": {"start": "2026-01-01"},
        "activity": [{"detail": {"code": coded(SNOMED, "229070002"), **detail}}],
    }


def report(**rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": coded(CPT, "72148", "MRI lumbar"),
        "effectiveDateTime": "2026-01-05",
        **rest,
    }


ELIQUIS = coded(RXNORM, "1364445", "apixaban 5 MG Oral Tablet [Eliquis]")


def request(**rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-01-01",
        "medicationCodeableConcept": ELIQUIS,
        **rest,
    }


def drug(name: str, **rest: Any) -> dict[str, Any]:
    return {"resourceType": name, "medicationCodeableConcept": ELIQUIS, **rest}


BOUNDS = {"timing": {"repeat": {"boundsPeriod": {"start": "2026-01-02", "end": "2026-02-01"}}}}


LENGTH = {"timing": {"repeat": {"boundsDuration": {"value": 4, "unit": "weeks"}}}}


SUPPLY = {"expectedSupplyDuration": {"value": 30, "unit": "days"}, "numberOfRepeatsAllowed": 1}


def allergy(code: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": "Patient/p1"},
        "code": code,
        **rest,
    }


DEVICE = {
    "resourceType": "Device",
    "id": "d1",
    "status": "active",
    "type": coded(SNOMED, "14106009", "Pacemaker"),
}
