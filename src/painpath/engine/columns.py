"""Rows of plain values as Arrow tables with declared columns."""

from __future__ import annotations

import pyarrow as pa

INT, MASK, FLAG, TEXT, DAY, REAL = (
    pa.int32(),
    pa.int64(),
    pa.bool_(),
    pa.string(),
    pa.date32(),
    pa.float64(),
)


def table(columns: dict[str, pa.DataType], rows: list[tuple[object, ...]]) -> pa.Table:
    """A table of these columns, in this order."""
    schema = pa.schema(list(columns.items()))
    if not rows:
        return schema.empty_table()
    return pa.Table.from_arrays(
        [pa.array([row[i] for row in rows], type=kind) for i, kind in enumerate(columns.values())],
        schema=schema,
    )
