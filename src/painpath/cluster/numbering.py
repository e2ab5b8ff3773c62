"""Numbers of patients, facts and complaints that are unlike over all lots of a population.

Within a lot everything is numbered from 0 (or 1), as the engine does; across the cluster the lot's
number stands above that. Complaints are numbered with gaps, in the order of their patients.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from painpath.cluster.translating import OWN

_PATIENTS = 1 << 20
_FACTS = 1 << 22
COMPLAINTS = _PATIENTS * OWN
"""Numbers of complaints that belong to one lot."""
MOST_LOTS = 20_000
"""`kinds/score.sql` orders entries by day and then by fact: facts must stay below 10^11."""


def lifted(table: pa.Table, lot: int) -> pa.Table:
    """A lot's facts or patients with numbers that no other lot has.

    Raises:
        ValueError: if there are more than a lot has numbers for.
    """
    for name, most in (("patient", _PATIENTS), ("fact", _FACTS), ("about", _FACTS)):
        if name in table.column_names:
            column = table.column(name).cast(pa.int64())
            largest = pc.max(column).as_py()
            if largest is not None and largest >= most:
                raise ValueError(f"{largest:,} is too high a number for a {name} of one lot")
            moved = pc.add(column, lot * most)
            table = table.set_column(table.column_names.index(name), name, moved)
    return table


def lowered(complaints: pa.Table, lot: int) -> pa.Table:
    """Complaints of a lot numbered from 1 without gaps, their patients and facts from 0."""
    complaints = complaints.sort_by("complaint").combine_chunks()
    count = complaints.num_rows
    facts = lot * _FACTS
    patient = pc.subtract(complaints.column("patient"), lot * _PATIENTS).cast(pa.int32())
    columns = {
        "complaint": pa.array(np.arange(1, count + 1, dtype=np.int64)),
        "patient": patient,
        "since_fact": pc.subtract(complaints.column("since_fact"), facts),
        "evidence": _moved(complaints.column("evidence"), facts),
    }
    for name, column in columns.items():
        complaints = complaints.set_column(complaints.column_names.index(name), name, column)
    return complaints


def placed(table: pa.Table, complaints: pa.Table, lot: int) -> pa.Table:
    """Rows by complaint with the numbers that `lowered` gives to these complaints."""
    known = np.sort(complaints.column("complaint").to_numpy())
    number = np.searchsorted(known, table.column("complaint").to_numpy()) + 1
    table = table.set_column(
        table.column_names.index("complaint"), "complaint", pa.array(number, pa.int64())
    )
    facts = lot * _FACTS
    if "fact" in table.column_names:
        moved = pc.subtract(table.column("fact"), facts)
        table = table.set_column(table.column_names.index("fact"), "fact", moved)
    if "evidence" in table.column_names:
        moved = _moved(table.column("evidence"), facts)
        table = table.set_column(table.column_names.index("evidence"), "evidence", moved)
    return table


def _moved(lists: pa.ChunkedArray, by: int) -> pa.Array:
    """Lists of facts with numbers that are lower by so many."""
    whole = pa.concat_arrays(lists.chunks) if lists.num_chunks else pa.array([], lists.type)
    lengths = pc.fill_null(pc.list_value_length(whole), 0).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    values = pc.subtract(whole.flatten(), by)
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=whole.is_null())
