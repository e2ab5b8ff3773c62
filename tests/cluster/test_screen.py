"""A cohort screened on Spark and on one machine: the same files, row by row."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import painpath
from painpath.cli.main import app
from painpath.records.errors import RecordError
from painpath.screening.collecting import Result
from painpath.screening.terms import Terms

pytest.importorskip("sqlglot", reason="SQLGlot is not installed: painpath[spark]")

from painpath.cluster import screen as screening
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


@pytest.fixture(scope="module")
def result(spark: Any, cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """What a screen on Spark tells."""
    out = tmp_path_factory.mktemp("spark")
    return painpath.screen(cohort, out, as_of=DAY, jobs=1, engine="spark")


def test_a_cohort_is_screened_alike_from_fhir(here: Path, result: Result) -> None:
    there = Path(result.out)
    assert_same(here, there)
    for name in ("worklist.csv", "skips.csv", "summary.html"):
        assert (there / name).read_bytes() == (here / name).read_bytes(), name
    assert result.patients == PATIENTS
    assert result.skips == table(here, "skips").num_rows
    worklist = table(here, "worklist").column("worklist").to_pylist()
    assert result.worklists == {name: worklist.count(name) for name in result.worklists}
    assert {name.rstrip("/") for name in result.files} <= {path.name for path in there.iterdir()}


def test_lists_are_made_where_results_are_not_on_this_machine(
    spark: Any, result: Result, tmp_path: Path
) -> None:
    out = tmp_path / "far"
    shutil.copytree(result.out, out, ignore=shutil.ignore_patterns(".*"))
    for name in ("worklist.csv", "summary.html", "codes.parquet"):
        (out / name).unlink()
    skips = screening.write_far(spark, f"file://{out}", Terms(DAY))
    assert skips == result.skips
    assert (out / "worklist.csv").read_bytes() == (Path(result.out) / "worklist.csv").read_bytes()
    assert {"summary.html", "codes.parquet"} <= {path.name for path in out.iterdir()}


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
