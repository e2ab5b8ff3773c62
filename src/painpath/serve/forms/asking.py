"""What is asked: an instrument of the knowledge, or one of the forms that depend on the patient.

Each is a FHIR R4 Questionnaire. It is kept with the link, so that it stays what it was.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from painpath.instruments import Forms, questionnaire
from painpath.instruments.questionnaire import URL, is_free
from painpath.knowledge.asking import PAIN_MAP, RELIEF, Diary
from painpath.knowledge.loading import Knowledge
from painpath.planning.plan import Plan
from painpath.report.words import day_words, place_words

PAIN_ITEM = "nrs-pain"
"""The question on pain that the pain map and the diary ask of each place and hour."""
_LOWEST = "http://hl7.org/fhir/StructureDefinition/minValue"
_HIGHEST = "http://hl7.org/fhir/StructureDefinition/maxValue"
_CONTROL = "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
_SHORT = {RELIEF: "Relief after a procedure", PAIN_MAP: "Pain by place"}


class Place(msgspec.Struct, frozen=True):
    """Where a pain is."""

    words: str
    side: str | None = None
    region: str | None = None


class Done(msgspec.Struct, frozen=True):
    """A procedure that was done, as forms speak of it."""

    ref: str
    """`Procedure/12`."""
    on: datetime.date
    option: str
    rung: str
    problem: str
    """With its side, so that both knees are told apart."""


class Asked(msgspec.Struct, frozen=True):
    """One form, ready to be shown and answered."""

    form: str
    questionnaire: dict[str, Any]
    places: dict[str, Place] = {}
    """By question: of the pain map."""
    about: str | None = None
    on: datetime.date | None = None
    """The day of that procedure, where the answers are about that day."""


_DECODER = msgspec.json.Decoder(list[Asked])


def to_bytes(asked: Sequence[Asked]) -> bytes:
    """As it is kept."""
    return zlib.compress(msgspec.json.encode(list(asked)))


def from_bytes(kept: bytes) -> list[Asked]:
    """As it was."""
    return _DECODER.decode(zlib.decompress(kept))


def choices(knowledge: Knowledge) -> dict[str, str]:
    """Every form that needs no procedure, with its name; what is asked most comes first."""
    free = [each for each in knowledge.instruments if is_free(each) and each.id != "vas"]
    often = ["peg", "phq-2", "phq-9", "gad-7"]
    free.sort(key=lambda each: (often.index(each.id) if each.id in often else len(often), each.id))
    return {PAIN_MAP: _SHORT[PAIN_MAP], **{each.id: each.name for each in free}}


def names(knowledge: Knowledge) -> dict[str, str]:
    """Every form by its id, for people."""
    diaries = {diary.id: diary.name for diary in knowledge.diaries}
    return {**choices(knowledge), **_SHORT, **diaries}


def build(
    forms: Sequence[str], knowledge: Knowledge, plan: Plan | None, done: Done | None
) -> list[Asked]:
    """Forms for a patient.

    Args:
        forms: their ids.
        knowledge: where instruments and diaries stand.
        plan: of the patient, for the places of pain; `None` if the record cannot be read.
        done: the procedure that they are about.

    Raises:
        LookupError: if one cannot be asked; one sentence says why.
    """
    diaries = {diary.id: diary for diary in knowledge.diaries}
    made = []
    for form in dict.fromkeys(forms):
        if form == RELIEF:
            made.append(_relief(knowledge, done))
        elif form in diaries:
            made.append(_diary(diaries[form], knowledge, done))
        elif form == PAIN_MAP:
            made.append(_pain_map(knowledge, plan))
        elif form in choices(knowledge):
            made.append(Asked(form, _of_instrument(form, knowledge)))
        else:
            raise LookupError("There is no such form.")
    if not made:
        raise LookupError("Please choose a form.")
    return made


def _of_instrument(form: str, knowledge: Knowledge) -> dict[str, Any]:
    """The questionnaire under a heading for patients: `PHQ-9` says nothing to them."""
    known = next(each for each in knowledge.instruments if each.id == form)
    made = questionnaire(form, knowledge)
    return {**made, "title": known.patient_name or made["title"]}


def _whole(id_: str, form: str, title: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "Questionnaire",
        "id": id_,
        "url": f"{URL}{form}",
        "title": title,
        "status": "active",
        "subjectType": ["Patient"],
        "item": items,
    }


def _number(link: str, text: str, high: int, *, required: bool = False) -> dict[str, Any]:
    return {
        "linkId": link,
        "text": text,
        "type": "integer",
        "required": required,
        "extension": [
            {"url": _LOWEST, "valueInteger": 0},
            {"url": _HIGHEST, "valueInteger": high},
        ],
    }


def _display(link: str, text: str) -> dict[str, Any]:
    return {"linkId": link, "text": text, "type": "display"}


def _spoken(knowledge: Knowledge, done: Done | None) -> str:
    if done is None:
        raise LookupError("This form is about a procedure; please choose one.")
    named = {option.id: option.patient for option in knowledge.options}
    told = named.get(done.option)
    return f"the {told.name if told is not None else 'treatment'} on {day_words(done.on)}"


def _relief(knowledge: Knowledge, done: Done | None) -> Asked:
    lead = f"This is about {_spoken(knowledge, done)}."
    text = (
        "How much of the pain that was treated is gone now, in percent?"
        " 0 means none of it is gone. 50 means half is gone. 100 means all of it is gone."
    )
    items = [
        _display("lead", lead),
        _number("gone", text, 100, required=True),
    ]
    assert done is not None
    return Asked(RELIEF, _whole(RELIEF, RELIEF, "Since your treatment", items), about=done.ref)


def _diary(diary: Diary, knowledge: Knowledge, done: Done | None) -> Asked:
    lead = (
        f"This is about {_spoken(knowledge, done)}. Do what usually hurts, and write down your pain"
        " every hour while you are awake. 0 is no pain, 10 is the worst pain you can imagine."
        " You can save, close the page, and come back with the same link."
    )
    items = [_display("lead", lead), _hour("before", "Just before the block")]
    items += [_hour(f"hour-{n}", f"{n} hour{'s' if n > 1 else ''} after") for n in diary.hours]
    text = (
        "At the best time after the block, how much of your usual pain was gone, in percent?"
        " 0 means none of it was gone. 50 means half was gone. 100 means all of it was gone."
    )
    items.append(_number("gone", text, 100, required=True))
    assert done is not None
    whole = _whole(diary.id, diary.id, diary.name, items)
    return Asked(diary.id, whole, about=done.ref, on=done.on)


def _hour(link: str, text: str) -> dict[str, Any]:
    item = _number(link, text, 10)
    coding = {"system": _CONTROLS, "code": "drop-down"}
    item["extension"].append({"url": _CONTROL, "valueCodeableConcept": {"coding": [coding]}})
    return item


def _pain_map(knowledge: Knowledge, plan: Plan | None) -> Asked:
    places: dict[str, Place] = {}
    for problem in plan.problems if plan is not None else ():
        words = place_words(problem.side, problem.region) or problem.patient_name
        known = Place(words, problem.side, problem.region)
        if known not in places.values():
            places[f"place-{len(places) + 1}"] = known
    if not places:
        raise LookupError("No pain problem is on record: there is no place to ask about.")
    text = Forms(knowledge.instruments, ()).items[PAIN_ITEM].text
    items = [_number(link, f"{_first(place.words)}: {text}", 10) for link, place in places.items()]
    lead = _display("lead", "Please think of the past week, one place after the other.")
    whole = _whole(PAIN_MAP, PAIN_MAP, "Where it hurts", [lead, *items])
    return Asked(PAIN_MAP, whole, places=places)


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]
