"""Several evaluations as one: the engine takes many patients at nearly the price of one.

`joined` numbers the patients and facts of several askers through; `parts` gives each its own back.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from painpath.engine.engine import Verdicts

Numbers = np.ndarray[Any, np.dtype[np.int64]]


class Ask(msgspec.Struct, frozen=True):
    """What one asker wants to know: `Engine.evaluate`'s facts, patients and a day a patient."""

    facts: pa.Table
    patients: pa.Table
    days: tuple[datetime.date, ...]


class Lot(msgspec.Struct, frozen=True):
    """Where an asker's patients and facts begin among all, and how many patients there are."""

    patient: int
    fact: int
    patients: int


class Joined(msgspec.Struct, frozen=True):
    """Several asks as one, and which lot is whose."""

    facts: pa.Table
    patients: pa.Table
    days: list[datetime.date]
    lots: list[Lot]


def joined(asks: Sequence[Ask]) -> Joined:
    """All asks in one; patients and facts are numbered through."""
    facts: list[pa.Table] = []
    patients: list[pa.Table] = []
    days: list[datetime.date] = []
    lots: list[Lot] = []
    first_patient = first_fact = 0
    for ask in asks:
        lots.append(Lot(first_patient, first_fact, ask.patients.num_rows))
        moved = _moved(ask.facts, "patient", first_patient)
        for name in ("fact", "about"):
            moved = _moved(moved, name, first_fact)
        facts.append(moved)
        patients.append(_moved(ask.patients, "patient", first_patient))
        days.extend(ask.days)
        first_patient = _after(ask.patients, "patient", first_patient)
        first_fact = _after(ask.facts, "fact", first_fact)
    return Joined(
        pa.concat_tables(facts).unify_dictionaries().combine_chunks(),
        pa.concat_tables(patients).combine_chunks(),
        days,
        lots,
    )


def parts(verdicts: Verdicts, lots: Sequence[Lot]) -> list[Verdicts]:
    """Each asker's verdicts, with the numbers that its own tables have.

    Args:
        verdicts: what was said of the joined tables.
        lots: whose they are, in the order of `joined`.
    """
    patients = np.array([lot.patient for lot in lots])
    facts = np.array([lot.fact for lot in lots])
    complaint = verdicts.complaints.column("complaint").to_numpy()
    patient = verdicts.complaints.column("patient").to_numpy()
    whose = np.zeros(complaint.max(initial=0) + 1, dtype=np.int64)
    whose[complaint] = np.searchsorted(patients, patient, side="right") - 1

    def shared(rows: pa.Table, *names: str) -> list[pa.Table]:
        """Everybody's own rows; the facts in these columns numbered as they were."""
        lot = whose[rows.column("complaint").to_numpy()]
        order = np.argsort(lot, kind="stable")
        rows, lot = rows.take(order), lot[order]
        for name in names:
            rows = _moved(rows, name, -(patients if name == "patient" else facts)[lot])
        ends = np.searchsorted(lot, np.arange(len(lots) + 1)).tolist()
        return [rows.slice(first, last - first) for first, last in pairwise(ends)]

    tables = {
        "complaints": shared(verdicts.complaints, "patient", "since_fact", "evidence"),
        "answers": shared(verdicts.answers, "evidence"),
        "values": shared(verdicts.values),
        "asked": shared(verdicts.asked),
        "outcomes": shared(verdicts.outcomes),
        "statuses": shared(verdicts.statuses),
        "taken": shared(verdicts.taken, "fact"),
    }
    return [
        msgspec.structs.replace(verdicts, **dict(zip(tables, own, strict=True)))
        for own in zip(*tables.values(), strict=True)
    ]


def _after(table: pa.Table, name: str, offset: int) -> int:
    """The first number that is free after a table moved by `offset`."""
    highest = pc.max(table.column(name)).as_py()
    return offset if highest is None else offset + int(highest) + 1


def _moved(table: pa.Table, name: str, by: int | Numbers) -> pa.Table:
    """A table whose numbers in one column, or in its lists, are moved: all alike or by row."""
    if (isinstance(by, int) and not by) or name not in table.column_names or not table.num_rows:
        return table
    index = table.schema.get_field_index(name)
    field = table.schema.field(index)
    column = table.column(index).combine_chunks()
    if not pa.types.is_list(field.type):
        return table.set_column(index, field, _sum(column, by))
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    ends = np.concatenate([[0], lengths.cumsum()])
    values = _sum(pc.list_flatten(column), by if isinstance(by, int) else np.repeat(by, lengths))
    lists = pa.ListArray.from_arrays(
        pa.array(ends, type=pa.int32()), values, type=field.type, mask=pc.is_null(column)
    )
    return table.set_column(index, field, lists)


def _sum(numbers: pa.Array, by: int | Numbers) -> pa.Array:
    kind = numbers.type
    more = pa.scalar(by, type=kind) if isinstance(by, int) else pa.array(by).cast(kind)
    return pc.add(numbers, more)
