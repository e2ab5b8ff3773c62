"""Values in the unit of their concept: conversion, booleans, numbers in text.

The factors here follow from the units alone. What depends on the substance (moles to grams) is
the knowledge's: a unit for which neither has a way gives no value, never a wrong one.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

from painpath.knowledge.vocabulary import RELIEF_PERCENT, About
from painpath.records.chart import Origin
from painpath.records.datatypes import CodeableConcept, Quantity
from painpath.records.meanings import Line, code_in
from painpath.records.resources import Component, Observation


class Value(NamedTuple):
    """A value in the concept's unit, how it came about, and what must be said of it."""

    number: float | None
    origin: Origin = "stated"
    note: str | None = None
    shown: str = ""


NOTHING = Value(None)

_SPELLING = {
    "percent": "%",
    "{percent}": "%",
    "pct": "%",
    "mg/l": "mg/l",
    "ug/ml": "mg/l",
    "mcg/ml": "mg/l",
    "mm/h": "mm/h",
    "mm/hr": "mm/h",
    "mm/1h": "mm/h",
    "mm/1hr": "mm/h",
    "%oftotalhgb": "%",
    "%oftotalhb": "%",
    "%oftotalhemoglobin": "%",
    "mm/hour": "mm/h",
    "umol/l": "umol/l",
    "mcmol/l": "umol/l",
    "10*3/ul": "10*9/l",
    "10^3/ul": "10*9/l",
    "x10(3)/mcl": "10*9/l",
    "10*3/mm3": "10*9/l",
    "10*9/l": "10*9/l",
    "10^9/l": "10*9/l",
    "10e9/l": "10*9/l",
    "10e3/ul": "10*9/l",
    "k/ul": "10*9/l",
    "k/mm3": "10*9/l",
    "k/mcl": "10*9/l",
    "thou/mcl": "10*9/l",
    "thou/mm3": "10*9/l",
    "thou/cumm": "10*9/l",
    "thous/ul": "10*9/l",
    "thous/mcl": "10*9/l",
    "thousand/mcl": "10*9/l",
    "k/cumm": "10*9/l",
    "thou/ul": "10*9/l",
    "thousand/ul": "10*9/l",
    "g/l": "g/l",
    "/ul": "/ul",
    "{#}/ul": "/ul",
    "/mm3": "/ul",
    "/[hpf]": "/hpf",
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "w": "wk",
    "month": "mo",
    "months": "mo",
    "m": "mo",
    "year": "a",
    "years": "a",
    "yr": "a",
    "y": "a",
    "hour": "h",
    "hours": "h",
    "hr": "h",
    "hrs": "h",
    "lbs": "[lb_av]",
    "lb": "[lb_av]",
    "kilogram": "kg",
    "kilograms": "kg",
    "kg/m^2": "kg/m2",
}

_FACTORS: dict[tuple[str, str], float] = {
    ("mg/dl", "mg/l"): 10.0,
    ("mg/l", "mg/dl"): 0.1,
    ("g/l", "mg/l"): 1000.0,
    ("g/l", "mg/dl"): 100.0,
    ("g/dl", "g/l"): 10.0,
    ("g/l", "g/dl"): 0.1,
    ("/ul", "10*9/l"): 0.001,
    ("10*9/l", "/ul"): 1000.0,
    ("ml/s", "ml/min"): 60.0,
    ("wk", "d"): 7.0,
    ("h", "d"): 1 / 24,
    ("d", "wk"): 1 / 7,
    ("[lb_av]", "kg"): 0.45359237,
    ("1", "%"): 100.0,
    ("mcg", "mg"): 0.001,
    ("ug", "mg"): 0.001,
    ("g", "mg"): 1000.0,
}

_YES = frozenset(
    {"373066001", "la33-6", "y", "yes", "true", "10828004", "pos", "positive", "52101004"}
    | {"present", "260373001", "detected", "la9633-4", "la6576-8", "410605003", "confirmed"}
)
_NO = frozenset(
    {"373067005", "la32-8", "n", "no", "false", "260385009", "neg", "negative", "2667000", "absent"}
    | {"260415000", "not detected", "not-detected", "la9634-2", "la6577-6", "not present", "none"}
    | {"not found", "410516002"}
)

NO_VALUE = "valueQuantity has no value"
NOT_KNOWN = "the answer says that it is not known"
_UNKNOWN = re.compile(
    r"(?:unknown|unsure|unable|pending|deferred|declined|refused|n/?a|asked|not[ -](?:assessed|done"
    r"|tested|performed|applicable|available|known|recorded|asked|evaluated|determined|sure"
    r"|obtained)|261665006|385432009|la4489-6|410594000)\b"
)
_DENIAL = re.compile(r"(?:no|not|none|never|denie[sd]|without|negative|absent)\b")
_ASSENT = re.compile(r"(?:yes|positive|present|confirmed)\b")

_COMPARATORS = frozenset({"<", "<=", ">=", ">", "ad"})
_UNITLESS = frozenset(
    {
        "[score]",
        "score",
        "points",
        "point",
        "ratio",
        "inr",
        "[inr]",
        "index",
        "t-score",
        "nrs",
        "/10",
    }
)

_NUMBER = re.compile(
    r"\s*(?P<sign>[<>]=?)?\s*(?P<number>[-+]?\d{1,12}(?:[.,]\d{1,9})?)\s*"
    r"(?:(?:/|out of|of)\s*(?P<scale>\d{1,4})\b)?\s*(?P<unit>[^\d].{0,30})?\s*"
)


# `x10E3/uL`, `X10^9/L`, `10(3)/mcL`: every laboratory has its own way.
_THOUSANDS = re.compile(r"x?10(?:\*|\^|e\+?|\*\*)?\(?0?([39])\)?(?:cells)?/(ul|mcl|mm3|cumm|l)")
_TEN_TO_NINE_A_LITRE = {("3", "ul"), ("3", "mcl"), ("3", "mm3"), ("3", "cumm"), ("9", "l")}


def spelling(unit: str | None) -> str:
    """A unit in one spelling; annotations such as `{score}` are no unit."""
    if unit is None:
        return ""
    text = unit.strip().lower().replace("\u00b5", "u").replace("\u03bc", "u").replace(" ", "")
    known = _SPELLING.get(text)
    if known is not None:
        return known
    power = _THOUSANDS.fullmatch(text)
    if power is not None and power.groups() in _TEN_TO_NINE_A_LITRE:
        return "10*9/l"
    if text.startswith("ml/min"):
        return "ml/min"
    if text.startswith("mmol/mol"):
        return "mmol/mol"
    if text in _UNITLESS:
        return ""
    text = re.sub(r"\{[^}]*\}", "", text)
    return _SPELLING.get(text, text)


@lru_cache(maxsize=10_000)
def _conversion(
    code: str | None,
    unit: str | None,
    wanted: str | None,
    own: tuple[tuple[str, float, float], ...] = (),
) -> Line | None:
    """How to bring a value to the wanted unit; `None` if there is no way."""
    shown = _shown_unit(unit or code)
    want = spelling(wanted)
    given = [spelling(text) for text in (code, unit) if text is not None]
    if not want or not given or "" in given or want in given:
        return Line(1.0, 0.0, "stated", shown)
    for other, times, plus in own:
        if spelling(other) in given:
            return Line(times, plus, "stated", shown)
    for have in given:
        factor = _FACTORS.get((have, want))
        if factor is not None:
            return Line(factor, 0.0, "stated", shown)
    return None


def convert(number: float, given: str | None, about: About) -> float | None:
    """A number in the concept's unit; `None` if there is no way."""
    way = _conversion(None, given, about.unit, about.conversions)
    return None if way is None else way.of(number)


def line(code: str | None, unit: str | None, about: About, of: str | None) -> Line | None:
    """How to bring numbers in this unit to the concept's; `None` if there is no way.

    Args:
        code: of the unit.
        unit: its name.
        about: the concept.
        of: the code by which it was found; some stand for scores on another scale.
    """
    if about.scale_from:
        scale = about.scale_from.get(of) if of else None
        if scale is not None:
            return Line(scale, 0.0, "scaled", _shown_unit(unit or code))
        if "mm" in (code, unit):
            # A visual analogue scale measured on its 100 mm line.
            return Line(0.1, 0.0, "scaled", _shown_unit(unit or code))
    return _conversion(code, unit, about.unit, about.conversions)


def highest(about: About) -> float:
    """The most that a score can be whose concept also knows it on a scale of 100."""
    return 100 * min(about.scale_from.values(), default=math.inf)


def of_quantity(quantity: Quantity, about: About, code: str | None) -> Value:
    """A Quantity as a value of a concept."""
    number = quantity.value
    if number is None or not math.isfinite(number):
        return Value(None, note=NO_VALUE)
    way = line(quantity.code, quantity.unit, about, code)
    shown = f"{number:g}{way.shown if way else _shown_unit(quantity.unit or quantity.code)}"
    note = None
    if quantity.comparator in _COMPARATORS:
        shown = f"{quantity.comparator} {shown}"
        note = f"the value is given as {quantity.comparator}, the limit was used"
    if way is None:
        return Value(None, note=f"unit cannot be converted to {about.unit}", shown=shown)
    if way.origin == "stated" and highest(about) < number <= 100:
        factor = min(about.scale_from.values())
        note = note or f"{number:g} is more than this score can be; read as one of 100"
        return Value(round(number * factor, 9), "scaled", note, shown)
    return Value(way.of(number), way.origin, note, shown)


def _shown_unit(unit: str | None) -> str:
    if not unit or unit.startswith("{") or unit == "1":
        return ""
    return f" {unit}"


def yes_or_no(text: str) -> float | None:
    """1 for yes, 0 for no, `None` for anything else."""
    word = text.strip().lower()
    if word in _NO or _DENIAL.match(word):
        return 0.0
    return 1.0 if word in _YES or _ASSENT.match(word) else None


def of_text(text: str, about: About, code: str | None) -> Value:
    """A number, `7/10` or a yes or no in a text."""
    if _UNKNOWN.match(text.strip().lower()):
        return Value(None, note=NOT_KNOWN)
    said = yes_or_no(text)
    if said is not None:
        return Value(said, shown=text.strip()[:80])
    match = _NUMBER.fullmatch(text) if len(text) < 80 else None
    if match is None:
        return Value(None, note="valueString is not a number", shown="")
    number = float(match["number"].replace(",", "."))
    scale = about.scale_from.get(code) if code else None
    sign = match["sign"]
    note = f"the value is given as {sign}, the limit was used" if sign else None
    if scale is not None:
        return Value(number * scale, "scaled", note, text.strip())
    out_of = float(match["scale"]) if match["scale"] else None
    if out_of == 100 and about.scale_from:
        return Value(number / 10, "scaled", note, text.strip())
    found = convert(number, (match["unit"] or "").strip() or None, about)
    if found is None:
        found = number if about.unit is None else None
    if found is None:
        return Value(None, note=f"unit cannot be converted to {about.unit}")
    return Value(found, "stated", note, text.strip())


def of_codeable(codeable: CodeableConcept, about: About, code: str | None) -> Value:
    """A coded answer: yes or no, or an answer whose text is a number."""
    said = code_in(codeable)
    texts = [coding.display for coding in codeable.coding if coding.display]
    if codeable.text:
        texts.append(codeable.text)
    shown = texts[0] if texts else said or ""
    for word in (said, *texts):
        if word is not None and _UNKNOWN.match(word.strip().lower()):
            return Value(None, note=NOT_KNOWN)
        answer = yes_or_no(word) if word is not None else None
        if answer is not None:
            return Value(answer, shown=shown)
    for text in texts:
        match = _NUMBER.match(text)
        if match is not None and match["unit"] is None:
            return of_text(text, about, code)._replace(note=None)
    return Value(None, shown=shown)


def of_observation(source: Observation | Component, about: About, code: str | None) -> Value:
    """The value[x] of an Observation or component in the concept's unit, where it is possible."""
    return _possible(_stated(source, about, code), about)


def _possible(value: Value, about: About) -> Value:
    """Without the number, if a score cannot be so low or high, or relief be more than all."""
    most = 100.0 if about.id == RELIEF_PERCENT else highest(about)
    least = 0.0 if about.scale_from else -math.inf
    if value.number is None or least <= value.number <= most:
        return value
    what = "less" if value.number < least else "more"
    return value._replace(number=None, note=f"{value.number:g} is {what} than this can be")


def _stated(source: Observation | Component, about: About, code: str | None) -> Value:
    if source.valueQuantity is not None:
        return of_quantity(source.valueQuantity, about, code)
    if source.valueInteger is not None:
        return of_quantity(Quantity(value=source.valueInteger), about, code)
    if source.valueBoolean is not None:
        return Value(float(source.valueBoolean), shown="yes" if source.valueBoolean else "no")
    if source.valueCodeableConcept is not None:
        return of_codeable(source.valueCodeableConcept, about, code)
    if source.valueString is not None:
        return of_text(source.valueString, about, code)
    if source.dataAbsentReason is not None:
        return Value(None, note=NOT_KNOWN)
    if source.valueRatio is not None and source.valueRatio.numerator is not None:
        return of_quantity(source.valueRatio.numerator, about, code)
    return NOTHING
