"""Dosage elements as flat dose instructions. Nothing is computed here (see `painpath.opioids`)."""

from __future__ import annotations

from painpath.records import dates
from painpath.records.datatypes import CodeableConcept, Dosage, DoseAndRate, Quantity
from painpath.records.facts import DoseInstruction
from painpath.records.resources import AdministeredDosage


def instruction(dosage: Dosage) -> DoseInstruction:
    """One Dosage, as structured as the record has it."""
    own = DoseAndRate(doseQuantity=dosage.doseQuantity, doseRange=dosage.doseRange)
    # An order may give the same dose as ordered, as calculated and as administered.
    read = [_dose(rate) for rate in (*dosage.doseAndRate, own)]
    low, high, unit = next((d for d in read if d[0] is not None or d[1] is not None), read[0])
    repeat = dosage.timing.repeat if dosage.timing else None
    bounds = repeat.boundsPeriod if repeat else None
    start = dates.span(bounds.start) if bounds and bounds.start else None
    end = dates.span(bounds.end) if bounds and bounds.end else None
    limit = dosage.maxDosePerPeriod
    return DoseInstruction(
        text=dosage.text or dosage.patientInstruction or _timing_text(dosage),
        dose_low=low,
        dose_high=high,
        dose_unit=unit,
        frequency=repeat.frequency if repeat else None,
        frequency_max=repeat.frequencyMax if repeat else None,
        period=repeat.period if repeat else None,
        period_max=repeat.periodMax if repeat else None,
        period_unit=repeat.periodUnit if repeat else None,
        times_of_day=len(repeat.timeOfDay) if repeat else 0,
        when_count=len(repeat.when) if repeat else 0,
        as_needed=bool(dosage.asNeededBoolean) or dosage.asNeededCodeableConcept is not None,
        max_per_day=_per_day(dosage),
        max_per_day_unit=_unit(limit.numerator) if limit and limit.numerator else None,
        route=name(dosage.route),
        timing=_timing_text(dosage),
        start=dates.date_of(start[0]) if start else None,
        end=dates.date_of(end[1]) if end else None,
    )


def administered(dosage: AdministeredDosage) -> DoseInstruction:
    """The dose of a MedicationAdministration: given once."""
    dose = dosage.dose
    return DoseInstruction(
        text=dosage.text,
        dose_low=dose.value if dose else None,
        dose_high=dose.value if dose else None,
        dose_unit=_unit(dose) if dose else None,
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
        route=name(dosage.route),
    )


def name(codeable: CodeableConcept | None) -> str | None:
    """Text or first display."""
    if codeable is None:
        return None
    if codeable.text:
        return codeable.text
    return next((c.display or c.code for c in codeable.coding if c.display or c.code), None)


def _unit(quantity: Quantity) -> str | None:
    return quantity.unit or quantity.code


def _dose(rate: DoseAndRate | None) -> tuple[float | None, float | None, str | None]:
    if rate is None:
        return None, None, None
    if rate.doseQuantity is not None:
        dose = rate.doseQuantity
        return dose.value, dose.value, _unit(dose)
    if rate.doseRange is not None:
        low, high = rate.doseRange.low, rate.doseRange.high
        units = [_unit(end) for end in (high, low) if end is not None]
        return (
            low.value if low else None,
            high.value if high else None,
            next((unit for unit in units if unit), None),
        )
    if rate.rateQuantity is not None:
        return rate.rateQuantity.value, rate.rateQuantity.value, _unit(rate.rateQuantity)
    if rate.rateRatio is not None and rate.rateRatio.numerator is not None:
        top, bottom = rate.rateRatio.numerator, rate.rateRatio.denominator
        if bottom is not None and bottom.value and top.value is not None:
            value = top.value / bottom.value
            return value, value, f"{_unit(top)}/{_unit(bottom)}"
    return None, None, None


_DAY = {"d": 1.0, "day": 1.0, "days": 1.0, "h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24}


def _per_day(dosage: Dosage) -> float | None:
    """`maxDosePerPeriod` where its period is a day (or 24 hours)."""
    limit = dosage.maxDosePerPeriod
    if limit is None or limit.numerator is None or limit.numerator.value is None:
        return None
    bottom = limit.denominator
    if bottom is None:
        return limit.numerator.value
    days = _DAY.get((bottom.code or bottom.unit or "d").strip().lower())
    length = (bottom.value if bottom.value is not None else 1.0) * days if days else None
    return limit.numerator.value / length if length else None


def _timing_text(dosage: Dosage) -> str | None:
    return name(dosage.timing.code) if dosage.timing else None
