"""One engine for many threads: what waits while it works is asked together, in one evaluation."""

from __future__ import annotations

import datetime
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future

import msgspec
import pyarrow as pa

from painpath.engine.engine import Engine, Verdicts
from painpath.engine.together import Ask, joined, part

_MOST = 48
"""Patients in one evaluation: up to so many cost nearly what one costs."""


class _Waiting(msgspec.Struct, frozen=True):
    ask: Ask
    known_by: datetime.date | None
    answer: Future[Verdicts]


class SharedEngine:
    """Looks like an engine to a planner; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        """Start the one thread that uses the engine."""
        self._engine = engine
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    def evaluate(
        self,
        facts: pa.Table,
        patients: pa.Table,
        asked_on: datetime.date | Sequence[datetime.date],
        known_by: datetime.date | None = None,
    ) -> Verdicts:
        """As `Engine.evaluate`, perhaps together with what others ask."""
        number = patients.num_rows
        days = (asked_on,) * number if isinstance(asked_on, datetime.date) else tuple(asked_on)
        waiting = _Waiting(Ask(facts, patients, days), known_by, Future())
        self._queue.put(waiting)
        return waiting.answer.result()

    def close(self) -> None:
        """Let the thread end once it has answered what waits."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        left: list[_Waiting] = []
        while True:
            first = left.pop(0) if left else self._queue.get()
            if first is None:
                return
            group, left, ended = self._together(first, left)
            self._answer(group)
            if ended:
                for waiting in left:
                    self._answer([waiting])
                return

    def _together(
        self, first: _Waiting, left: list[_Waiting]
    ) -> tuple[list[_Waiting], list[_Waiting], bool]:
        """Who can be asked with the first: the same day of reading, and not too many patients."""
        candidates, ended = list(left), False
        while True:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                break
            if more is None:
                ended = True
                break
            candidates.append(more)
        group, rest, patients = [first], [], first.ask.patients.num_rows
        for waiting in candidates:
            size = waiting.ask.patients.num_rows
            if waiting.known_by == first.known_by and patients + size <= _MOST:
                group.append(waiting)
                patients += size
            else:
                rest.append(waiting)
        return group, rest, ended

    def _answer(self, group: list[_Waiting]) -> None:
        try:
            if len(group) == 1:
                ask = group[0].ask
                told = self._engine.evaluate(
                    ask.facts, ask.patients, ask.days, known_by=group[0].known_by
                )
                group[0].answer.set_result(told)
                return
            all_ = joined([waiting.ask for waiting in group])
            told = self._engine.evaluate(
                all_.facts, all_.patients, all_.days, known_by=group[0].known_by
            )
            for waiting, lot in zip(group, all_.lots, strict=True):
                waiting.answer.set_result(part(told, lot))
        except Exception as error:
            if len(group) > 1:
                # One odd record must not cost the others their answer.
                for waiting in group:
                    self._answer([waiting])
            elif not group[0].answer.done():
                group[0].answer.set_exception(error)
