"""How much is asked of a server for one purpose, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from painpath.fhirserver.errors import AskError, Why


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Of all requests of one purpose together, where nothing else is said."""

    seconds: float
    silence: float | None = None
    """Seconds without a byte after which one request is given up; `None`: all of them."""
    most_bytes: int
    """Unpacked."""
    page_bytes: int | None = None
    """Of one answer, unpacked; `None`: no fewer than of all."""
    pages: int = 60
    """Of one search."""
    at_once: int = 4
    """Requests."""


class Budget:
    """What is left; time runs from the first moment, by this clock."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = clock() + limits.seconds
        self._left = limits.most_bytes

    def seconds(self) -> float:
        """What is left of the time.

        Raises:
            AskError: if nothing is.
        """
        left = self._until - self._clock()
        if left <= 0:
            raise AskError(Why.slow)
        return left

    def spend(self, size: int) -> None:
        """Bytes that came.

        Raises:
            AskError: if they are more than was left.
        """
        self._left -= size
        if self._left < 0:
            raise AskError(Why.large)
