"""A cohort screened on Spark and on one machine: the same files, row by row."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import painpath
from painpath.cli.main import app
from painpath.records.errors import RecordError
from tests.cluster.same import TABLES, assert_same, table

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

DAY = datetime.date(2026, 11, 1)
PATIENTS = 300


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort")
    arguments = ["--patients", str(PATIENTS), "--seed", "11", "--layout", "ndjson", "--cores", "1"]
    done = CliRunner().invoke(app, ["cohort", *arguments, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def here(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a screen on this machine leaves."""
    out = tmp_path_factory.mktemp("duckdb")
    painpath.screen(cohort, out, as_of=DAY, jobs=1)
    return out


def test_a_cohort_is_screened_alike_from_fhir(
    spark: Any, cohort: Path, here: Path, tmp_path: Path
) -> None:
    result = painpath.screen(cohort, tmp_path, as_of=DAY, jobs=1, engine="spark")
    assert_same(here, tmp_path)
    for name in ("worklist.csv", "skips.csv", "summary.html"):
        assert (tmp_path / name).read_bytes() == (here / name).read_bytes(), name
    assert result.patients == PATIENTS
    assert result.skips == table(here, "skips").num_rows
    worklist = table(here, "worklist").column("worklist").to_pylist()
    assert result.worklists == {name: worklist.count(name) for name in result.worklists}
    assert {name.rstrip("/") for name in result.files} <= {path.name for path in tmp_path.iterdir()}


def test_facts_are_screened_alike_by_other_criteria(spark: Any, here: Path, tmp_path: Path) -> None:
    duckdb, on_spark = tmp_path / "duckdb", tmp_path / "spark"
    other = DAY + datetime.timedelta(days=120)
    painpath.screen(here / "facts", duckdb, as_of=other, policy="clinical", jobs=1)
    arguments = ["--as-of", str(other), "--policy", "clinical", "--engine", "spark"]
    facts = f"file://{here}/facts"
    done = CliRunner().invoke(app, ["screen", facts, "--out", f"file://{on_spark}", *arguments])
    assert done.exit_code == 0, done.output
    assert_same(duckdb, on_spark)
    for name in ("worklist.csv", "summary.html"):
        assert (on_spark / name).read_bytes() == (duckdb / name).read_bytes(), name
    # And again in the same folder, by the other engine.
    painpath.screen(here / "facts", on_spark, as_of=other, policy="clinical", jobs=1)
    assert all((on_spark / f"{name}.parquet").is_file() for name in TABLES)


def test_what_cannot_be_read_is_one_sentence(spark: Any, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no such file or folder"):
        painpath.screen(tmp_path / "nowhere", tmp_path / "out", as_of=DAY, engine="spark")
    (tmp_path / "facts" / "patients").mkdir(parents=True)
    (tmp_path / "facts" / "facts").mkdir()
    with pytest.raises(RecordError, match=r"^Spark: .*\S$") as caught:
        painpath.screen(tmp_path / "facts", tmp_path / "out", as_of=DAY, engine="spark")
    assert "\n" not in str(caught.value)
