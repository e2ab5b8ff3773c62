"""Tables of patients cut and joined: all of them have a column `patient`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from painpath.records.store import places


def kept(table: pa.Table, patients: pa.ChunkedArray | pa.Array) -> pa.Table:
    """The rows of these patients."""
    if not table.num_rows:
        return table
    return table.filter(pc.is_in(table.column("patient"), value_set=_flat(patients)))


def joined(tables: Sequence[pa.Table], order: Sequence[str]) -> pa.Table:
    """All rows, those of one patient together and as they stood, patients in this order."""
    table = pa.concat_tables(tables)
    if not table.num_rows:
        return table
    ids = pa.chunked_array([pa.array(order, pa.string())])
    at = places(table.column("patient"), ids)
    sorted_ = np.argsort(at, kind="stable")
    if not (np.diff(sorted_) == 1).all():
        table = table.take(pa.array(sorted_))
    return table.combine_chunks()


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return column.cast(pa.string())
