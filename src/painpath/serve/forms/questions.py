"""A Questionnaire as questions on a page, and what was sent as answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from painpath.serve.forms.asking import Asked

_ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
_LONGEST_SCALE = 10
"""Whole numbers up to this far apart are shown side by side; beyond, a number is written."""

Kind = Literal["display", "choice", "scale", "list", "number"]


class Option(msgspec.Struct, frozen=True):
    """One answer that can be chosen."""

    value: str
    text: str
    number: float
    coding: dict[str, Any] | None = None


class Question(msgspec.Struct, frozen=True):
    """One question, or words between questions."""

    name: str
    """Of its field: `peg/peg-1`."""
    link: str
    text: str
    kind: Kind
    options: tuple[Option, ...] = ()
    low: int = 0
    high: int = 0
    required: bool = False


class Section(msgspec.Struct, frozen=True):
    """One form on the page."""

    asked: Asked
    title: str
    questions: tuple[Question, ...]


class Given(msgspec.Struct, frozen=True):
    """An answer that can be used."""

    link: str
    text: str
    shown: str
    number: float
    coding: dict[str, Any] | None


class Sent(msgspec.Struct, frozen=True):
    """What somebody sent."""

    values: dict[str, str]
    """As written, by field."""
    given: dict[str, tuple[Given, ...]]
    """By form."""
    wrong: dict[str, str]
    """By field: one sentence on what cannot be used."""
    open: tuple[str, ...]
    """Fields without an answer."""


def sections(asked: Sequence[Asked]) -> list[Section]:
    """The page."""
    return [Section(each, each.questionnaire["title"], tuple(_questions(each))) for each in asked]


def _questions(asked: Asked) -> list[Question]:
    return [_question(asked.form, item) for item in asked.questionnaire["item"]]


def _question(form: str, item: Mapping[str, Any]) -> Question:
    link, text = item["linkId"], item.get("text", "")
    name = f"{form}/{link}"
    if item["type"] == "display":
        return Question(name, link, text, "display")
    if item["type"] == "choice":
        return Question(name, link, text, "choice", tuple(_choices(item)))
    low, high, listed = _limits(item)
    required = bool(item.get("required"))
    if high - low > _LONGEST_SCALE:
        return Question(name, link, text, "number", (), low, high, required)
    options = tuple(Option(str(n), str(n), float(n)) for n in range(low, high + 1))
    kind: Kind = "list" if listed else "scale"
    return Question(name, link, text, kind, options, low, high, required)


def _choices(item: Mapping[str, Any]) -> list[Option]:
    found = []
    for each in item["answerOption"]:
        coding = each["valueCoding"]
        number = next(e["valueDecimal"] for e in coding["extension"] if e["url"] == _ORDINAL)
        found.append(Option(coding["code"], coding["display"], float(number), coding))
    return found


def _limits(item: Mapping[str, Any]) -> tuple[int, int, bool]:
    low = high = 0
    listed = False
    for extension in item.get("extension", ()):
        kind = extension["url"].rsplit("/", 1)[-1]
        if kind == "minValue":
            low = int(extension.get("valueInteger", extension.get("valueDecimal")))
        elif kind == "maxValue":
            high = int(extension.get("valueInteger", extension.get("valueDecimal")))
        elif kind == "questionnaire-itemControl":
            listed = True
    return low, high, listed


def read(shown: Sequence[Section], sent: Mapping[str, str]) -> Sent:
    """Understand what was sent; fields that nobody asked for are left alone."""
    values: dict[str, str] = {}
    given: dict[str, tuple[Given, ...]] = {}
    wrong: dict[str, str] = {}
    left: list[str] = []
    for section in shown:
        answers = []
        for question in section.questions:
            if question.kind == "display":
                continue
            text = sent.get(question.name, "").strip()[:100]
            if not text:
                left.append(question.name)
                if question.required:
                    wrong[question.name] = "Please answer this question."
                continue
            values[question.name] = text
            answer = _answer(question, text)
            if answer is None:
                wrong[question.name] = (
                    f"Please write a whole number from {question.low} to {question.high}."
                    if question.kind == "number"
                    else "Please choose one of the answers."
                )
            else:
                answers.append(answer)
        given[section.asked.form] = tuple(answers)
    return Sent(values, given, wrong, tuple(left))


def _answer(question: Question, text: str) -> Given | None:
    if question.kind == "number":
        plain = text.removesuffix("%").strip()
        if not (plain.isascii() and plain.isdigit() and len(plain) <= 4):
            return None
        number = int(plain)
        if not question.low <= number <= question.high:
            return None
        return Given(question.link, question.text, str(number), float(number), None)
    for option in question.options:
        if option.value == text:
            return Given(question.link, question.text, option.text, option.number, option.coding)
    return None
