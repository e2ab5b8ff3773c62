"""A free instrument as a FHIR R4 Questionnaire, so that any form renderer can ask it.

Only instruments whose licence lets their wording be kept; answers carry their points as
`ordinalValue`, and each item the code by which its answer is read back.
"""

from __future__ import annotations

from typing import Any

from painpath.instruments.forms import item_ids
from painpath.knowledge.instruments import AnswerScale, Instrument, Item
from painpath.knowledge.loading import Knowledge

URL = "urn:painpath:questionnaire:"
"""Canonical address of our questionnaires, before the instrument's id."""

_LOINC = "http://loinc.org"
_OWN = "urn:painpath:observation"
_ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
_LOWEST = "http://hl7.org/fhir/StructureDefinition/minValue"
_HIGHEST = "http://hl7.org/fhir/StructureDefinition/maxValue"


class NotFreeError(LookupError):
    """There is no questionnaire to give: not known, or its wording may not be kept."""


def questionnaire(instrument: str, knowledge: Knowledge | None = None) -> dict[str, Any]:
    """The FHIR R4 Questionnaire of an instrument, as plain data for JSON.

    Args:
        instrument: its id, see `painpath knowledge list instruments`.
        knowledge: where to look; default: what ships with the package.

    Raises:
        NotFreeError: if the instrument is not known or its wording may not be kept here.
    """
    if knowledge is None:
        from painpath.knowledge.store import compiled

        knowledge = compiled().knowledge
    known = {each.id: each for each in knowledge.instruments}
    found = known.get(instrument)
    if found is None:
        free = ", ".join(sorted(each.id for each in known.values() if is_free(each)))
        raise NotFreeError(f'no instrument "{instrument}"; free ones are {free}')
    if not is_free(found):
        raise NotFreeError(f"{found.name}: {found.licence.text}")
    items = {
        item.id: item for each in known.values() for item in each.items if isinstance(item, Item)
    }
    scales = {scale.id: scale for scale in knowledge.answer_scales}
    return _render(found, [items[item_id] for item_id in item_ids(found)], scales)


def is_free(instrument: Instrument) -> bool:
    """Whether its wording may be kept and is there."""
    return instrument.licence.item_text and bool(instrument.items)


def _render(
    instrument: Instrument, items: list[Item], scales: dict[str, AnswerScale]
) -> dict[str, Any]:
    lead: list[dict[str, Any]] = []
    if instrument.lead is not None:
        lead = [{"linkId": f"{instrument.id}-lead", "text": instrument.lead, "type": "display"}]
    codes = [{"system": _LOINC, "code": code} for code in instrument.panel]
    return {
        "resourceType": "Questionnaire",
        "id": instrument.id,
        "url": f"{URL}{instrument.id}",
        "name": "".join(part.capitalize() for part in instrument.id.split("-")),
        "title": instrument.name,
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": instrument.licence.text,
        "code": [*codes, {"system": _OWN, "code": instrument.id}],
        "item": [*lead, *(_item(item, scales) for item in items)],
    }


def _item(item: Item, scales: dict[str, AnswerScale]) -> dict[str, Any]:
    codes = [{"system": _LOINC, "code": code} for code in item.loinc]
    asked: dict[str, Any] = {
        "linkId": item.id,
        "code": [*codes, {"system": _OWN, "code": item.id}],
        "text": item.text,
        "required": False,
    }
    if item.scale is None:
        number = "valueInteger" if item.whole else "valueDecimal"
        high = item.low if item.high is None else item.high
        asked["type"] = "integer" if item.whole else "decimal"
        asked["extension"] = [
            {"url": _LOWEST, number: int(item.low) if item.whole else item.low},
            {"url": _HIGHEST, number: int(high) if item.whole else high},
        ]
        return asked
    asked["type"] = "choice"
    asked["answerOption"] = [
        {
            "valueCoding": {
                "extension": [{"url": _ORDINAL, "valueDecimal": answer.value}],
                "system": _LOINC if answer.loinc else _OWN,
                "code": answer.loinc or f"{item.scale}-{answer.value:g}",
                "display": answer.text,
            }
        }
        for answer in scales[item.scale].answers
    ]
    return asked
