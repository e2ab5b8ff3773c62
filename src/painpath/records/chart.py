"""One patient's facts while they are being written: what every extractor works on.

No medicine and no FHIR element is interpreted here; extractors do that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from painpath.knowledge.terms import Kind as TextKind
from painpath.knowledge.vocabulary import Match, Matches, Vocabulary
from painpath.records import dates
from painpath.records.dates import Span
from painpath.records.facts import CoverageEntry, FactKind, Prescription, Request, Skipped
from painpath.records.places import NOWHERE, Place, refine, with_level_region
from painpath.records.references import Index
from painpath.records.resources import CodeableConcept, Coding, Period

Outcome = Literal["used", "ignored", "skipped"]
Origin = Literal["stated", "computed", "scaled"]

_LONG = 200


class Fact(msgspec.Struct, gc=False):
    """A row of the fact table; mutable until the record is finished."""

    concept: int
    kind: FactKind
    start: Span | None
    end: Span | None
    open: bool
    recorded: int | None
    value: float | None
    region: int
    side: int
    level: int
    about: int | None
    origin: Origin
    ref: str
    text: str


class Chart:
    """Facts, prescriptions, requests, coverages and notes of one patient, in the making."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.index = Index()
        self.birth: Span | None = None
        self.facts: list[Fact] = []
        self.by_ref: dict[str, list[int]] = {}
        """Resource to the numbers of its facts."""
        self._by_concept: dict[int, list[int]] = {}
        self.prescriptions: list[Prescription] = []
        self.requests: list[Request] = []
        self.coverages: list[CoverageEntry] = []
        self.skipped: list[Skipped] = []
        self.questionnaires: dict[str, dict[str, list[Coding]]] = {}
        """Codes of questions by canonical URL and `linkId`."""
        self.referred: set[str] = set()
        """Resources that others drew on (a Medication, a payer), which makes them used."""
        self.unknown: Counter[bytes] = Counter()
        """Codes of conditions and procedures that no concept knows, as JSON."""

    # -- notes --

    def note(self, ref: str, why: str) -> None:
        """Say why a resource, or an element of it, was not used."""
        self.skipped.append(Skipped(ref, why))

    def skip(self, ref: str, why: str) -> Outcome:
        """The same for a whole resource."""
        self.skipped.append(Skipped(ref, why))
        return "skipped"

    # -- dates --

    def span(self, text: str | None, ref: str, field: str) -> Span | None:
        """Interval of a date, noted if it is not a plausible one."""
        if text is None:
            return None
        found = dates.span(text)
        if found is None:
            self.note(ref, f"{field} is not a plausible date")
        return found

    def period(
        self, period: Period | None, ref: str, field: str
    ) -> tuple[Span | None, Span | None]:
        """Start and end of a period; an end before its start is left out."""
        if period is None:
            return None, None
        start = self.span(period.start, ref, f"{field}.start")
        end = self.span(period.end, ref, f"{field}.end")
        if start is not None and end is not None and end[1] < start[0]:
            self.note(ref, f"{field} ends before it starts")
            end = None
        return start, end

    def recorded(self, text: str | None, ref: str, field: str) -> int | None:
        """Day on which something entered the record."""
        found = self.span(text, ref, field)
        return None if found is None else found[0]

    # -- concepts --

    def find(
        self,
        codeable: CodeableConcept | None,
        kind: TextKind,
        modifiers: Collection[str] = (),
    ) -> Matches:
        """Concepts that a CodeableConcept stands for: by code, else by its words."""
        found = self.find_codes(codeable, modifiers)
        if found or codeable is None or self.is_known(codeable):
            return found
        return self.find_words(codeable, kind)

    def is_known(self, codeable: CodeableConcept) -> bool:
        """Whether some concept knows one of the codes, with whatever modifier."""
        lookup = self.vocabulary.lookup
        return any(c.code is not None and lookup(c.system, c.code) for c in codeable.coding)

    def find_codes(
        self, codeable: CodeableConcept | None, modifiers: Collection[str] = ()
    ) -> Matches:
        """Concepts that its codes stand for; words do not count."""
        found: Matches = ()
        if codeable is not None:
            lookup = self.vocabulary.lookup
            for coding in codeable.coding:
                code = coding.code
                if code is not None:
                    hits = lookup(coding.system, code)
                    if hits:
                        found = merge(found, hits) if found else hits
        for match in found:
            if match.modifier is not None:
                return tuple(m for m in found if m.modifier is None or m.modifier in modifiers)
        return found

    def find_words(self, codeable: CodeableConcept, kind: TextKind) -> Matches:
        """Concepts named in the text, or failing that in the displays."""
        words = self.vocabulary.words
        if codeable.text:
            found = words(codeable.text, kind)
            if found:
                return found
        for coding in codeable.coding:
            if coding.display and coding.display != codeable.text:
                found = words(coding.display, kind)
                if found:
                    return found
        return ()

    def find_coding(self, coding: Coding | None) -> Matches:
        """Concepts of a bare coding."""
        if coding is None or coding.code is None:
            return ()
        return tuple(
            m for m in self.vocabulary.lookup(coding.system, coding.code) if m.modifier is None
        )

    def count_unknown(self, codeable: CodeableConcept | None) -> None:
        """Remember a code that no concept knows, to be listed if it looks like pain."""
        if codeable is not None:
            self.unknown[msgspec.json.encode(codeable)] += 1

    # -- facts --

    def add(
        self,
        match: Match,
        kind: FactKind,
        ref: str,
        text: str,
        *,
        start: Span | None = None,
        end: Span | None = None,
        open: bool = False,
        recorded: int | None = None,
        value: float | None = None,
        place: Place = NOWHERE,
        about: int | None = None,
        origin: Origin = "stated",
    ) -> int:
        """Write a fact and return its number in this chart. `place` refines the code's own."""
        _, region, side, level, _ = match
        if place is not NOWHERE or level:
            region, side, level = with_level_region(
                refine(Place(region, side, level), place), self.vocabulary
            )
        number = len(self.facts)
        self.facts.append(
            Fact(
                match.concept,
                kind,
                start,
                end,
                open,
                recorded,
                value,
                region,
                side,
                level,
                about,
                origin,
                ref,
                text,
            )
        )
        self.by_ref.setdefault(ref, []).append(number)
        self._by_concept.setdefault(match.concept, []).append(number)
        return number

    def by_concept(self, concept: int) -> list[int]:
        """Numbers of the facts of a concept so far."""
        return self._by_concept.get(concept, [])

    def place_of(self, refs: Iterable[str]) -> Place:
        """One-sided place of the facts of these resources; disagreement is no place."""
        regions: set[int] = set()
        sides: set[int] = set()
        for ref in refs:
            for number in self.by_ref.get(ref, ()):
                fact = self.facts[number]
                regions.add(fact.region)
                sides.add(fact.side)
        region = regions.pop() if len(regions) == 1 else 0
        side = sides.pop() if len(sides) == 1 else 0
        return Place(region, side if side != 3 else 0, 0)


def merge(found: Matches, hits: Matches) -> Matches:
    """Matches of two codings of one thing: the same concept once, with the places combined."""
    merged = {(m.concept, m.modifier): m for m in found}
    for hit in hits:
        known = merged.get((hit.concept, hit.modifier))
        if known is None:
            merged[hit.concept, hit.modifier] = hit
        elif known != hit:
            place = refine(
                Place(known.region, known.side, known.level), Place(hit.region, hit.side, hit.level)
            )
            merged[hit.concept, hit.modifier] = known._replace(
                region=place.region, side=place.side, level=place.level
            )
    return tuple(merged.values())


def label(codeable: CodeableConcept | None) -> str:
    """What a person reads: `M54.16 Radiculopathy, lumbar region`."""
    if codeable is None:
        return ""
    for coding in codeable.coding:
        name = coding.display or codeable.text
        if coding.code and name:
            return short(f"{coding.code} {name}")
    if codeable.text:
        return short(codeable.text)
    for coding in codeable.coding:
        if coding.code or coding.display:
            return short(coding.code or coding.display or "")
    return ""


def short(text: str) -> str:
    """One line of bearable length."""
    if len(text) <= _LONG and text.isprintable():
        return text
    text = " ".join(text.replace("\0", " ").split())
    return text if len(text) <= _LONG else text[: _LONG - 1] + "\u2026"


def texts_of(codeable: CodeableConcept | None) -> list[str]:
    """Its text and displays."""
    if codeable is None:
        return []
    found = [codeable.text] if codeable.text else []
    for coding in codeable.coding:
        if coding.display and coding.display not in found:
            found.append(coding.display)
    return found


def code_in(codeable: CodeableConcept | None) -> str | None:
    """The first code of a CodeableConcept for a status; else its text in lower case."""
    if codeable is None:
        return None
    for coding in codeable.coding:
        if coding.code:
            return coding.code.strip().lower()
    return codeable.text.strip().lower() if codeable.text else None
