"""The FHIR R4 data types that are read, as lean typed structs.

Strict: a value of the wrong type is an error, which `repair` mends or notes. Field names are
FHIR's. Structs are not garbage-collected: they hold no cycles.
"""

# ruff: noqa: N815 - names of FHIR elements

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Raw


class Lean(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """Base of every struct here."""


class Coding(Lean):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class Qualifier(Lean):
    """An extension that says more of a concept, such as the side of a site (mCODE)."""

    valueCodeableConcept: CodeableConcept | None = None


class CodeableConcept(Lean):
    coding: tuple[Coding, ...] = ()
    text: str | None = None
    extension: tuple[Qualifier, ...] = ()


Waiting = Annotated[Raw, CodeableConcept]
"""A CodeableConcept that is decoded when it is asked for; most of a record's repeat each other."""

_CONCEPT = msgspec.json.Decoder(CodeableConcept | None)
_MEMORY = 100_000
_LONG = 4_000
"""Longer ones are not worth remembering."""


class _Concepts(dict[bytes, "CodeableConcept | None"]):
    """CodeableConcepts by their JSON. They are shared: nobody may change them."""

    def __missing__(self, data: bytes) -> CodeableConcept | None:
        found = _CONCEPT.decode(data) if data else None
        if len(data) < _LONG:
            if len(self) > _MEMORY:
                self.clear()
            self[data] = found
        return found


concepts = _Concepts()
"""Raises msgspec.DecodeError for what cannot be read strictly."""
ABSENT = Raw()


class Reference(Lean):
    reference: str | None = None
    type: str | None = None
    display: str | None = None


class Identifier(Lean):
    system: str | None = None
    value: str | None = None


class Period(Lean):
    start: str | None = None
    end: str | None = None


class Quantity(Lean):
    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Lean):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Lean):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Meta(Lean):
    versionId: str | None = None
    lastUpdated: str | None = None


class Address(Lean):
    use: str | None = None
    state: str | None = None
    period: Period | None = None


class Annotation(Lean):
    text: str | None = None
    time: str | None = None


class Attachment(Lean):
    contentType: str | None = None
    data: str | None = None
    title: str | None = None
    creation: str | None = None


class Repeat(Lean):
    boundsDuration: Quantity | None = None
    boundsPeriod: Period | None = None
    count: float | None = None
    frequency: float | None = None
    frequencyMax: float | None = None
    period: float | None = None
    periodMax: float | None = None
    periodUnit: str | None = None
    timeOfDay: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


class Timing(Lean):
    event: tuple[str, ...] = ()
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Lean):
    doseQuantity: Quantity | None = None
    doseRange: Range | None = None
    rateQuantity: Quantity | None = None
    rateRatio: Ratio | None = None


class Dosage(Lean):
    text: str | None = None
    patientInstruction: str | None = None
    timing: Timing | None = None
    asNeededBoolean: bool | None = None
    asNeededCodeableConcept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    doseAndRate: tuple[DoseAndRate, ...] = ()
    maxDosePerPeriod: Ratio | None = None
    doseQuantity: Quantity | None = None  # STU3
    doseRange: Range | None = None  # STU3
