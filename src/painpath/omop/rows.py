"""One row of a table, with its days and numbers read; what is wrong with it is noted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from math import isfinite
from typing import Any

from painpath.omop.tables import EVENTS, PERSON
from painpath.records import dates
from painpath.records.chart import Chart
from painpath.records.dates import date_of

_TABLES = {table.name: table for table in (PERSON, *EVENTS)}


class Row:
    """A row of a person's.

    Args:
        table: its table.
        values: by column, as they are called here.
        ref: how messages and facts call it.
        chart: gets the notes.
    """

    __slots__ = ("chart", "ref", "table", "values")

    def __init__(self, table: str, values: Mapping[str, Any], ref: str, chart: Chart) -> None:
        self.table = table
        self.values = values
        self.ref = ref
        self.chart = chart

    def __getitem__(self, column: str) -> str | None:
        """The text of a column."""
        found: str | None = self.values[column]
        return found

    def note(self, why: str) -> None:
        """Say what of it was not used."""
        self.chart.note(self.ref, why)

    def column(self, name: str) -> str:
        """What a column is called in the CDM."""
        return _TABLES[self.table].columns[name][0]

    def day(self, name: str) -> str | None:
        """The day in a column; `None` if it is empty or no plausible date."""
        text = self[name]
        if text is None:
            return None
        span = dates.span(text)
        if span is None:
            self.note(f"{self.column(name)} is not a plausible date")
            return None
        return date_of(span[0]).isoformat() if span[0] == span[1] else text

    def start(self) -> str | None:
        """The day on which it began, which the CDM always wants."""
        if self["start"] is None:
            self.note(f"{self.column('start')} is empty")
        return self.day("start")

    def number(self, name: str) -> float | None:
        """The number in a column; `None` if it is empty or none."""
        text = self[name]
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            self.note(f"{self.column(name)} is not a number")
            return None
        return number

    def period(self) -> tuple[str | None, str | None]:
        """First and last day; an end that lies before the start is left out."""
        start, end = self.start(), self.day("end")
        if start is not None and end is not None and end < start:
            self.note(f"{self.column('end')} lies before {self.column('start')}")
            end = None
        return start, end


def days_between(start: str | None, end: str | None) -> int | None:
    """Days from one to the other; `None` where one is not known to the day."""
    if start is None or end is None:
        return None
    try:
        return (datetime.date.fromisoformat(end) - datetime.date.fromisoformat(start)).days
    except ValueError:
        return None


def later(start: str, days: float) -> str:
    """So many days after a day."""
    return (datetime.date.fromisoformat(start) + datetime.timedelta(days=round(days))).isoformat()
