"""A whole screen from facts, on Spark in two threads beside DuckDB in two processes.

    python -m benchmarks.spark [PATIENTS]

The patients are a synthetic cohort, read into facts once and repeated under other names. Both
engines write the same files. Time is on the wall, each engine alone in a process of its own; that
of Spark is told with and without what starting a session takes. Processor time says what dominates:
Spark itself (planning, compiling, moving rows), or the Python that every engine needs around the
SQL (doses before; the fold, safety, next steps and worklists after).
"""

from __future__ import annotations

import datetime
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import HEAD, Figure, at_most
from benchmarks.population import AS_OF

PATIENTS = 100_000
DISTINCT = 2_000
LOT = 4_000
CORES = 2
TARGET = 4
_CLOCK = os.sysconf("SC_CLK_TCK")


def figures(patients: int = PATIENTS) -> list[Figure]:
    """Both engines' seconds, where PySpark is installed."""
    if importlib.util.find_spec("pyspark") is None:
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        facts = population(folder, patients)
        duckdb = _apart("duckdb", facts, folder / "duckdb")
        spark = _apart("spark", facts, folder / "spark")
    who = f"{patients:,} patients from facts, {CORES} cores"
    return [
        Figure(f"{who}: DuckDB", duckdb["seconds"], "s"),
        Figure(f"{who}: Spark local[{CORES}], session running", spark["seconds"], "s"),
        at_most(f"{who}: Spark to DuckDB", spark["seconds"] / duckdb["seconds"], "times", TARGET),
        Figure("starting the Spark session", spark["session"], "s"),
        Figure("processor time of DuckDB's processes", duckdb["own"], "s"),
        Figure("processor time of Spark itself (JVM)", spark["jvm"], "s"),
        Figure("processor time of Python on Spark", spark["python"], "s"),
    ]


def population(folder: Path, patients: int) -> Path:
    """Facts of so many patients, made of fewer."""
    distinct = min(patients, DISTINCT)
    cohort, read = folder / "cohort", folder / "read"
    _painpath("cohort", "--patients", distinct, "--out", cohort, "--layout", "ndjson")
    _painpath("screen", cohort, "--out", read, "--as-of", AS_OF, "--jobs", CORES)
    tables = {
        place.name: pa.concat_tables([pq.read_table(file) for file in sorted(place.glob("*"))])
        for place in sorted((read / "facts").iterdir())
    }
    copies = -(-patients // distinct)
    step = LOT // distinct or 1
    for number, first in enumerate(range(0, copies, step)):
        for name, table in tables.items():
            lots = [_renamed(table, copy) for copy in range(first, min(first + step, copies))]
            path = folder / "facts" / name / f"{number:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.concat_tables(lots), path, compression="zstd")
    return folder / "facts"


def _renamed(table: pa.Table, copy: int) -> pa.Table:
    """The same patients as others: their names and keys are made unlike."""
    names = [f"{patient}-{copy}" for patient in table.column("patient").to_pylist()]
    at = table.column_names.index("patient")
    table = table.set_column(at, "patient", pa.array(names, pa.string()))
    if "key" in table.column_names:
        keys = table.column("key").to_numpy() ^ np.uint64(copy)
        table = table.set_column(table.column_names.index("key"), "key", pa.array(keys))
    return table


def _painpath(*arguments: object) -> None:
    command = [sys.executable, "-m", "painpath", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _apart(engine: str, facts: Path, out: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.spark", "--alone", engine, str(facts), str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def alone(engine: str, facts: str, out: str) -> dict[str, float]:
    """One engine in this process, on as many cores as it may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(range(min(CORES, os.cpu_count() or 1))))
    return _spark(facts, out) if engine == "spark" else _duckdb(facts, out)


def _duckdb(facts: str, out: str) -> dict[str, float]:
    from painpath.screening.screen import screen
    from painpath.screening.terms import Terms

    began = time.perf_counter()
    screen(facts, out, Terms(AS_OF), jobs=CORES)
    seconds = time.perf_counter() - began
    spent = os.times()
    return {"seconds": seconds, "own": sum(spent[:4])}


def _spark(facts: str, out: str) -> dict[str, float]:
    from painpath.cluster.screen import screen
    from painpath.cluster.sessions import session
    from painpath.screening.terms import Terms

    began = time.perf_counter()
    spark = session(
        {
            "spark.master": f"local[{CORES}]",
            "spark.driver.memory": "6g",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
    )
    started = time.perf_counter()
    screen(facts, out, Terms(AS_OF))
    seconds = time.perf_counter() - started
    java = spark.sparkContext._gateway.proc.pid
    return {
        "session": started - began,
        "seconds": seconds,
        "jvm": _spent(java)[0],
        "python": sum(os.times()[:2]) + sum(sum(_spent(pid)) for pid in _below(java)),
    }


def _spent(pid: int) -> tuple[float, float]:
    """Processor seconds of a process, and of those below it that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return own / _CLOCK, ended / _CLOCK


def _below(pid: int) -> list[int]:
    """Processes that a process has started, and those that they have."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return children + [grandchild for child in children for grandchild in _below(child)]


def main(arguments: list[str]) -> None:
    """Print the figures, or one engine's measurements as JSON."""
    if arguments[:1] == ["--alone"]:
        print(json.dumps(alone(*arguments[1:])))
        return
    print(datetime.date.today())
    print(HEAD)
    for figure in figures(int(arguments[0]) if arguments else PATIENTS):
        print(figure.row())


if __name__ == "__main__":
    main(sys.argv[1:])
