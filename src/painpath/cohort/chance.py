"""Chance with a seed of its own for every patient, so that any part can be made on its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """A patient's own random numbers."""

    @classmethod
    def of(cls, seed: int, number: int) -> Chance:
        """The same for the same seed and number, on every machine."""
        return cls(f"painpath-cohort/{seed}/{number}")

    def hits(self, share: float) -> bool:
        """True so often."""
        return self.random() < share

    def between(self, bounds: tuple[float, float]) -> float:
        """Evenly between two bounds."""
        return bounds[0] + (bounds[1] - bounds[0]) * self.random()

    def days(self, bounds: tuple[float, float]) -> int:
        """A whole number of days, evenly between two bounds."""
        return round(self.between(bounds))

    def one(self, of: Sequence[T]) -> T:
        """One of these, all alike."""
        return of[int(self.random() * len(of))]


class Weighted(Generic[T]):
    """Things to draw by weight."""

    def __init__(self, things: Sequence[T], weights: Sequence[float]) -> None:
        self._things = tuple(things)
        self._sums = tuple(accumulate(weights))

    def draw(self, chance: Chance) -> T:
        """One of the things."""
        wanted = chance.random() * self._sums[-1]
        return next(t for t, s in zip(self._things, self._sums, strict=True) if wanted < s)
