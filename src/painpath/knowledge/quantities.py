"""Durations and thresholds as people write them: `6 months`, `14 days`, `50 %`.

A duration keeps calendar months apart from days, because six months are not 180 days.
"""

from __future__ import annotations

import re

import msgspec


class QuantityError(ValueError):
    """The text is not a duration or number; the message says what was expected."""


class Duration(msgspec.Struct, frozen=True):
    """`months` calendar months, then `days` days."""

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        parts: list[str] = []
        if self.months:
            whole_years = self.months % 12 == 0 and self.months > 12
            number, unit = (self.months // 12, "year") if whole_years else (self.months, "month")
            parts.append(f"{number} {unit}{'s' if number != 1 else ''}")
        if self.days or not parts:
            whole_weeks = self.days % 7 == 0 and 0 < self.days <= 84 and self.days != 14
            number, unit = (self.days // 7, "week") if whole_weeks else (self.days, "day")
            parts.append(f"{number} {unit}{'s' if number != 1 else ''}")
        return " ".join(parts)


_PART = re.compile(r"(\d+)\s*(years?|months?|weeks?|days?)")


def parse_duration(text: str) -> Duration:
    """Read `12 months`, `4 weeks`, `5 months 30 days`.

    Raises:
        QuantityError: if anything else stands in the text, or a unit is missing.
    """
    rest = _PART.sub("", text).strip(" ,")
    if rest or not _PART.search(text):
        raise QuantityError(f'"{text}" is not a duration such as "6 months" or "14 days"')
    months = days = 0
    for number, unit in _PART.findall(text):
        count = int(number)
        match unit.rstrip("s"):
            case "year":
                months += 12 * count
            case "month":
                months += count
            case "week":
                days += 7 * count
            case _:
                days += count
    return Duration(months, days)


_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(?:\s*%|\s+\S.*)?")


def parse_number(quantity: str | int | float) -> float:
    """Read `50 %`, `7`, `10 mg/L`; the unit is the concept's own and is only for the reader.

    Raises:
        QuantityError: if the text does not start with a number.
    """
    if isinstance(quantity, (int, float)):
        return float(quantity)
    match = _NUMBER.fullmatch(quantity.strip())
    if match is None:
        raise QuantityError(f'"{quantity}" is not a number such as "50 %" or "7"')
    return float(match.group(1))
