"""Condition: diagnoses and symptoms, with the interval in which they began."""

from __future__ import annotations

from painpath.records import dates, places
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import Quantity, Range
from painpath.records.dates import Span
from painpath.records.meanings import status_in
from painpath.records.places import refine
from painpath.records.resources import Condition
from painpath.records.status import DOUBTFUL, ENDED_CONDITION, NEVER, refusal

_ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
_YEARS = {"a": 12.0, "yr": 12.0, "year": 12.0, "years": 12.0, "y": 12.0}
_MONTHS = {"mo": 1.0, "month": 1.0, "months": 1.0}


def read(condition: Condition, ref: str, chart: Chart) -> Outcome:
    """Facts of one Condition."""
    meaning = chart.meanings.of(condition.code, "condition")
    if not meaning.matches:
        chart.count_unknown(condition.code)
        return "ignored"
    verification = status_in(condition.verificationStatus)
    clinical = status_in(condition.clinicalStatus)
    why = refusal("Condition", verification)
    if why is not None or clinical in NEVER:
        return chart.skip(ref, f"verificationStatus is {verification or clinical}")
    recorded = chart.recorded(condition.recordedDate, ref, "recordedDate")
    if condition.assertedDate is not None:
        chart.earlier.add("STU3")
        recorded = recorded or chart.recorded(condition.assertedDate, ref, "assertedDate")
    if condition.dateRecorded is not None or condition.patient is not None:
        chart.earlier.add("DSTU2")
        recorded = recorded or chart.recorded(condition.dateRecorded, ref, "dateRecorded")
    asserted = _asserted(condition, ref, chart)
    recorded = recorded if recorded is not None else asserted
    start = _onset(condition, ref, chart)
    end = _abatement(condition, ref, chart)
    if start is None and recorded is not None:
        # It began by the day it was asserted or recorded; how long before is not said.
        known = recorded if asserted is None else min(asserted, recorded)
        earliest = chart.birth[0] if chart.birth else dates.FIRST_DAY
        start = (min(earliest, known), known)
    if start is not None and end is not None and end[1] < start[0]:
        chart.note(ref, "abatement lies before onset")
        end = None
    text = meaning.label
    if verification in DOUBTFUL:
        text = f"{text} ({verification})"
    place = refine(places.of_sites(condition.bodySite, chart.vocabulary), meaning.place)
    for match in meaning.matches:
        chart.add(
            match,
            "condition",
            ref,
            text,
            start=start,
            end=end,
            open=end is None and clinical not in ENDED_CONDITION,
            recorded=recorded,
            place=place,
        )
    return "used"


def _asserted(condition: Condition, ref: str, chart: Chart) -> int | None:
    """R4 keeps the day on which it was first asserted in an extension (US Core, mCODE)."""
    for extension in condition.extension:
        if extension.url == _ASSERTED:
            return chart.recorded(extension.valueDateTime, ref, "assertedDate")
    return None


def _onset(condition: Condition, ref: str, chart: Chart) -> Span | None:
    if condition.onsetDateTime is not None:
        return chart.span(condition.onsetDateTime, ref, "onsetDateTime")
    if condition.onsetPeriod is not None:
        start, end = chart.period(condition.onsetPeriod, ref, "onsetPeriod")
        # The onset lies within the period.
        return (start[0], end[1]) if start and end else start or end
    if condition.onsetAge is not None:
        return at_age(condition.onsetAge, None, chart, ref, "onsetAge")
    if condition.onsetRange is not None:
        return of_range(condition.onsetRange, chart, ref, "onsetRange")
    if condition.onsetString is not None:
        return dates.span(condition.onsetString)
    return None


def _abatement(condition: Condition, ref: str, chart: Chart) -> Span | None:
    if condition.abatementDateTime is not None:
        return chart.span(condition.abatementDateTime, ref, "abatementDateTime")
    if condition.abatementPeriod is not None:
        start, end = chart.period(condition.abatementPeriod, ref, "abatementPeriod")
        return (start[0], end[1]) if start and end else start or end
    if condition.abatementAge is not None:
        return at_age(condition.abatementAge, None, chart, ref, "abatementAge")
    if condition.abatementRange is not None:
        return of_range(condition.abatementRange, chart, ref, "abatementRange")
    if condition.abatementString is not None:
        return dates.span(condition.abatementString)
    return None


def of_range(range_: Range, chart: Chart, ref: str, field: str) -> Span | None:
    """Days at which the patient had an age within a range."""
    return at_age(range_.low or range_.high, range_.high, chart, ref, field)


def at_age(
    low: Quantity | None, high: Quantity | None, chart: Chart, ref: str, field: str
) -> Span | None:
    """Days at which the patient was so old; needs the birth date."""
    if chart.birth is None or low is None or low.value is None:
        return None
    first = _months(low)
    last = _months(high) if high is not None else first
    if first is None or last is None or not 0 <= first <= last <= 1800:
        chart.note(ref, f"{field} is not a plausible age")
        return None
    step = 12 if _unit(high or low) in _YEARS or not _unit(high or low) else 1
    return (
        dates.add_months(chart.birth[0], int(first)),
        dates.add_months(chart.birth[1], int(last) + step) - 1,
    )


def _unit(quantity: Quantity) -> str:
    return (quantity.code or quantity.unit or "").strip().lower()


def _months(quantity: Quantity) -> float | None:
    if quantity.value is None:
        return None
    unit = _unit(quantity)
    factor = _YEARS.get(unit) or _MONTHS.get(unit) or (12.0 if not unit else None)
    return None if factor is None else quantity.value * factor
