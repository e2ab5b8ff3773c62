"""Short ways to write prescriptions for the tests, and a plain converter from FHIR JSON."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from painpath.opioids import OpioidItem, OpioidLoad, opioid_load
from painpath.records.facts import DoseInstruction, Prescription

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
DAY = datetime.date(2026, 3, 10)
START = datetime.date(2026, 3, 1)

NOTHING_SAID = DoseInstruction(
    text=None,
    dose_low=None,
    dose_high=None,
    dose_unit=None,
    frequency=None,
    frequency_max=None,
    period=None,
    period_max=None,
    period_unit=None,
    times_of_day=0,
    when_count=0,
    as_needed=False,
    max_per_day=None,
    max_per_day_unit=None,
    route=None,
)

EMPTY = Prescription(
    ref="MedicationRequest/1",
    kind="MedicationRequest",
    status="active",
    intent="order",
    text="",
    codes=(),
    start=START,
    end=None,
    open=True,
    dosages=(),
    quantity=None,
    quantity_unit=None,
    days_supply=None,
)


def dosage(**said: Any) -> DoseInstruction:
    """A dosage line that says only this; `dose=` sets both ends."""
    if "dose" in said:
        said["dose_low"] = said["dose_high"] = said.pop("dose")
    return msgspec.structs.replace(NOTHING_SAID, **said)


def every(hours: float, dose: float, unit: str, **said: Any) -> DoseInstruction:
    """A structured dose every so many hours."""
    return dosage(dose=dose, dose_unit=unit, frequency=1, period=hours, period_unit="h", **said)


def order(
    name: str, *dosages: DoseInstruction | str, code: str | int | None = None, **said: Any
) -> Prescription:
    """An active order of a drug; a text as dosage is free-text directions."""
    lines = tuple(dosage(text=line) if isinstance(line, str) else line for line in dosages)
    codes = ((RXNORM, str(code), ""),) if code is not None else ()
    return msgspec.structs.replace(EMPTY, text=name, codes=codes, dosages=lines, **said)


def load(*orders: Prescription, rules: str = "cdc-2022", on: datetime.date = DAY) -> OpioidLoad:
    return opioid_load(orders, on, rules)


def item(prescription: Prescription, rules: str = "cdc-2022") -> OpioidItem:
    """The one item of one prescription."""
    found = load(prescription, rules=rules).items
    assert len(found) == 1
    return found[0]


def from_fhir(request: dict[str, Any]) -> Prescription:
    """A MedicationRequest as it stands in a published test record."""
    drug = request["medicationCodeableConcept"]
    supply = request.get("dispenseRequest", {})
    quantity = supply.get("quantity", {})
    return Prescription(
        ref=f"MedicationRequest/{request['id']}",
        kind=request["resourceType"],
        status=request["status"],
        intent=request["intent"],
        text=drug.get("text") or drug["coding"][0].get("display", ""),
        codes=tuple((c["system"], c["code"], c.get("display", "")) for c in drug["coding"]),
        start=datetime.date.fromisoformat(request["authoredOn"]),
        end=None,
        open=True,
        dosages=tuple(_dosage(line) for line in request["dosageInstruction"]),
        quantity=quantity.get("value"),
        quantity_unit=quantity.get("unit"),
        days_supply=supply.get("expectedSupplyDuration", {}).get("value"),
    )


def _dosage(line: dict[str, Any]) -> DoseInstruction:
    repeat = line["timing"]["repeat"]
    dose = line["doseAndRate"][0]["doseQuantity"]
    return dosage(
        text=line.get("text"),
        dose=dose["value"],
        dose_unit=dose["unit"],
        frequency=repeat.get("frequency"),
        period=repeat.get("period"),
        period_unit=repeat.get("periodUnit"),
        times_of_day=len(repeat.get("timeOfDay", [])),
        as_needed=line["asNeededBoolean"],
        route=line.get("route", {}).get("text"),
    )
