"""FHIR dates as intervals of days: `2025` is the whole of 2025; nonsense is no date.

A day is an `int`, days since 1970-01-01 (what Arrow's date32 stores). The day is the one written,
whatever the time zone: a procedure at 23:30-07:00 happened on that day where the patient was.
"""

from __future__ import annotations

import calendar
import datetime
import re

Span = tuple[int, int]
"""Earliest and latest day, both inclusive."""

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
FIRST_DAY = datetime.date(_FIRST_YEAR, 1, 1).toordinal() - _EPOCH

_SHAPE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ].*)?)?)?", re.DOTALL)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4,}.*)?")
_MEMORY = 200_000

_known: dict[str, Span | None] = {}


def span(text: str) -> Span | None:
    """Days meant by a FHIR date, dateTime or instant; `None` if it is not a plausible date.

    Years before 1900 and after 2200 are placeholders (`0001-01-01`, `9999-12-31`), not dates.
    """
    key = text[:10] if len(text) > 10 and text[10] == "T" else text
    found = _known.get(key, False)
    if found is False:
        if len(_known) > _MEMORY:
            _known.clear()
        found = _known[key] = _read(key.strip()) if len(key) <= 64 else None
    return found  # type: ignore[return-value]  # False was replaced above


def _read(text: str) -> Span | None:
    match = _SHAPE.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        return None
    year = int(match[1])
    month = int(match[2]) if match[2] else None
    day = int(match[3]) if match[3] else None
    if not _FIRST_YEAR <= year <= _LAST_YEAR or (month is not None and not 1 <= month <= 12):
        return None
    try:
        low = datetime.date(year, month or 1, day or 1)
        high = datetime.date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return low.toordinal() - _EPOCH, high.toordinal() - _EPOCH


def day_of(date: datetime.date) -> int:
    """The day number of a date."""
    return date.toordinal() - _EPOCH


def date_of(day: int) -> datetime.date:
    """The date of a day number."""
    return datetime.date.fromordinal(day + _EPOCH)


def add_months(day: int, months: int) -> int:
    """Calendar months later; the last of the month where the day does not exist."""
    date = date_of(day)
    years, month = divmod(date.month - 1 + months, 12)
    year = min(max(date.year + years, 1), 9999)
    last = calendar.monthrange(year, month + 1)[1]
    return day_of(datetime.date(year, month + 1, min(date.day, last)))
