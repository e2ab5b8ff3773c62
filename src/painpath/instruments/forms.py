"""Instruments as forms to be scored: items and scores by id, and which form was filled in.

Made once for a vocabulary or a knowledge; immutable.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from painpath.knowledge.instruments import AnswerScale, Instrument, Item, Score

_COMMA = re.compile(r",(?![^(]*\))")
"""A comma outside brackets."""


class Scale(NamedTuple):
    """Answers by code and by their words, as points."""

    by_code: dict[str, float]
    by_text: dict[str, float]


class Form(NamedTuple):
    """One score of an instrument with the items it draws on."""

    instrument: Instrument
    score: Score
    items: tuple[str, ...]


_MEMORY = 10_000


class Forms:
    """Everything that can be scored."""

    def __init__(self, instruments: Iterable[Instrument], scales: Iterable[AnswerScale]) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.items: dict[str, Item] = {
            item.id: item
            for instrument in self.instruments.values()
            for item in instrument.items
            if isinstance(item, Item)
        }
        self.scales = {scale.id: scale for scale in scales}
        self.answers = {name: _scale(scale) for name, scale in self.scales.items()}
        self.forms: dict[str, list[Form]] = {}
        """By the concept of the score; several where versions of a form share it."""
        self._panels: dict[str, str] = {}
        for instrument in self.instruments.values():
            self._panels |= dict.fromkeys((instrument.id, *instrument.panel), instrument.id)
            for score in instrument.scores:
                form = Form(instrument, score, self.items_of(instrument, score))
                self.forms.setdefault(score.concept, []).append(form)
        self._of_item: dict[str, set[str]] = {}
        for concept, forms in self.forms.items():
            for form in forms:
                for item_id in form.items:
                    self._of_item.setdefault(item_id, set()).add(concept)
        self.made_of_scores = [
            (concept, form)
            for concept, forms in self.forms.items()
            for form in forms
            if form.score.parts
        ]
        """Scores that are made of other scores, by their concept."""
        self._filled_in: dict[tuple[frozenset[str], str | None], list[Form]] = {}

    def items_of(self, instrument: Instrument, score: Score) -> tuple[str, ...]:
        """Ids of the items that a score draws on; none for one that is only recorded."""
        if score.rule in ("recorded", "parts"):
            return ()
        return tuple(score.of) or item_ids(instrument)

    def named(self, codes: Iterable[str]) -> str | None:
        """The instrument that one of these codes or ids names."""
        return next((self._panels[code] for code in codes if code in self._panels), None)

    def borrowing(self, instrument: str | None) -> list[tuple[Item, str]]:
        """Items of a form that a concept's other codes ask too, within that form."""
        if instrument is None:
            return []
        asked = [self.items[item_id] for item_id in item_ids(self.instruments[instrument])]
        return [(item, item.also) for item in asked if item.also is not None]

    def may_be_empty(self, instrument: str) -> bool:
        """Whether a form without any answer has a score: statements of which none was ticked."""
        return any(s.missing == "zero" for s in self.instruments[instrument].scores)

    def range_of(self, item: Item) -> tuple[float, float]:
        """Lowest and highest answer."""
        if item.scale is not None:
            values = [answer.value for answer in self.scales[item.scale].answers]
            return min(values), max(values)
        return item.low, item.low if item.high is None else item.high

    def filled_in(self, answered: Collection[str], named: str | None) -> list[Form]:
        """The forms that these answers fill in, wholly or in part: one for each score.

        Versions of a form share items. The one that was named counts; else the shortest that asks
        everything answered; else, where more was asked than any one form has, the longest whose
        items were all answered. A short form's table is never used for a part of a longer one.
        """
        # Records ask the same over and over: a pain score, the items of one questionnaire.
        key = frozenset(answered), named
        known = self._filled_in.get(key)
        if known is None:
            if len(self._filled_in) > _MEMORY:
                self._filled_in.clear()
            known = self._filled_in[key] = self._fill_in(key[0], named)
        return known

    def _fill_in(self, answered: frozenset[str], named: str | None) -> list[Form]:
        concepts = dict.fromkeys(
            concept
            for concept in self.forms
            if any(concept in self._of_item.get(item_id, ()) for item_id in answered)
        )
        if named is not None:
            own = [score.concept for score in self.instruments[named].scores]
            concepts |= dict.fromkeys(own)
        chosen: list[Form] = []
        for concept in concepts:
            forms = [form for form in self.forms[concept] if form.items]
            forms = [form for form in forms if form.instrument.id == named] or forms
            chosen.extend(_covering(forms, answered))
        return chosen


def short_name(concept: str) -> str:
    """`PEG (pain, enjoyment, activity)` of a name that goes on with range and direction."""
    return _COMMA.split(concept)[0]


def item_ids(instrument: Instrument) -> tuple[str, ...]:
    """Ids of an instrument's items in the order of the form."""
    return tuple(item if isinstance(item, str) else item.id for item in instrument.items)


def _scale(scale: AnswerScale) -> Scale:
    return Scale(
        {answer.loinc: answer.value for answer in scale.answers if answer.loinc is not None},
        {answer.text.lower(): answer.value for answer in scale.answers},
    )


def _covering(forms: list[Form], answered: Collection[str]) -> list[Form]:
    """The form that was filled in; both of a pair that differ by sex only."""
    relevant = {item_id for form in forms for item_id in form.items} & set(answered)
    covering = [form for form in forms if relevant <= set(form.items)]
    if covering:
        shortest = min(len(form.items) for form in covering)
        best = [form for form in covering if len(form.items) == shortest]
    else:
        complete = [form for form in forms if set(form.items) <= set(answered)]
        longest = max((len(form.items) for form in complete), default=0)
        best = [form for form in complete if len(form.items) == longest]
    if not best:
        return []
    return [form for form in best if form.instrument is best[0].instrument]
