"""Sources: what they look like, what is wrong with them, what a second run does."""

from __future__ import annotations

import datetime
import gzip
import importlib
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import painpath
from painpath.cli.main import app
from painpath.omop import sources
from painpath.records import RecordError
from tests.omop.converting import Tables, write_csv, write_duckdb, write_parquet
from tests.omop.small import concept, condition, person, procedure

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.

DAY = datetime.date(2026, 11, 1)


def tables(people: int = 3) -> Tables:
    """People of whom each has one condition and one procedure."""
    whole = range(1, people + 1)
    return {
        "person": [person(person_id=n) for n in whole],
        "condition_occurrence": [condition(condition_occurrence_id=n, person_id=n) for n in whole],
        "procedure_occurrence": [procedure(procedure_occurrence_id=n, person_id=n) for n in whole],
    }


def screened(source: str | Path, out: Path, **other: Any) -> dict[str, list[Any]]:
    """Patients, problems and skips of a screen."""
    painpath.screen(source, out, as_of=DAY, **{"jobs": 1, **other})
    names = ("patients", "problems", "skips")
    return {name: pq.read_table(out / f"{name}.parquet").to_pylist() for name in names}


def skips(found: dict[str, list[Any]]) -> set[tuple[str, str]]:
    return {(row["where"], row["why"]) for row in found["skips"]}


# -- what is OMOP --


def test_a_folder_with_a_person_table_is_omop(tmp_path: Path) -> None:
    assert sources.is_omop(write_parquet(tables(), tmp_path / "a"))
    assert sources.is_omop(write_csv(tables(), tmp_path / "b", upper=True))
    assert sources.is_omop(write_duckdb(tables(), tmp_path / "c.db"))
    assert sources.is_omop("postgresql://somebody@somewhere/cdm")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "Patient.ndjson").write_text("{}\n")
    (tmp_path / "d" / "personal.csv").write_text("a\n")
    assert not sources.is_omop(tmp_path / "d")
    assert not sources.is_omop(tmp_path / "d" / "Patient.ndjson")
    assert not sources.is_omop(tmp_path / "nowhere")


def test_tables_lie_in_files_folders_and_parts(tmp_path: Path) -> None:
    write_parquet(tables(4), tmp_path / "whole")
    parts = tmp_path / "parts"
    (parts / "vocabulary").mkdir(parents=True)
    for name in ("person", "condition_occurrence", "procedure_occurrence"):
        table = pq.read_table(tmp_path / "whole" / f"{name}.parquet")
        (parts / name).mkdir()
        pq.write_table(table.slice(0, 1), parts / name / "part-00000.parquet")
        pq.write_table(table.slice(1), parts / name / "part-00001-0a1b-c000.snappy.parquet")
    (parts / "person" / "_SUCCESS").write_text("")
    (parts / "vocabulary" / "CONCEPT.csv").write_text(
        "concept_id\tconcept_name\tvocabulary_id\tconcept_class_id\tconcept_code\n"
        '1\tThe 5" needle\tLocal\t\tX1\n'
    )
    of_parts = screened(parts, tmp_path / "a")
    assert of_parts["problems"] == screened(tmp_path / "whole", tmp_path / "b")["problems"]
    assert len(of_parts["patients"]) == 4


def test_csv_may_be_packed_and_cut_into_several_files(tmp_path: Path) -> None:
    source = write_csv(tables(4), tmp_path / "csv")
    file = source / "condition_occurrence.csv"
    head, *rest = file.read_text().splitlines(keepends=True)
    file.unlink()
    for number, lines in enumerate((rest[:1], rest[1:])):
        data = (head + "".join(lines)).encode()
        (source / f"condition_occurrence_{number}.csv.gz").write_bytes(gzip.compress(data))
    assert len(screened(source, tmp_path / "out")["problems"]) == 4


def test_two_schemas_with_people_are_one_too_many(tmp_path: Path) -> None:
    write_duckdb(tables(), tmp_path / "two.duckdb", "first")
    write_duckdb(tables(), tmp_path / "two.duckdb", "second")
    with pytest.raises(RecordError, match=r"several schemas hold .* first, second"):
        screened(tmp_path / "two.duckdb", tmp_path / "out")


def test_a_database_without_people_is_a_sentence(tmp_path: Path) -> None:
    source = write_duckdb({"concept": [concept(1, "Local", "x")]}, tmp_path / "x.duckdb")
    result = CliRunner().invoke(app, ["screen", str(source), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert result.output == f"painpath: {source}: it holds no OMOP table `person`\n"


# -- what is wrong --


def test_broken_lines_are_listed_and_stop_nothing(tmp_path: Path) -> None:
    source = write_csv(tables(), tmp_path / "csv")
    file = source / "condition_occurrence.csv"
    good = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*good[:2], "7,1,2026\n", good[2], "8,1,a,b,c,d,e\n", good[3]]))
    found = screened(source, tmp_path / "out")
    assert len(found["problems"]) == 3
    assert {where for where, _ in skips(found)} == {
        "condition_occurrence.csv:3",
        "condition_occurrence.csv:5",
    }


def test_rows_of_nobody_and_people_without_a_row_are_told(tmp_path: Path) -> None:
    made = tables(2)
    made["condition_occurrence"].append(condition(condition_occurrence_id=8, person_id=None))
    made["condition_occurrence"].append(condition(condition_occurrence_id=9, person_id=77))
    found = screened(write_parquet(made, tmp_path / "cdm"), tmp_path / "out")
    assert {row["patient"] for row in found["patients"]} == {"1", "2", "77"}
    assert skips(found) == {
        ("condition_occurrence", "1 row without a person_id"),
        ("person/77", "there is no row in the table person; age, sex and state are not known"),
    }


def test_an_id_that_stands_twice_counts_once(tmp_path: Path) -> None:
    made = tables(1)
    made["condition_occurrence"] *= 2
    found = screened(write_parquet(made, tmp_path / "cdm"), tmp_path / "out")
    assert skips(found) == {
        ("condition_occurrence/1", "the id stands more than once; the first was used")
    }


def test_concepts_that_are_not_there_are_counted(tmp_path: Path) -> None:
    made = tables(1)
    made["concept"] = [concept(1, "Local", "x")]
    made["condition_occurrence"] += [
        condition(condition_occurrence_id=n, condition_source_value=None, condition_concept_id=4711)
        for n in (5, 6)
    ]
    found = screened(write_parquet(made, tmp_path / "cdm"), tmp_path / "out")
    why = "2 rows with concept ids that the table concept lacks (4711)"
    assert skips(found) == {("condition_occurrence", why)}


def test_codes_that_look_like_pain_and_nobody_knows_are_counted(tmp_path: Path) -> None:
    made = tables(1)
    made["condition_occurrence"].append(
        condition(condition_occurrence_id=5, condition_source_value="M99.99")
    )
    screened(write_parquet(made, tmp_path / "cdm"), tmp_path / "out")
    rows = pq.read_table(tmp_path / "out" / "codes.parquet").to_pylist()
    assert [(row["code"], row["number"]) for row in rows] == [("M99.99", 1)]


# -- again --


def _contents(out: Path) -> dict[str, bytes]:
    names = [*(f"{n}.parquet" for n in ("patients", "problems", "options", "verdicts", "skips"))]
    found = {name: (out / name).read_bytes() for name in (*names, "worklist.csv", "summary.html")}
    for path in sorted((out / "facts").rglob("*.parquet")):
        found[path.relative_to(out).as_posix()] = path.read_bytes()
    return found


def test_a_second_run_reads_only_who_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from painpath.omop.reading import Staging

    made = tables(40)
    made["concept"] = [concept(1, "ICD10CM", "M54.16"), concept(2, "ICD10CM", "M54.17")]
    for row in made["condition_occurrence"]:
        row["condition_source_concept_id"] = 1 + row["person_id"] % 2
        row["condition_source_value"] = None
    source = write_parquet(made, tmp_path / "cdm")
    screened(source, tmp_path / "out")
    read: list[str] = []
    real = Staging.read

    def watched(self: Staging, person: Any, *rest: Any) -> Any:
        read.append(person.id)
        return real(self, person, *rest)

    monkeypatch.setattr(Staging, "read", watched)
    screened(source, tmp_path / "out")
    assert read == []
    made["procedure_occurrence"][6]["procedure_date"] = "2026-03-03"
    del made["condition_occurrence"][11]
    write_parquet(made, source)
    screened(source, tmp_path / "out")
    assert sorted(read) == ["12", "7"]
    # A concept says something else now: those who have it are read again.
    read.clear()
    made["concept"][1]["concept_code"] = "M54.12"
    write_parquet(made, source)
    screened(source, tmp_path / "out")
    assert sorted(map(int, read)) == list(range(1, 41, 2))
    monkeypatch.undo()
    screened(source, tmp_path / "fresh")
    assert _contents(tmp_path / "out") == _contents(tmp_path / "fresh")


@pytest.mark.slow
def test_processes_side_by_side_change_nothing(tmp_path: Path) -> None:
    source = write_parquet(tables(1100), tmp_path / "cdm")
    screened(source, tmp_path / "one")
    screened(source, tmp_path / "two", jobs=2)
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")


@pytest.mark.parametrize(
    ("module", "name", "after"),
    [
        ("painpath.omop.survey", "Survey.copy_text", 1),  # a table is copied
        ("painpath.omop.staging", "_Staging._write", 2),  # two tables are staged
        ("painpath.omop.reading", "Staging.read", 20),  # half of the patients are read
    ],
)
def test_a_screen_that_was_stopped_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, after: int
) -> None:
    source = write_csv(tables(40), tmp_path / "cdm")
    out = tmp_path / "stopped"
    done = 0
    kind, method = name.split(".")
    holder = getattr(importlib.import_module(module), kind)
    real = getattr(holder, method)

    def stopping(*args: Any) -> Any:
        nonlocal done
        done += 1
        if done > after:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(holder, method, stopping)
        with pytest.raises(KeyboardInterrupt):
            screened(source, out)
    found = screened(source, out)
    assert len(found["problems"]) == 40
    assert not list((out / ".painpath" / "cdm").glob(".*"))


def test_a_folder_of_results_takes_another_kind_of_source(tmp_path: Path) -> None:
    source = write_parquet(tables(2), tmp_path / "cdm")
    (tmp_path / "fhir").mkdir()
    shutil.copy(Path(painpath.__file__).parent / "examples" / "example-01.json", tmp_path / "fhir")
    out = tmp_path / "out"
    screened(tmp_path / "fhir", out)
    assert len(screened(source, out)["patients"]) == 2
    assert len(screened(tmp_path / "fhir", out)["patients"]) == 1
    assert _contents(out).keys() > {"patients.parquet"}
