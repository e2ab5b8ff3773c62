"""One patient's facts while they are being written: what every extractor works on.

No medicine and no FHIR element is interpreted here; extractors do that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from painpath.knowledge.terms import Kind as TextKind
from painpath.knowledge.vocabulary import Match, Matches, Vocabulary
from painpath.records import dates
from painpath.records.datatypes import CodeableConcept, Coding, Period
from painpath.records.dates import Span
from painpath.records.earlier import Version
from painpath.records.facts import CoverageEntry, FactKind, Prescription, Request, Skipped
from painpath.records.meanings import by_code, is_known, meanings_of
from painpath.records.places import NOWHERE, Place, refine, with_level_region
from painpath.records.references import Index

if TYPE_CHECKING:
    from painpath.records.scores import Pending

Outcome = Literal["used", "ignored", "skipped"]
Origin = Literal["stated", "computed", "scaled"]


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

    def __init__(self, vocabulary: Vocabulary, shared: Index | None = None) -> None:
        self.vocabulary = vocabulary
        self.meanings = meanings_of(vocabulary)
        self.index = Index(shared)
        self.birth: Span | None = None
        self.sex: str | None = None
        self.facts: list[Fact] = []
        self._by_ref: dict[str, list[int]] = {}
        self._by_concept: dict[int, list[int]] = {}
        self._filed = 0
        self.prescriptions: list[Prescription] = []
        self.requests: list[Request] = []
        self.coverages: list[CoverageEntry] = []
        self.skipped: list[Skipped] = []
        self.questionnaires: dict[str, dict[str, Sequence[Coding]]] = {}
        """Codes of questions by canonical URL and `linkId`."""
        self.scored: list[Pending] = []
        """Scores worked out from answers, not yet facts."""
        self.referred: set[str] = set()
        """Resources that others drew on (a Medication, a payer), which makes them used."""
        self.earlier: set[Version] = set()
        """Older versions of FHIR whose elements were met."""
        self.unknown: Counter[bytes] = Counter()
        """Codes of conditions and procedures that no concept knows, as JSON."""

    # -- notes --

    def note(self, ref: str, why: str) -> None:
        """Say why a resource, or an element of it, was not used."""
        self.skipped.append(Skipped(ref, why))

    def noted(self, ref: str) -> bool:
        """Whether something was said of a resource already."""
        return any(said.ref == ref for said in self.skipped)

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
        if modifiers and codeable is not None and is_known(codeable, self.vocabulary):
            return by_code(codeable, self.vocabulary, modifiers)
        return self.meanings.of(codeable, kind).matches

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
        region, side, level = self.placed(match, place)
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
        return number

    def placed(self, match: Match, place: Place) -> Place:
        """The place that a code implies, refined by `place`."""
        own = Place(match.region, match.side, match.level)
        if place is NOWHERE and not match.level:
            return own
        return with_level_region(refine(own, place), self.vocabulary)

    def _file(self) -> None:
        """Bring the two registers up to the latest fact."""
        for number in range(self._filed, len(self.facts)):
            fact = self.facts[number]
            self._by_ref.setdefault(fact.ref, []).append(number)
            self._by_concept.setdefault(fact.concept, []).append(number)
        self._filed = len(self.facts)

    def concepts(self) -> Collection[int]:
        """Keys of the concepts that have facts so far."""
        self._file()
        return self._by_concept.keys()

    def by_concept(self, concept: int) -> list[int]:
        """Numbers of the facts of a concept so far."""
        self._file()
        return self._by_concept.get(concept, [])

    def by_ref(self, ref: str) -> list[int]:
        """Numbers of the facts of a resource so far."""
        self._file()
        return self._by_ref.get(ref, [])

    def place_of(self, refs: Iterable[str]) -> Place:
        """One-sided place of the facts of these resources; disagreement is no place."""
        regions: set[int] = set()
        sides: set[int] = set()
        for ref in refs:
            for number in self.by_ref(ref):
                fact = self.facts[number]
                regions.add(fact.region)
                sides.add(fact.side)
        region = regions.pop() if len(regions) == 1 else 0
        side = sides.pop() if len(sides) == 1 else 0
        return Place(region, side if side != 3 else 0, 0)
