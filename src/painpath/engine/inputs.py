"""Facts and patients as the SQL files want them: keys and flags instead of words."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge.vocabulary import Vocabulary

_RAW_FACT = pa.schema(
    [
        ("patient", pa.int32()),
        ("fact", pa.int64()),
        ("concept", pa.int32()),
        ("region", pa.int64()),
        ("side", pa.int32()),
        ("level", pa.int64()),
        ("value", pa.float64()),
        ("open", pa.bool_()),
        ("is_order", pa.bool_()),
        ("is_computed", pa.bool_()),
        # A status code of something that was done ("presence of artificial knee joint").
        ("is_status", pa.bool_()),
        # A drug only planned, or given for something else: it bears on safety, and was not tried.
        ("not_tried", pa.bool_()),
        ("recorded", pa.date32()),
        ("start_lo", pa.date32()),
        ("start_hi", pa.date32()),
        ("end_lo", pa.date32()),
        ("end_hi", pa.date32()),
        ("about", pa.int64()),
    ]
)

_PATIENT = pa.schema(
    [
        ("patient", pa.int32()),
        ("birth_lo", pa.date32()),
        ("birth_hi", pa.date32()),
        ("sex", pa.string()),
        ("state", pa.string()),
        ("asked_on", pa.date32()),
        ("known_by", pa.date32()),
    ]
)


def raw_facts(facts: pa.Table, vocabulary: Vocabulary, events: pa.Array) -> pa.Table:
    """The `raw_fact` table.

    Args:
        facts: per `painpath.records.facts.FACTS`.
        vocabulary: the one that they were read with, or whose concept names they use.
        events: keys of concepts that are something done, of which a condition is only a status.
    """
    concept = facts.column("concept").combine_chunks()
    kind = facts.column("kind").combine_chunks()
    origin = facts.column("origin").combine_chunks()
    own = pa.array(vocabulary.concepts, type=pa.string())
    keys = concept.indices
    if not concept.dictionary.equals(own):
        keys = pc.index_in(concept.cast(pa.string()), value_set=own)
    columns: list[pa.Array | pa.ChunkedArray] = [
        facts.column("patient"),
        facts.column("fact"),
        keys,
        facts.column("region"),
        facts.column("side").cast(pa.int32()),
        facts.column("level"),
        facts.column("value"),
        facts.column("open"),
        pc.equal(kind.cast(pa.string()), "order"),
        pc.equal(origin.cast(pa.string()), "computed"),
        pc.and_(
            pc.equal(kind.cast(pa.string()), "condition"),
            pc.is_in(keys, value_set=events),
        ),
        pc.equal(kind.cast(pa.string()), "drug-not-tried"),
        facts.column("recorded"),
        facts.column("start_lo"),
        facts.column("start_hi"),
        facts.column("end_lo"),
        facts.column("end_hi"),
        facts.column("about"),
    ]
    return pa.Table.from_arrays(columns, schema=_RAW_FACT)


def raw_patients(
    patients: pa.Table,
    asked_on: datetime.date | Sequence[datetime.date],
    known_by: datetime.date | None,
) -> pa.Table:
    """The `patient` table: whom is asked about, as of which day, by what is known on which day."""
    n = patients.num_rows
    days = [asked_on] * n if isinstance(asked_on, datetime.date) else list(asked_on)
    return pa.Table.from_arrays(
        [
            patients.column("patient"),
            patients.column("birth_lo"),
            patients.column("birth_hi"),
            patients.column("sex"),
            patients.column("state"),
            pa.array(days, type=pa.date32()),
            pa.array(days if known_by is None else [known_by] * n, type=pa.date32()),
        ],
        schema=_PATIENT,
    )
