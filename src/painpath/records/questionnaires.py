"""QuestionnaireResponse: answers whose question carries a known code.

A response names its questions by `linkId`; the code is that itself (`/44261-6`), stands in
`definition`, or in the Questionnaire if that is in the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from painpath.knowledge.vocabulary import RELIEF_DURATION, RELIEF_PERCENT, About, Match, Matches
from painpath.records import values
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept, Coding
from painpath.records.meanings import short
from painpath.records.references import contained
from painpath.records.resources import (
    Answer,
    Observation,
    QuestionItem,
    Questionnaire,
    QuestionnaireResponse,
    ResponseItem,
)
from painpath.records.status import refusal
from painpath.records.values import Value

_SYSTEMS = ("http://loinc.org", "urn:painpath:observation")
_WEIGHTS = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
)
_MEASURED = frozenset({"observation", "laboratory"})
# An item named after its instrument counts only if it says that it is the result.
_TOTAL = re.compile(r"\b(?:score|total|sum|index|result)\b", re.IGNORECASE)
_MAX_ITEMS = 5000

Codes = dict[str, Sequence[Coding]]


def codes_of(questionnaire: Questionnaire) -> Codes:
    """Codes of a Questionnaire's items by `linkId`."""
    found: Codes = {}
    todo: list[QuestionItem] = list(questionnaire.item)
    while todo and len(found) < _MAX_ITEMS:
        item = todo.pop()
        if item.linkId and item.code:
            found[item.linkId] = item.code
        todo.extend(item.item)
    return found


def read(response: QuestionnaireResponse, ref: str, chart: Chart) -> Outcome:
    """Facts of one QuestionnaireResponse."""
    codes = _questions(response, chart)
    answered = [(item, found) for item in _items(response) if (found := _find(item, codes, chart))]
    if not answered:
        return "ignored"
    why = refusal("QuestionnaireResponse", response.status)
    if why is not None:
        return chart.skip(ref, why)
    day = chart.span(response.authored, ref, "authored")
    if day is None:
        chart.note(ref, "no date on which it was answered")
    about = _about(response, chart)
    count = 0
    for item, found in answered:
        for match in found:
            concept = chart.vocabulary.about[match.concept]
            if concept.id == RELIEF_DURATION:
                continue
            name = item.text or item.linkId or concept.name
            value = _value(item, match, chart)
            if value.number is None and concept.category in _MEASURED:
                if item.answer:
                    chart.note(
                        ref, f"the answer to {short(item.linkId or name)[:40]} is not a number"
                    )
                continue
            if not item.answer:
                continue
            count += 1
            chart.add(
                match,
                "observation",
                ref,
                short(f"{name}: {value.shown}"),
                start=day,
                end=day,
                recorded=day[0] if day and day[0] == day[1] else None,
                value=value.number,
                origin=value.origin,
                about=about if concept.id == RELIEF_PERCENT else None,
            )
    return "used" if count else "ignored"


def _questions(response: QuestionnaireResponse, chart: Chart) -> Codes:
    for target in contained(response):
        if isinstance(target.resource, Questionnaire):
            return codes_of(target.resource)
    if response.questionnaire is None:
        return {}
    return chart.questionnaires.get(response.questionnaire.split("|")[0], {})


def _items(response: QuestionnaireResponse) -> Iterator[ResponseItem]:
    """Every item, in order, also those under answers."""
    todo = list(reversed(response.item))
    count = 0
    while todo and count < _MAX_ITEMS:
        item = todo.pop()
        count += 1
        yield item
        for answer in reversed(item.answer):
            todo.extend(reversed(answer.item))
        todo.extend(reversed(item.item))


def _find(item: ResponseItem, codes: Codes, chart: Chart) -> Matches:
    link = item.linkId or ""
    for coding in codes.get(link, ()):
        found = chart.find_coding(coding)
        if found:
            return found
    tails = [link.rstrip("/").split("/")[-1]]
    if item.definition:
        tails.append(item.definition.rstrip("/").replace("#", "/").split("/")[-1])
    for tail in tails:
        for system in _SYSTEMS:
            found = chart.find_coding(Coding(system=system, code=tail)) if tail else ()
            if found:
                return found
    if item.text and _TOTAL.search(item.text):
        named = chart.vocabulary.words(item.text, "observation")
        return tuple(m for m in named if chart.vocabulary.about[m.concept].category in _MEASURED)
    return ()


def _value(item: ResponseItem, match: Match, chart: Chart) -> Value:
    concept = chart.vocabulary.about[match.concept]
    for answer in item.answer:
        value = _of_answer(answer, concept, item.linkId)
        if value.number is not None:
            return value
    return values.NOTHING


def _of_answer(answer: Answer, concept: About, code: str | None) -> Value:
    coding = answer.valueCoding
    if coding is not None:
        for extension in coding.extension:
            if extension.url in _WEIGHTS and extension.valueDecimal is not None:
                return Value(extension.valueDecimal, shown=coding.display or "")
        plain = Coding(system=coding.system, code=coding.code, display=coding.display)
        return values.of_codeable(CodeableConcept(coding=(plain,)), concept, code)
    if answer.valueDecimal is not None:
        return Value(answer.valueDecimal, shown=f"{answer.valueDecimal:g}")
    return values.of_observation(
        Observation(
            valueQuantity=answer.valueQuantity,
            valueInteger=answer.valueInteger,
            valueBoolean=answer.valueBoolean,
            valueString=answer.valueString,
        ),
        concept,
        code.rstrip("/").split("/")[-1] if code else None,
    )


def _about(response: QuestionnaireResponse, chart: Chart) -> int | None:
    for reference in response.partOf:
        target = chart.index.find(reference, response)
        if target is not None:
            for number in chart.by_ref(target.ref):
                if chart.facts[number].kind == "procedure":
                    return number
    return None
