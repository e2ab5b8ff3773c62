"""FHIR for what the record does not hold: absent, with a reason, never invented."""

from __future__ import annotations

from typing import Any

from painpath.report.fhir_maker import Resource

URL = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def reason(code: str = "unknown") -> Resource:
    """An element that says only why it has no value."""
    return {"extension": [{"url": URL, "valueCode": code}]}


def primitive(resource: Resource, name: str, value: Any) -> None:
    """Set a primitive element, or say that it is absent."""
    if value is None:
        resource[f"_{name}"] = reason()
    else:
        resource[name] = value
