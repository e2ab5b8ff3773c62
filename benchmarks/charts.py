"""What fills a chart: vital signs and laboratory values, written as record systems write them.

A record system sends some 800 bytes for one value: profile, category, code with words, encounter,
performer, reference range. Shorter ones would make more of them than a chart of that size has.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
_FIRST = datetime.date(2019, 3, 4)
_EVERY = 11
"""Days from one visit to the next."""

# LOINC, words, value, unit, and for laboratory values the usual range.
_VITAL = (
    ("29463-7", "Body weight", 80.4, "kg"),
    ("8302-2", "Body height", 171.0, "cm"),
    ("8867-4", "Heart rate", 72.0, "/min"),
    ("9279-1", "Respiratory rate", 15.0, "/min"),
    ("8310-5", "Body temperature", 36.7, "Cel"),
    ("59408-5", "Oxygen saturation in arterial blood by pulse oximetry", 97.0, "%"),
)
_LABORATORY = (
    ("2345-7", "Glucose [mass/volume] in serum or plasma", 94.0, "mg/dL", (70.0, 99.0)),
    ("2951-2", "Sodium [moles/volume] in serum or plasma", 140.0, "mmol/L", (136.0, 145.0)),
    ("2823-3", "Potassium [moles/volume] in serum or plasma", 4.2, "mmol/L", (3.5, 5.1)),
    ("17861-6", "Calcium [mass/volume] in serum or plasma", 9.4, "mg/dL", (8.5, 10.5)),
    ("6690-2", "Leukocytes [#/volume] in blood by automated count", 6.8, "10*3/uL", (4.0, 11.0)),
    ("718-7", "Hemoglobin [mass/volume] in blood", 13.9, "g/dL", (12.0, 16.0)),
)


def observations(patient: str) -> Iterator[dict[str, Any]]:
    """One visit's values after another, without end."""
    number = 0
    while True:
        day = (_FIRST + datetime.timedelta(days=_EVERY * number)).isoformat()
        for code, words, value, unit in _VITAL:
            yield _one(patient, number, day, code, words, value, unit, "vital-signs")
        for code, words, value, unit, (low, high) in _LABORATORY:
            made = _one(patient, number, day, code, words, value, unit, "laboratory")
            made["referenceRange"] = [
                {"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}
            ]
            yield made
        number += 1


def _one(
    patient: str,
    visit: int,
    day: str,
    code: str,
    words: str,
    value: float,
    unit: str,
    category: str,
) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"value-{visit}-{code}",
        "meta": {
            "versionId": "1",
            "lastUpdated": f"{day}T16:20:11.000Z",
            "profile": [f"{_CORE}/us-core-{category}"],
        },
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": category}]}],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": code, "display": words}],
            "text": words,
        },
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/visit-{visit}"},
        "effectiveDateTime": f"{day}T09:30:00-07:00",
        "issued": f"{day}T16:20:11.000Z",
        "performer": [{"reference": "Practitioner/1"}],
        "valueQuantity": {
            "value": value,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
    }
