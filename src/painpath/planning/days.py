"""One record asked about on several days at once: each day is a copy of the patient."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from painpath.records.reading import Record


def copies(record: Record, n: int) -> tuple[pa.Table, pa.Table]:
    """The record n times over, as n patients with their own fact numbers."""
    if n == 1:
        return record.facts, record.patients
    facts, patients = [], []
    stride = record.facts.num_rows
    for number in range(n):
        table = record.facts
        for name, offset in (
            ("patient", number),
            ("fact", stride * number),
            ("about", stride * number),
        ):
            index = table.schema.get_field_index(name)
            column = table.column(index)
            if name == "patient":
                moved = pa.array([number] * table.num_rows, type=column.type)
            else:
                moved = pc.add(column, pa.scalar(offset, type=column.type))
            table = table.set_column(index, table.schema.field(index), moved)
        facts.append(table)
        index = record.patients.schema.get_field_index("patient")
        field = record.patients.schema.field(index)
        patients.append(
            record.patients.set_column(index, field, pa.array([number], type=field.type))
        )
    return pa.concat_tables(facts).combine_chunks(), pa.concat_tables(patients).combine_chunks()
