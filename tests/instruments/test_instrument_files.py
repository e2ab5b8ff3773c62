"""The instrument files: the checker finds what would give a wrong number."""

from __future__ import annotations

import msgspec
import pytest

from painpath.instruments import NotFreeError, questionnaire
from painpath.instruments.questionnaire import is_free
from painpath.knowledge.checks import instruments as checker
from painpath.knowledge.instruments import Item
from painpath.knowledge.loading import Knowledge, convert_file
from painpath.knowledge.store import compiled

NAMED = {
    "bpi",
    "comm",
    "dn4",
    "eq-5d-5l",
    "gad-7",
    "hit-6",
    "hoos",
    "hoos-jr",
    "koos",
    "koos-jr",
    "koos-ps",
    "ndi",
    "nih-impact",
    "nrs",
    "odi",
    "opioid-risk-tool",
    "ort-oud",
    "paindetect",
    "pcs",
    "peg",
    "pgic",
    "phq-2",
    "phq-4",
    "phq-9",
    "promis-29",
    "promis-global-10",
    "promis-pain-intensity-3a",
    "promis-pain-interference-4a",
    "promis-pain-interference-6a",
    "promis-pain-interference-6b",
    "promis-pain-interference-8a",
    "pseq",
    "rmdq",
    "s-lanss",
    "start-back",
    "vas",
    "womac",
    "wong-baker-faces",
}


def test_every_instrument_is_there() -> None:
    known = {instrument.id for instrument in compiled().knowledge.instruments}
    assert known >= NAMED


def test_no_wording_where_the_licence_does_not_let_it_be_kept() -> None:
    free = {i.id for i in compiled().knowledge.instruments if is_free(i)}
    assert free == {
        "nrs",
        "vas",
        "peg",
        "pgic",
        "phq-9",
        "phq-2",
        "phq-4",
        "gad-7",
        "gad-2",
        "koos",
        "koos-ps",
    }
    for instrument in compiled().knowledge.instruments:
        if instrument.id not in free:
            texts = [i.text for i in instrument.items if isinstance(i, Item)]
            assert not any(texts), instrument.id


SMALL = """
sources:
  - {id: book, title: A book, date: "2020"}
concepts:
  - {id: total, name: Total, category: observation}
answer_scales:
  - id: how-much
    name: How much
    answers: [{value: 0, text: None}, {value: 1, text: Some}]
instruments:
  - id: small
    name: Small
    measures: pain
    use: outcome
    items:
      - {id: small-1, scale: how-much}
      - {id: small-2, high: 3}
    scores:
      - concept: total
        rule: sum
        table: {first: 0, values: [0, 10, 20, 30, 40]}
        low: 0
        high: 40
        better: lower
        bands: [{name: low}, {name: high, at_least: 20}]
        cite: book
    licence: {terms: licence, item_text: false, text: Licensed., cite: book}
    cite: book
"""


def _findings(text: str) -> list[str]:
    file, _ = convert_file(text, "small.yaml")
    sections = {
        name: tuple(getattr(file, name))
        for name in ("sources", "concepts", "answer_scales", "instruments", "responses")
    }
    return [finding.what for finding in checker.check(Knowledge(**sections))]


def test_a_sound_instrument_passes() -> None:
    assert _findings(SMALL) == []


BROKEN = [
    ("values: [0, 10, 20, 30, 40]", "values: [0, 10, 25, 20, 40]", "neither rises nor falls"),
    ("values: [0, 10, 20, 30, 40]", "values: [0, 10, 20, 30, 41]", "leaves the range"),
    ("scale: how-much}", "scale: how-often}", 'scale "how-often" is not defined'),
    ("{id: small-2, high: 3}", "{id: small-2}", "needs a scale or a highest answer"),
    ("{id: small-2, high: 3}", "{id: small-1, high: 3}", 'item "small-1" stands 2 times'),
    ("{id: small-2, high: 3}", '{id: small-2, high: 3, loinc: ["44250-8"]}', "check digit"),
    ("{id: small-2, high: 3}", "{id: small-2, high: 3, text: Hurt?}", "does not let us keep"),
    ("at_least: 20}", "at_least: 20}, {name: mid, at_least: 10}", "rise from there"),
    ("concept: total", "concept: totals", "no concept has this id"),
    ("rule: sum", "rule: sum\n        of: [small-3]", '"small-3" is not in the instrument'),
    ("rule: sum", "rule: sum\n        answered: 3", "3 answers of 2 cannot be asked for"),
    ("text: Licensed., cite: book", "text: Licensed., cite: page", 'cites "page"'),
    ("item_text: false", "item_text: true", "has no text"),
]


@pytest.mark.parametrize(("old", "new", "what"), BROKEN)
def test_what_the_checker_finds(old: str, new: str, what: str) -> None:
    assert old in SMALL
    found = _findings(SMALL.replace(old, new))
    assert any(what in finding for finding in found), found


@pytest.mark.parametrize("instrument", sorted(i.id for i in compiled().knowledge.instruments))
def test_free_instruments_are_valid_fhir_questionnaires(instrument: str) -> None:
    from fhir.resources.R4B.questionnaire import Questionnaire

    known = {i.id: i for i in compiled().knowledge.instruments}[instrument]
    if not is_free(known):
        with pytest.raises(NotFreeError, match=r"kept here|licence"):
            questionnaire(instrument)
        return
    form = questionnaire(instrument)
    Questionnaire.model_validate_json(msgspec.json.encode(form))
    asked = [item for item in form["item"] if item["type"] != "display"]
    assert len(asked) == len(known.items)
    assert all(item["text"] for item in asked)
    assert known.licence.text == form["copyright"]


def test_unknown_instrument_names_the_free_ones() -> None:
    with pytest.raises(NotFreeError, match='no instrument "peng"; free ones are gad-2'):
        questionnaire("peng")
