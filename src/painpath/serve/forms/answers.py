"""Answers as FHIR R4: a QuestionnaireResponse for each form, Observations for what it says.

Scores are worked out by `painpath.instruments`. Relief is tied to its procedure (`partOf`), pain of
the pain map to its place; the reader of records takes them as it takes anybody's.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from painpath.instruments import Forms, score_answers
from painpath.knowledge.asking import PAIN_MAP
from painpath.knowledge.lists import plain_codes
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.vocabulary import OWN_SYSTEM, RELIEF_PERCENT
from painpath.serve.forms.asking import PAIN_ITEM, Asked, Place
from painpath.serve.forms.questions import Given

_LOINC = "http://loinc.org"
_PAIN = "pain-score"
_GONE = "gone"


class When(msgspec.Struct, frozen=True):
    """When the answers came, with the zone."""

    moment: datetime.datetime

    @property
    def text(self) -> str:
        """As FHIR writes it."""
        return self.moment.isoformat(timespec="seconds")


def bundle(
    patient: str,
    key: str,
    asked: Sequence[Asked],
    given: Mapping[str, Sequence[Given]],
    when: When,
    knowledge: Knowledge,
) -> bytes:
    """A collection of everything that was answered.

    Args:
        patient: the FHIR id.
        key: the id of the link's row; ids of the resources begin with it.
        asked: the forms.
        given: answers, by form.
        when: the moment.
        knowledge: for scores and codes.
    """
    forms = Forms(knowledge.instruments, knowledge.answer_scales)
    resources: list[dict[str, Any]] = []
    for number, each in enumerate(asked, 1):
        answers = given.get(each.form, ())
        if not answers:
            continue
        response = _response(each, answers, patient, f"{_id(key)}-{number}", when)
        resources.append(response)
        for count, observation in enumerate(_observed(each, answers, forms, when, knowledge), 1):
            observation |= {
                "resourceType": "Observation",
                "id": f"{response['id']}-{count}",
                "status": "final",
                "subject": response["subject"],
                "issued": when.text,
                "derivedFrom": [{"reference": f"QuestionnaireResponse/{response['id']}"}],
            }
            resources.append(observation)
    whole = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": when.text,
        "entry": [{"resource": resource} for resource in resources],
    }
    return msgspec.json.encode(whole)


def _id(key: str) -> str:
    """As FHIR allows an id: letters, digits, hyphens and dots, not too long."""
    return "form-" + key.replace("_", ".")


def _response(
    asked: Asked, answers: Sequence[Given], patient: str, id_: str, when: When
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "id": id_,
        "questionnaire": asked.questionnaire["url"],
        "status": "completed",
        "subject": {"reference": f"Patient/{patient}"},
        "authored": when.text,
        "item": [
            {"linkId": each.link, "text": each.text, "answer": [_value(each, asked)]}
            for each in answers
        ],
    }
    if asked.about is not None:
        made["partOf"] = [{"reference": asked.about}]
    return made


def _value(given: Given, asked: Asked) -> dict[str, Any]:
    if given.coding is not None:
        return {"valueCoding": given.coding}
    kinds = {item["linkId"]: item["type"] for item in asked.questionnaire["item"]}
    if kinds[given.link] == "decimal":
        return {"valueDecimal": given.number}
    return {"valueInteger": int(given.number)}


def _observed(
    asked: Asked, answers: Sequence[Given], forms: Forms, when: When, knowledge: Knowledge
) -> Iterator[dict[str, Any]]:
    """What the answers of one form say, without what all Observations share."""
    gone = next((each for each in answers if each.link == _GONE), None)
    if asked.about is not None and gone is not None:
        coding = {
            "system": OWN_SYSTEM,
            "code": RELIEF_PERCENT,
            "display": "Percent relief after the procedure",
        }
        yield {
            "code": {"coding": [coding]},
            "partOf": [{"reference": asked.about}],
            # A diary speaks of its day, whenever it is sent.
            "effectiveDateTime": asked.on.isoformat() if asked.on is not None else when.text,
            "valueQuantity": _quantity(gone.number, "%"),
        }
        return
    if asked.form == PAIN_MAP:
        item = forms.items[PAIN_ITEM]
        codes = [{"system": _LOINC, "code": item.loinc[0]}, {"system": OWN_SYSTEM, "code": _PAIN}]
        for each in answers:
            yield {
                "code": {"coding": codes, "text": "Pain on average, 0 to 10"},
                "effectiveDateTime": when.text,
                "valueQuantity": _quantity(each.number, "{score}"),
                "bodySite": _site(asked.places[each.link]),
            }
        return
    numbers = {each.link: each.number for each in answers}
    for scored in score_answers(forms, numbers, named=asked.form):
        if scored.value is not None and scored.instrument == asked.form:
            yield {
                "code": _code(scored.concept, knowledge),
                "effectiveDateTime": when.text,
                "valueQuantity": _quantity(round(scored.value, 1), "{score}"),
            }


def _quantity(value: float, unit: str) -> dict[str, Any]:
    plain = int(value) if value == int(value) else value
    return {"value": plain, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def _code(concept: str, knowledge: Knowledge) -> dict[str, Any]:
    known = next(each for each in knowledge.concepts if each.id == concept)
    codings = [{"system": _LOINC, "code": code} for code in plain_codes(known.loinc)[:1]]
    own = {"system": OWN_SYSTEM, "code": concept, "display": known.name}
    return {"coding": [*codings, own]}


def _site(place: Place) -> dict[str, Any]:
    """In words: the reader of records knows them, and they need no code list."""
    words = place.words.replace("both sides", "bilateral")
    return {"text": words}
