"""Where the planning of a request is done: one thread with one planner, or what a service has.

Planners, decoders and the engine belong to one thread at a time. `Evaluator` owns them; callers
from any thread wait for their turn. A service that has a planner for many threads gives its own
`Workplace` instead.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from painpath.planning.planner import Planner

Answer = TypeVar("Answer")


class Workplace(Protocol):
    """Somewhere to work with a planner."""

    def run(self, work: Callable[[Planner], Answer]) -> Answer:
        """What `work` makes of a planner that nobody else uses meanwhile."""


class Evaluator:
    """One thread that owns one planner, and a queue before it."""

    def __init__(self, make: Callable[[], Planner]) -> None:
        """Start the thread, which makes the planner.

        Args:
            make: gives the planner; called in the thread, before the first answer.
        """
        self._make = make
        self._queue: queue.SimpleQueue[tuple[Callable[[Planner], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._work, name="hooks-planner", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[Planner], Answer]) -> Answer:
        """See `Workplace`. What `work` raises is raised here."""
        answer: Future[Answer] = Future()
        self._queue.put((work, answer))
        return answer.result()

    def close(self) -> None:
        """Let the thread end once it has answered what waits."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        planner: Planner | None = None
        while (waiting := self._queue.get()) is not None:
            work, answer = waiting
            try:
                planner = planner or self._make()
                answer.set_result(work(planner))
            except Exception as error:
                answer.set_exception(error)
