"""The short way of reading an Observation says what the careful way says, to the letter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import painpath
from painpath.cohort.making import Order, make
from painpath.knowledge.store import compiled
from painpath.records import observations
from painpath.records.reading import read_bytes
from painpath.records.record import Record

EXAMPLES = sorted((Path(painpath.__file__).parent / "examples").glob("*.json"))
PAIN = {"system": "http://loinc.org", "code": "72514-3"}


def said(record: Record) -> object:
    """Everything that came of a record, in an order of its own."""
    facts = record.facts.drop_columns(["fact", "about"]).to_pylist()
    return (
        sorted(facts, key=str),
        sorted(record.skipped, key=str),
        record.counts,
    )


def both(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    vocabulary = compiled().vocabulary
    short = said(read_bytes(data, vocabulary))
    with monkeypatch.context() as patch:
        patch.setattr(observations, "_plainly", lambda *_: None)
        careful = said(read_bytes(data, vocabulary))
    return short, careful


def bundle(value: dict[str, Any]) -> bytes:
    entries = [
        {"resourceType": "Patient", "id": "p", "gender": "female"},
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "final",
            "code": {"coding": [PAIN]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2026-05-01",
            "valueQuantity": value,
        },
    ]
    resources = [{"resource": entry} for entry in entries]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": resources}).encode()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short, careful = both(path.read_bytes(), monkeypatch)
    assert short == careful


def test_a_cohort_with_the_errors_of_real_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(Order(patients=60, seed=11, out=tmp_path), cores=1)
    files = sorted(tmp_path.glob("**/*.json"))
    assert len(files) >= 50
    for file in files:
        short, careful = both(file.read_bytes(), monkeypatch)
        assert short == careful, file.name


@pytest.mark.parametrize("number", [-1, 0, 4, 7.5, 10, 11, 70, 1e9])
@pytest.mark.parametrize("unit", ["{score}", "mm", "%", None])
def test_a_pain_score(number: float, unit: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    value: dict[str, Any] = {"value": number}
    if unit is not None:
        value |= {"unit": unit, "code": unit, "system": "http://unitsofmeasure.org"}
    short, careful = both(bundle(value), monkeypatch)
    assert short == careful


def test_a_pain_score_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the careful way was taken")

    monkeypatch.setattr(observations, "_carefully", never)
    record = read_bytes(bundle({"value": 7, "code": "{score}"}), compiled().vocabulary)
    assert record.facts.column("value").to_pylist() == [7.0]
