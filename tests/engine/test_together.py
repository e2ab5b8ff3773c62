"""Several askers in one evaluation: each hears what it would have heard alone."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from painpath.engine.engine import Engine, Verdicts
from painpath.engine.together import Ask, joined, parts
from painpath.examples import EXAMPLES, example_bytes
from painpath.knowledge.store import compiled
from painpath.planning.days import copies
from painpath.records.reading import Record, read_bytes

DAY = datetime.date(2026, 11, 1)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    ready = compiled()
    yield Engine(ready.knowledge, ready.vocabulary, ready.rules)


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    vocabulary = compiled().vocabulary
    return {e.id: read_bytes(example_bytes(e.id), vocabulary) for e in EXAMPLES[:6]}


def said(verdicts: Verdicts) -> dict[str, list[Any]]:
    """Everything that was said, by patient, problem and side rather than by running numbers."""
    keys = {
        row["complaint"]: (row["patient"], row["problem"], row["side"], row["region"])
        for row in verdicts.complaints.to_pylist()
    }

    def rows(table: pa.Table) -> list[Any]:
        found = []
        for row in table.to_pylist():
            row["complaint"] = keys[row["complaint"]]
            for name in ("evidence", "since_fact"):
                if isinstance(row.get(name), list):
                    row[name] = sorted(row[name])
            found.append(sorted(row.items(), key=lambda item: item[0]))
        return sorted(found, key=repr)

    return {
        name: rows(getattr(verdicts, name))
        for name in ("complaints", "answers", "values", "asked", "outcomes", "statuses", "taken")
    }


def test_each_hears_its_own(engine: Engine, records: dict[str, Record]) -> None:
    asks = []
    for number, record in enumerate(records.values()):
        days = [DAY + datetime.timedelta(days=30 * each) for each in range(number % 3 + 1)]
        facts, patients = copies(record, len(days))
        asks.append(Ask(facts, patients, tuple(days)))
    everything = joined(asks)
    told = engine.evaluate(everything.facts, everything.patients, everything.days, known_by=DAY)
    for ask, own in zip(asks, parts(told, everything.lots), strict=True):
        alone = engine.evaluate(ask.facts, ask.patients, ask.days, known_by=DAY)
        assert said(own) == said(alone)


def test_a_record_without_a_fact_stands_between_others(
    engine: Engine, records: dict[str, Record]
) -> None:
    first, *_ = records.values()
    empty = Ask(first.facts.slice(0, 0), first.patients, (DAY,))
    full = Ask(first.facts, first.patients, (DAY,))
    everything = joined([full, empty, full])
    told = engine.evaluate(everything.facts, everything.patients, everything.days, known_by=DAY)
    one, nothing, two = map(said, parts(told, everything.lots))
    assert one == two and one["complaints"]
    assert len(nothing["complaints"]) == 1, "only the patient as a whole"


def test_threads_share_an_engine(engine: Engine, records: dict[str, Record]) -> None:
    pytest.importorskip("fastapi", reason="the extra painpath[serve] is not installed")
    from painpath.serve.desk.engine import SharedEngine

    counted: list[int] = []

    class Counting:
        def evaluate(self, facts: Any, patients: Any, days: Any, known_by: Any = None) -> Verdicts:
            counted.append(patients.num_rows)
            return engine.evaluate(facts, patients, days, known_by)

    shared = SharedEngine(Counting())  # type: ignore[arg-type]
    results: dict[str, Verdicts] = {}

    def ask(name: str, record: Record) -> None:
        results[name] = shared.evaluate(record.facts, record.patients, DAY, known_by=DAY)

    threads = [
        threading.Thread(target=ask, args=(f"{name} {n}", record))
        for n in range(4)
        for name, record in records.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared.close()
    assert sum(counted) == len(threads) and len(counted) < len(threads)
    for name, record in records.items():
        alone = said(engine.evaluate(record.facts, record.patients, DAY, known_by=DAY))
        assert all(said(results[f"{name} {n}"]) == alone for n in range(4))


def test_one_that_breaks_costs_only_itself(engine: Engine, records: dict[str, Record]) -> None:
    pytest.importorskip("fastapi", reason="the extra painpath[serve] is not installed")
    from painpath.serve.desk.engine import SharedEngine

    class Slow:
        """Waits until everybody has asked."""

        def evaluate(self, *asked: Any, **terms: Any) -> Verdicts:
            ready.wait(10)
            return engine.evaluate(*asked, **terms)

    ready = threading.Event()
    shared = SharedEngine(Slow())  # type: ignore[arg-type]
    fine, broken = list(records.values())[:2]
    bad = broken.facts.rename_columns([f"x_{name}" for name in broken.facts.schema.names])
    heard: dict[str, Any] = {}

    def ask(name: str, facts: pa.Table) -> None:
        try:
            heard[name] = shared.evaluate(facts, fine.patients, DAY, known_by=DAY)
        except Exception as error:
            heard[name] = error

    threads = [
        threading.Thread(target=ask, args=(name, facts))
        for name, facts in (("a", fine.facts), ("bad", bad), ("b", fine.facts))
    ]
    for thread in threads:
        thread.start()
    ready.set()
    for thread in threads:
        thread.join()
    shared.close()
    assert isinstance(heard["bad"], Exception)
    assert (
        said(heard["a"])
        == said(heard["b"])
        == said(engine.evaluate(fine.facts, fine.patients, DAY, known_by=DAY))
    )


class _Counting:
    """An engine that notes for how many patients it was asked each time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.counted: list[int] = []

    def evaluate(self, facts: Any, patients: Any, days: Any, known_by: Any = None) -> Verdicts:
        self.counted.append(patients.num_rows)
        return self.engine.evaluate(facts, patients, days, known_by)


def test_those_on_their_way_are_waited_for(
    engine: Engine, records: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastapi", reason="the extra painpath[serve] is not installed")
    from painpath.serve.desk import engine as desk

    monkeypatch.setattr(desk, "_PATIENCE", 600)
    counting = _Counting(engine)
    shared = desk.SharedEngine(counting)  # type: ignore[arg-type]
    record = next(iter(records.values()))
    everybody = threading.Barrier(desk._AT_ONCE)
    at_work, most = [0], [0]
    lock = threading.Lock()

    def ask(first: bool) -> None:
        with shared.turn():
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            if first:
                # All who may prepare at the same time are doing so before anybody asks.
                everybody.wait(600)
            with lock:
                at_work[0] -= 1
            shared.evaluate(record.facts, record.patients, DAY, known_by=DAY)

    threads = [threading.Thread(target=ask, args=(n < desk._AT_ONCE,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared.close()
    assert most[0] == desk._AT_ONCE
    assert sum(counting.counted) == 8
    assert counting.counted[0] >= desk._AT_ONCE, "the first did not go alone"


def test_nobody_waits_for_one_who_does_not_ask(
    engine: Engine, records: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastapi", reason="the extra painpath[serve] is not installed")
    from painpath.serve.desk import engine as desk

    monkeypatch.setattr(desk, "_PATIENCE", 600)
    shared = desk.SharedEngine(_Counting(engine))  # type: ignore[arg-type]
    record = next(iter(records.values()))
    with shared.turn():
        pass  # What was looked up was remembered: no question.
    with pytest.raises(ValueError, match="unreadable"), shared.turn():
        raise ValueError("unreadable")
    begun = time.monotonic()
    with shared.turn():
        shared.evaluate(record.facts, record.patients, DAY, known_by=DAY)
        # A second question of the same plan, on another day.
        shared.evaluate(record.facts, record.patients, DAY, known_by=DAY)
    assert time.monotonic() - begun < 300
    assert shared._on_their_way == 0
    shared.close()
