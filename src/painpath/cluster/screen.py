"""A screen on Spark: facts in, the same tables, worklists and page out as on one machine.

Parquet facts are parted into lots of patients; each lot goes through Python (`lots`), all of them
through the engine's SQL (`evaluating`), and each lot through Python again. Spark writes the tables;
the driver makes of them what people read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from painpath.cluster.evaluating import answer, plainly
from painpath.cluster.lots import ROW, TOLD_ON, Desk, Job, concluding, preparing
from painpath.cluster.numbering import COMPLAINTS, MOST_LOTS
from painpath.cluster.packing import LOT, TABLE, ddl, packed, unpacked
from painpath.cluster.sessions import Files, local, place, session, spoken
from painpath.omop.sources import is_omop
from painpath.planning.payer import choose_policy
from painpath.records import store
from painpath.records.errors import RecordError
from painpath.screening.collecting import (
    CODES,
    FILES,
    Result,
    worklist_names,
    write_lists,
    write_table,
)
from painpath.screening.known import knowledge_mark, ready
from painpath.screening.pieces import Watch
from painpath.screening.runs import PieceSheet
from painpath.screening.screen import gather
from painpath.screening.steps import FACTS
from painpath.screening.telling import WORKLIST
from painpath.screening.terms import Terms

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LOT_OF_PATIENTS = 4_000
_LOT_OF_FACTS = 400_000
_NEEDED = ("patients", "facts")
_MADE_HERE = ("codes.parquet", "criteria.parquet", "skips.csv", "summary.html", "worklist.csv")
"""Files that the driver makes of the tables that Spark has written."""


class Screen(msgspec.Struct, frozen=True):
    """Where a screen reads and writes, and on what terms."""

    facts: str
    out: str
    terms: Terms


def screen(
    export: str | Path,
    out: str | Path,
    terms: Terms,
    *,
    settings: Mapping[str, str] | None = None,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Result:
    """Screen a population on Spark.

    Args:
        export: a folder of facts on any file system that Spark reaches; or, on this machine, an
            export in FHIR or OMOP tables, which are read into facts here first.
        out: folder for the results, on any such file system.
        terms: the day asked about and whose criteria decide.
        settings: of Spark, for a session that does not run yet.
        jobs: processes that read records side by side.
        watch: told of progress in reading them.

    Raises:
        RecordError: if there is nothing to read, or Spark cannot do it; one sentence says why.
        UnknownPolicyError: if the policy is not known.
    """
    choose_policy(ready().knowledge, terms.policy, (), terms.as_of)
    with spoken():
        spark = session(settings or {})
        facts, where = place(export), place(out)
        sheets: list[PieceSheet] | None = None
        if not _has_facts(spark, export):
            sheets = _gathered(export, where, terms, jobs, watch)
            facts = f"{where}/{FACTS}"
        counts = _Run(spark, Screen(facts, where, terms)).tables(with_skips=sheets is None)
        skips = _lists(spark, where, terms, sheets)
    return Result(
        out=out,
        patients=counts["patients"],
        problems=counts["problems"],
        worklists={name: counts[name] for name in worklist_names()},
        skips=skips,
        files=FILES if sheets is None else [*FILES, f"{FACTS}/"],
    )


def _has_facts(spark: SparkSession, export: str | Path) -> bool:
    if is_omop(export):
        return False
    files = Files(spark, place(export))
    return all(files.has(f"{place(export)}/{name}") for name in _NEEDED)


def _gathered(
    export: str | Path, out: str, terms: Terms, jobs: int | None, watch: Watch | None
) -> list[PieceSheet]:
    """Read FHIR, or OMOP tables, on this machine."""
    folder = local(out)
    if local(place(export)) is None and not is_omop(export):
        raise RecordError(
            f"{export}: there are no facts (folders patients and facts); records are read by"
            " `painpath screen` where they are on this machine, which leaves facts for Spark"
        )
    if folder is None:
        raise RecordError(f"{out}: while records are read, results must be on this machine")
    return gather(local(place(export)) or str(export), folder, terms, jobs=jobs, watch=watch)


class _Run:
    """One screen's tables."""

    def __init__(self, spark: SparkSession, asked: Screen) -> None:
        self._spark = plainly(spark)
        self._asked = asked
        self._job = Job(asked.terms, knowledge_mark())

    def tables(self, *, with_skips: bool) -> dict[str, int]:
        """Write all tables; how many patients and problems, and rows of each worklist."""
        stored = self._stored()
        lots = self._lots(stored)
        desk = Desk(self._asked.terms)
        prepared = (
            packed({name: _in_lots(rows, lots) for name, rows in stored.items() if name != "notes"})
            .repartition(lots, LOT)
            .groupBy(LOT)
            .applyInArrow(preparing(self._job), ddl(desk.prepared))
            .persist()
        )
        answered = answer(
            self._spark,
            unpacked(prepared, "raw_fact"),
            unpacked(prepared, "patient"),
            desk.questions.tables,
            parts=lots,
        )
        told = (
            packed(
                {
                    "parcel": prepared.where(prepared[TABLE] == "parcel").select(LOT, "parcel.*"),
                    "complaint": _by_lot(answered.complaints),
                    "answer": _by_lot(answered.answers),
                    "taken": _by_lot(answered.taken),
                }
            )
            .repartition(lots, LOT)
            .groupBy(LOT)
            .applyInArrow(concluding(self._job), ddl(TOLD_ON))
            .persist()
        )
        try:
            counts = self._write(told)
        finally:
            told.unpersist()
            prepared.unpersist()
        if with_skips:
            self._write_one("skips", _skips(stored["notes"]))
        return counts

    def _stored(self) -> dict[str, DataFrame]:
        """The tables of the facts, each row with its place in its file."""
        from pyspark.sql import functions

        files = Files(self._spark, self._asked.facts)
        found = {}
        for name, schema in store.TABLES.items():
            path = f"{self._asked.facts}/{name}"
            if files.has(path):
                rows = self._spark.read.parquet(path)
            elif name in _NEEDED:
                raise RecordError(f"{path}: there is no such folder")
            else:
                rows = self._spark.createDataFrame(schema.empty_table())
            index = functions.col("_metadata.row_index") if files.has(path) else functions.lit(0)
            found[name] = rows.select(*schema.names, index.cast("long").alias(ROW))
        return found

    def _lots(self, stored: dict[str, DataFrame]) -> int:
        wanted: int = max(
            stored["patients"].count() // _LOT_OF_PATIENTS,
            stored["facts"].count() // _LOT_OF_FACTS,
            self._spark.sparkContext.defaultParallelism,
            1,
        )
        return min(wanted, MOST_LOTS)

    def _write(self, told: DataFrame) -> dict[str, int]:
        from pyspark.sql import functions

        counts: dict[str, int] = {}
        for name in TOLD_ON:
            rows = unpacked(told, name)
            if name in ("patients", "problems"):
                counts[name] = rows.count()
            if name == "worklist":
                found = rows.groupBy(name).count().collect()
                counts |= dict.fromkeys(worklist_names(), 0)
                counts |= {row[0]: row[1] for row in found}
                names = functions.array(*map(functions.lit, worklist_names()))
                order = functions.array_position(names, functions.col(name))
                rows = rows.orderBy(order, "key", "place").select(*WORKLIST.names).coalesce(1)
            self._write_one(name, rows)
        return counts

    def _write_one(self, name: str, rows: DataFrame) -> None:
        path = f"{self._asked.out}/{name}.parquet"
        rows.write.mode("overwrite").option("compression", "zstd").parquet(path)


def _in_lots(rows: DataFrame, lots: int) -> DataFrame:
    """Each patient in one of the lots, the same whatever table it is."""
    from pyspark.sql import functions

    return rows.withColumn(LOT, functions.expr(f"pmod(xxhash64(patient), {lots})"))


def _by_lot(rows: DataFrame) -> DataFrame:
    """Rows by complaint, with the lot that the complaint is numbered in."""
    return rows.withColumn(LOT, (rows["complaint"] / COMPLAINTS).cast("int"))


def _skips(notes: DataFrame) -> DataFrame:
    """What a record had that could not be used, as the facts have it."""
    return notes.selectExpr("ref AS `where`", "patient", "why").orderBy("patient", "where", "why")


# -- what the driver makes --


def _lists(spark: SparkSession, out: str, terms: Terms, sheets: Sequence[PieceSheet] | None) -> int:
    """What people read, beside the tables; how much was skipped."""
    here = local(out)
    return write_far(spark, out, terms) if here is None else _written(here, terms, sheets)


def write_far(spark: SparkSession, out: str, terms: Terms) -> int:
    """Make what people read from copies of the tables, and bring it to where they are."""
    files = Files(spark, out)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table in (*TOLD_ON, "skips"):
            files.fetch(f"{out}/{table}.parquet", folder)
        skips = _written(folder, terms, None)
        for made in _MADE_HERE:
            files.bring(folder / made, out)
    return skips


def _written(folder: Path, terms: Terms, sheets: Sequence[PieceSheet] | None) -> int:
    import pyarrow.dataset

    if sheets is None:
        write_table(folder / "codes.parquet", CODES, [CODES.empty_table()])
    write_lists(folder, terms, sheets or [])
    skips: int = pyarrow.dataset.dataset(folder / "skips.parquet").count_rows()
    return skips
