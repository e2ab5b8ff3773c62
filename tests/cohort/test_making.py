"""Cohorts: the same for the same seed, readable, valid, and spoiled only where it does no harm."""

from __future__ import annotations

import datetime
import hashlib
import importlib
from collections import Counter
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from painpath.cli.main import app
from painpath.cohort import fhir, making
from painpath.cohort.loading import load
from painpath.cohort.making import TODAY, TRUTH, Maker, Order, make
from painpath.knowledge.store import compiled
from painpath.records.population import Batch, read_population

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.

_VOCABULARY = compiled().vocabulary


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _order(out: Path, patients: int = 40, **other: object) -> Order:
    return Order(**{"patients": patients, "seed": 7, "out": out, **other})  # type: ignore[arg-type]


def _read(folder: Path) -> tuple[Counter[str], list[Batch]]:
    batches = list(read_population(folder, _VOCABULARY))
    facts: Counter[str] = Counter()
    for batch in batches:
        people = batch.patients.column("id").to_pylist()
        for fact in batch.facts.to_pylist():
            facts[f"{people[fact['patient']]} {fact['concept']} {fact['start_lo']}"] += 1
    return facts, batches


@pytest.mark.parametrize("layout", ["bundles", "ndjson"])
def test_the_same_seed_makes_the_same_files(tmp_path: Path, layout: str) -> None:
    """Byte for byte, compressed files and the truth included."""
    for name in ("one", "two"):
        make(_order(tmp_path / name, layout=layout), cores=1)
    make(_order(tmp_path / "other", layout=layout, seed=8), cores=1)
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")
    assert _digest(tmp_path / "one") != _digest(tmp_path / "other")


def test_how_many_cores_work_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks are made apart and in any order; the truth comes out in order."""
    make(_order(tmp_path / "one", making._CHUNK + 30, layout="ndjson"), cores=1)
    make(_order(tmp_path / "two", making._CHUNK + 30, layout="ndjson"), cores=2)
    assert _digest(tmp_path / "one") == _digest(tmp_path / "two")
    patients = pq.read_table(tmp_path / "two" / TRUTH).column("patient").to_pylist()
    assert patients == sorted(patients)


def test_a_patient_can_be_made_alone() -> None:
    """Whoever is made before does not matter."""
    alone = Maker(3, TODAY).record(17)
    maker = Maker(3, TODAY)
    for number in range(17):
        maker.record(number)
    assert maker.record(17).resources == alone.resources


def test_both_layouts_hold_the_same_facts(tmp_path: Path) -> None:
    """Read as a population, as `screen` does."""
    make(_order(tmp_path / "bundles", 120, clean=True), cores=1)
    make(_order(tmp_path / "ndjson", 120, clean=True, layout="ndjson"), cores=1)
    bundles, batches = _read(tmp_path / "bundles")
    lines, exported = _read(tmp_path / "ndjson")
    assert bundles == lines
    for read in (batches, exported):
        assert sum(batch.patients.num_rows for batch in read) == 120
        assert not any(batch.failures for batch in read)
        assert not any(notes for batch in read for notes in batch.skipped)


def test_what_is_spoiled_is_listed_and_changes_nothing(tmp_path: Path) -> None:
    """Facts of the diagnoses, procedures and scores are those of the clean cohort."""
    make(_order(tmp_path / "clean", 300, clean=True, layout="ndjson"), cores=1)
    make(_order(tmp_path / "real", 300, layout="ndjson"), cores=1)
    clean, _ = _read(tmp_path / "clean")
    real, batches = _read(tmp_path / "real")
    added = {key.split()[1] for key in (real - clean) + (clean - real)}
    people = load().people
    assert people is not None
    assert added <= {people.blemishes.spoiled_thing}
    notes = {note.why for batch in batches for notes in batch.skipped for note in notes}
    assert {"verificationStatus is entered-in-error", "status is not-done"} <= notes
    assert any(batch.failures for batch in batches)
    clean_truth = pq.read_table(tmp_path / "clean" / TRUTH)
    assert clean_truth.equals(pq.read_table(tmp_path / "real" / TRUTH))


def test_every_resource_is_valid_fhir() -> None:
    """Validated by `fhir.resources` (R4B), but for those that are wrong on purpose."""
    maker = Maker(11, TODAY)
    kinds: Counter[str] = Counter()
    resources = [fhir.organization("clinic-01", "Clinic 1"), fhir.practitioner("clinician-01")]
    for number in range(120):
        written = maker.record(number)
        resources += [
            made for place, made in enumerate(written.resources) if place not in written.blemished
        ]
    for made in resources:
        kind = made["resourceType"]
        kinds[kind] += 1
        module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
        getattr(module, kind).model_validate(made)
    assert len(kinds) >= 13, kinds


def test_nothing_happens_after_the_day_of_the_cohort() -> None:
    """Only what is booked lies ahead."""
    day = datetime.date(2025, 3, 1)
    maker = Maker(5, day)
    for number in range(150):
        written = maker.record(number)
        assert written.telling is not None
        assert all(fact.first <= fact.last <= day.toordinal() for fact in written.telling.facts)
        for made in written.resources:
            if made["resourceType"] != "ServiceRequest":
                text = msgspec.json.encode(made).decode()
                assert not any(f'"{later}-' in text for later in range(2026, 2030)), made


def test_every_cited_source_is_there_and_every_family_says_where_it_is_from() -> None:
    """Figures carry a citation that resolves; nothing is cited that is not listed."""
    spec = load()
    known = {source.id for source in spec.sources}
    figures = [figure for family in spec.families for figure in family.figures]
    cited = {figure.cite for figure in figures}
    for family in spec.families:
        cited |= {family.cite} if isinstance(family.cite, str) else set(family.cite or ())
    assert cited <= known
    assert len(figures) >= 10
    assert len(spec.families) == 11


def test_the_command_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    """Nothing is overwritten; one sentence, no traceback."""
    (tmp_path / "mine.txt").write_text("mine")
    run = CliRunner().invoke(app, ["cohort", "--patients", "3", "--out", str(tmp_path)])
    assert run.exit_code == 2
    assert "not empty" in run.output


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    """Patients, the day, and where the truth lies."""
    out = tmp_path / "new"
    run = CliRunner().invoke(app, ["cohort", "--patients", "3", "--seed", "2", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "3 synthetic patients as of 2026-11-01" in run.output
    assert len(list(out.rglob("*.json"))) == 3
    assert (out / TRUTH).exists()
