"""What a CodeableConcept means: its concepts, the place its words name, and how it reads.

Records repeat themselves, so the answer is remembered for the life of the vocabulary.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from math import inf
from typing import Literal, NamedTuple
from weakref import WeakKeyDictionary

from painpath.knowledge.terms import Kind
from painpath.knowledge.vocabulary import OWN_SYSTEM, Match, Matches, Vocabulary
from painpath.records import places
from painpath.records.datatypes import CodeableConcept, concepts
from painpath.records.places import NOWHERE, Place, refine

_LONG = 200
_MEMORY = 100_000
_SENSIBLE = 2000
"""Longer texts are not worth remembering."""


class Line(NamedTuple):
    """A conversion: number times `factor` plus `offset`."""

    factor: float
    offset: float
    origin: Literal["stated", "scaled"]
    shown: str
    """The given unit as printed behind a number."""

    def of(self, number: float) -> float:
        """The number converted; without the dust of binary fractions (70 of 100 is 7 of 10)."""
        if self.factor == 1.0 and not self.offset:
            return number
        return round(number * self.factor + self.offset, 9)


class Way(NamedTuple):
    """How a number in some unit becomes a fact."""

    concept: int
    place: Place
    line: Line
    before: str
    """What stands before the number when a person reads it."""
    least: float
    most: float
    """A number below or above is not what it seems."""
    whole: bool = False
    """Neither is a fraction."""


_NO_LINE = Line(0.0, 0.0, "stated", "")
NO_WAY = Way(-1, NOWHERE, _NO_LINE, "", 0.0, 0.0)
"""It is not as simple as that."""
NOT_MEANT = Way(-2, NOWHERE, _NO_LINE, "", -inf, inf)
"""Named in words only, and the unit does not fit: something else is meant."""


class Meaning(NamedTuple):
    """Answer for one CodeableConcept."""

    matches: Matches
    codes: Mapping[int, str]
    """The code by which a concept was found, if it was not by words."""
    place: Place
    """From words only; what the code implies stands in the matches."""
    label: str
    """What a person reads: `M54.16 Radiculopathy, lumbar region`."""
    name: str
    """Its text, or its first display."""
    codings: tuple[tuple[str, str, str], ...]
    """System, code and display of each."""
    ways: dict[tuple[str | None, str | None], Way]
    """By code and name of the unit, as they are met."""
    memory: dict[object, object]
    """What others found out about it, by who did."""
    item: str | None = None
    """The item of an instrument that it asks."""
    raw: str | None = None
    """The score that it gives as the sum before its conversion."""


NO_MEANING = Meaning((), {}, NOWHERE, "", "", (), {}, {})


class Meanings:
    """Meanings for one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: dict[tuple[object, ...], Meaning] = {}
        self._by_json: defaultdict[Kind, dict[bytes, Meaning]] = defaultdict(dict)

    def of(self, codeable: CodeableConcept | None, kind: Kind) -> Meaning:
        """Meaning of a CodeableConcept.

        Args:
            codeable: as it stands in the record.
            kind: what it codes; decides which concepts its words may name.
        """
        if codeable is None:
            return NO_MEANING
        codings = codeable.coding
        key: tuple[object, ...]
        if len(codings) == 1:
            coding = codings[0]
            key = (kind, codeable.text, coding.system, coding.code, coding.display)
        else:
            key = (kind, codeable.text, *((c.system, c.code, c.display) for c in codings))
        found = self._known.get(key)
        if found is None:
            if len(self._known) > _MEMORY:
                self._known.clear()
            found = self._find(codeable, kind)
            if len(codeable.text or "") < _SENSIBLE:
                self._known[key] = found
        return found

    def waiting(self, data: bytes, kind: Kind) -> Meaning:
        """The same for one that is still JSON.

        Raises:
            msgspec.DecodeError: if it cannot be read strictly.
        """
        known = self._by_json[kind]
        found = known.get(data)
        if found is None:
            found = self.of(concepts[data], kind)
            if len(data) < _SENSIBLE:
                if len(known) > _MEMORY:
                    known.clear()
                known[data] = found
        return found

    def _find(self, codeable: CodeableConcept, kind: Kind) -> Meaning:
        matches = by_code(codeable, self._vocabulary)
        coded = bool(matches) or is_known(codeable, self._vocabulary)
        if not coded:
            matches = by_words(codeable, kind, self._vocabulary)
        elif kind == "condition":
            matches = named_besides(codeable, self._vocabulary, matches)
        elif kind == "procedure":
            matches = told_apart(codeable, texts_of(codeable), self._vocabulary, matches)
        elif kind == "drug":
            # A code often stands for one ingredient of several that the name lists.
            matches = merge(matches, by_words(codeable, kind, self._vocabulary))
        place = NOWHERE
        for words in texts_of(codeable):
            place = refine(place, places.in_words(words, self._vocabulary))
        codes = _codes(codeable, self._vocabulary)
        name = next(map(short, texts_of(codeable)), "")
        given = ((c.system or "", c.code, c.display or "") for c in codeable.coding if c.code)
        item = raw = None
        if kind == "observation":
            item, raw = asked_by(codeable, self._vocabulary)
        said = label(codeable)
        return Meaning(matches, codes, place, said, name, tuple(given), {}, {}, item, raw)


_meanings: WeakKeyDictionary[Vocabulary, Meanings] = WeakKeyDictionary()


def meanings_of(vocabulary: Vocabulary) -> Meanings:
    """The meanings of a vocabulary, kept as long as that lives."""
    known = _meanings.get(vocabulary)
    if known is None:
        known = _meanings[vocabulary] = Meanings(vocabulary)
    return known


# -- finding --


def by_code(
    codeable: CodeableConcept | None, vocabulary: Vocabulary, modifiers: Collection[str] = ()
) -> Matches:
    """Concepts that the codes stand for; those that ask for a claim modifier only with it."""
    found: Matches = ()
    if codeable is None:
        return found
    for coding in codeable.coding:
        if coding.code is not None:
            hits = vocabulary.lookup(coding.system, coding.code)
            # A claim modifier says what the code is for: with it the plain reading does not stand.
            named = tuple(m for m in hits if m.modifier is not None and m.modifier in modifiers)
            found = merge(found, named or tuple(m for m in hits if m.modifier is None))
    return found


_FOR_DIAGNOSIS = re.compile(
    r"\b(?:diagnostic|prognostic)\b(?:\W+\w+){0,6}?\W+(?:block|injection|anaesthe|anesthe)"
    r"|\b(?:block|injection)\w*(?:\W+\w+){0,4}?\W+(?:diagnostic|prognostic)\b",
    re.IGNORECASE,
)
_FOR_EITHER = re.compile(r"therap\w+|non-?diagnostic|not diagnostic", re.IGNORECASE)


def told_apart(
    codeable: CodeableConcept, texts: Iterable[str], vocabulary: Vocabulary, matches: Matches
) -> Matches:
    """What a code stands for that a claim modifier would tell apart, told by words instead.

    The modifier marks a diagnostic block among injections of one code; a text that says so, and
    does not speak of therapy as well (as the code's own descriptor does), is as good. Then the
    plain reading of that code does not stand.
    """
    marked: Matches = ()
    plain: set[int] = set()
    for coding in codeable.coding:
        hits = () if coding.code is None else vocabulary.lookup(coding.system, coding.code)
        if any(match.modifier is not None for match in hits):
            marked += tuple(match for match in hits if match.modifier is not None)
            plain |= {match.concept for match in hits if match.modifier is None}
    if not marked:
        return matches
    # What the code means with the modifier and without stands either way (a third level).
    plain -= {match.concept for match in marked}
    for text in texts:
        named = {match.concept for match in vocabulary.words(text, "procedure")}
        said = tuple(match for match in marked if match.concept in named)
        if not said and _FOR_DIAGNOSIS.search(text) and not _FOR_EITHER.search(text):
            said = marked
        if said:
            others = tuple(m for m in matches if m.concept not in plain)
            named = {match.concept for match in others}
            return (*others, *(match for match in said if match.concept not in named))
    return matches


def named_besides(codeable: CodeableConcept, vocabulary: Vocabulary, matches: Matches) -> Matches:
    """A diagnosis code that holds several (M53.3: sacroiliac joint or coccyx), told by its words.

    Only what the concept says it may be is believed; what the code says, its side too, stays.
    """
    may_be = {
        name: match for match in matches for name in vocabulary.about[match.concept].told_by_words
    }
    if not may_be:
        return matches
    known = {match.concept for match in matches}
    told: dict[int, Match] = {}
    for text in texts_of(codeable):
        for hit in vocabulary.words(text, "condition"):
            coded = may_be.get(vocabulary.concepts[hit.concept])
            if coded is not None and hit.concept not in known:
                # The words name the nerve, the code its side (G57.82: a nerve of the left leg).
                told[hit.concept] = hit._replace(side=hit.side or coded.side)
    return (*matches, *told.values())


def _codes(codeable: CodeableConcept, vocabulary: Vocabulary) -> dict[int, str]:
    found: dict[int, str] = {}
    for coding in codeable.coding:
        if coding.code is not None:
            for match in vocabulary.lookup(coding.system, coding.code):
                found.setdefault(match.concept, coding.code)
    return found


def is_known(codeable: CodeableConcept, vocabulary: Vocabulary) -> bool:
    """Whether some concept or instrument knows one of the codes, with whatever modifier."""
    return any(
        coding.code is not None
        and (
            vocabulary.lookup(coding.system, coding.code)
            or vocabulary.item(coding.system, coding.code)
            or vocabulary.raw(coding.system, coding.code)
        )
        for coding in codeable.coding
    )


def asked_by(codeable: CodeableConcept, vocabulary: Vocabulary) -> tuple[str | None, str | None]:
    """The item of an instrument that a code asks, and the score of which it is the raw sum."""
    item = raw = None
    for coding in codeable.coding:
        if coding.code is not None:
            item = item or vocabulary.item(coding.system, coding.code)
            raw = raw or vocabulary.raw(coding.system, coding.code)
    return item, raw


def by_words(codeable: CodeableConcept, kind: Kind, vocabulary: Vocabulary) -> Matches:
    """Concepts named in the text, or failing that in the displays."""
    for text in texts_of(codeable):
        found = vocabulary.words(text, kind)
        if found:
            return found
    return ()


def merge(found: Matches, hits: Matches) -> Matches:
    """Matches of two codings of one thing: the same concept once, with the places combined."""
    if not found or not hits:
        return found or hits
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


# -- reading --


def label(codeable: CodeableConcept | None) -> str:
    """What a person reads: `M54.16 Radiculopathy, lumbar region`."""
    if codeable is None:
        return ""
    for coding in codeable.coding:
        name = coding.display or codeable.text
        if coding.code and name:
            # An id of our own repeats the name, in letters that mean nothing to a reader.
            own = coding.system == OWN_SYSTEM
            return short(name if own else f"{coding.code} {name}")
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


def status_in(codeable: CodeableConcept | None) -> str | None:
    """The code of a status, also where only its name is given: `Entered in Error`."""
    found = code_in(codeable)
    if found is None and codeable is not None:
        found = next((c.display.strip().lower() for c in codeable.coding if c.display), None)
    return found.replace(" ", "-") if found is not None else None
