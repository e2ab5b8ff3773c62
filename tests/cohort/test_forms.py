"""Every way of writing a thing says what the truth takes it to say: no more and no less."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from painpath.cohort import fhir
from painpath.cohort.chance import Chance
from painpath.cohort.loading import load
from painpath.cohort.spec import Form, Thing
from painpath.cohort.story import Event, Story
from painpath.cohort.writing import Writer, Written
from painpath.knowledge.store import compiled
from painpath.records.reading import read_bytes
from painpath.records.record import Record

_SPEC = load()
_TODAY = datetime.date(2026, 11, 1)
_WRITTEN = [(thing, form) for thing in _SPEC.things for form in thing.forms]
_TOLD = {name for thing, form in _WRITTEN for name in form.says or thing.says}
"""Concepts that the truth looks at."""
_VOCABULARY = compiled().vocabulary


def _read(thing: Thing, form: Form, side: str | None) -> Record:
    assert _SPEC.people is not None
    writer = Writer(_SPEC, _TODAY.toordinal())
    story = Story(
        id="cohort-00000000",
        birth=_TODAY.toordinal() - 20_000,
        female=True,
        state="AZ",
        payer=_SPEC.people.payers[0],
        complaints=[],
        events=[],
        scores={},
    )
    written = Written(story, 0)
    written.resources.append(
        fhir.patient(
            story.id,
            "1972-01-28",
            female=True,
            state="AZ",
            clinic=written.clinic,
            clinician=written.clinician,
        )
    )
    event = Event(thing.id, _TODAY.toordinal() - 100, until=_TODAY.toordinal() - 50, side=side)
    if thing.kind in ("laboratory", "score"):
        event.value = 5.0
    writer._event(written, event, form, Chance.of(1, 1))
    data = msgspec.json.encode(fhir.bundle(written.resources))
    return read_bytes(data, _VOCABULARY)


@pytest.mark.parametrize(
    ("thing", "form"), _WRITTEN, ids=[f"{t.id}-{t.forms.index(f)}" for t, f in _WRITTEN]
)
def test_a_form_says_what_the_truth_takes_it_to_say(thing: Thing, form: Form) -> None:
    """Concepts and side, read from the record alone."""
    known = set(_VOCABULARY.concepts)
    says = set(thing.says if form.says is None else form.says)
    side = None if form.side == "none" else "left"
    read = _read(thing, form, side)
    facts = read.facts.to_pylist()
    assert {fact["concept"] for fact in facts} & _TOLD == says & known
    told = None if form.side in ("none", "lost") else "left"
    for fact in facts:
        if fact["concept"] in says:
            assert {0: None, 1: "left", 2: "right", 3: "both"}[fact["side"]] == told


def test_concepts_that_the_truth_looks_at_are_known() -> None:
    """A renamed concept would make the truth silently wrong."""
    assert set(_VOCABULARY.concepts) >= _TOLD
