"""An engine that remembers what it said of one record on one day.

The engine answers for every payer at once: another payer's plan needs no new evaluation.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pyarrow as pa

from painpath.engine.engine import Verdicts
from painpath.planning.planner import Evaluator

_MOST = 6
"""Evaluations of one record: its day, booked days, and rounds of waiting dates."""


class Remembering:
    """For one record read on one day; the facts of that are always the same."""

    def __init__(self, engine: Evaluator) -> None:
        self._engine = engine
        self._told: dict[tuple[tuple[datetime.date, ...], datetime.date | None], Verdicts] = {}

    def evaluate(
        self,
        facts: pa.Table,
        patients: pa.Table,
        asked_on: datetime.date | Sequence[datetime.date],
        known_by: datetime.date | None = None,
    ) -> Verdicts:
        """As `Engine.evaluate`."""
        number = patients.num_rows
        days = (asked_on,) * number if isinstance(asked_on, datetime.date) else tuple(asked_on)
        told = self._told.get((days, known_by))
        if told is None:
            told = self._engine.evaluate(facts, patients, days, known_by)
            if len(self._told) < _MOST:
                self._told[days, known_by] = told
        return told
