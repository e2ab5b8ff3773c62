"""Columns of tables as plain Python values, without an object of Arrow's for each of them."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_FEW = 16
"""Up to so many values are made sooner one by one."""


def values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """What `to_pylist` gives; numbers, dates, words and lists of these far sooner."""
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            return [each for chunk in column.chunks for each in values(chunk)]
    kind = column.type
    if len(column) <= _FEW:
        few: list[Any] = column.to_pylist()
        return few
    if pa.types.is_dictionary(kind):
        return values(column.cast(kind.value_type))
    if pa.types.is_date32(kind):
        days: list[Any] = column.to_numpy(zero_copy_only=False).astype(object).tolist()
        return days
    if pa.types.is_list(kind):
        flat = values(column.flatten())
        lengths = column.value_lengths().to_pylist()
        ends = accumulate((length or 0 for length in lengths), initial=0)
        return [
            None if length is None else flat[first:last]
            for length, (first, last) in zip(lengths, pairwise(ends), strict=True)
        ]
    if pa.types.is_integer(kind):
        if not column.null_count:
            numbers: list[Any] = column.to_numpy().tolist()
            return numbers
        numbers = pc.fill_null(column, 0).to_numpy().tolist()
        for place in np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)).tolist():
            numbers[place] = None
        return numbers
    plain: list[Any] = column.to_pylist()
    return plain


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """What `to_pylist` of a table gives."""
    names = table.column_names
    return [dict(zip(names, row, strict=True)) for row in tuples(table, *names)]


def tuples(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    """Rows of these columns."""
    return list(zip(*(values(table.column(name)) for name in names), strict=True))
