"""A population one patient at a time, each as a record of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.hours import in_order
from painpath.records.population import Batch, read_population
from painpath.records.record import Record


def each_record(source: Path, vocabulary: Vocabulary, size: int = 100) -> Iterator[Record]:
    """Every patient of a file, folder or bulk export.

    Raises:
        RecordError: if there is no file to read.
    """
    for batch in read_population(source, vocabulary, size=size):
        yield from _records(batch)


def _records(batch: Batch) -> Iterator[Record]:
    """The facts of a batch stand patient by patient: each takes its slice, numbered from zero."""
    owners = batch.facts.column("patient").to_pylist()
    start = 0
    for number in range(batch.patients.num_rows):
        end = start
        while end < len(owners) and owners[end] == number:
            end += 1
        yield Record(
            patients=_numbered(batch.patients.slice(number, 1), "patient", number),
            facts=_own(batch.facts.slice(start, end - start), number, start),
            prescriptions=in_order(batch.prescriptions[number]),
            requests=in_order(batch.requests[number]),
            coverages=batch.coverages[number],
            skipped=batch.skipped[number],
        )
        start = end


def _own(facts: pa.Table, patient: int, start: int) -> pa.Table:
    for name, offset in (("patient", patient), ("fact", start), ("about", start)):
        facts = _numbered(facts, name, offset)
    return facts.combine_chunks()


def _numbered(table: pa.Table, name: str, offset: int) -> pa.Table:
    index = table.schema.get_field_index(name)
    field = table.schema.field(index)
    column = pc.subtract(table.column(index), pa.scalar(offset, type=field.type))
    return table.set_column(index, field, column)
