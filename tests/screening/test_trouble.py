"""Broken files and lines are listed and never stop a screen; every resource is accounted for."""

from __future__ import annotations

import errno
import gzip
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import painpath
from painpath.cohort.making import TRUTH, Order, make
from painpath.records import store
from painpath.records.errors import RecordError
from painpath.screening import runs
from tests.screening.conftest import DAY
from tests.screening.exports import (
    as_bundles,
    as_lines,
    bundle,
    contents,
    names,
    patient,
    radiculopathy,
    rows,
)


def accounted(out: Path) -> tuple[int, int]:
    """Resources seen in the export, and those of which something became."""
    sheets = [sheet for run in runs.runs(out / ".painpath" / "runs") for sheet in run.sheet.pieces]
    people = rows(out, "patients")
    became = sum(row["used"] + row["ignored"] + row["skipped"] for row in people)
    dropped = sum(sum(sheet.ignored.values()) + sheet.unread for sheet in sheets)
    return sum(sheet.seen for sheet in sheets), became + dropped


def test_every_resource_is_accounted_for(of_bundles: Path, of_lines: Path) -> None:
    for out in (of_bundles, of_lines):
        seen, became = accounted(out)
        assert seen == became > 100


def test_one_broken_line_in_a_hundred_is_listed_and_costs_itself(tmp_path: Path) -> None:
    export = as_lines(tmp_path / "export")
    random_ = random.Random(2)
    broken = 0
    for path in sorted(export.glob("Observation*.ndjson")):
        found = path.read_bytes().splitlines()
        for place in random_.sample(range(len(found)), max(len(found) // 100, 1)):
            found[place] = found[place][: len(found[place]) // 2]
            broken += 1
        path.write_bytes(b"\n".join(found) + b"\n")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    listed = [row for row in rows(tmp_path / "out", "skips") if row["patient"] is None]
    assert len(listed) == broken >= 1
    assert all(row["where"].startswith("Observation.0000.ndjson:") for row in listed)
    assert {row["patient"] for row in rows(tmp_path / "out", "patients")} == set(names())
    seen, became = accounted(tmp_path / "out")
    assert seen == became


def test_of_a_file_that_is_cut_off_what_stands_before_is_used(tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.mkdir()
    (export / "Patient.ndjson").write_text(
        "".join(json.dumps(patient(f"p{n}")["entry"][0]["resource"]) + "\n" for n in range(400))
    )
    conditions = "".join(
        json.dumps(
            {**radiculopathy(), "id": f"c{n}", "subject": {"reference": f"Patient/p{n}"},
             "note": [{"text": str(random.Random(n).random())}]}
        )
        + "\n"
        for n in range(400)
    )  # fmt: skip
    whole = gzip.compress(conditions.encode())
    (export / "Condition.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    (export / "bad.json.gz").write_bytes(
        gzip.compress(json.dumps(bundle(names()[0])).encode())[:200]
    )
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    told = {row["where"]: row["why"] for row in rows(tmp_path / "out", "skips")}
    assert "cut off" in told["Condition.ndjson.gz"]
    assert "bad.json.gz" in told
    assert 50 < len(rows(tmp_path / "out", "problems")) < 350


def test_two_exports_of_one_patient_are_one_patient(tmp_path: Path) -> None:
    export = as_bundles(tmp_path / "export", names()[:3])
    name = names()[1]
    # The same record once more, as it was before the birth date was known.
    (export / "older").mkdir()
    versions = {export / f"{name}.json": "2026-01-01", export / "older/x.json": "2020-01-01"}
    for place, updated in versions.items():
        record = bundle(name)
        for entry in record["entry"]:
            if entry["resource"]["resourceType"] == "Patient":
                entry["resource"]["meta"] = {"lastUpdated": f"{updated}T00:00:00Z"}
                if updated < "2026":
                    entry["resource"].pop("birthDate")
        place.write_text(json.dumps(record), encoding="utf-8")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    painpath.screen(as_bundles(tmp_path / "once", names()[:3]), tmp_path / "ref", as_of=DAY)
    for table in ("problems", "options", "verdicts"):
        path = f"{table}.parquet"
        assert (tmp_path / "out" / path).read_bytes() == (tmp_path / "ref" / path).read_bytes()
    assert [row["patient"] for row in rows(tmp_path / "out", "patients")].count(name) == 1


def test_the_newest_version_of_a_resource_counts(tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.mkdir()
    old = {**radiculopathy(), "meta": {"lastUpdated": "2026-01-01T00:00:00Z"}}
    new = {
        **radiculopathy(),
        "meta": {"lastUpdated": "2026-02-01T00:00:00Z"},
        "abatementDateTime": "2026-01-15",
        "clinicalStatus": {"coding": [{"code": "resolved"}]},
    }
    # The newer one stands first: the order of the files must not decide.
    (export / "a.json").write_text(json.dumps(patient("p1", new)), encoding="utf-8")
    (export / "b.json").write_text(json.dumps(patient("p1", old)), encoding="utf-8")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    assert rows(tmp_path / "out", "problems") == []


def test_a_folder_without_records_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordError, match=r"holds no \.json or \.ndjson file"):
        painpath.screen(tmp_path / "empty", tmp_path / "out", as_of=DAY)


def test_results_within_the_export_are_not_read_as_records(tmp_path: Path) -> None:
    export = as_bundles(tmp_path / "export", names()[:2])
    painpath.screen(export, export / "out", as_of=DAY)
    first = contents(export / "out")
    painpath.screen(export, export / "out", as_of=DAY)
    assert contents(export / "out") == first
    assert len(rows(export / "out", "patients")) == 2


def test_a_full_disk_is_said_and_what_is_finished_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = as_bundles(tmp_path / "export", names()[:2])
    write, left = store.write, [3]

    def full(table: object, path: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(table, path)

    monkeypatch.setattr(store, "write", full)
    with pytest.raises(RecordError, match="No space left on device; what is finished is kept"):
        painpath.screen(export, tmp_path / "out", as_of=DAY)
    monkeypatch.undo()
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    painpath.screen(export, tmp_path / "fresh", as_of=DAY)
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, where this user may make one."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full_is_said_and_more_room_is_enough(
    tmp_path: Path, small_disk: Path
) -> None:
    export = as_lines(tmp_path / "export")
    painpath.screen(export, tmp_path / "fresh", as_of=DAY)
    needed = sum(path.stat().st_size for path in (tmp_path / "fresh").rglob("*.*"))
    out, filler = small_disk / "out", small_disk / "filler"
    # While dealing, while judging, while the results are joined.
    for share in (0.1, 0.5, 0.8):
        filler.write_bytes(b"x" * ((2 << 20) - int(share * needed)))
        with pytest.raises(
            RecordError, match=r"^[^\n]*No space left on device; what is finished is kept, run it"
        ):
            painpath.screen(export, out, as_of=DAY)
        filler.unlink()
    painpath.screen(export, out, as_of=DAY)
    assert contents(out) == contents(tmp_path / "fresh")


def test_hidden_files_and_folders_are_no_part_of_an_export(tmp_path: Path) -> None:
    export = as_bundles(tmp_path / "export", names()[:2])
    hidden = export / ".painpath-export"
    hidden.mkdir()
    (hidden / "state.json").write_text("{}", encoding="utf-8")
    (export / ".notes.json").write_text("{}", encoding="utf-8")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    listed = [row["where"] for row in rows(tmp_path / "out", "skips") if row["patient"] is None]
    assert listed == []


@pytest.mark.parametrize("layout", ["bundles", "ndjson"])
def test_the_truth_beside_a_cohort_is_not_read(tmp_path: Path, layout: str) -> None:
    out = tmp_path / "cohort"
    make(Order(patients=8, seed=3, out=out, layout=layout), lambda more: None, 1)
    assert (out / TRUTH).is_file()
    painpath.screen(out, tmp_path / "with", as_of=DAY)
    (out / TRUTH).unlink()
    painpath.screen(out, tmp_path / "without", as_of=DAY)
    assert contents(tmp_path / "with") == contents(tmp_path / "without")
    assert len(rows(tmp_path / "with", "patients")) == 8
    assert not [row for row in rows(tmp_path / "with", "skips") if "truth" in str(row["where"])]


@pytest.mark.slow
def test_a_patient_with_fifty_thousand_resources(tmp_path: Path) -> None:
    export = as_lines(tmp_path / "export", names()[:2])
    whose = {"subject": {"reference": f"Patient/{names()[0]}"}}
    with (export / "Observation.0009.ndjson").open("w", encoding="utf-8") as file:
        for number in range(50_000):
            score = {
                "resourceType": "Observation",
                "id": f"many-{number}",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
                "valueInteger": number % 11,
                "effectiveDateTime": f"20{10 + number % 16}-0{1 + number % 9}-1{number % 10}",
                **whose,
            }
            file.write(json.dumps(score) + "\n")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    used = {row["patient"]: row["used"] for row in rows(tmp_path / "out", "patients")}
    assert used[names()[0]] >= 50_000
