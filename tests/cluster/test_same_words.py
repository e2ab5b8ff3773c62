"""Words of the SQL files that the two engines might take differently, one statement each."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest

pytest.importorskip("sqlglot", reason="SQLGlot is not installed: painpath[spark]")

from painpath.cluster.evaluating import plainly
from painpath.cluster.translating import to_spark
from painpath.engine.running import Runner

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

FIRST = datetime.date(2023, 1, 1)
DAYS = pa.table(
    {
        "day": [FIRST + datetime.timedelta(days=n) for n in range(731) for _ in range(-25, 26)],
        "months": pa.array([m for _ in range(731) for m in range(-25, 26)], pa.int32()),
    }
)
THINGS = pa.table(
    {
        "k": pa.array([1, 1, 1, 2, 2, 3], pa.int32()),
        "a": pa.array([1, 2, 3, 4, 5, None], pa.int64()),
        "b": pa.array([2, 2, None, 7, 7, None], pa.int64()),
        "x": [0.5, 1.5, 2.5, -0.5, -1.5, None],
        "on": [FIRST, None, FIRST, FIRST, None, None],
        "yes": [True, False, None, False, False, None],
        "facts": pa.array([[1, 1], None, [], [4], [5], None], pa.list_(pa.int64())),
    }
)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT day, months, add_months(day, months) AS moved FROM days",
        "SELECT day, months, day + months - 3 AS moved, months + day AS other FROM days",
        "SELECT k, a, CAST(DATE_DIFF('day', DATE '1900-01-01', \"on\") AS BIGINT) * 100000000000"
        " + a AS entry FROM things",
        "SELECT k, ARG_MIN(a, ROW(b, a)) FILTER (WHERE b IS NOT NULL) AS low,"
        " ARG_MAX(a, ROW(b, a)) FILTER (WHERE b IS NOT NULL) AS high FROM things GROUP BY k",
        "SELECT k, ARRAY_AGG(a) FILTER (WHERE b = 7) AS found FROM things GROUP BY k",
        "SELECT k, a, CAST(x AS INTEGER) AS whole FROM things",
        "SELECT k, a, LEAST(a, b) AS low, GREATEST(a, b) AS high FROM things",
        "SELECT k, a, COALESCE(facts, []) AS one, LIST_DISTINCT(facts) AS other,"
        " COALESCE(ARRAY_CONCAT(facts, CAST(NULL AS BIGINT[])), facts) AS joined FROM things",
        "SELECT k, BOOL_OR(yes) AS yes, BIT_OR(a) AS bits, BIT_AND(b) AS all_ FROM things"
        " GROUP BY k",
        "SELECT k, a, ROW_NUMBER() OVER (PARTITION BY k ORDER BY b, a) AS up,"
        " ROW_NUMBER() OVER (PARTITION BY k ORDER BY b DESC, a DESC) AS down,"
        " LEAD(a) OVER (PARTITION BY k ORDER BY a DESC) AS then_ FROM things WHERE a IS NOT NULL",
        "SELECT k, a, x = 0.5 AND yes AS both, yes OR a > 1 AS either, a & ~b AS bits FROM things",
        "SELECT k, a, CASE WHEN x > 0 THEN DATE '0001-01-01' ELSE \"on\" END AS since FROM things",
    ],
)
def test_both_engines_say_the_same(spark: Any, text: str) -> None:
    session = plainly(spark)
    here = Runner(1, None)
    for name, table in (("days", DAYS), ("things", THINGS)):
        session.createDataFrame(table).createOrReplaceTempView(name)
        here.put(name, table)
    found, expected = session.sql(to_spark(text)).toArrow(), here.once(text)
    assert found.column_names == expected.column_names
    assert _rows(found) == _rows(expected)


def _rows(table: pa.Table) -> list[str]:
    return sorted(str(list(row.values())) for row in table.to_pylist())


def test_a_leap_day_is_moved_to_the_end_of_february(spark: Any) -> None:
    text = "SELECT add_months(DATE '2024-02-29', 12) AS a, add_months(DATE '2024-08-31', -6) AS b"
    (row,) = plainly(spark).sql(to_spark(text)).toArrow().to_pylist()
    assert row == {"a": datetime.date(2025, 2, 28), "b": datetime.date(2024, 2, 29)}
