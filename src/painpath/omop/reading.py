"""Staged tables patient by patient: what changes with each, and his rows as facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from painpath.knowledge.vocabulary import Vocabulary
from painpath.omop.codes import Coded, Coder, Triple
from painpath.omop.concepts import Concepts
from painpath.omop.drugs import drug_of
from painpath.omop.events import coverage_of, resource_of
from painpath.omop.people import patient_of
from painpath.omop.rows import Row
from painpath.omop.sources import quoted
from painpath.omop.staging import CONCEPTS, kept_stage
from painpath.omop.tables import CODES
from painpath.records.chart import Chart
from painpath.records.charting import Tallies, read_targets
from painpath.records.errors import RecordError
from painpath.records.facts import Skipped
from painpath.records.references import Target
from painpath.records.resources import Patient, Resource
from painpath.records.table import PatientRow

Keys = NDArray[np.uint64]
Values = dict[str, Any]


class Person(NamedTuple):
    """A patient's rows by table, in the order of their ids."""

    key: int
    id: str
    rows: dict[str, list[Values]]


class Staging:
    """The files of a stage, opened once per process."""

    def __init__(self, folder: Path, name: str, vocabulary: Vocabulary) -> None:
        stage = kept_stage(folder, name)
        if stage is None:
            raise RecordError(f"{folder}: the stage {name} is not there; run it again")
        self.coder = Coder(vocabulary, Concepts.read(folder / f"{name}.{CONCEPTS}"))
        self._db = duckdb.connect(config={"threads": 1})
        self._files = {
            each.table: f"read_parquet({quoted(str(folder / each.file))})" for each in stage.tables
        }

    def digests(self, first: int, last: int) -> tuple[Keys, Keys]:
        """Keys of the patients between two keys, ascending, and what changes with their rows."""
        tables = [
            self._db.sql(
                f"SELECT key, digest FROM {file} WHERE key BETWEEN $1 AND $2", params=[first, last]
            ).to_arrow_table()
            for file in self._files.values()
        ]
        key, digest = (_numbers(tables, name) for name in ("key", "digest"))
        order = np.argsort(key, kind="stable")
        key, digest = key[order], digest[order]
        if not len(key):
            return key, digest
        found, begins = np.unique(key, return_index=True)
        return found, np.add.reduceat(digest, begins)

    def count(self) -> int:
        """How many patients there are."""
        listed = " UNION ALL ".join(f"SELECT key FROM {file}" for file in self._files.values())
        ((number,),) = self._db.execute(f"SELECT count(DISTINCT key) FROM ({listed})").fetchall()
        return int(number)

    def people(self, wanted: Keys) -> list[Person]:
        """The rows of these patients (keys ascending)."""
        found: dict[int, Person] = {}
        span = [int(wanted[0]), int(wanted[-1])]
        for table, file in self._files.items():
            rows: pa.Table = self._db.sql(
                f"SELECT * EXCLUDE digest FROM {file} WHERE key BETWEEN $1 AND $2"
                " ORDER BY key, try_cast(id AS BIGINT), id",
                params=span,
            ).to_arrow_table()
            chosen = np.isin(_numbers([rows], "key"), wanted)
            for values in rows.filter(pa.array(chosen)).to_pylist():
                key = values["key"]
                person = found.get(key)
                if person is None:
                    person = found[key] = Person(key, values["person"], {})
                person.rows.setdefault(table, []).append(values)
        return [found[key] for key in sorted(found)]

    def read(self, person: Person, chart: Chart, tallies: Tallies) -> PatientRow:
        """Fill a chart with one patient's rows.

        Raises:
            RecordError: if no record can be made of them.
        """
        groups: dict[str, list[Target]] = {}
        for kind, target in self._targets(person, chart):
            if chart.index.add(target, None) is not None:
                chart.note(target.ref, "the id stands more than once; the first was used")
                tallies.skipped[kind] += 1
                continue
            groups.setdefault(kind, []).append(target)
        row = read_targets(groups, f"person/{person.id}", chart, tallies)
        chart.skipped = [Skipped(note.ref, _in_words_of_cdm(note.why)) for note in chart.skipped]
        return row

    def _targets(self, person: Person, chart: Chart) -> Iterator[tuple[str, Target]]:
        own = person.rows.get("person", [])[:1]
        ref = f"person/{person.id}"
        if not own:
            chart.note(ref, "there is no row in the table person; age, sex and state are not known")
            yield "Patient", Target(ref, Patient(id=person.id))
        for values in own:
            yield "Patient", Target(ref, patient_of(Row("person", values, ref, chart), self.coder))
        for table, rows in person.rows.items():
            if table == "person":
                continue
            for values in rows:
                id = values["id"]
                row = Row(table, values, f"{table}/{id}" if id else f"{table} (no id)", chart)
                resource = self._resource(row)
                if resource is not None:
                    yield type(resource).__name__, Target(row.ref, resource)

    def _resource(self, row: Row) -> Resource | None:
        if row.table == "payer_plan_period":
            return coverage_of(row, self.coder)
        coded = self._coded(row)
        for id in coded.missing:
            row.note(f"concept id {id} is not in the table concept; the rest of the row is used")
        if row.table == "drug_exposure":
            return drug_of(row, coded, self.coder)
        return resource_of(row, coded, self.coder)

    def _coded(self, row: Row) -> Coded:
        return self.coder.of(row.table, Triple(*(row[name] for name in CODES)))


_WORDS = {
    "valueQuantity.value": "value_as_number",
    "valueQuantity": "value_as_number",
    "valueString": "value_source_value",
    "valueCodeableConcept": "value_as_concept_id",
    "partOf or focus": "the event id",
}
"""What the record reader calls things, in words of the CDM."""


def _in_words_of_cdm(why: str) -> str:
    for word, own in _WORDS.items():
        if why.startswith(word):
            return own + why.removeprefix(word)
    return why


def _numbers(tables: Sequence[pa.Table], name: str) -> Keys:
    columns = [table.column(name).to_numpy().astype(np.uint64) for table in tables]
    found: Keys = np.concatenate(columns or [np.zeros(0, np.uint64)])
    return found
