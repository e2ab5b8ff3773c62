"""Records that nobody here wrote pass through, and every resource is accounted for."""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from painpath.knowledge.loading import load
from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.errors import RecordError
from painpath.records.reading import read_record

_HERE = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("PAINPATH_TESTDATA") or _HERE.parent / "shared" / "testdata")
BUNDLES = sorted((FOLDER / "cds4cpm" / "bundles").rglob("*.json"))

pytestmark = pytest.mark.skipif(
    not BUNDLES, reason=f"public test records are not at {FOLDER} (set PAINPATH_TESTDATA)"
)


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(load())


def test_all_are_there() -> None:
    assert len(BUNDLES) == 23


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_bundle(path: Path) -> None:
    data = json.loads(path.read_bytes())
    if data.get("resourceType") == "Questionnaire":
        with pytest.raises(RecordError, match="holds no Patient"):
            read_record(path, vocabulary())
        return
    entries = data.get("entry", [data])
    expected = Counter(entry["resource"]["resourceType"] for entry in entries)
    record = read_record(path, vocabulary())
    assert record.patients.num_rows == 1
    assert Counter({kind: sum(n.values()) for kind, n in record.counts.items()}) == expected
    drugs = {"MedicationRequest", "MedicationStatement"}
    taken = sum(record.counts[kind]["used"] for kind in drugs & set(record.counts))
    assert len(record.prescriptions) == taken
    for skipped in record.skipped:
        assert "/" in skipped.ref
        assert skipped.why


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "cdc-opioid-cpg").rglob("*.json")), ids=lambda path: path.stem
)
def test_single_resource(path: Path) -> None:
    kind = json.loads(path.read_bytes())["resourceType"]
    try:
        record = read_record(path, vocabulary())
    except RecordError as error:
        assert kind in {"Medication", "Practitioner", "Encounter"}, str(error)
        return
    assert sum(record.counts[kind].values()) == 1


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "opioid-mme-r4").rglob("*.json")), ids=lambda path: path.stem
)
def test_other_resources_do_not_break_it(path: Path) -> None:
    try:
        record = read_record(path, vocabulary())
    except RecordError as error:
        assert str(error).startswith(path.name)
        return
    assert record.patients.num_rows == 1
