"""Many patients read as each of them read alone, whatever way the export is laid out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from painpath.records import population
from painpath.records.errors import RecordError
from painpath.records.population import Batch, read_population
from painpath.records.reading import read_bytes
from tests.records.small import (
    CPT,
    ICD,
    LOINC,
    OWN,
    PATIENT,
    RXNORM,
    coded,
    condition,
    observation,
    procedure,
    vocabulary,
)


def resources(name: str) -> list[dict[str, Any]]:
    """One patient's resources; ids are unique over the population."""
    whose = {"subject": {"reference": f"Patient/{name}"}}
    return [
        {**PATIENT, "id": name},
        condition(coded(ICD, "M17.11"), id=f"{name}-c", **whose),
        condition(coded(ICD, "I10"), id=f"{name}-i", **whose),
        procedure(coded(CPT, "64454"), id=f"{name}-p", **whose),
        observation(coded(LOINC, "72514-3"), id=f"{name}-o", valueInteger=4, **whose),
        observation(coded(LOINC, "29463-7"), id=f"{name}-w", valueInteger=80, **whose),
        observation(
            coded(OWN, "relief-percent"),
            id=f"{name}-r",
            valueQuantity={"value": "70"},
            partOf=[{"reference": f"Procedure/{name}-p"}],
            **whose,
        ),
        {
            "resourceType": "MedicationRequest",
            "id": f"{name}-m",
            "status": "active",
            "medicationReference": {"reference": "Medication/shared"},
            **whose,
        },
        {
            "resourceType": "Coverage",
            "id": f"{name}-v",
            "beneficiary": {"reference": f"Patient/{name}"},
            "payor": [{"reference": "Organization/payer"}],
        },
        {"resourceType": "Encounter", "id": f"{name}-e", "status": "finished", **whose},
    ]


SHARED = [
    {"resourceType": "Medication", "id": "shared", "code": coded(RXNORM, "1364430")},
    {"resourceType": "Organization", "id": "payer", "name": "Medicare"},
    {"resourceType": "Practitioner", "id": "dr"},
]
NAMES = [f"p{number}" for number in range(7)]


def as_bundle(found: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {"resourceType": "Bundle", "entry": [{"resource": r} for r in found]}
    ).encode()


def as_bundles(folder: Path) -> None:
    for name in NAMES:
        (folder / f"{name}.json").write_bytes(as_bundle([*resources(name), *SHARED]))


def as_one_bundle(folder: Path) -> None:
    everything = [resource for name in NAMES for resource in resources(name)]
    (folder / "all.json").write_bytes(as_bundle([*everything, *SHARED]))


def as_lines(folder: Path) -> None:
    by_kind: dict[str, list[str]] = {}
    for resource in [r for name in NAMES for r in resources(name)] + SHARED:
        by_kind.setdefault(resource["resourceType"], []).append(json.dumps(resource))
    for kind, found in by_kind.items():
        text = "\n".join(found).encode()
        if kind == "Condition":
            (folder / "Condition.0001.ndjson.gz").write_bytes(gzip.compress(text))
        else:
            (folder / f"{kind}.ndjson").write_bytes(text)


def alone(name: str) -> list[tuple[Any, ...]]:
    record = read_bytes(as_bundle([*resources(name), *SHARED]), vocabulary())
    return facts_of(record.facts.to_pylist())


def facts_of(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Rows without what numbers them; `about` as the reference it points to."""
    by_number = {row["fact"]: row for row in rows}
    return sorted(
        tuple(
            str(by_number[value]["ref"] if name == "about" and value is not None else value)
            for name, value in row.items()
            if name not in ("fact", "patient")
        )
        for row in rows
    )


def everybody(batches: list[Batch]) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    for batch in batches:
        rows = batch.facts.to_pylist()
        assert [row["fact"] for row in rows] == list(range(len(rows)))
        for patient in batch.patients.to_pylist():
            own = [row for row in rows if row["patient"] == patient["patient"]]
            found[patient["id"]] = facts_of(own)
    return found


@pytest.mark.parametrize("layout", [as_bundles, as_one_bundle, as_lines])
@pytest.mark.parametrize("size", [2, 100])
@pytest.mark.parametrize("spill", [False, True])
def test_population(
    layout: Any, size: int, spill: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout(tmp_path)
    if spill:
        monkeypatch.setattr(population, "_IN_MEMORY", 0)
        monkeypatch.setattr(population, "_SHARD", 2000)
    batches = list(read_population(tmp_path, vocabulary(), size=size))
    assert everybody(batches) == {name: alone(name) for name in NAMES}
    assert [s for batch in batches for s in batch.failures] == []
    assert batches[-1].done == batches[-1].total
    for batch in batches:
        assert len(batch.coverages) == batch.patients.num_rows
        assert all("Medicare" in entries[0].text for entries in batch.coverages)
        assert all(len(entries) == 1 for entries in batch.prescriptions)
    total = {
        kind: sum(sum(batch.counts.get(kind, {}).values()) for batch in batches)
        for kind in ("Patient", "Condition", "Observation", "Encounter", "Coverage")
    }
    assert total["Patient"] == total["Encounter"] == total["Coverage"] == 7
    assert (total["Condition"], total["Observation"]) == (14, 21)
    assert sum(batch.unmatched.total() for batch in batches) == 7


def test_trouble_with_one_file_is_said(tmp_path: Path) -> None:
    as_bundles(tmp_path)
    (tmp_path / "bad.json").write_bytes(as_bundle(resources("x"))[:-30])
    (tmp_path / "other.json").write_text('{"name": "package"}')
    (batch,) = read_population(tmp_path, vocabulary())
    assert batch.patients.num_rows == 7
    assert {failure.ref for failure in batch.failures} == {"bad.json", "other.json"}


def test_broken_lines_and_nobodys_resources_are_said(tmp_path: Path) -> None:
    lines = [json.dumps(r) for r in resources("p1")]
    lines.insert(2, '{"resourceType": "Condition", "id"')
    lines.append(json.dumps(condition(coded(ICD, "M54.16"), id="whose")))
    (tmp_path / "all.ndjson").write_text("\n".join(lines))
    (batch,) = read_population(tmp_path, vocabulary())
    assert {failure.ref for failure in batch.failures} == {"all.ndjson:3", "all.ndjson:12"}


def test_same_patient_in_two_files_is_said(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(as_bundle(resources("p1")))
    (batch,) = read_population(tmp_path, vocabulary())
    assert batch.failures[0].why == "Patient/p1 stands in several files"


def test_cut_off_export(tmp_path: Path) -> None:
    data = gzip.compress(b"\n".join(json.dumps(r).encode() for r in resources("p1")))
    (tmp_path / "all.ndjson.gz").write_bytes(data[:-20])
    batches = list(read_population(tmp_path, vocabulary()))
    assert any("cut off" in s.why for batch in batches for s in batch.failures)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        list(read_population(tmp_path, vocabulary()))
