"""ServiceRequest and Appointment: what is ordered or booked, and care that was given on order."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import msgspec

from painpath.knowledge.vocabulary import Matches
from painpath.records import dates, places
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept, Reference
from painpath.records.dates import Span
from painpath.records.facts import FactKind, Request
from painpath.records.meanings import label, merge, texts_of
from painpath.records.places import NOWHERE, Place, refine, with_level_region
from painpath.records.procedures import modifiers_in, where
from painpath.records.reasons import without_other_care
from painpath.records.resources import Appointment, ProcedureRequest, ServiceRequest
from painpath.records.status import BOOKED, REQUEST_INTENTS, REQUESTED, refusal


def read(request: ServiceRequest, ref: str, chart: Chart) -> Outcome:
    """Facts and, for a procedure still to be done, the request."""
    modifiers = modifiers_in(request.code)
    matches = chart.find(request.code, "procedure", modifiers)
    if not matches:
        return "ignored"
    why = refusal("ServiceRequest", request.status)
    if why is None and request.doNotPerform:
        why = "it says not to perform it"
    if why is not None:
        return chart.skip(ref, why)
    matches, why = without_other_care(matches, request, chart)
    if why is not None:
        return chart.skip(ref, why)
    about = chart.vocabulary.about
    recorded = chart.recorded(request.authoredOn, ref, "authoredOn")
    if isinstance(request, ProcedureRequest):
        recorded = recorded or chart.recorded(request.orderedOn, ref, "orderedOn")
    start, end = _occurrence(request, ref, chart)
    place = where(
        chart,
        request.code,
        request.bodySite,
        modifiers,
        request.reasonCode,
        request.reasonReference,
    )
    for detail in request.orderDetail:
        for words in texts_of(detail):
            place = refine(place, places.in_words(words, chart.vocabulary))
    authored = (recorded, recorded) if recorded is not None else None
    text = label(request.code)
    for match in matches:
        kind: FactKind = "order"
        if about[match.concept].category == "care" and _given(request, start):
            kind = "care"
        chart.add(
            match,
            kind,
            ref,
            text,
            start=start or authored,
            end=end,
            open=request.status == "active" and end is None,
            recorded=recorded,
            place=place,
        )
    procedures = tuple(m for m in matches if about[m.concept].category == "procedure")
    if (
        procedures
        and (request.status or "active") in REQUESTED
        and (request.intent or "order") in REQUEST_INTENTS
    ):
        at = _places_of_service(request.locationCode, request.locationReference)
        status = request.status or "active"
        _request(procedures, request.code, start, place, status, ref, chart, at)
    return "used"


def _places_of_service(
    codes: Iterable[CodeableConcept], references: Iterable[Reference]
) -> tuple[str, ...]:
    """Codes and words, as recorded; what they mean is knowledge."""
    found = [coding.code for code in codes for coding in code.coding if coding.code]
    found += [words for code in codes for words in texts_of(code)]
    found += [reference.display for reference in references if reference.display]
    return tuple(dict.fromkeys(found))


def _given(request: ServiceRequest, start: Span | None) -> bool:
    """Care with a time in which it takes or took place, or that is completed."""
    if request.intent in ("proposal", "plan", "option"):
        return False
    return request.status == "completed" or (request.status == "active" and start is not None)


def _occurrence(request: ServiceRequest, ref: str, chart: Chart) -> tuple[Span | None, Span | None]:
    if request.occurrenceDateTime is not None:
        day = chart.span(request.occurrenceDateTime, ref, "occurrenceDateTime")
        return day, day
    if request.occurrencePeriod is not None:
        return chart.period(request.occurrencePeriod, ref, "occurrencePeriod")
    if isinstance(request, ProcedureRequest):
        if request.scheduledPeriod is not None:
            return chart.period(request.scheduledPeriod, ref, "scheduledPeriod")
        day = chart.span(request.scheduledDateTime, ref, "scheduledDateTime")
        if day is not None:
            return day, day
    timing = request.occurrenceTiming
    if timing is None:
        return None, None
    if timing.event:
        days = [d for e in timing.event if (d := chart.span(e, ref, "occurrenceTiming.event"))]
        return (min(days), max(days)) if days else (None, None)
    if timing.repeat is not None:
        return chart.period(timing.repeat.boundsPeriod, ref, "occurrenceTiming.repeat")
    return None, None


def _request(
    matches: Matches,
    code: CodeableConcept | None,
    start: Span | None,
    place: Place,
    status: str,
    ref: str,
    chart: Chart,
    places_of_service: tuple[str, ...] = (),
) -> None:
    for match in matches:
        place = refine(Place(match.region, match.side, match.level), place)
    place = with_level_region(place, chart.vocabulary)
    chart.requests.append(
        Request(
            ref=ref,
            code=_code(code, chart),
            concepts=tuple(sorted({chart.vocabulary.concepts[m.concept] for m in matches})),
            text=label(code),
            on=_exact(start),
            region=place.region,
            side=place.side,
            level=place.level,
            status=status,
            places=places_of_service,
        )
    )


def _exact(day: Span | None) -> datetime.date | None:
    """The day on which it is to be done; a month or a year is none, and nothing counts from it."""
    return dates.date_of(day[0]) if day is not None and day[0] == day[1] else None


def _code(code: CodeableConcept | None, chart: Chart) -> str:
    """The code a person would name: the one that is known, else the first."""
    if code is None:
        return ""
    for coding in code.coding:
        if coding.code and chart.vocabulary.lookup(coding.system, coding.code):
            return coding.code
    return next((coding.code for coding in code.coding if coding.code), "")


def read_appointment(appointment: Appointment, ref: str, chart: Chart) -> Outcome:
    """A booked procedure; one based on a ServiceRequest gives that request its day."""
    day = chart.span(appointment.start, ref, "start")
    if day is None and appointment.requestedPeriod:
        day = chart.period(appointment.requestedPeriod[0], ref, "requestedPeriod")[0]
    status = appointment.status or "booked"
    if status not in BOOKED:
        why = refusal("Appointment", status)
        return chart.skip(ref, why) if why and _known(appointment, chart) else "ignored"
    based_on = {
        target.ref for r in appointment.basedOn if (target := chart.index.find(r, appointment))
    }
    for number, request in enumerate(chart.requests):
        if request.ref in based_on:
            on = _exact(day) or request.on
            places_of_service = request.places or _at_location(appointment)
            chart.requests[number] = msgspec.structs.replace(
                request, on=on, places=places_of_service
            )
            return "used"
    matches = _known(appointment, chart)
    if not matches:
        return "ignored"
    code = next((c for c in appointment.serviceType if chart.find(c, "procedure")), None)
    code = code or next((c for c in appointment.reasonCode if chart.find(c, "procedure")), None)
    code = code or CodeableConcept(text=appointment.description)
    place = NOWHERE
    for words in (*texts_of(code), *([appointment.description] if appointment.description else [])):
        place = refine(place, places.in_words(words, chart.vocabulary))
    for match in matches:
        chart.add(match, "order", ref, label(code), start=day, end=day, place=place)
    _request(matches, code, day, place, status, ref, chart, _at_location(appointment))
    return "used"


def _at_location(appointment: Appointment) -> tuple[str, ...]:
    """Names of the locations that take part in an Appointment."""
    actors = [part.actor for part in appointment.participant if part.actor is not None]
    rooms = [a for a in actors if a.reference and "Location/" in a.reference]
    return _places_of_service([], rooms)


def _known(appointment: Appointment, chart: Chart) -> Matches:
    found: Matches = ()
    codes = [*appointment.serviceType, *appointment.reasonCode]
    if appointment.description:
        codes.append(CodeableConcept(text=appointment.description))
    for code in codes:
        hits = chart.find(code, "procedure")
        found = merge(found, hits)
    about = chart.vocabulary.about
    return tuple(m for m in found if about[m.concept].category == "procedure")
