"""Claim and ExplanationOfBenefit items: a fallback for procedures nobody recorded as such.

An item that repeats a Procedure, or another claim's item, is counted once; what it adds (the side,
by its modifier) is written to the fact that is there.
"""

from __future__ import annotations

from collections.abc import Collection

from painpath.knowledge.vocabulary import Match, Matches, Vocabulary
from painpath.records import dates, places
from painpath.records.chart import Chart, Fact, Outcome
from painpath.records.datatypes import CodeableConcept
from painpath.records.dates import Span
from painpath.records.facts import FactKind
from painpath.records.meanings import by_code, code_in, label, texts_of
from painpath.records.places import Place, refine
from painpath.records.procedures import modifiers_in
from painpath.records.resources import Claim, ClaimItem, ExplanationOfBenefit
from painpath.records.status import refusal

_KINDS: dict[str, FactKind] = {"care": "care", "imaging": "imaging"}
BILLED = frozenset({"procedure", "care", "imaging", "document", "device"})
"""Categories of concepts that a claim's item may stand for."""
_DONE = frozenset({"procedure", "care", "imaging"})


def read(claim: Claim, ref: str, chart: Chart) -> Outcome:
    """Facts of one Claim, or of an ExplanationOfBenefit whose Claim is not in the record."""
    if isinstance(claim, ExplanationOfBenefit) and chart.index.find(claim.claim) is not None:
        return "ignored"  # It repeats a Claim of the record.
    items = []
    for item in claim.item:
        modifiers = _modifiers(item)
        found = done(item.productOrService, chart, modifiers)
        if found:
            items.append((item, modifiers, found))
    if not items:
        return "ignored"
    why = refusal(type(claim).__name__, claim.status)
    if why is None and claim.use not in (None, "claim"):
        why = "its use is not to claim for something done"
    if why is not None:
        return chart.skip(ref, why)
    used = False
    about = chart.vocabulary.about
    for item, modifiers, found in items:
        start, end = _serviced(item, claim, ref, chart)
        place = Place(0, places.modifier_side(modifiers), 0)
        if item.bodySite is not None:
            place = refine(place, places.of_sites([item.bodySite], chart.vocabulary))
        for words in texts_of(item.productOrService):
            place = refine(place, places.in_words(words, chart.vocabulary))
        for match in found:
            side = place.side or match.side
            known = _known(chart, match, start, end, side)
            if known is not None:
                known.side = known.side or side
                continue
            used = True
            chart.add(
                match,
                _KINDS.get(about[match.concept].category, "procedure"),
                ref,
                label(item.productOrService),
                start=start,
                end=end,
                place=place,
            )
    return "used" if used else "ignored"


def done(service: CodeableConcept | None, chart: Chart, modifiers: Collection[str] = ()) -> Matches:
    """What an item says was done: by code only, since a bill also names diagnoses and vaccines."""
    about = chart.vocabulary.about
    found = by_code(service, chart.vocabulary, modifiers)
    return tuple(m for m in found if about[m.concept].category in BILLED)


def may_be_done(service: CodeableConcept | None, vocabulary: Vocabulary) -> bool:
    """Whether an item may say that something was done, given the right modifier."""
    return service is not None and any(
        vocabulary.about[match.concept].category in BILLED
        for coding in service.coding
        if coding.code
        for match in vocabulary.lookup(coding.system, coding.code)
    )


def _modifiers(item: ClaimItem) -> tuple[str, ...]:
    found = list(modifiers_in(item.productOrService))
    found.extend(code.upper() for m in item.modifier if (code := code_in(m)))
    return tuple(found)


def _serviced(
    item: ClaimItem, claim: Claim, ref: str, chart: Chart
) -> tuple[Span | None, Span | None]:
    if item.servicedDate is not None:
        day = chart.span(item.servicedDate, ref, "item.servicedDate")
        return day, day
    if item.servicedPeriod is not None:
        start, end = chart.period(item.servicedPeriod, ref, "item.servicedPeriod")
        return start or end, end or start
    if claim.billablePeriod is not None:
        start, end = chart.period(claim.billablePeriod, ref, "billablePeriod")
        if start is not None and end is not None:
            # Some day within the billed period.
            return (start[0], end[1]), (start[0], end[1])
        return start or end, start or end
    day = dates.span(claim.created) if claim.created else None
    if day is None:
        chart.note(ref, "an item has no date of service")
    return day, day


def _known(
    chart: Chart, match: Match, start: Span | None, end: Span | None, side: int
) -> Fact | None:
    """The fact that this item repeats: same concept, a common day, no other side."""
    if start is None:
        return None
    last = (end or start)[1]
    for number in chart.by_concept(match.concept):
        fact = chart.facts[number]
        if fact.kind not in _DONE or fact.start is None:
            continue
        first = fact.start[0]
        until = fact.end[1] if fact.end is not None else fact.start[1]
        if first <= last and start[0] <= until and (not fact.side or not side or fact.side & side):
            return fact
    return None
