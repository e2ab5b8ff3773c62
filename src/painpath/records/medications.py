"""Drugs: MedicationRequest, -Statement, -Dispense and -Administration.

Each gives a Prescription (any drug) and, where a concept knows the drug, facts with the interval
in which it was taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from painpath.knowledge.vocabulary import Matches
from painpath.records import dates, doses, values
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept, Dosage, Quantity, Reference
from painpath.records.dates import Span
from painpath.records.facts import DoseInstruction, FactKind, Prescription
from painpath.records.meanings import Meaning, merge
from painpath.records.reasons import other_reason
from painpath.records.resources import (
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationOrder,
    MedicationRequest,
    MedicationStatement,
)
from painpath.records.status import TAKEN, refusal

AnyMedication = (
    MedicationRequest | MedicationStatement | MedicationDispense | MedicationAdministration
)

_DAYS = {"d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0, "h": 1 / 24}


class _Course(NamedTuple):
    """When it was taken."""

    start: Span | None
    end: Span | None
    recorded: int | None
    days_supply: float | None = None
    quantity: Quantity | None = None


def read(medication: AnyMedication, ref: str, chart: Chart) -> Outcome:
    """Prescription and facts of one medication resource."""
    kind = type(medication).__name__
    if isinstance(medication, MedicationOrder):
        kind = "MedicationRequest"
    why = refusal(kind, medication.status)
    if isinstance(medication, MedicationStatement):
        why = why or _untaken(medication, chart)
    if isinstance(medication, MedicationRequest) and medication.doNotPerform:
        why = "it says not to give the drug"
    if why is not None:
        return chart.skip(ref, why)
    drug = _drug(medication, ref, chart)
    if drug is None:
        return chart.skip(ref, "it names no drug")
    course = _course(medication, ref, chart)
    status = medication.status or "unknown"
    open_ = status in TAKEN and course.end is None and _goes_on(medication)
    about = chart.vocabulary.about
    kinds = _kinds(medication, drug, chart)
    for match in drug.matches:
        as_ = kinds.get(about[match.concept].category)
        if as_ is None:
            continue
        chart.add(
            match,
            as_,
            ref,
            drug.label,
            start=course.start,
            end=course.end,
            open=open_,
            recorded=course.recorded,
        )
    if kinds is _PROPOSED:
        return "used" if drug.matches else "ignored"
    chart.prescriptions.append(
        Prescription(
            ref=ref,
            kind=kind,
            status=status,
            intent=medication.intent if isinstance(medication, MedicationRequest) else None,
            text=drug.name or drug.label,
            codes=drug.codings,
            start=dates.date_of(course.start[0]) if course.start else None,
            end=dates.date_of(course.end[1]) if course.end else None,
            open=open_,
            dosages=_dosages(medication),
            quantity=course.quantity.value if course.quantity else None,
            quantity_unit=(course.quantity.unit or course.quantity.code)
            if course.quantity
            else None,
            days_supply=course.days_supply,
            prior=_prior(medication, chart),
        )
    )
    return "used"


def _untaken(statement: MedicationStatement, chart: Chart) -> str | None:
    """DSTU2 and STU3 say in an element of its own that a drug was not taken."""
    if statement.taken is not None:
        chart.earlier.add("STU3")
    if statement.wasNotTaken is not None:
        chart.earlier.add("DSTU2")
    if statement.wasNotTaken or statement.taken == "n":
        return "it says that the drug was not taken"
    return None


# -- which drug --


def _drug(medication: AnyMedication, ref: str, chart: Chart) -> Meaning | None:
    """What it is called and means; several names of one drug are taken together."""
    if medication.medicationReference is None:
        meanings = [chart.meanings.waiting(bytes(medication.drug), "drug")]
    else:
        meanings = [chart.meanings.of(d, "drug") for d in _drugs(medication, ref, chart)]
    meanings = [meaning for meaning in meanings if meaning.label or meaning.name]
    if len(meanings) < 2:
        return meanings[0] if meanings else None
    found: Matches = ()
    for meaning in meanings:
        found = merge(found, meaning.matches)
    return meanings[0]._replace(
        matches=found,
        label=next((m.label for m in meanings if m.label), ""),
        name=next((m.name for m in meanings if m.name), ""),
        codings=tuple(coding for m in meanings for coding in m.codings),
    )


def _drugs(medication: AnyMedication, ref: str, chart: Chart) -> list[CodeableConcept]:
    drugs = [medication.medicationCodeableConcept] if medication.medicationCodeableConcept else []
    reference = medication.medicationReference
    if reference is not None:
        target = chart.index.find(reference, medication)
        if target is not None and isinstance(target.resource, Medication):
            chart.referred.add(target.ref)
            if target.resource.code is not None:
                drugs.append(target.resource.code)
            drugs.extend(
                item.itemCodeableConcept
                for item in target.resource.ingredient
                if item.itemCodeableConcept is not None
            )
        elif reference.display:
            chart.note(ref, "medicationReference points to nothing in the record; its text is used")
        else:
            chart.note(ref, "medicationReference points to nothing in the record")
        if reference.display and not drugs:
            drugs.append(CodeableConcept(text=reference.display))
    return drugs


_TAKEN: dict[str, FactKind] = {"drug": "drug", "care": "drug"}
_RECOMMENDED: dict[str, FactKind] = {"drug": "drug", "care": "order"}
_PROPOSED: dict[str, FactKind] = {"drug": "order", "care": "order"}
_PLANNED: dict[str, FactKind] = {"drug": "drug-not-tried", "care": "order"}
_FOR_OTHER: dict[str, FactKind] = {"drug": "drug-not-tried"}
_ADVICE = re.compile(r"recommend|suggest|advis|propos|consider|referr", re.IGNORECASE)


def _kinds(medication: AnyMedication, drug: Meaning, chart: Chart) -> dict[str, FactKind]:
    """What its facts are, by category: taken, asked for, or no care that was tried for pain.

    A plan may mean that the drug is taken (US Core records reported drugs so): for safety it is.
    """
    if isinstance(medication, MedicationRequest):
        if medication.intent in ("proposal", "option"):
            return _PROPOSED
        reported = medication.reportedBoolean or medication.reportedReference is not None
        if medication.intent == "plan" and not reported:
            return _PLANNED
    if not isinstance(medication, MedicationDispense) and drug.matches:
        given = (medication.reasonCode, medication.reasonReference)
        if other_reason(*given, medication, chart) is not None:
            return _FOR_OTHER
    return _RECOMMENDED if _ADVICE.search(drug.label) else _TAKEN


# -- when --


def _course(medication: AnyMedication, ref: str, chart: Chart) -> _Course:
    if isinstance(medication, MedicationRequest):
        return _of_request(medication, ref, chart)
    if isinstance(medication, MedicationStatement):
        return _of_statement(medication, ref, chart)
    if isinstance(medication, MedicationDispense):
        return _of_dispense(medication, ref, chart)
    return _of_administration(medication, ref, chart)


def _goes_on(medication: AnyMedication) -> bool:
    return not isinstance(medication, MedicationAdministration | MedicationDispense)


def _of_request(request: MedicationRequest, ref: str, chart: Chart) -> _Course:
    recorded = chart.recorded(request.authoredOn, ref, "authoredOn")
    if isinstance(request, MedicationOrder):
        recorded = recorded or chart.recorded(request.dateWritten, ref, "dateWritten")
    authored = (recorded, recorded) if recorded is not None else None
    start, end = _bounds(request.dosageInstruction, authored, ref, chart)
    supply = request.dispenseRequest
    days = None
    if supply is not None:
        if start is None and supply.validityPeriod is not None:
            start = chart.span(supply.validityPeriod.start, ref, "dispenseRequest.validityPeriod")
        days = _days(supply.expectedSupplyDuration)
    start = start or authored
    if start is not None and end is None and request.status not in TAKEN and days is not None:
        fills = 1 + (supply.numberOfRepeatsAllowed or 0 if supply else 0)
        # Ended, and when is not said: at the latest when all that was supplied was used up.
        end = (start[0], _plus(start[1], days * min(fills, 50)))
    return _Course(start, end, recorded, days, supply.quantity if supply else None)


def _of_statement(statement: MedicationStatement, ref: str, chart: Chart) -> _Course:
    recorded = chart.recorded(statement.dateAsserted, ref, "dateAsserted")
    start, end = chart.period(statement.effectivePeriod, ref, "effectivePeriod")
    if statement.effectiveDateTime is not None:
        start = chart.span(statement.effectiveDateTime, ref, "effectiveDateTime")
    first, last = _bounds(statement.dosage, start, ref, chart)
    start, end = start or first, end or last
    if start is None and recorded is not None:
        # Taken by the day it was stated; since when is not said.
        earliest = chart.birth[0] if chart.birth else dates.FIRST_DAY
        start = (min(earliest, recorded), recorded)
    return _Course(start, end, recorded)


def _of_dispense(dispense: MedicationDispense, ref: str, chart: Chart) -> _Course:
    handed = chart.span(dispense.whenHandedOver, ref, "whenHandedOver")
    prepared = chart.span(dispense.whenPrepared, ref, "whenPrepared")
    start = handed or prepared
    days = _days(dispense.daysSupply)
    end = None
    if start is not None and days is not None:
        end = (_plus(start[0], days), _plus(start[1], days))
    recorded = start[0] if start else None
    return _Course(start, end, recorded, days, dispense.quantity)


def _of_administration(given: MedicationAdministration, ref: str, chart: Chart) -> _Course:
    if given.effectiveDateTime is not None:
        day = chart.span(given.effectiveDateTime, ref, "effectiveDateTime")
        return _Course(day, day, day[0] if day else None)
    start, end = chart.period(given.effectivePeriod, ref, "effectivePeriod")
    if given.status != "in-progress":
        end = end or start
    return _Course(start, end, start[0] if start else None)


def _bounds(
    dosages: Sequence[Dosage], begin: Span | None, ref: str, chart: Chart
) -> tuple[Span | None, Span | None]:
    """First start and last end among the timings; open if one of them has no end."""
    starts: list[Span] = []
    ends: list[Span] = []
    for dosage in dosages:
        repeat = dosage.timing.repeat if dosage.timing else None
        if repeat is None:
            continue
        if repeat.boundsPeriod is not None:
            start, end = chart.period(repeat.boundsPeriod, ref, "dosageInstruction.timing bounds")
            if start is not None:
                starts.append(start)
            if end is not None:
                ends.append(end)
        days = _days(repeat.boundsDuration)
        if days is not None and begin is not None:
            ends.append((_plus(begin[0], days), _plus(begin[1], days)))
    end = max(ends) if ends and len(ends) >= len(dosages) else None
    return (min(starts) if starts else None), end


def _days(quantity: Quantity | None) -> float | None:
    if quantity is None or quantity.value is None or not 0 < quantity.value < 4000:
        return None
    unit = values.spelling(quantity.code) or values.spelling(quantity.unit) or "d"
    factor = _DAYS.get(unit) or _DAYS.get(values.spelling(quantity.unit))
    return quantity.value * factor if factor else None


def _plus(day: int, days: float) -> int:
    return day + round(days)


# -- doses --


def _dosages(medication: AnyMedication) -> tuple[DoseInstruction, ...]:
    if isinstance(medication, MedicationAdministration):
        return (doses.administered(medication.dosage),) if medication.dosage else ()
    if isinstance(medication, MedicationStatement):
        return tuple(doses.instruction(dosage) for dosage in medication.dosage)
    return tuple(doses.instruction(dosage) for dosage in medication.dosageInstruction)


def _prior(medication: AnyMedication, chart: Chart) -> str | None:
    """The order that this one continues or carries out, so that doses are not added twice."""
    reference: Reference | None = None
    if isinstance(medication, MedicationRequest):
        reference = medication.priorPrescription
    elif isinstance(medication, MedicationDispense) and medication.authorizingPrescription:
        reference = medication.authorizingPrescription[0]
    elif isinstance(medication, MedicationAdministration):
        reference = medication.request
    if reference is None or reference.reference is None:
        return None
    return chart.index.name(reference.reference)
