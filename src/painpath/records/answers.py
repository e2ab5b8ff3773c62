"""Answers to the items of instruments: the number that an Observation or an answer gives to one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

from painpath.instruments.forms import Forms
from painpath.instruments.scoring import score_answers, usable
from painpath.knowledge.instruments import Item
from painpath.knowledge.vocabulary import About, Vocabulary
from painpath.records import values
from painpath.records.chart import Chart
from painpath.records.meanings import texts_of
from painpath.records.resources import Answer, Component, Observation

UNITLESS = About("", "", "observation", None, {})
"""Answers have no unit."""
_LEADING_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)(?![\w/])")
_ORDINALS = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
)

Source = Observation | Component

_forms: WeakKeyDictionary[Vocabulary, Forms] = WeakKeyDictionary()


def forms_of(vocabulary: Vocabulary) -> Forms:
    """The instruments of a vocabulary, kept as long as that lives."""
    known = _forms.get(vocabulary)
    if known is None:
        known = _forms[vocabulary] = Forms(vocabulary.instruments, vocabulary.scales)
    return known


def observed(source: Source, item: Item, chart: Chart) -> float | None:
    """The number that an Observation or component answers to an item."""
    scale = forms_of(chart.vocabulary).answers.get(item.scale or "")
    codeable = source.valueCodeableConcept
    if scale is not None and codeable is not None:
        for coding in codeable.coding:
            if coding.code is not None and coding.code in scale.by_code:
                return scale.by_code[coding.code]
        return _by_text(scale.by_text, texts_of(codeable))
    if scale is not None and source.valueString is not None:
        return _by_text(scale.by_text, [source.valueString])
    return values.of_observation(source, UNITLESS, None).number


def answered(answer: Answer, item: Item, chart: Chart) -> float | None:
    """The number that an answer in a QuestionnaireResponse gives to an item."""
    coding = answer.valueCoding
    scale = forms_of(chart.vocabulary).answers.get(item.scale or "")
    if coding is None:
        if answer.valueDecimal is not None:
            return answer.valueDecimal
        text = answer.valueString
        if scale is not None and text is not None:
            return _by_text(scale.by_text, [text])
        plain = Observation(
            valueQuantity=answer.valueQuantity,
            valueInteger=answer.valueInteger,
            valueBoolean=answer.valueBoolean,
            valueString=text,
        )
        return values.of_observation(plain, UNITLESS, None).number
    if scale is not None and coding.code is not None and coding.code in scale.by_code:
        return scale.by_code[coding.code]
    texts = [coding.display] if coding.display else []
    if scale is not None and (found := _by_text(scale.by_text, texts)) is not None:
        return found
    for extension in coding.extension:
        if extension.url in _ORDINALS and extension.valueDecimal is not None:
            return extension.valueDecimal
    return _by_text({}, texts)


def _by_text(known: Mapping[str, float], texts: Iterable[str]) -> float | None:
    for text in texts:
        found = known.get(" ".join(text.lower().split()))
        if found is not None:
            return found
        match = _LEADING_NUMBER.match(text)
        if match is not None:
            return float(match[1])
    return None


def believed(item_id: str, number: float, ref: str, chart: Chart) -> bool:
    """Whether a number can be the answer to an item; noted if not."""
    forms = forms_of(chart.vocabulary)
    why = usable(forms, forms.items[item_id], number)
    if why is not None:
        chart.note(ref, why)
    return why is None


class Plain(NamedTuple):
    """Which numbers answer an item."""

    least: float
    most: float
    whole: bool


def by_itself(item_id: str, concept: str, vocabulary: Vocabulary) -> Plain | None:
    """The numbers that, as an item's only answer, say nothing beyond the item's own concept.

    Returns:
        `None` if it has to be scored: its answers have points of their own, or fill in a form.
    """
    forms = forms_of(vocabulary)
    item = forms.items[item_id]
    if item.scale is not None or forms.named([item_id, *item.loinc]) is not None:
        return None
    if any(form.score.sex for form in forms.filled_in((item_id,), None)):
        return None
    low, high = forms.range_of(item)
    for number in (low, high):
        for scored in score_answers(forms, {item_id: number}):
            same = scored.concept == concept and scored.asked == 1
            if scored.value is not None and not (same and scored.value == number):
                return None
    return Plain(low, high, item.whole)
