"""The engine's SQL files, written for DuckDB, as Spark SQL. No other module knows both dialects."""

from __future__ import annotations

from functools import cache

from painpath.records.errors import RecordError

try:
    import sqlglot
    from sqlglot import exp
except ImportError:
    raise RecordError("--engine spark needs SQLGlot: pip install 'painpath[spark]'") from None

OWN = 1 << 12
"""Complaints are numbered patient by patient, each patient in a span of its own of this many."""


@cache
def to_spark(text: str) -> str:
    """One statement of DuckDB as one of Spark that gives the same rows.

    SQLGlot knows the names of functions and types. What it does not know is below: where the same
    words mean something else.
    """
    tree = sqlglot.parse_one(text, read="duckdb")
    for rewrite in (_unmaterialized, _structs, _rounded, _lists, _joined, _numbers):
        tree = tree.transform(rewrite)
    translated: str = tree.sql(dialect="spark", identify=True, comments=False)
    return translated


def _unmaterialized(node: exp.Expression) -> exp.Expression:
    """Spark has no word for keeping a common table; which are kept is `evaluating`'s business."""
    if isinstance(node, exp.CTE):
        node.set("materialized", None)
    return node


def _structs(node: exp.Expression) -> exp.Expression:
    """`ROW(a, b)`, compared column by column."""
    if isinstance(node, exp.Anonymous) and node.name.upper() == "ROW":
        return exp.Struct(expressions=node.expressions)
    return node


def _rounded(node: exp.Expression) -> exp.Expression:
    """DuckDB rounds a number that becomes an integer, to the even one of two; Spark cuts it off."""
    if isinstance(node, exp.Cast) and node.to.is_type("int") and not node.this.is_int:
        if isinstance(node.this, exp.Null | exp.Anonymous):
            return node
        rounded = exp.Anonymous(this="BROUND", expressions=[node.this])
        return exp.Cast(this=rounded, to=node.to)
    return node


def _lists(node: exp.Expression) -> exp.Expression:
    """A list of nothing: NULL in DuckDB, empty in Spark."""
    is_list = isinstance(node, exp.Filter) and isinstance(node.this, exp.ArrayAgg)
    if not is_list or isinstance(node.parent, exp.Case | exp.If):
        return node
    empty = exp.EQ(this=exp.ArraySize(this=node.copy()), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=empty, true=exp.Null())], default=node.copy())


def _joined(node: exp.Expression) -> exp.Expression:
    """Lists put together: a NULL adds nothing in DuckDB, and makes all of it NULL in Spark."""
    if not isinstance(node, exp.ArrayConcat):
        return node
    parts = [
        part if isinstance(part, exp.Array) else exp.Coalesce(this=part, expressions=[exp.Array()])
        for part in (node.this, *node.expressions)
    ]
    return exp.ArrayConcat(this=parts[0], expressions=parts[1:])


def _numbers(node: exp.Expression) -> exp.Expression:
    """A number over everybody, which would put everybody on one machine.

    Such numbers need only rise from patient to patient: each patient counts in a span of his own.
    """
    if not isinstance(node, exp.Window) or not isinstance(node.this, exp.RowNumber):
        return node
    order = node.args.get("order")
    if node.args.get("partition_by") or order is None:
        return node
    patient, *others = [each.this for each in order.expressions]
    if not isinstance(patient, exp.Column) or patient.name != "patient":
        raise ValueError("rows can be numbered over all patients only in the order of patients")
    window = node.copy()
    window.set("partition_by", [patient.copy()])
    window.set("order", exp.Order(expressions=[exp.Ordered(this=each.copy()) for each in others]))
    first = exp.Mul(this=patient.copy(), expression=exp.Literal.number(OWN))
    return exp.Paren(this=exp.Add(this=first, expression=window))
