"""Cases of the CQL test suite as questions to our engine.

A CQL Boolean is a finding recorded as yes or no, or not at all; for dates and intervals see
`operands`. What cannot be asked this way is not translated (see `exclusions`).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.oracle.operands import (
    DAY,
    NotExpressibleError,
    Period,
    Point,
    dated,
    end_of,
    floor,
    moved,
    operand,
    point,
    start_of,
    worlds,
)

LONG_AFTER = datetime.date(2100, 1, 1)
ANSWER = {"true": 2, "null": 1, "false": 0}


class Ask(NamedTuple):
    """A tree of criteria asked about some facts on a day."""

    tree: dict[str, Any]
    facts: tuple[dict[str, Any], ...]
    on: datetime.date = LONG_AFTER


class Used(NamedTuple):
    """Questions, and whether their verdicts (2, 1, 0) are what the case expects."""

    asks: Sequence[Ask]
    holds: Callable[[list[int | None]], bool]


# --- criteria ---


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
        raise NotExpressibleError("a point holds nothing")
    holding = leaf("present", active=True, absent="not-met")
    return [Ask(holding, (dated("left", period),), day) for (day,) in worlds(floor(at, unit))]


def overlaps(left: Point | Period, right: Point | Period) -> list[Ask]:
    """As a course of care overlaps the window that ends on the day asked about."""
    if not isinstance(left, Period) or not isinstance(right, Period):
        raise NotExpressibleError("overlaps of points")
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


# --- expressions ---

_UNIT = r"(year|month|week|day|hour|minute|second|millisecond)"
_ORDER = re.compile(
    rf"(.+?) (?:same {_UNIT} (as|or after|or before)"
    rf"|((?:same or |on or )?(?:after|before))(?: {_UNIT} of)?) (.+)"
)
_HOLDS = re.compile(rf"(.+?) (contains|includes|included in|in) (?:{_UNIT} of )?(.+)")
_LENGTH = re.compile(rf"(difference in )?{_UNIT}s between (.+?) and (.+?)(?: (>=|<=|=|>|<) (\d+))?")
_SUM = re.compile(rf"(.+?) ([+-]) (\d+) {_UNIT}s?(?: = (.+))?")


def expecting(asks: list[Ask], output: str) -> Used:
    if output not in ANSWER:
        raise NotExpressibleError(output)
    return Used(asks, lambda verdicts: agreed(verdicts) == ANSWER[output])


def checked_unit(unit: str | None) -> str | None:
    if unit in ("hour", "minute", "second", "millisecond"):
        raise NotExpressibleError(f"a question about the {unit}")
    return unit


def translate(expression: str, output: str) -> Used:
    """The questions that a case comes to.

    Raises:
        NotExpressibleError: if it comes to none.
    """
    for pattern, read in (
        (_LENGTH, _length),
        (_SUM, _sum),
        (re.compile("(.+) overlaps (.+)"), _overlaps),
        (_HOLDS, _holds),
        (_ORDER, _order),
    ):
        match = pattern.fullmatch(expression)
        if match is not None:
            return read(match, output)
    raise NotExpressibleError("no operator of ours")


def _overlaps(match: re.Match[str], output: str) -> Used:
    return expecting(overlaps(operand(match[1]), operand(match[2])), output)


def _order(match: re.Match[str], output: str) -> Used:
    op = f"same {match[3]}" if match[3] else match[4].replace("on or", "same or")
    unit = checked_unit(match[2] or match[5])
    return expecting(compare(op, operand(match[1]), operand(match[6]), unit), output)


def _holds(match: re.Match[str], output: str) -> Used:
    unit = checked_unit(match[3])
    whole, part = operand(match[1]), operand(match[4])
    if match[2] in ("in", "included in"):
        whole, part = part, whole
    if isinstance(part, Point):
        return expecting(contains(whole, part, unit), output)
    # A period is held where both its ends are.
    first, last = contains(whole, part.start, unit), contains(whole, end_of(part), unit)

    def holds(verdicts: list[int | None]) -> bool:
        begins, ends = agreed(verdicts[: len(first)]), agreed(verdicts[len(first) :])
        return min(begins or 0, ends or 0) == ANSWER[output]

    return Used([*first, *last], holds)


def _length(match: re.Match[str], output: str) -> Used:
    counts_boundaries, unit, sign, number = match[1], checked_unit(match[2]), match[5], match[6]
    if counts_boundaries and unit == "week":
        raise NotExpressibleError("weeks counted by their first day")
    at = unit if counts_boundaries else None
    since, until = floor(point(match[3]), at), floor(point(match[4]), at)
    units = f"{unit}s"
    if sign is not None:
        n = int(number)
        tree = {
            ">=": lasting("at_least", n, units),
            ">": lasting("at_least", n + 1, units),
            "<": lasting("less_than", n, units),
            "<=": lasting("less_than", n + 1, units),
            "=": {"all": [lasting("at_least", n, units), lasting("less_than", n + 1, units)]},
        }[sign]
        return expecting(elapsed(tree, since, until), output)
    found = [int(number) for number in re.findall(r"-?\d+", output)]
    if not found or found[0] < 0:
        raise NotExpressibleError("a negative length of time")
    # Surely as long as the least, perhaps as long as the most, never longer.
    steps = sorted({found[0], found[0] + 1, found[-1], found[-1] + 1})
    expected = [2 if n <= found[0] else 1 if n <= found[-1] else 0 for n in steps]
    asked = [elapsed(lasting("at_least", n, units), since, until) for n in steps]
    size = len(asked[0])

    def holds(verdicts: list[int | None]) -> bool:
        return [agreed(verdicts[i : i + size]) for i in range(0, len(verdicts), size)] == expected

    return Used([ask for asks in asked for ask in asks], holds)


def _sum(match: re.Match[str], output: str) -> Used:
    """`X + d` is the day on which d since X is reached; `X - d` the first day within d of X."""
    start, sign, number, unit = floor(point(match[1]), None), match[2], match[3], match[4]
    result = floor(point(match[5] or output), None)
    length = f"{number} {checked_unit(unit)}s"
    if start.lo is None or result.lo is None or result.hi is None:
        raise NotExpressibleError("a sum of nothing")
    if sign == "+":
        tree = leaf("elapsed", at_least=length)
        facts = (dated("left", start),)
        between = [] if result.lo == result.hi else [result.lo, result.hi - DAY]
        asks = [Ask(tree, facts, day) for day in [result.lo - DAY, *between, result.hi]]
        return Used(asks, lambda verdicts: verdicts == [0, *[1 for _ in between], 2])
    if start.lo != start.hi or result.lo != result.hi:
        raise NotExpressibleError("the day asked about is always known")
    tree = leaf("present", within=length, absent="not-met")
    day = start.lo
    on_the_day, day_before = (dated("left", moved(result, -n * DAY)) for n in (0, 1))
    asks = [Ask(tree, (on_the_day,), day), Ask(tree, (day_before,), day)]
    return Used(asks, lambda verdicts: verdicts == [2, 0])


# --- logic ---

_TRUTH = {"true": True, "false": False}


def translate_logic(expression: str, output: str) -> Used:
    """`and`, `or`, `not`, `implies`, `xor`, `IsTrue`, `IsFalse` over findings."""
    yes = {name: leaf("present", name) for name in ("left", "right")}
    no = {name: leaf("absent", name, active=False, absent="unknown") for name in ("left", "right")}
    trees: dict[str, dict[str, Any]] = {
        "and": {"all": [yes["left"], yes["right"]]},
        "or": {"any": [yes["left"], yes["right"]]},
        "implies": {"any": [no["left"], yes["right"]]},
        "xor": {"any": [{"all": [yes["left"], no["right"]]}, {"all": [no["left"], yes["right"]]}]},
        "not": no["left"],
        "IsTrue": leaf("present", absent="not-met"),
        "IsFalse": leaf("absent", active=False, absent="not-met"),
    }
    one = re.fullmatch(r"(not|IsTrue|IsFalse)[ (](true|false|null)\)?", expression)
    two = re.fullmatch(r"(true|false|null) (and|or|implies|xor) (true|false|null)", expression)
    if one is not None:
        op, values = one[1], [one[2]]
    elif two is not None:
        op, values = two[2], [two[1], two[3]]
    else:
        raise NotExpressibleError("no logic of ours")
    facts = tuple(
        {"is": name, "at": "2020-01-01", "value": _TRUTH[value]}
        for name, value in zip(("left", "right"), values, strict=False)
        if value in _TRUTH
    )
    return expecting([Ask(trees[op], facts)], output)
