"""A few rows as OMOP tables, read as one person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from painpath.knowledge.store import compiled
from painpath.omop.one import read_person
from painpath.records.record import Record
from tests.omop.converting import Tables, write_parquet

VOCABULARY = compiled().vocabulary
ONE = "1"

ICD = {"condition_source_value": "M54.16"}
BLOCK = {"procedure_source_value": "64483"}


def concept(id: int, vocabulary: str, code: str, name: str = "", class_: str = "") -> Any:
    """A row of the table `concept`."""
    return {
        "concept_id": id,
        "concept_name": name,
        "vocabulary_id": vocabulary,
        "concept_class_id": class_,
        "concept_code": code,
    }


def person(**columns: Any) -> Any:
    """A row of the table `person`."""
    return {"person_id": 1, "gender_concept_id": 8532, "year_of_birth": 1960} | columns


def condition(**columns: Any) -> Any:
    """A row of condition_occurrence."""
    own = {"condition_occurrence_id": 1, "person_id": 1, "condition_start_date": "2026-01-10"}
    return own | ICD | columns


def procedure(**columns: Any) -> Any:
    """A row of procedure_occurrence."""
    own = {"procedure_occurrence_id": 1, "person_id": 1, "procedure_date": "2026-02-03"}
    return own | BLOCK | columns


def drug(**columns: Any) -> Any:
    """A row of drug_exposure."""
    own = {"drug_exposure_id": 1, "person_id": 1, "drug_exposure_start_date": "2026-01-01"}
    return own | {"drug_source_value": "oxycodone 5 MG tablet"} | columns


def measured(**columns: Any) -> Any:
    """A row of measurement."""
    own = {"measurement_id": 1, "person_id": 1, "measurement_date": "2026-03-01"}
    return own | columns


def observed(**columns: Any) -> Any:
    """A row of observation."""
    own = {"observation_id": 1, "person_id": 1, "observation_date": "2026-03-01"}
    return own | columns


def read(folder: Path, **tables: list[Any]) -> Record:
    """The person 1 of these tables."""
    whole: Tables = {"person": [person()], **tables}
    return read_person(write_parquet(whole, folder / "omop"), ONE, VOCABULARY)


def facts(record: Record) -> list[Any]:
    """What is said, as rows."""
    found: list[Any] = record.facts.to_pylist()
    return found


def only(record: Record, concept: str) -> Any:
    """The one fact of a concept."""
    found = [fact for fact in facts(record) if fact["concept"] == concept]
    assert len(found) == 1, [fact["concept"] for fact in facts(record)]
    return found[0]
