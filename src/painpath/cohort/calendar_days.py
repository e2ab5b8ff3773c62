"""Days as numbers (`date.toordinal`), and calendar-exact months on them."""

from __future__ import annotations

import calendar
import datetime
from functools import lru_cache

from painpath.knowledge.quantities import Duration


@lru_cache(maxsize=100_000)
def add(day: int, duration: Duration) -> int:
    """The day so long after; the end of a month stays within it."""
    if not duration.months:
        return day + duration.days
    start = datetime.date.fromordinal(day)
    month = start.month - 1 + duration.months
    year, month = start.year + month // 12, month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, min(start.day, last)).toordinal() + duration.days


def before(day: int, duration: Duration) -> int:
    """The latest day that is so long before."""
    start = day - duration.days
    if not duration.months:
        return start
    guess = add(start, Duration(months=-duration.months))
    while add(guess + 1, duration) <= day:
        guess += 1
    return guess


@lru_cache(maxsize=100_000)
def text(day: int) -> str:
    """`2026-11-01`."""
    return datetime.date.fromordinal(day).isoformat()


def month_of(day: int) -> tuple[int, int]:
    """First and last day of the month."""
    date = datetime.date.fromordinal(day)
    last = calendar.monthrange(date.year, date.month)[1]
    return date.replace(day=1).toordinal(), date.replace(day=last).toordinal()


def year_of(day: int) -> tuple[int, int]:
    """First and last day of the year."""
    year = datetime.date.fromordinal(day).year
    return datetime.date(year, 1, 1).toordinal(), datetime.date(year, 12, 31).toordinal()
