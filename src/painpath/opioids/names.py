"""What the name of a drug says: which opioid, in which form, how strong.

`Acetaminophen 325 MG / Oxycodone Hydrochloride 5 MG Oral Tablet`, `HYDROcodone-acetaminophen
(NORCO) 5-325 MG`, `morphine 20 mg/mL concentrate`, `fentanyl 12 mcg/h patch`. A strength is taken
only if it can belong to no other ingredient of the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import msgspec

from painpath.opioids.loading import OpioidKnowledge
from painpath.opioids.numbers import exact
from painpath.opioids.schema import Brand, Drug, Form, StrengthUnit

_NUMBER = r"\d+(?:\.\d+)?"
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_HASH = re.compile(r"(?:#|\bno\.? ?)\d")


class Name(msgspec.Struct, frozen=True):
    """What one name says; `drugs` has more than one entry if it names several opioids."""

    drugs: tuple[Drug, ...]
    form: Form | None
    strength: Fraction | None
    unit: StrengthUnit | None
    combined: bool


class _Strength(NamedTuple):
    start: int
    numbers: tuple[Fraction, ...]
    masses: tuple[str | None, ...]
    per: Fraction
    per_unit: str | None


class _Word(NamedTuple):
    start: int
    end: int
    id: str
    brand: Brand | None


def whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern that matches any of these expressions as whole words."""
    return re.compile(rf"(?<![a-z])(?:{'|'.join(words)})(?![a-z])")


class NameReader:
    """Reads names with the drugs, partners, forms and units of one `OpioidKnowledge`."""

    def __init__(self, knowledge: OpioidKnowledge) -> None:
        self._drugs = knowledge.drugs
        self._forms = [(whole_words(form.words), form) for form in knowledge.forms.values()]
        self._partners = knowledge.partners
        opioids = [
            words
            for drug in knowledge.drugs.values()
            for words in (drug.words, *(brand.words for brand in drug.brands))
        ]
        self._any_opioid = whole_words(word for words in opioids for word in words)
        self._mass = {
            word: exact(unit.size)
            for unit in knowledge.units.values()
            if unit.kind == "mass"
            for word in unit.words
        }
        mass = "|".join(re.escape(word) for word in sorted(self._mass, key=len, reverse=True))
        self._strength = re.compile(
            rf"(?<![\d.])(?P<first>{_NUMBER})(?: ?(?P<mass>{mass})(?![a-z]))?"
            rf"(?P<rest>(?: ?[-/] ?{_NUMBER}(?: ?(?:{mass})(?![a-z])|(?! ?[a-z%\d.])))*)"
            rf"(?: ?(?:/|per) ?(?P<per>{_NUMBER})? ?"
            r"(?P<unit>ml|millilit\w+|hours?|hrs?|h|actuat\w*|spray)(?![a-z]))?"
        )
        self._item = re.compile(rf"({_NUMBER})(?: ?({mass})(?![a-z]))?")

    @cached_property
    def _words(self) -> list[tuple[re.Pattern[str], str, Brand | None]]:
        """Every ingredient's and brand's pattern; made when the first opioid is met."""
        words: list[tuple[re.Pattern[str], str, Brand | None]] = []
        for drug in self._drugs.values():
            words.append((whole_words(drug.words), drug.id, None))
            words += [(whole_words(brand.words), drug.id, brand) for brand in drug.brands]
        return words + [(whole_words(p.words), p.id, None) for p in self._partners]

    def form(self, text: str) -> Form | None:
        """The first form that the text names."""
        plain = text.lower()
        return next((form for pattern, form in self._forms if pattern.search(plain)), None)

    def read(self, text: str) -> Name | None:
        """What the name says, or `None` if it names no opioid."""
        plain = _DASHES.sub("-", " ".join(text.lower().split()))
        if self._any_opioid.search(plain) is None:
            return None
        words = self._find(plain)
        opioids = [word for word in words if word.id in self._drugs]
        drugs = tuple({word.id: self._drugs[word.id] for word in opioids}.values())
        form = self.form(plain)
        if len(drugs) > 1:
            return Name(drugs, form, None, None, False)
        brand = next((word.brand for word in opioids if word.brand), None)
        order = self._order(words, brand)
        if form is None and brand is not None and brand.form is not None:
            form = next(f for _, f in self._forms if f.id == brand.form)
        found = self._strengths(_HASH.sub(lambda m: " " * len(m.group()), plain))
        strength, unit = self._pick(drugs[0].id, order, found, form)
        if brand is not None and brand.strength is not None:
            strength, unit = exact(brand.strength), "mg"
        return Name(drugs, form, strength, unit, len(order) > 1)

    def _find(self, plain: str) -> list[_Word]:
        """Ingredient words in their order; a longer match hides what lies inside it."""
        found = [
            _Word(match.start(), match.end(), name, brand)
            for pattern, name, brand in self._words
            for match in pattern.finditer(plain)
        ]
        found.sort(key=lambda word: (word.start, -word.end))
        kept: list[_Word] = []
        for word in found:
            if not kept or word.start >= kept[-1].end:
                kept.append(word)
        return kept

    @staticmethod
    def _order(words: Sequence[_Word], brand: Brand | None) -> list[_Word]:
        """Ingredients in the order in which the name lists their strengths, each once."""
        seen: dict[str, _Word] = {}
        for word in words:
            if word.brand is None:
                seen.setdefault(word.id, word)
        branded = [word for word in words if word.brand is not None]
        if branded and branded[0].id not in seen:
            first = branded[0]
            partners = [
                _Word(first.start, first.end, partner, None)
                for partner in (brand.combined if brand else [])
            ]
            others = [word for key, word in seen.items() if key not in {p.id for p in partners}]
            return [first, *partners, *others]
        return list(seen.values())

    def _strengths(self, plain: str) -> list[_Strength]:
        found = []
        for match in self._strength.finditer(plain):
            items = [(match["first"], match["mass"]), *self._item.findall(match["rest"] or "")]
            found.append(
                _Strength(
                    match.start(),
                    tuple(exact(number) for number, _ in items),
                    tuple(mass or None for _, mass in items),
                    exact(match["per"] or 1),
                    match["unit"],
                )
            )
        return found

    def _pick(
        self, drug: str, order: Sequence[_Word], found: Sequence[_Strength], form: Form | None
    ) -> tuple[Fraction | None, StrengthUnit | None]:
        chosen = self._own(drug, order, found)
        if chosen is None:
            return None, None
        number, mass, strength = chosen
        if mass is None:
            return None, None
        amount = number * self._mass[mass]
        per, per_unit = strength.per, strength.per_unit
        if per_unit is None and form is not None and form.kind == "liquid":
            # `hydrocodone 7.5 mg-acetaminophen 325 mg/15 mL`: the volume stands only once.
            volume = next((s for s in found if (s.per_unit or "").startswith("m")), None)
            if volume is None:
                return None, None
            per, per_unit = volume.per, volume.per_unit
        if per_unit is None:
            if form is not None and form.kind == "patch":
                # `fentanyl 25 mcg patch` can only mean the rate; a content in mg cannot be used.
                return (number, "mcg/h") if self._mass[mass] < 1 else (None, None)
            return amount, "mg"
        if per_unit.startswith("m"):
            return amount / per, "mg/mL"
        if per_unit.startswith("h"):
            rates = {
                s.numbers[0] * self._mass[s.masses[0]] / s.per
                for s in found
                if s.masses[0] is not None and (s.per_unit or "").startswith("h")
            }
            # `fentanyl 25 mcg/h and 12 mcg/h patch`: which of the two is worn is not said.
            return (amount * 1000 / per, "mcg/h") if len(rates) == 1 else (None, None)
        return amount / per, "mg"

    @staticmethod
    def _own(
        drug: str, order: Sequence[_Word], found: Sequence[_Strength]
    ) -> tuple[Fraction, str | None, _Strength] | None:
        """The opioid's own number: alone behind its name, or at its place in a list."""
        place = next(i for i, word in enumerate(order) if word.id == drug)
        for strength in found:
            if len(strength.numbers) == len(order) > 1:
                mass = strength.masses[place] or next(
                    (m for m in reversed(strength.masses) if m is not None), "mg"
                )
                return strength.numbers[place], mass, strength
        singles = [s for s in found if len(s.numbers) == 1 and s.masses[0] is not None]
        if len(order) == 1:
            if any(len(s.numbers) > 1 for s in found) or not singles:
                return None
            behind = [s for s in singles if s.start >= order[0].end]
            first = (behind or singles)[0]
            return first.numbers[0], first.masses[0], first
        ends = [word.start for word in order[1:]] + [10**9]
        own: _Strength | None = None
        for index, (word, end) in enumerate(zip(order, ends, strict=True)):
            inside = [s for s in singles if word.end <= s.start < end]
            if not inside:
                return None
            if index == place:
                own = inside[0]
        return None if own is None else (own.numbers[0], own.masses[0], own)
