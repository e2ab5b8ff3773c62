"""Where the same words mean something else in DuckDB and in Spark, the translation says it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sqlglot", reason="SQLGlot is not installed: painpath[spark]")

from painpath.cluster.translating import OWN, to_spark

SQL = Path(__file__).parents[2] / "src" / "painpath" / "engine" / "sql"
STATEMENTS = sorted(SQL.rglob("*.sql"))


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_nothing_of_duckdb_is_left(path: Path) -> None:
    text = to_spark(path.read_text(encoding="utf-8")).upper()
    for word in ("MATERIALIZED", " ROW(", "ARG_MAX", "ARG_MIN", "LIST_", "[", "::", "--"):
        assert word not in text, word


def test_rows_are_compared_column_by_column() -> None:
    assert to_spark("SELECT ARG_MIN(a, ROW(b, c)) FROM t") == (
        "SELECT MIN_BY(`a`, STRUCT(`b`, `c`)) FROM `t`"
    )


def test_a_list_of_nothing_is_null() -> None:
    text = to_spark("SELECT ARRAY_AGG(a) FILTER (WHERE b) AS x FROM t GROUP BY c")
    once = "COLLECT_LIST(`a`) FILTER(WHERE `b`)"
    assert f"CASE WHEN SIZE({once}) = 0 THEN NULL ELSE {once} END AS `x`" in text


def test_nothing_adds_nothing_to_a_list() -> None:
    assert to_spark("SELECT ARRAY_CONCAT([a], b) AS x FROM t") == (
        "SELECT CONCAT(ARRAY(`a`), COALESCE(`b`, ARRAY())) AS `x` FROM `t`"
    )


def test_a_number_becomes_an_integer_by_rounding() -> None:
    assert "CAST(BROUND(`a`) AS INT)" in to_spark("SELECT CAST(a AS INTEGER) FROM t")
    assert to_spark("SELECT CAST(-1 AS BIGINT)") == "SELECT CAST(-1 AS BIGINT)"


def test_numbers_over_everybody_become_numbers_of_each_patient() -> None:
    text = to_spark("SELECT ROW_NUMBER() OVER (ORDER BY e.patient, e.b) AS n FROM e")
    assert f"`e`.`patient` * {OWN} + ROW_NUMBER() OVER (PARTITION BY `e`.`patient`" in text


def test_numbers_over_everybody_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match="in the order of patients"):
        to_spark("SELECT ROW_NUMBER() OVER (ORDER BY e.b) AS n FROM e")


def test_numbers_within_something_stay() -> None:
    text = to_spark("SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) AS n FROM e")
    assert str(OWN) not in text


def test_nulls_come_last_as_in_duckdb() -> None:
    assert "ORDER BY `b` NULLS LAST" in to_spark("SELECT a FROM t ORDER BY b")
