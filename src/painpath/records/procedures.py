"""Procedure: what was done, when and where. Claims are read in `claims`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from painpath.knowledge.vocabulary import OWN_SYSTEM, RELIEF_PERCENT
from painpath.records import dates, places
from painpath.records.chart import Chart, Outcome
from painpath.records.conditions import at_age, of_range
from painpath.records.datatypes import CodeableConcept, Reference
from painpath.records.dates import Span
from painpath.records.facts import FactKind
from painpath.records.meanings import label, texts_of, told_apart
from painpath.records.places import Place, refine
from painpath.records.reasons import without_other_care
from painpath.records.resources import Procedure
from painpath.records.status import refusal

_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_GLUED = re.compile(r"[0-9A-Z]{5}((?:[-: ,]+[0-9A-Z]{2})+)")
_KINDS: dict[str, FactKind] = {"care": "care", "imaging": "imaging"}

_RELIEF = re.compile(
    r"(?<![\d.-])(\d{1,3})\s*(?:%|percent)\s*(?:of\s+)?(?:pain\s+)?"
    r"(?:relief|better|improvement|improved|reduction|less pain)",
    re.IGNORECASE,
)


def read(procedure: Procedure, ref: str, chart: Chart) -> Outcome:
    """Facts of one Procedure."""
    modifiers = modifiers_in(procedure.code)
    matches = chart.find(procedure.code, "procedure", modifiers)
    if not matches:
        chart.count_unknown(procedure.code)
        return "ignored"
    notes = [note.text for note in procedure.note if note.text]
    if notes and procedure.code is not None and not modifiers:
        matches = told_apart(procedure.code, notes, chart.vocabulary, matches)
    if procedure.notDone is not None:
        chart.earlier.add("STU3")
    if procedure.notPerformed is not None:
        chart.earlier.add("DSTU2")
    why = refusal("Procedure", procedure.status)
    if procedure.notDone or procedure.notPerformed:
        why = "it was not done"
    if why is not None:
        return chart.skip(ref, why)
    matches, why = without_other_care(matches, procedure, chart)
    if why is not None:
        return chart.skip(ref, why)
    about = chart.vocabulary.about
    start, end = _performed(procedure, ref, chart)
    if start is None and end is None:
        chart.note(ref, "no date on which it was done")
    going_on = procedure.status == "in-progress"
    place = where(
        chart,
        procedure.code,
        procedure.bodySite,
        modifiers,
        procedure.reasonCode,
        procedure.reasonReference,
        notes,
    )
    text = label(procedure.code)
    numbers = [
        chart.add(
            match,
            _KINDS.get(about[match.concept].category, "procedure"),
            ref,
            text,
            start=start,
            end=end if end is not None or going_on else start,
            open=going_on and end is None,
            place=place,
        )
        for match in matches
    ]
    _stated_relief(procedure, ref, chart, numbers, end or start)
    return "used"


def modifiers_in(code: CodeableConcept | None) -> tuple[str, ...]:
    """Claim modifiers written among the codings (`RT`) or glued to a code (`64635-KX`)."""
    if code is None:
        return ()
    found: list[str] = []
    for coding in code.coding:
        text = (coding.code or "").strip().upper()
        if len(text) == 2 and _MODIFIER.fullmatch(text):
            found.append(text)
        elif len(text) > 5 and (match := _GLUED.fullmatch(text)):
            found.extend(_MODIFIER.findall(match[1]))
    return tuple(found)


def where(
    chart: Chart,
    code: CodeableConcept | None,
    sites: Sequence[CodeableConcept],
    modifiers: tuple[str, ...],
    reasons: Sequence[CodeableConcept],
    reason_references: Sequence[Reference],
    notes: Sequence[str] = (),
) -> Place:
    """Place of something done or asked for.

    By modifiers, sites, the words of its name, notes, and last by what it was done for.
    """
    place = Place(0, places.modifier_side(modifiers), 0)
    if sites:
        place = refine(place, places.of_sites(sites, chart.vocabulary))
    for words in texts_of(code):
        place = refine(place, places.in_words(words, chart.vocabulary))
    for note in notes:
        place = refine(place, places.in_note(note))
    if place.side and place.region:
        return place
    for reason in reasons:
        for match in chart.find(reason, "condition"):
            side = match.side if match.side != places.BOTH else 0
            place = refine(place, Place(match.region, side, 0))
    refs = [target.ref for target in map(chart.index.find, reason_references) if target]
    return refine(place, chart.place_of(refs)) if refs else place


def _performed(procedure: Procedure, ref: str, chart: Chart) -> tuple[Span | None, Span | None]:
    if procedure.performedDateTime is not None:
        day = chart.span(procedure.performedDateTime, ref, "performedDateTime")
        return day, day
    if procedure.performedPeriod is not None:
        return chart.period(procedure.performedPeriod, ref, "performedPeriod")
    if procedure.performedString is not None:
        day = dates.span(procedure.performedString)
        return day, day
    if procedure.performedAge is not None:
        day = at_age(procedure.performedAge, None, chart, ref, "performedAge")
        return day, day
    if procedure.performedRange is not None:
        day = of_range(procedure.performedRange, chart, ref, "performedRange")
        return day, day
    return None, None


def _stated_relief(
    procedure: Procedure, ref: str, chart: Chart, numbers: list[int], day: Span | None
) -> None:
    """`Procedure.outcome` that states a percentage of relief."""
    for text in texts_of(procedure.outcome):
        match = _RELIEF.search(text)
        if match is None or int(match[1]) > 100:
            continue
        relief = chart.vocabulary.lookup(OWN_SYSTEM, RELIEF_PERCENT)[0]
        for number in numbers:
            if chart.facts[number].kind == "procedure":
                chart.add(
                    relief,
                    "procedure",
                    ref,
                    f"outcome: {match[0]}",
                    start=day,
                    end=day,
                    value=float(match[1]),
                    about=number,
                )
        return
