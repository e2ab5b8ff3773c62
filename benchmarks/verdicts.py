"""Verdicts over a population: patients per second, memory, and how both grow.

    python -m benchmarks.verdicts [PATIENTS ...]

Every size runs in a process of its own, so that its peak of memory is its own. The floor is the
least any such engine must do: with the problems already recognised, join the same facts to what the
rules look at, and group. No question is answered by it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

import duckdb
import msgspec
import pyarrow as pa

from benchmarks.measure import (
    HEAD,
    Figure,
    at_least,
    clock,
    megabytes_now,
    one_core,
    peak_megabytes,
)
from benchmarks.population import AS_OF, FACTS_PER_PATIENT, batches
from painpath.engine.asking import question_tables
from painpath.engine.engine import Engine
from painpath.engine.speaking import put_rules
from painpath.knowledge.store import Compiled, compiled

SIZES = (10_000, 100_000, 1_000_000)
BATCH = 10_000
FLOOR_RUNS = 3
TARGET = 20_000

_FLOOR = """
    SELECT c.complaint, s.selection, count(*), max(f.start_lo), max(f.value)
    FROM fact AS f
    JOIN complaint AS c ON c.patient = f.patient
    JOIN look AS s ON s.problem = c.problem AND s.concept = f.concept
    GROUP BY c.complaint, s.selection
"""


class Run(msgspec.Struct):
    """One size's measurements."""

    patients: int
    statuses: int
    seconds: float
    batch_seconds: list[float]
    floor_seconds: float
    """Of one batch."""
    memory_before: float
    memory_early: float
    """After the third batch (or the last), when every buffer has been used."""
    memory_end: float
    memory_peak: float


def run(patients: int) -> Run:
    """Evaluate so many patients in this process."""
    ready = compiled()
    work = batches(ready.vocabulary, patients, min(BATCH, patients))
    engine = Engine(ready.knowledge, ready.vocabulary, ready.rules, threads=1)
    before = early = megabytes_now()
    statuses = 0
    times: list[float] = []
    for number, (facts, people) in enumerate(work, 1):
        began = clock()
        verdicts = engine.evaluate(facts, people, AS_OF, detail=False)
        times.append(clock() - began)
        if verdicts.failures:
            raise SystemExit(f"{verdicts.failures[0].step}: {verdicts.failures[0].why}")
        statuses += verdicts.statuses.num_rows
        if number <= 3:
            early = megabytes_now()
    end, peak = megabytes_now(), peak_megabytes()
    floor = [_floor(ready, facts, verdicts.complaints) for _ in range(FLOOR_RUNS)]
    return Run(
        patients=patients,
        statuses=statuses,
        seconds=sum(times),
        batch_seconds=times,
        floor_seconds=statistics.median(floor),
        memory_before=before,
        memory_early=early,
        memory_end=end,
        memory_peak=peak,
    )


def _floor(ready: Compiled, facts: pa.Table, complaints: pa.Table) -> float:
    """Seconds for the bare join and group of one batch, tables loaded."""
    db = duckdb.connect(":memory:", config={"threads": "1"})
    looks = question_tables(ready.rules, put_rules(ready.knowledge, ready.rules))["k_look"]
    concept = facts.column("concept").combine_chunks().indices
    rows = facts.select(["patient", "start_lo", "value"]).append_column("concept", concept)
    db.register("rows", rows)
    db.register("looks", looks)
    db.execute("CREATE TABLE fact AS SELECT * FROM rows")
    db.execute("CREATE TABLE look AS SELECT * FROM looks")
    db.register("recognised", complaints)
    db.execute("CREATE TABLE complaint AS SELECT complaint, patient, problem FROM recognised")
    began = clock()
    db.execute(f"CREATE TABLE grouped AS {_FLOOR}")
    return clock() - began


def apart(patients: int) -> Run:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.verdicts", "--alone", str(patients)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Run)


def figures(sizes: tuple[int, ...] = SIZES) -> list[Figure]:
    """All of this file's figures."""
    found: list[Figure] = []
    for size in sizes:
        r = apart(size)
        found += _told(r, f"{size:,} patients")
    return found


def _told(r: Run, who: str) -> list[Figure]:
    rate = r.patients / r.seconds
    batch = r.patients / len(r.batch_seconds)
    what = f"{who} with {FACTS_PER_PATIENT} facts each, verdicts on one thread"
    first = [
        at_least(what, rate, "patients/s", TARGET)
        if r.patients == 100_000
        else Figure(what, rate, "patients/s"),
        Figure(f"{who}: floor, bare join and group", batch / r.floor_seconds, "patients/s"),
        Figure(f"{who}: memory peak", r.memory_peak, "MB"),
    ]
    if len(r.batch_seconds) < 6:
        return first
    slower = statistics.median(r.batch_seconds[-3:]) / statistics.median(r.batch_seconds[:3])
    return [
        *first,
        Figure(f"{who}: memory grown after the third batch", r.memory_end - r.memory_early, "MB"),
        Figure(f"{who}: last three batches' time to the first three's", slower, "times"),
    ]


def main(arguments: list[str]) -> None:
    """Print the figures, or one size's measurements as JSON."""
    if arguments[:1] == ["--alone"]:
        print(json.dumps(msgspec.to_builtins(run(int(arguments[1])))))
        return
    print(one_core())
    print(HEAD)
    for figure in figures(tuple(int(size) for size in arguments) or SIZES[:2]):
        print(figure.row())


if __name__ == "__main__":
    main(sys.argv[1:])
