"""One patient's record into facts: `read_record` for files, `read_bytes` for what is in memory."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable
from pathlib import Path

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records import relief, sources, splitting
from painpath.records.chart import Chart
from painpath.records.charting import Tallies, read_chart
from painpath.records.encodings import UndecodableError
from painpath.records.errors import NotFhirError, RecordError
from painpath.records.facts import Skipped
from painpath.records.hours import in_order
from painpath.records.parts import Parts
from painpath.records.record import Record
from painpath.records.sieve import Sieve
from painpath.records.table import FactRows, patients_table

__all__ = ["Record", "RecordError", "read_bytes", "read_documents", "read_record"]


def read_record(
    source: str | Path,
    vocabulary: Vocabulary,
    *,
    relief_for: Collection[str] | None = None,
    scores: Collection[str] = relief.PAIN_SCORES,
) -> Record:
    """One patient's record as facts.

    Args:
        source: a Bundle (`.json`, `.json.gz`), an NDJSON file, a folder of these, or `-`.
        vocabulary: what the codes and words mean.
        relief_for: concepts after which relief is computed from pain scores where it is not
            stated; default: every concept by which an option is recorded as done.
        scores: concepts that are 0-10 pain scores.

    Raises:
        RecordError: if there is nothing usable; one sentence that names the file.
    """
    name = "standard input" if str(source) == sources.STDIN else Path(source).name
    with StillCollector():
        parts = Parts()
        failures: list[NotFhirError] = []
        count = 0
        for document, data in sources.documents(source):
            count += 1
            try:
                split(data, document, parts, vocabulary)
            except NotFhirError as error:
                failures.append(error)
                parts.skipped.append(Skipped(document, str(error).partition(": ")[2]))
        if failures and len(failures) == count:
            raise failures[0]
        return _record(parts, name, vocabulary, relief_for, scores)


def read_bytes(
    data: bytes,
    vocabulary: Vocabulary,
    *,
    name: str = "record",
    relief_for: Collection[str] | None = None,
    scores: Collection[str] = relief.PAIN_SCORES,
) -> Record:
    """The same for one document that is already in memory; `name` is for messages.

    Raises:
        RecordError: as `read_record`.
    """
    documents = [(name, data)]
    return read_documents(documents, vocabulary, name=name, relief_for=relief_for, scores=scores)


def read_documents(
    documents: Iterable[tuple[str, bytes]],
    vocabulary: Vocabulary,
    *,
    name: str = "record",
    relief_for: Collection[str] | None = None,
    scores: Collection[str] = relief.PAIN_SCORES,
) -> Record:
    """The same for several documents of one patient, each with its own name.

    Raises:
        RecordError: as `read_record`.
    """
    with StillCollector():
        parts = Parts()
        for each, data in documents:
            split(data, each, parts, vocabulary)
        return _record(parts, name, vocabulary, relief_for, scores)


def split(data: bytes, name: str, parts: Parts, vocabulary: Vocabulary) -> None:
    """Add a document's resources to `parts`, leaving out those that mean nothing here.

    Raises:
        RecordError: if it cannot be read.
    """
    try:
        if sources.is_lines(name):
            splitting.split_ndjson(data, name, parts)
        else:
            splitting.split(data, name, parts, Sieve(vocabulary))
    except UndecodableError as error:
        raise RecordError(f"{name}: the file {error}") from None


def _record(
    parts: Parts,
    name: str,
    vocabulary: Vocabulary,
    relief_for: Collection[str] | None,
    scores: Collection[str],
) -> Record:
    chart = Chart(vocabulary)
    tallies = Tallies()
    row = read_chart(parts, name, chart, tallies, relief_for=relief_for, scores=scores)
    parts.unknown.update(chart.unknown)
    rows = FactRows(vocabulary)
    rows.add(0, chart.facts)
    return Record(
        patients=patients_table([row]),
        facts=rows.table(),
        prescriptions=in_order(chart.prescriptions),
        requests=in_order(chart.requests),
        coverages=tuple(chart.coverages),
        skipped=tuple(chart.skipped),
        counts=tallies.plain(),
        unmatched=parts.unknown,
    )


class StillCollector:
    """Keeps the garbage collector still while many small objects are made and kept."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()
