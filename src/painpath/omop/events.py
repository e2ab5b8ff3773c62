"""Rows of a person as the resources that the record reader knows; drugs are in `drugs`.

Nothing is decided here: a row is only put into the words of a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from painpath.omop import kinds
from painpath.omop.codes import Coded, Coder, is_report
from painpath.omop.concepts import is_none
from painpath.omop.rows import Row, days_between
from painpath.records.datatypes import CodeableConcept, Coding, Period, Quantity, Reference
from painpath.records.references import Target
from painpath.records.resources import (
    AllergyIntolerance,
    Claim,
    ClaimItem,
    Condition,
    Coverage,
    CoverageClass,
    Device,
    DeviceUseStatement,
    DiagnosticReport,
    DocumentReference,
    Observation,
    Payor,
    Procedure,
    Resource,
    ServiceRequest,
)

_MODIFIER = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{2}(?![0-9A-Z])")
_PROCEDURE_FIELD = 1147082
"""The concept that says: this event is a row of procedure_occurrence."""
_OPERATORS = {4171756: "<", 4171754: "<=", 4171755: ">=", 4172704: ">"}
_COMPARATORS = frozenset(_OPERATORS.values())


def resource_of(row: Row, coded: Coded, coder: Coder) -> Resource | None:
    """A row other than of a drug; `None` if it says nothing."""
    match coded.kind:
        case "condition":
            return _condition(row, coded, coder)
        case "procedure":
            return _procedure(row, coded, coder)
        case "device":
            return _device(row, coded)
        case "note":
            return _note(row, coded)
        case "allergy":
            return _allergy(row, coded, coder)
        case _:
            return _observation(row, coded, coder)


# -- conditions --


def _condition(row: Row, coded: Coded, coder: Coder) -> Condition:
    if row.table != "condition_occurrence":
        # A diagnosis that was mapped into another table: it has one date.
        return Condition(code_=coded.raw, onsetDateTime=row.start())
    start, end = row.period()
    status = coder.concepts.names(row["status"])
    return Condition(
        code_=coded.raw,
        onsetDateTime=start,
        abatementDateTime=end if _is_end(row, start, end) else None,
        clinicalStatus=_status("resolved") if "resolved" in status else None,
        verificationStatus=_verification(status),
    )


def _is_end(row: Row, start: str | None, end: str | None) -> bool:
    """Whether the condition ended then.

    One date in both columns is the day of the record, as the CDM advises where a source has only
    one; and the last day of the visit at which it was recorded is the end of the visit.
    """
    visit = row.day("visit_end") if row["visit_end"] is not None else None
    return end is not None and end not in (start, visit)


def _verification(status: str) -> CodeableConcept | None:
    if "refuted" in status or "ruled out" in status:
        return _status("refuted")
    doubtful = any(word in status for word in ("preliminary", "provisional", "suspected"))
    return _status("provisional") if doubtful else None


def _status(code: str) -> CodeableConcept:
    return CodeableConcept(coding=(Coding(code=code),))


# -- procedures --


def _procedure(row: Row, coded: Coded, coder: Coder) -> Resource:
    if row.table != "procedure_occurrence":
        if "number" in row.values and (row["number"] is not None or not is_none(row["answer"])):
            return _observation(row, coded, coder)
        return Procedure(code_=coded.raw, status="completed", performedDateTime=row.start())
    start, end = row.period()
    modifiers = tuple(_modifiers(row, coder))
    origin = kinds.origin_of(row["type"], coder.concepts)
    if origin == "order":
        more = tuple(Coding(code=modifier) for modifier in modifiers)
        code = CodeableConcept(coding=(*coded.code.coding, *more), text=coded.code.text)
        return ServiceRequest(status="active", intent="order", code=code, occurrenceDateTime=start)
    if origin == "claim":
        said = tuple(_status(modifier) for modifier in modifiers)
        item = ClaimItem(service=coded.raw, modifier=said, servicedDate=start)
        return Claim(status="active", use="claim", item=(item,))
    whole = end is not None and end != start
    side = coder.concepts.get(row["modifier"] or "")
    return Procedure(
        code_=coder.with_modifiers(coded, modifiers),
        status="completed",
        bodySite=(CodeableConcept(coding=(side.coding,)),) if side is not None else (),
        performedDateTime=None if whole else start,
        performedPeriod=Period(start=start, end=end) if whole else None,
    )


def _modifiers(row: Row, coder: Coder) -> Iterator[str]:
    """Claim modifiers: by concept, and as they stand in the source (`RT`, `KX-RT`, `50,LT`)."""
    said = _MODIFIER.findall((row["modifiers"] or "").upper())
    concept = coder.concepts.get(row["modifier"] or "")
    named = [] if concept is None else _MODIFIER.findall(concept.code.upper())
    yield from dict.fromkeys((*named, *said))


# -- measurements and observations --


def _observation(row: Row, coded: Coded, coder: Coder) -> Observation:
    observation = Observation(
        code_=coded.raw, status="final", effectiveDateTime=row.start(), partOf=_judged(row, coder)
    )
    _value(row, observation, coder)
    return observation


def _judged(row: Row, coder: Coder) -> tuple[Reference, ...]:
    """The procedure that a row is about."""
    event, field = row["event"], row["event_field"]
    if is_none(event) or is_none(field):
        return ()
    named = coder.concepts.names(field)
    if named.startswith("procedure_occurrence") or field == str(_PROCEDURE_FIELD):
        return (Reference(reference=f"procedure_occurrence/{event}"),)
    return ()


def _value(row: Row, observation: Observation, coder: Coder) -> None:
    """The number, else the coded answer, else the words."""
    number = row.number("number")
    if number is not None:
        unit = coder.concepts.get(row["unit"] or "")
        observation.valueQuantity = Quantity(
            value=number,
            comparator=_comparator(row, coder),
            unit=row["unit_text"] or (unit.name if unit is not None else None),
            code=unit.code if unit is not None and unit.vocabulary == "UCUM" else None,
        )
        return
    answer = coder.raw_value(row["answer"])
    if answer is not None:
        observation.answer = answer
        return
    if coder.concepts.lacks(row["answer"]):
        row.note(f"{row.column('answer')} {row['answer']} is not in the table concept")
    words = (row["text"] if row.table == "observation" else None) or row["said"]
    if words is not None and words.lower() in ("true", "false"):
        observation.valueBoolean = words.lower() == "true"
    elif words is not None:
        observation.valueString = words


def _comparator(row: Row, coder: Coder) -> str | None:
    if row.table != "measurement" or is_none(row["operator"]):
        return None
    operator = row["operator"] or ""
    named = coder.concepts.names(operator)
    if named in _COMPARATORS:
        return named
    return _OPERATORS.get(int(operator)) if operator.isdigit() else None


def _allergy(row: Row, coded: Coded, coder: Coder) -> AllergyIntolerance:
    """What it is to: the answer where there is one, else what the code names."""
    answer = coder.value(row["answer"]) if "answer" in row.values else None
    return AllergyIntolerance(code=answer or coded.code, recordedDate=row.start())


# -- devices, notes, payers --


def _device(row: Row, coded: Coded) -> DeviceUseStatement:
    """What it is stands in a resource of its own, to which the use points."""
    start, end = row.period()
    name = f"{row.ref}#device"
    row.chart.index.add(Target(name, Device(type=coded.code)), None)
    ended = (days_between(start, end) or 0) > 0
    return DeviceUseStatement(
        status="completed" if ended else "active",
        device=Reference(reference=name),
        timingPeriod=Period(start=start, end=end if ended else None),
    )


def _note(row: Row, coded: Coded) -> Resource:
    """A report where its class or title says so; else a document on file."""
    day = row.start()
    if is_report(coded) or row.chart.meanings.of(coded.code, "report").matches:
        return DiagnosticReport(
            code_=coded.raw, status="final", effectiveDateTime=day, conclusion=row["text"]
        )
    return DocumentReference(status="current", type=coded.code, date=day)


def coverage_of(row: Row, coder: Coder) -> Coverage:
    """The payer of a time."""
    start, end = row.period()
    payer, plan = _named(row, "payer", coder), _named(row, "plan", coder)
    sponsor = _named(row, "sponsor", coder)
    concept = coder.value(row["payer"]) or coder.value(row["payer_source"])
    return Coverage(
        status="active",
        type=concept,
        period=Period(start=start, end=end),
        payor=(Payor(display=payer),) if payer else (),
        class_=tuple(CoverageClass(name=name) for name in (plan, sponsor) if name),
    )


def _named(row: Row, what: str, coder: Coder) -> str | None:
    """The source's name of it, and the concept's beside it."""
    concept = coder.concepts.get(row[what] or "")
    names = (row[f"{what}_text"], concept.name if concept is not None else None)
    return ", ".join(dict.fromkeys(name for name in names if name)) or None
