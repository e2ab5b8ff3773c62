"""CQL dates, whole numbers and intervals as what a record may say: facts on uncertain days.

A date is a day, a month or a year; an interval has a start and an end. Whole numbers stand for
days, one apart.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Any, NamedTuple

DAY = datetime.timedelta(days=1)
ZERO = datetime.date(2012, 1, 1)


class NotExpressibleError(Exception):
    """The case needs something the engine does not have."""


class Point(NamedTuple):
    """A day that is known to lie between two days; both None: nothing is known of it."""

    lo: datetime.date | None
    hi: datetime.date | None
    has_time: bool = False


class Period(NamedTuple):
    """From one point to another; `end` None: it has not ended."""

    start: Point
    end: Point | None


_DATE = re.compile(r"(?:DateTime|Date)\(([\d ,.-]+)\)|@(\d{4})(?:-(\d\d))?(?:-(\d\d))?(T.*)?")
_PERIOD = re.compile(r"Interval\s*([\[(])(.+?),\s*(null|[^,()]+|[^,]+\(.+\))([\])])")


def point(text: str) -> Point:
    text = re.sub(r"^\(date from (.*?)T.*\)$", r"\1", text.strip())
    if re.fullmatch(r"\d+", text):
        return Point(ZERO + int(text) * DAY, ZERO + int(text) * DAY)
    if text in ("null", "(null as Integer)"):
        return Point(None, None)
    match = _DATE.fullmatch(text)
    if match is None:
        raise NotExpressibleError(text)
    if match[1]:
        parts = [float(part) for part in match[1].split(",")]
        ymd, has_time = [int(part) for part in parts[:3]], len(parts) > 3
    else:
        ymd, has_time = [int(part) for part in match.group(2, 3, 4) if part], bool(match[5])
        has_time = has_time and match[5] != "T"
    year, month, day = [*ymd, None, None][:3]
    if month is None:
        return Point(datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    if day is None:
        last = calendar.monthrange(year, month)[1]
        return Point(datetime.date(year, month, 1), datetime.date(year, month, last))
    return Point(datetime.date(year, month, day), datetime.date(year, month, day), has_time)


def operand(text: str) -> Point | Period:
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        return point(text)
    opening, first, last, closing = match.groups()
    start, end = point(first), point(last)
    if start.lo is None and end.lo is None:
        raise NotExpressibleError("an interval of two nulls")
    if opening == "(":
        start = moved(start, DAY)
    if closing == ")":
        end = moved(end, -DAY)
    return Period(start, None if end.lo is None else end)


def moved(at: Point, by: datetime.timedelta) -> Point:
    if at.lo is None or at.hi is None:
        raise NotExpressibleError("an open null boundary")
    return Point(at.lo + by, at.hi + by)


def floor(at: Point, unit: str | None) -> Point:
    """At the precision asked for; times of day only where the question does not look at them."""
    if at.has_time and unit is None:
        raise NotExpressibleError("time of day")
    if at.lo is None or at.hi is None or unit not in ("year", "month"):
        return at

    def first(day: datetime.date) -> datetime.date:
        return day.replace(day=1, month=1 if unit == "year" else day.month)

    lo, hi = first(at.lo), first(at.hi)
    return Point(lo, hi) if lo == hi else at


def start_of(at: Point | Period) -> Point:
    return at.start if isinstance(at, Period) else at


def end_of(at: Point | Period) -> Point:
    if isinstance(at, Point):
        return at
    if at.end is None:
        raise NotExpressibleError("an end that has not come")
    return at.end


def written(at: Point) -> str | None:
    """As a record would write it: day, month or year."""
    if at.lo is None or at.hi is None:
        return None
    if at.lo == at.hi:
        return at.lo.isoformat()
    return at.lo.isoformat()[:4] if (at.hi - at.lo).days > 31 else at.lo.isoformat()[:7]


def dated(name: str, at: Point | Period) -> dict[str, Any]:
    until = at.end if isinstance(at, Period) else None
    more = {"until": written(until)} if until else {"open": isinstance(at, Period)}
    return {"is": name, "at": written(start_of(at)), **more}


def worlds(*days: Point) -> list[list[datetime.date]]:
    """Every combination of the first and the last day that each may be."""
    found: list[list[datetime.date]] = [[]]
    for at in days:
        if at.lo is None or at.hi is None:
            raise NotExpressibleError("the day asked about is always known")
        found = [[*chosen, day] for chosen in found for day in sorted({at.lo, at.hi})]
    return found
