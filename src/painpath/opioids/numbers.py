"""Exact numbers for doses: read without rounding error, printed as a person would write them."""

from __future__ import annotations

from fractions import Fraction

_ROUNDING_PERCENT = 5


def exact(number: float | int | str) -> Fraction:
    """The number as written: 0.1 is one tenth, not its nearest binary neighbour."""
    return Fraction(str(number))


def rounded(number: Fraction, places: int = 1) -> float:
    """Rounded half up to so many decimal places, by exact arithmetic."""
    scale = 10**places
    doubled = 2 * number * scale
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return float(Fraction(whole, scale))


def shown(number: Fraction, places: int = 2) -> str:
    """As text without trailing zeros: `0.5`, `30`, `0.33`."""
    return f"{rounded(number, places):.{places}f}".rstrip("0").rstrip(".")


def nearly(strength: Fraction, other: Fraction) -> bool:
    """Whether another strength differs only by how it was rounded (0.667 mg/mL, 10 mg/15 mL)."""
    return abs(strength - other) * 100 <= strength * _ROUNDING_PERCENT
