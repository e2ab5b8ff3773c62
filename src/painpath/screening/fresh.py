"""Patients whose resources are new or have changed, read into facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records import store
from painpath.records.chart import Chart
from painpath.records.charting import Tallies
from painpath.records.dates import date_of
from painpath.records.errors import RecordError
from painpath.records.facts import Prescription
from painpath.records.record import UnknownCode, pain_codes
from painpath.records.references import Index
from painpath.records.store import TABLES, Facts
from painpath.records.table import FactRows, PatientRow

Keeps = Callable[[Prescription], bool]

UNKNOWN = pa.schema(
    [
        ("patient", pa.string()),
        ("system", pa.string()),
        ("code", pa.string()),
        ("display", pa.string()),
        ("number", pa.int32()),
    ]
)
"""Codes that look like pain and that no concept knows, per patient."""


FAILED = pa.schema(
    [
        ("patient", pa.string()),
        ("key", pa.uint64()),
        ("digest", pa.uint64()),
        ("why", pa.string()),
    ]
)
"""Patients of whom no record could be made."""


class Unread(NamedTuple):
    """A patient who is to be read anew."""

    name: str
    key: int
    read: Callable[[Chart, Tallies], PatientRow]
    """Fills a chart with what is recorded; raises RecordError if that makes no record."""
    repeats: int = 0
    """Resources that stand there twice."""


class Batch:
    """Patients that are read anew."""

    def __init__(self, vocabulary: Vocabulary, shared: Index, keeps: Keeps) -> None:
        self._keeps = keeps
        self._vocabulary = vocabulary
        self._shared = shared
        self._rows: list[PatientRow] = []
        self._marks: list[tuple[int, int, int, int, int]] = []
        self._lists: dict[str, list[tuple[str, Sequence[Any]]]] = {
            name: [] for name in ("prescriptions", "requests", "coverages", "notes")
        }
        self._facts = FactRows(vocabulary)
        self._counts: list[int] = []
        self._unknown: list[tuple[str, UnknownCode, int]] = []
        self._ids: set[str] = set()
        self._failed: list[dict[str, object]] = []

    def read(self, patient: Unread, digest: int) -> None:
        """One patient."""
        name = patient.name
        chart, tallies = Chart(self._vocabulary, self._shared), Tallies()
        try:
            row = patient.read(chart, tallies)
            why = f"Patient/{row.id} is there already" if row.id in self._ids else None
        except RecordError as error:
            why = str(error).removeprefix(f"{name}: ")
        except Exception as error:
            # A fault of ours must not cost the other patients.
            why = f"the record could not be worked on ({type(error).__name__})"
        if why is not None:
            mark = {"patient": name, "key": patient.key, "digest": digest, "why": why}
            self._failed.append(mark)
            return
        self._ids.add(row.id)
        self._facts.add(len(self._rows), chart.facts)
        self._counts.append(len(chart.facts))
        self._rows.append(row)
        dosed = [each for each in chart.prescriptions if self._keeps(each)]
        for table, items in (
            ("prescriptions", dosed),
            ("requests", chart.requests),
            ("coverages", chart.coverages),
            ("notes", chart.skipped),
        ):
            self._lists[table].append((row.id, items))
        ignored = tallies.ignored.total() + patient.repeats
        counts = (tallies.used.total(), ignored, tallies.skipped.total())
        self._marks.append((patient.key, digest, *counts))
        self._unknown.extend(
            (row.id, code, number)
            for code, number in sorted(pain_codes(chart.unknown).items(), key=str)
        )

    def facts(self) -> Facts:
        """What was read, as it is stored."""
        ids = [row.id for row in self._rows]
        tables = {name: store.listed_table(name, rows) for name, rows in self._lists.items()}
        tables["patients"] = self._people()
        tables["facts"] = store.facts_table(ids, self._facts.table(), self._counts)
        return Facts(tables)

    def _people(self) -> pa.Table:
        rows = []
        for row, (key, digest, used, ignored, skipped) in zip(self._rows, self._marks, strict=True):
            lo, hi = row.birth or (None, None)
            rows.append(
                {
                    **row._asdict(),
                    "patient": row.id,
                    "birth_lo": None if lo is None else date_of(lo),
                    "birth_hi": None if hi is None else date_of(hi),
                    "key": key,
                    "digest": digest,
                    "used": used,
                    "ignored": ignored,
                    "skipped": skipped,
                }
            )
        return pa.Table.from_pylist(rows, TABLES["patients"])

    def unknown_table(self) -> pa.Table:
        """Codes that look like pain and that no concept knows."""
        rows = [
            {"patient": p, "system": s, "code": c, "display": d, "number": n}
            for p, (s, c, d), n in self._unknown
        ]
        return pa.Table.from_pylist(rows, UNKNOWN)

    def failed_table(self) -> pa.Table:
        """Patients of whom no record could be made."""
        return pa.Table.from_pylist(self._failed, FAILED)
