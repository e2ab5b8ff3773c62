"""Cases of the CQL test suite as questions to our engine.

A CQL Boolean is a finding recorded as yes or no, or not at all. A CQL date is a fact on an uncertain
day, a CQL interval a fact with start and end. Whole numbers stand for days, one apart. What cannot
be asked this way is not translated (see `exclusions`).
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

DAY = datetime.timedelta(days=1)
ZERO = datetime.date(2012, 1, 1)
LONG_AFTER = datetime.date(2100, 1, 1)
ANSWER = {"true": 2, "null": 1, "false": 0}


class Point(NamedTuple):
    """A day that is known to lie between two days; both None: nothing is known of it."""

    lo: datetime.date | None
    hi: datetime.date | None
    has_time: bool = False


class Period(NamedTuple):
    """From one point to another; `end` None: it has not ended."""

    start: Point
    end: Point | None


class Ask(NamedTuple):
    """A tree of criteria asked about some facts on a day."""

    tree: dict[str, Any]
    facts: tuple[dict[str, Any], ...]
    on: datetime.date = LONG_AFTER


class Used(NamedTuple):
    """Questions, and whether their verdicts (2, 1, 0) are what the case expects."""

    asks: Sequence[Ask]
    holds: Callable[[list[int | None]], bool]


class NotExpressible(Exception):
    """The case needs something the engine does not have."""


# --- reading operands ---

_DATE = re.compile(r"(?:DateTime|Date)\(([\d ,.-]+)\)|@(\d{4})(?:-(\d\d))?(?:-(\d\d))?(T.*)?")
_PERIOD = re.compile(r"Interval\s*([\[(])(.+?),\s*(null|[^,()]+|[^,]+\(.+\))([\])])")


def point(text: str) -> Point:
    text = text.strip().removeprefix("(date from ").removesuffix(")") if "date from" in text else text
    text = text.strip()
    if re.fullmatch(r"\d+", text):
        return Point(ZERO + int(text) * DAY, ZERO + int(text) * DAY)
    if text in ("null", "(null as Integer)"):
        return Point(None, None)
    match = _DATE.fullmatch(text)
    if match is None:
        raise NotExpressible(text)
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
        raise NotExpressible("an interval of two nulls")
    if opening == "(":
        start = moved(start, DAY)
    if closing == ")":
        end = moved(end, -DAY)
    return Period(start, None if end.lo is None else end)


def moved(at: Point, by: datetime.timedelta) -> Point:
    if at.lo is None or at.hi is None:
        raise NotExpressible("an open null boundary")
    return Point(at.lo + by, at.hi + by)


def floor(at: Point, unit: str | None) -> Point:
    """At the precision asked for; times of day only where the question does not look at them."""
    if at.has_time and unit is None:
        raise NotExpressible("time of day")
    if at.lo is None or at.hi is None or unit not in ("year", "month"):
        return at

    def first(day: datetime.date) -> datetime.date:
        return day.replace(day=1, month=1 if unit == "year" else day.month)

    return Point(first(at.lo), first(at.hi))


def start_of(at: Point | Period) -> Point:
    return at.start if isinstance(at, Period) else at


def end_of(at: Point | Period) -> Point:
    if isinstance(at, Point):
        return at
    if at.end is None:
        raise NotExpressible("an end that has not come")
    return at.end


# --- facts and criteria ---


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


def leaf(kind: str, of: str = "left", **more: Any) -> dict[str, Any]:
    return {"id": "x", "text": "t", "kind": kind, "of": of, **more}


def on_or_after(first: str, second: str) -> dict[str, Any]:
    return leaf("present", first, since=second, absent="not-met")


def strictly_before(first: str, second: str) -> dict[str, Any]:
    """Not on or after."""
    return leaf("absent", first, since=second, active=False)


ORDER: dict[str, dict[str, Any]] = {
    "same or after": on_or_after("left", "right"),
    "same or before": on_or_after("right", "left"),
    "before": strictly_before("left", "right"),
    "after": strictly_before("right", "left"),
    "same as": {"all": [on_or_after("left", "right"), on_or_after("right", "left")]},
}


def worlds(*days: Point) -> list[list[datetime.date]]:
    """Every combination of the first and the last day that each may be."""
    found: list[list[datetime.date]] = [[]]
    for at in days:
        if at.lo is None or at.hi is None:
            raise NotExpressible("the day asked about is always known")
        found = [[*chosen, day] for chosen in found for day in sorted({at.lo, at.hi})]
    return found


def agreed(verdicts: Sequence[int | None]) -> int | None:
    return verdicts[0] if len(set(verdicts)) == 1 else 1


# --- operators ---


def compare(op: str, left: Point | Period, right: Point | Period, unit: str | None) -> list[Ask]:
    near, far = {
        "before": (end_of, start_of),
        "same or before": (end_of, start_of),
        "after": (start_of, end_of),
        "same or after": (start_of, end_of),
        "same as": (start_of, start_of),
    }[op]
    a, b = floor(near(left), unit), floor(far(right), unit)
    return [Ask(ORDER[op], (dated("left", a), dated("right", b)))]


def contains(period: Point | Period, at: Point, unit: str | None) -> list[Ask]:
    if not isinstance(period, Period) or (period.end and period.end.has_time and unit is None):
        raise NotExpressible("a point holds nothing")
    holding = leaf("present", active=True, absent="not-met")
    return [Ask(holding, (dated("left", period),), day) for (day,) in worlds(floor(at, unit))]


def overlaps(left: Point | Period, right: Point | Period) -> list[Ask]:
    """As a course of care overlaps the window that ends on the day asked about."""
    if not isinstance(left, Period) or not isinstance(right, Period):
        raise NotExpressible("overlaps of points")
    course, window = (left, right) if left.start.lo == left.start.hi else (right, left)
    asks = []
    for begin, end in worlds(floor(window.start, None), floor(end_of(window), None)):
        tree = leaf("tried", within=f"{(end - begin).days} days", absent="not-met")
        asks.append(Ask(tree, (dated("left", course),), end))
    return asks


def lasting(sign: str, number: int, unit: str) -> dict[str, Any]:
    return leaf("elapsed", **{sign: f"{number} {unit}"})


def elapsed(tree: dict[str, Any], since: Point, until: Point) -> list[Ask]:
    return [Ask(tree, (dated("left", since),), day) for (day,) in worlds(until)]
