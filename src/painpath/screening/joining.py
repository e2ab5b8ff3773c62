"""Tables of patients cut and joined: all of them have a column `patient`."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from painpath.records.store import places

Column: TypeAlias = pa.ChunkedArray | pa.Array


def kept(table: pa.Table, patients: Column) -> pa.Table:
    """The rows of these patients."""
    if not table.num_rows:
        return table
    return table.filter(pc.is_in(table.column("patient"), value_set=_flat(patients)))


class Blend:
    """Patients of before and patients of now as one set.

    Those who stay as they were are copied in long runs: nothing of them is looked at.

    Args:
        old: patients of before, in the order in which their rows stand in every table.
        new: those of now, likewise.
        order: everyone there is now, `new` where it has them, else `old`.
    """

    def __init__(self, old: Column, new: Column, order: Column) -> None:
        self._sides = _flat(old), _flat(new)
        wanted = pa.chunked_array([_flat(order)])
        was, now = (places(wanted, pa.chunked_array([side])) for side in self._sides)
        at = np.where(now >= 0, now + len(old), was)
        breaks = np.flatnonzero(np.diff(at) != 1) + 1
        # From which patient to which, of both sides numbered through.
        self._first = at[np.concatenate(([0], breaks))] if len(at) else at
        self._last = at[np.concatenate((breaks - 1, [len(at) - 1]))] if len(at) else at

    def table(self, old: pa.Table, new: pa.Table) -> pa.Table:
        """One of the tables, patients in their order, the rows of each as they stood."""
        both = pa.concat_tables([old, new]).unify_dictionaries()
        whose = [
            places(part.column("patient"), pa.chunked_array([side])) + before
            for part, side, before in zip(
                (old, new), self._sides, (0, len(self._sides[0])), strict=True
            )
        ]
        rows = np.concatenate(whose)
        begins = np.searchsorted(rows, self._first, side="left").tolist()
        ends = np.searchsorted(rows, self._last, side="right").tolist()
        runs = [both.slice(a, b - a) for a, b in zip(begins, ends, strict=True) if b > a]
        return pa.concat_tables(runs or [both.slice(0, 0)]).combine_chunks()


def _flat(column: Column) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return column.cast(pa.string())
