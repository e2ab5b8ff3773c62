"""QuestionnaireResponse: answers whose question carries a known code.

A response names its questions by `linkId`; the code is that itself (`/44261-6`), stands in
`definition`, or in the Questionnaire if that is in the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from painpath.knowledge.vocabulary import RELIEF_DURATION, RELIEF_PERCENT, About, Match, Matches
from painpath.records import scores, values
from painpath.records.answers import answered, believed, forms_of
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept, Coding
from painpath.records.dates import Span
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
_ENDS = re.compile(r"[/#:]")
_MAX_ITEMS = 5000

Codes = dict[str, Sequence[Coding]]


def codes_of(questionnaire: Questionnaire) -> Codes:
    """Codes of a Questionnaire's items by `linkId`."""
    found: Codes = {}
    unread: list[QuestionItem] = list(questionnaire.item)
    while unread and len(found) < _MAX_ITEMS:
        item = unread.pop()
        if item.linkId and item.code:
            found[item.linkId] = item.code
        unread.extend(item.item)
    return found


def read(response: QuestionnaireResponse, ref: str, chart: Chart) -> Outcome:
    """Facts of one QuestionnaireResponse."""
    codes = _questions(response, chart)
    items = list(_items(response))
    answered = [(item, found) for item in items if (found := _find(item, codes, chart))]
    asked = [(item, asks) for item in items if (asks := _asks(item, codes, chart))]
    named = _form(response, items, chart)
    if not (answered or asked or named):
        return "ignored"
    why = refusal("QuestionnaireResponse", response.status)
    if why is not None:
        return chart.skip(ref, why)
    day = chart.span(response.authored, ref, "authored")
    if day is None:
        chart.note(ref, "no date on which it was answered")
    about = _about(response, chart)
    count = _score(response, asked, named, scores.When(ref, day, day, _full(day)), chart)
    for item, found in answered:
        for match in found:
            concept = chart.vocabulary.about[match.concept]
            if concept.id == RELIEF_DURATION:
                continue
            name = item.text or item.linkId or concept.name
            value = _value(item, match, codes, chart)
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
                recorded=_full(day),
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
    unread = list(reversed(response.item))
    count = 0
    while unread and count < _MAX_ITEMS:
        item = unread.pop()
        count += 1
        yield item
        for answer in reversed(item.answer):
            unread.extend(reversed(answer.item))
        unread.extend(reversed(item.item))


def _full(day: Span | None) -> int | None:
    return day[0] if day is not None and day[0] == day[1] else None


def _codings(item: ResponseItem, codes: Codes) -> Iterator[Coding]:
    """What may name the question, the surest first."""
    link = item.linkId or ""
    yield from codes.get(link, ())
    tails = [_tail(link)]
    if item.definition:
        tails.append(_tail(item.definition))
    for tail in tails:
        if tail:
            for system in _SYSTEMS:
                yield Coding(system=system, code=tail)


def _tail(address: str) -> str:
    """`44261-6` of `/44249-1/44261-6`, `phq-9` of `urn:painpath:questionnaire:phq-9`."""
    return _ENDS.split(address.rstrip("/").split("|")[0])[-1]


def _find(item: ResponseItem, codes: Codes, chart: Chart) -> Matches:
    for coding in _codings(item, codes):
        found = chart.find_coding(coding)
        if found:
            return found
    if item.text and _TOTAL.search(item.text):
        named = chart.vocabulary.words(item.text, "observation")
        return tuple(m for m in named if chart.vocabulary.about[m.concept].category in _MEASURED)
    return ()


def _asks(item: ResponseItem, codes: Codes, chart: Chart) -> str | None:
    """The item of an instrument that a question asks."""
    for coding in _codings(item, codes):
        found = chart.vocabulary.item(coding.system, coding.code) if coding.code else None
        if found is not None:
            return found
    return None


def _form(response: QuestionnaireResponse, items: list[ResponseItem], chart: Chart) -> str | None:
    """The instrument that was filled in, if its own code stands on the response or a group."""
    names = [_tail(response.questionnaire)] if response.questionnaire else []
    names += [_tail(item.linkId) for item in items if item.linkId and not item.answer]
    return forms_of(chart.vocabulary).named(names)


def _score(
    response: QuestionnaireResponse,
    asked: list[tuple[ResponseItem, str]],
    named: str | None,
    when: scores.When,
    chart: Chart,
) -> int:
    """Scores of the answers; a form of statements that were not ticked is an answer too."""
    answers: dict[str, float] = {}
    forms = forms_of(chart.vocabulary)
    for item, item_id in asked:
        for answer in item.answer:
            number = answered(answer, forms.items[item_id], chart)
            if number is not None and believed(item_id, number, when.ref, chart):
                answers.setdefault(item_id, number)
    if not answers and not (named and response.questionnaire and forms.may_be_empty(named)):
        return 0
    return scores.of_answers(answers, named, when, chart)


def _value(item: ResponseItem, match: Match, codes: Codes, chart: Chart) -> Value:
    concept = chart.vocabulary.about[match.concept]
    asked = forms_of(chart.vocabulary).items.get(_asks(item, codes, chart) or "")
    if asked is not None and asked.scale is not None:
        for answer in item.answer:
            number = answered(answer, asked, chart)
            if number is not None:
                coding = answer.valueCoding
                shown = coding.display if coding is not None and coding.display else f"{number:g}"
                return Value(number, shown=shown)
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
