"""What happens to a lot of patients around the SQL, without Spark."""

from __future__ import annotations

import datetime
import sys

import pyarrow as pa
import pytest

pytest.importorskip("sqlglot", reason="SQLGlot is not installed: painpath[spark]")
from typer.testing import CliRunner

from painpath.cli.main import app
from painpath.cluster.lots import ROW, Job, desk, stored
from painpath.cluster.numbering import lifted, lowered, placed
from painpath.cluster.packing import LOT, ddl, pack, unpack
from painpath.cluster.sessions import local, place
from painpath.records.store import TABLES
from painpath.screening.terms import Terms

DAY = datetime.date(2026, 11, 1)
SCHEMAS = {
    "some": pa.schema([("a", pa.int32()), ("b", pa.list_(pa.string()))]),
    "other": pa.schema([("a", pa.date32())]),
}


def test_tables_travel_together_and_come_apart_again() -> None:
    tables = {
        "some": pa.table({"a": [1, None], "b": [["x"], None]}, SCHEMAS["some"]),
        "other": pa.table({"a": [DAY]}, SCHEMAS["other"]),
    }
    packed = pack(7, tables, SCHEMAS)
    assert packed.column(LOT).to_pylist() == [7, 7, 7]
    for name, table in tables.items():
        assert unpack(packed, name).to_pylist() == table.to_pylist()


def test_a_table_without_rows_keeps_its_columns() -> None:
    tables = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    found = unpack(pack(0, tables, SCHEMAS), "some")
    assert found.num_rows == 0
    assert found.column_names == ["a", "b"]


def test_columns_are_declared_for_spark() -> None:
    assert ddl(SCHEMAS) == (
        "`lot` INT, `table` STRING, `some` STRUCT<`a`: INT, `b`: ARRAY<STRING>>,"
        " `other` STRUCT<`a`: DATE>"
    )


def test_numbers_of_lots_are_unlike_and_find_back() -> None:
    raw = pa.table({"patient": pa.array([0, 1], pa.int32()), "fact": [5, 6], "about": [None, 5]})
    one, other = lifted(raw, 0), lifted(raw, 1)
    for name in ("patient", "fact"):
        assert not set(one.column(name).to_pylist()) & set(other.column(name).to_pylist())
    assert other.column("about").to_pylist()[1] == other.column("fact").to_pylist()[0]
    (_, patient), (fact, later) = (
        other.column("patient").to_pylist(),
        other.column("fact").to_pylist(),
    )
    complaints = pa.table(
        {
            "complaint": [patient * 4096 + 2, patient * 4096 + 1],
            "patient": [patient, patient],
            "since_fact": [fact, None],
            "evidence": pa.array([[fact, later], None], pa.list_(pa.int64())),
        }
    )
    mine = lowered(complaints, 1)
    assert mine.to_pylist() == [
        {"complaint": 1, "patient": 1, "since_fact": None, "evidence": None},
        {"complaint": 2, "patient": 1, "since_fact": 5, "evidence": [5, 6]},
    ]
    answers = pa.table({"complaint": [patient * 4096 + 2], "evidence": [[later]]})
    assert placed(answers, complaints, 1).to_pylist() == [{"complaint": 2, "evidence": [6]}]


def test_more_facts_than_a_lot_has_numbers_for_are_refused() -> None:
    raw = pa.table({"patient": [0], "fact": [1 << 22]})
    with pytest.raises(ValueError, match="too high a number for a fact"):
        lifted(raw, 0)


def test_what_spark_has_shuffled_is_put_back_in_order() -> None:
    people = pa.table({"patient": ["b", "a"], "key": pa.array([2, 1], pa.uint64())})
    notes = [("b", 3, "x"), ("a", 2, "y"), ("a", 1, "z")]
    rows = {
        "patients": _filled("patients", people),
        "facts": TABLES["facts"].empty_table().append_column(ROW, pa.array([], pa.int64())),
        "coverages": _filled(
            "coverages",
            pa.table(
                {
                    "patient": [patient for patient, _, _ in notes],
                    "text": [text for _, _, text in notes],
                    ROW: [row for _, row, _ in notes],
                }
            ),
        ),
        **{
            name: TABLES[name].empty_table().append_column(ROW, pa.array([], pa.int64()))
            for name in ("prescriptions", "requests")
        },
    }
    found = stored(pack(0, rows, {name: table.schema for name, table in rows.items()}))
    assert found.patients.column("patient").to_pylist() == ["a", "b"]
    coverages = found.tables["coverages"]
    assert coverages.column("text").to_pylist() == ["z", "y", "x"]
    assert coverages.schema == TABLES["coverages"]


def _filled(name: str, table: pa.Table) -> pa.Table:
    """Columns of a stored table that a test says nothing of, without values."""
    for field in TABLES[name]:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table


def test_a_machine_with_another_version_is_told_so() -> None:
    with pytest.raises(RuntimeError, match="that of the driver another"):
        desk(Job(Terms(DAY), "another"))


@pytest.mark.parametrize(
    ("path", "is_at", "folder"),
    [
        ("s3a://pain/facts/", "s3a://pain/facts", None),
        ("hdfs:///pain/facts", "hdfs:///pain/facts", None),
        ("/data/facts", "file:///data/facts", "/data/facts"),
        ("file:///data/a facts", "file:///data/a facts", "/data/a facts"),
        ("file:/data/facts", "file:/data/facts", "/data/facts"),
    ],
)
def test_places(path: str, is_at: str, folder: str | None) -> None:
    assert place(path) == is_at
    found = local(place(path))
    assert (None if found is None else str(found)) == folder


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--engine", "hive"), 2, "--engine: there is no engine hive; duckdb or spark"),
        (("--spark-conf", "spark.a=b"), 2, "--spark-conf: only with --engine spark"),
        (
            ("--engine", "spark", "--spark-conf", "master"),
            2,
            "--spark-conf: master is not like spark.name=value",
        ),
        (("--engine", "spark"), 1, "--engine spark needs PySpark: pip install 'painpath[spark]'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: tuple[str, ...], code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] in ("pyspark", "py4j")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "py4j", None)
    done = CliRunner().invoke(app, ["screen", "nowhere", "--out", "out", *arguments])
    assert done.exit_code == code
    assert done.stderr == f"painpath: {says}\n"
