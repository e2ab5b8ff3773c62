"""The same facts through both engines, and every verdict table compared row by row."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa

from painpath.cluster.evaluating import answer, plainly
from painpath.cluster.numbering import lifted, lowered, placed
from painpath.engine.engine import Engine
from painpath.engine.inputs import raw_facts, raw_patients
from painpath.engine.questions import Questions

LOT = 3
"""Not the first, so that wrong numbers show."""
PARTS = 2


def on_spark(
    spark: Any,
    engine: Engine,
    facts: pa.Table,
    patients: pa.Table,
    day: datetime.date,
    given: pa.Table | None = None,
) -> dict[str, pa.Table]:
    """Every verdict table by Spark."""
    questions = Questions(engine.knowledge, engine.vocabulary, engine.rules)
    session = plainly(spark)
    raw = lifted(raw_facts(facts, engine.vocabulary, questions.events), LOT)
    people = lifted(raw_patients(patients, day, None), LOT)
    found = answer(
        session,
        session.createDataFrame(raw),
        session.createDataFrame(people),
        questions.tables,
        parts=PARTS,
        detail=True,
        given=None if given is None else session.createDataFrame(lifted(given, LOT)),
    )
    complaints = found.complaints.toArrow()
    mine = lowered(complaints, LOT)
    answers = placed(found.answers.toArrow(), complaints, LOT)
    judged = questions.judge.judge(mine, answers, detail=True)
    return {
        "complaints": mine,
        "answers": answers,
        "values": judged.values,
        "asked": judged.asked,
        "outcomes": judged.outcomes,
        "statuses": judged.statuses,
        "taken": placed(found.taken.toArrow(), complaints, LOT),
    }


def assert_same_verdicts(
    spark: Any,
    engine: Engine,
    facts: pa.Table,
    patients: pa.Table,
    day: datetime.date,
    given: pa.Table | None = None,
) -> dict[str, int]:
    """Both engines say the same, row by row; how many rows each table has."""
    verdicts = engine.evaluate(facts, patients, day, given=given)
    assert not verdicts.failures
    found = on_spark(spark, engine, facts, patients, day, given)
    counts = {}
    for name, table in found.items():
        expected: pa.Table = getattr(verdicts, name)
        assert sorted(table.column_names) == sorted(expected.column_names), name
        mine, theirs = _rows(table, expected.column_names), _rows(expected, expected.column_names)
        for spark_row, duckdb_row in zip(mine, theirs, strict=False):
            assert spark_row == duckdb_row, name
        assert len(mine) == len(theirs), name
        counts[name] = len(mine)
    return counts


def _rows(table: pa.Table, names: list[str]) -> list[tuple[str, ...]]:
    """Rows in an order of their own, lists too: neither engine promises one."""
    rows = table.select(names).to_pylist()
    return sorted(
        tuple(
            repr(sorted(value)) if isinstance(value, list) else repr(value) for value in r.values()
        )
        for r in rows
    )
