"""The Bundle in the making: entries with ids that are the same in every run; small FHIR pieces."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from painpath.planning.plan import Evidence, Plan

Resource = dict[str, Any]

SPACE = uuid.UUID("6f0d3c1e-8c5e-5b0a-9f5d-0f6f1c1f2a77")


class Maker:
    """Collects the resources of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.patient = {"reference": f"Patient/{plan.patient.id}"}
        self.day = plan.as_of.isoformat()
        self.entries: list[Resource] = []

    def add(self, resource: Resource, name: str) -> str:
        """Add a resource under a name that is the same in every run; returns its full URL."""
        key = uuid.uuid5(SPACE, f"{self.plan.patient.id}|{self.day}|{name}")
        url = f"urn:uuid:{key}"
        self.entries.append({"fullUrl": url, "resource": {**resource, "id": str(key)}})
        return url


def references(evidence: Iterable[Evidence]) -> list[Resource]:
    """References to the record's resources; lines of the same resource once."""
    refs = dict.fromkeys(item.ref for item in evidence if is_reference(item.ref))
    return [{"reference": ref} for ref in refs]


def is_reference(ref: str) -> bool:
    """A resource of the record, not something worked out or given by hand."""
    kind, _, key = ref.partition("/")
    return kind[:1].isupper() and kind.isalpha() and key != "" and " " not in ref


def concept(system: str, code: str, text: str) -> Resource:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}
