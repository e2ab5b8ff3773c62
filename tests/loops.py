"""An event loop for tests of limits of time, which hold on any machine."""

from __future__ import annotations

import asyncio
import selectors


class Skipping(selectors.DefaultSelector):
    """Does not wait: where there is nothing to do, the time of the next thing to do has come."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += max(timeout or 0.0, 0.0)
        return super().select(0)


class Skipped(asyncio.SelectorEventLoop):
    """A loop whose time does not go by while there is work, however slow the machine is."""

    def __init__(self) -> None:
        self._skipping = Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now
