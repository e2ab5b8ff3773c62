"""Facts into answers on Spark: every SQL file of the engine, in its order, as a view.

Views that several statements read are kept, parted so that what belongs to one patient, and then
to one complaint, lies together: from there on nothing has to travel for a join or a group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from painpath.cluster.translating import to_spark
from painpath.engine.engine import KINDS, STEPS
from painpath.engine.running import statement

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ANSWER = {
    "complaint": "BIGINT",
    "question": "INT",
    "verdict": "INT",
    "due": "DATE",
    "reason": "STRING",
    "evidence": "ARRAY<BIGINT>",
}
_TOGETHER = {
    "patient": "patient",
    "fact": "patient",
    "recognised": "patient",
    "complaint": "patient",
    "matched": "complaint",
    "dated": "complaint",
    "seen": "complaint",
    "tested": "complaint",
    "relieved": "complaint",
}
"""Views that are read more than once, and by what they lie together."""

_PLAN = {
    # What is already parted by the complaint serves for any key that begins with it.
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    # Parts that were joined or split anew would no longer lie together.
    "spark.sql.adaptive.enabled": "false",
    # Nothing here is large within a part: a table is hashed, not sorted.
    "spark.sql.join.preferSortMergeJoin": "false",
    "spark.sql.session.timeZone": "UTC",
}


class Answered(msgspec.Struct, frozen=True):
    """What the SQL says, as Spark's tables; their complaints are numbered with gaps."""

    complaints: DataFrame
    answers: DataFrame
    taken: DataFrame


def plainly(spark: SparkSession) -> SparkSession:
    """A session beside the caller's in which statements run as they are laid out here."""
    apart = spark.newSession()
    for name, value in _PLAN.items():
        apart.conf.set(name, value)
    return apart


def answer(
    spark: SparkSession,
    raw_fact: DataFrame,
    patient: DataFrame,
    tables: dict[str, pa.Table],
    *,
    parts: int,
    detail: bool = False,
    given: DataFrame | None = None,
) -> Answered:
    """Answer every question about these patients.

    Args:
        spark: a session by `plainly`.
        raw_fact: facts as `fact.sql` wants them.
        patient: who they are of, and the day asked about.
        tables: the knowledge, sent to every machine.
        parts: into how many the patients are parted.
        detail: also the facts behind each answer.
        given: problems stated by the caller instead of recognised from the facts.
    """
    spark.conf.set("spark.sql.shuffle.partitions", str(parts))
    views = _Views(spark, parts)
    for name, table in tables.items():
        views.everywhere(name, table)
    views.everywhere("evaluation", pa.table({"detail": [detail]}))
    views.put("raw_fact", raw_fact)
    views.put("patient", patient)
    for step in STEPS:
        if step == "recognised" and given is not None:
            views.put(step, given)
        elif step == "spell":
            # A row a day and window.
            views.everywhere(step, views.ask(step).toArrow())
        else:
            views.put(step, views.ask(step))
    if detail:
        views.put("witness", views.ask("witness"))
    else:
        views.everywhere("witness", _WITNESS.empty_table())
    views.put("relieved", views.ask("relieved"))
    return Answered(
        complaints=spark.table("complaint"),
        answers=spark.sql(_answers(set(tables["k_ask"].column("kind").to_pylist()), detail)),
        taken=views.ask("taken"),
    )


def _answers(asked: set[str], detail: bool) -> str:
    """One statement for the answers of every kind that is asked."""
    columns = ", ".join(
        f"CAST(`{name}` AS {kind}) AS `{name}`"
        for name, kind in _ANSWER.items()
        if detail or name != "evidence"
    )
    return " UNION ALL ".join(
        f"SELECT {columns} FROM ({to_spark(statement(f'kinds/{kind}'))})"
        for kind in KINDS
        if kind in asked
    )


_LIST = pa.list_(pa.int64())
_WITNESS = pa.schema(
    [
        ("complaint", pa.int64()),
        ("reach", pa.int32()),
        *((name, _LIST) for name in ("fitting", "fitting_yes", "deeds", "sure_no", "looked_at")),
    ]
)


class _Views:
    """Names under which statements find rows."""

    def __init__(self, spark: SparkSession, parts: int) -> None:
        self._spark = spark
        self._parts = parts

    def ask(self, name: str) -> DataFrame:
        """The rows of one SQL file."""
        return self._spark.sql(to_spark(statement(name)))

    def everywhere(self, name: str, table: pa.Table) -> None:
        """A small table that every machine gets whole."""
        rows = self._spark.createDataFrame(table)
        rows.hint("broadcast").createOrReplaceTempView(name)

    def put(self, name: str, rows: DataFrame) -> None:
        """Rows that later statements read; those read more than once are kept.

        A view that is kept begins a new plan: plans that hold those of all views before them,
        several times over, take longer to make than to run.
        """
        from pyspark import StorageLevel

        key = _TOGETHER.get(name)
        if key is not None:
            # Named anew, or Spark loses sight of what they are parted by.
            named = rows.select(*(rows[column].alias(column) for column in rows.columns))
            parted = named.repartition(self._parts, key)
            # Kept as bytes: millions of small objects would busy the garbage collector.
            rows = parted.localCheckpoint(False, StorageLevel.MEMORY_AND_DISK)
        rows.createOrReplaceTempView(name)
