"""Several evaluations as one: the engine takes many patients at nearly the price of one.

`joined` numbers the patients and facts of several askers through; `part` gives each its own back.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from painpath.engine.engine import Verdicts


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
        facts.append(
            _moved(ask.facts, {"patient": first_patient, "fact": first_fact, "about": first_fact})
        )
        patients.append(_moved(ask.patients, {"patient": first_patient}))
        days.extend(ask.days)
        first_patient = _after(ask.patients, "patient", first_patient)
        first_fact = _after(ask.facts, "fact", first_fact)
    return Joined(
        pa.concat_tables(facts).unify_dictionaries().combine_chunks(),
        pa.concat_tables(patients).combine_chunks(),
        days,
        lots,
    )


def part(verdicts: Verdicts, lot: Lot) -> Verdicts:
    """One asker's verdicts, with the numbers that its own tables have."""
    whole = verdicts.complaints
    patient = whole.column("patient")
    mine = whole.filter(
        pc.and_(
            pc.greater_equal(patient, lot.patient), pc.less(patient, lot.patient + lot.patients)
        )
    )
    keys = mine.column("complaint").combine_chunks()

    def own(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.is_in(rows.column("complaint"), value_set=keys))

    fact = -lot.fact
    moves = {"patient": -lot.patient, "since_fact": fact}
    return msgspec.structs.replace(
        verdicts,
        complaints=_lists_moved(_moved(mine, moves), "evidence", fact),
        answers=_lists_moved(own(verdicts.answers), "evidence", fact),
        values=own(verdicts.values),
        asked=own(verdicts.asked),
        outcomes=own(verdicts.outcomes),
        statuses=own(verdicts.statuses),
        taken=_moved(own(verdicts.taken), {"fact": fact}),
    )


def _after(table: pa.Table, name: str, offset: int) -> int:
    """The first number that is free after a table moved by `offset`."""
    highest = pc.max(table.column(name)).as_py()
    return offset if highest is None else offset + int(highest) + 1


def _moved(table: pa.Table, offsets: dict[str, int]) -> pa.Table:
    for name, offset in offsets.items():
        if not offset:
            continue
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        moved = pc.add(table.column(index), pa.scalar(offset, type=field.type))
        table = table.set_column(index, field, moved)
    return table


def _lists_moved(table: pa.Table, name: str, offset: int) -> pa.Table:
    """A column of lists of fact numbers; null lists stay null."""
    if not offset or name not in table.schema.names:
        return table
    index = table.schema.get_field_index(name)
    field = table.schema.field(index)
    column = table.column(index).combine_chunks()
    if not len(column):
        return table
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    ends = [0, *lengths.cumsum().tolist()]
    values = pc.add(pc.list_flatten(column), pa.scalar(offset, type=field.type.value_type))
    lists = pa.ListArray.from_arrays(
        pa.array(ends, type=pa.int32()), values, type=field.type, mask=pc.is_null(column)
    )
    return table.set_column(index, field, lists)
