"""drug_exposure: a prescription, a dispensing, an administration or what the patient says.

The CDM asks for an end in every row. One that equals the start, with no days' supply, stands for
an end that is not known, except of what was given once.
"""

from __future__ import annotations

from painpath.omop import kinds
from painpath.omop.codes import Coded, Coder
from painpath.omop.concepts import SYSTEMS
from painpath.omop.rows import Row, days_between, later
from painpath.records.datatypes import CodeableConcept, Dosage, Period, Quantity, Repeat, Timing
from painpath.records.resources import (
    AdministeredDosage,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Resource,
    SupplyRequest,
)

_BILLED = frozenset({SYSTEMS["CPT4"], SYSTEMS["HCPCS"]})


def drug_of(row: Row, coded: Coded, coder: Coder) -> Resource:
    """The drug of a row as the resource that its type tells."""
    supply = kinds.supply_of(row["type"], coder.concepts)
    if any(coding.system in _BILLED for coding in coded.code.coding[:1]):
        # What is billed by a procedure code was given in the office.
        supply = "administration"
    start, end = row.period()
    route = _route(row, coder)
    match supply:
        case "administration":
            said = AdministeredDosage(text=row["sig"], route=route)
            return MedicationAdministration(
                drug=coded.raw,
                status="completed",
                effectivePeriod=Period(start=start, end=end or start),
                dosage=said if row["sig"] or route is not None else None,
            )
        case "dispensing":
            return MedicationDispense(
                drug=coded.raw,
                status="completed",
                whenHandedOver=start,
                quantity=_quantity(row),
                daysSupply=_days(_supplied(row, start, end)),
                dosageInstruction=_dosage(row, route, None),
            )
        case "statement":
            until = _until(row, start, end)
            return MedicationStatement(
                drug=coded.raw,
                status="unknown",
                effectivePeriod=Period(start=start, end=until),
                dosage=_dosage(row, route, None),
            )
        case _:
            until = _until(row, start, end)
            return MedicationRequest(
                drug=coded.raw,
                status="unknown",
                intent="order",
                authoredOn=start,
                dosageInstruction=_dosage(row, route, until, start),
                dispenseRequest=SupplyRequest(
                    quantity=_quantity(row), expectedSupplyDuration=_days(row.number("days"))
                ),
            )


def _until(row: Row, start: str | None, end: str | None) -> str | None:
    """The last day on which it was taken; refills lengthen the end of a first fill."""
    stated = row.day("stated_end") if row["stated_end"] is not None else None
    if stated is not None:
        return stated
    days = row.number("days") or 0.0
    length = days_between(start, end)
    if start is None or length is None:
        return end
    if length == 0 and days <= 1:
        return None
    refills = row.number("refills") or 0.0
    if 0 < refills < _MANY and days > 0 and length <= days:
        return later(start, days * (1 + refills) - 1)
    return end


_MANY = 50
"""So many refills are a mistake."""


def _supplied(row: Row, start: str | None, end: str | None) -> float | None:
    """Days' supply; where it is not stated, by the end."""
    days = row.number("days")
    if days:
        return days
    length = days_between(start, end)
    return float(length + 1) if length else None


def _days(days: float | None) -> Quantity | None:
    return Quantity(value=days, unit="d", code="d") if days is not None and days > 0 else None


def _quantity(row: Row) -> Quantity | None:
    amount = row.number("quantity")
    return Quantity(value=amount, unit=row["unit_text"]) if amount is not None else None


def _dosage(
    row: Row, route: CodeableConcept | None, until: str | None, start: str | None = None
) -> tuple[Dosage, ...]:
    """The directions as they were written, and until when they hold."""
    timing = None
    if until is not None:
        timing = Timing(repeat=Repeat(boundsPeriod=Period(start=start, end=until)))
    if row["sig"] is None and route is None and timing is None:
        return ()
    return (Dosage(text=row["sig"], route=route, timing=timing),)


def _route(row: Row, coder: Coder) -> CodeableConcept | None:
    named = coder.value(row["route"])
    if named is not None:
        return named
    return CodeableConcept(text=row["route_text"]) if row["route_text"] else None
