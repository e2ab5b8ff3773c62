"""One engine for many threads: what is asked at about the same time is asked in one evaluation.

An evaluation of twenty patients costs little more than one of a single patient. So the engine
waits, for a moment, for those who are on their way to it; and of all who prepare a question or
read an answer only a few do so at once, for Python runs one thread at a time, and many that take
turns by the millisecond would all be done only at the end (decision 019).
"""

from __future__ import annotations

import datetime
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

import msgspec
import pyarrow as pa

from painpath.engine.engine import Engine, Verdicts
from painpath.engine.together import Ask, joined, parts

_MOST = 48
"""Patients in one evaluation: up to so many cost nearly what one costs."""

_AT_ONCE = 2
"""Threads that prepare and read at the same time."""

_PATIENCE = 0.5
"""Seconds that the engine waits for those who are on their way, and no longer."""

_LINGER = 0.02
_MANY = 4
"""Where so many asked together last time, more are likely to come: so many seconds are worth it."""


class _Waiting(msgspec.Struct, frozen=True):
    ask: Ask
    known_by: datetime.date | None
    answer: Future[Verdicts]


class _Worker(threading.local):
    """What a thread is at."""

    working = False
    on_its_way = False


class SharedEngine:
    """Looks like an engine to a planner; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        """Start the one thread that uses the engine."""
        self._engine = engine
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._turns = threading.Semaphore(_AT_ONCE)
        self._worker = _Worker()
        self._changed = threading.Condition()
        self._on_their_way = 0
        self._last = 0
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Prepare a question, ask it, and read the answer, as one of a few who do so at once.

        The engine waits for who is in here until they have asked it.
        """
        if self._worker.working:
            yield
            return
        self._worker.working = True
        self._sets_out()
        try:
            with self._turns:
                yield
        finally:
            self._worker.working = False
            self._arrived()

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
        self._arrived()
        if not self._worker.working:
            return waiting.answer.result()
        self._turns.release()
        try:
            return waiting.answer.result()
        finally:
            # Whoever reads an answer may ask again, and else makes room for others: worth a wait.
            self._sets_out()
            self._turns.acquire()

    def close(self) -> None:
        """Let the thread end once it has answered what waits."""
        self._queue.put(None)
        self._thread.join()

    def _sets_out(self) -> None:
        """This thread has work to do after which it, or another, asks."""
        self._worker.on_its_way = True
        with self._changed:
            self._on_their_way += 1

    def _arrived(self) -> None:
        """This thread is not waited for any more."""
        if self._worker.on_its_way:
            self._worker.on_its_way = False
            with self._changed:
                self._on_their_way -= 1
                self._changed.notify()

    def _work(self) -> None:
        left: list[_Waiting] = []
        while True:
            first = left.pop(0) if left else self._queue.get()
            if first is None:
                return
            self._wait_for_others()
            group, left, ended = self._together(first, left)
            self._last = len(group)
            self._answer(group)
            if ended:
                for waiting in left:
                    self._answer([waiting])
                return

    def _wait_for_others(self) -> None:
        """Until nobody is on the way, the evaluation is full, or patience ends."""
        until = time.monotonic() + _PATIENCE
        with self._changed:
            while True:
                self._changed.wait_for(self._are_all_here, until - time.monotonic())
                here = self._queue.qsize()
                if self._last < _MANY or here >= _MOST or time.monotonic() >= until:
                    return
                self._changed.wait(_LINGER)
                if not self._on_their_way and self._queue.qsize() == here:
                    return

    def _are_all_here(self) -> bool:
        return not self._on_their_way or self._queue.qsize() >= _MOST

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
            for waiting, own in zip(group, parts(told, all_.lots), strict=True):
                waiting.answer.set_result(own)
        except Exception as error:
            if len(group) > 1:
                # One odd record must not cost the others their answer.
                for waiting in group:
                    self._answer([waiting])
            elif not group[0].answer.done():
                group[0].answer.set_exception(error)
