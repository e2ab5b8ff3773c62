"""Spinal levels as a bit mask: a segment is the bit of its upper vertebra (`L5-S1` is L5).

Bit 0 is the occiput (C0), then C1-C7, T1-T12, L1-L5, S1-S5.
"""

from __future__ import annotations

import re
from functools import lru_cache

_COUNTS = (("C", 7), ("T", 12), ("L", 5), ("S", 5))
VERTEBRAE: tuple[str, ...] = (
    "C0",
    *(f"{letter}{n}" for letter, count in _COUNTS for n in range(1, count + 1)),
)
_BIT = {name: bit for bit, name in enumerate(VERTEBRAE)}

_REGIONS = (("cervical", "C"), ("thoracic", "T"), ("lumbar", "L"), ("sacral", "S"))

# `L4`, `L4-5`, `L4/L5`, `L5-S1`, `C5 to 7`; not MRI weighting (T1-weighted, T2 signal), not TNM.
_VERTEBRA = r"[CTLS]-?\d{1,2}"
_LEVEL = re.compile(
    rf"(?<![A-Za-z0-9])(?P<first>{_VERTEBRA})"
    r"(?P<rest>(?:\s*(?:-|/|\u2013|\u2010|\u2011|to|through)\s*(?:[CTLS]-?)?\d{1,2}(?![0-9]))*)"
    r"(?![A-Za-z0-9])(?![ -]?(?:weighted|signal|hyper|hypo|flair|sequence|image|relax|N\d|M\d|DM))",
    re.IGNORECASE,
)
_STEP = re.compile(r"(-|/|\u2013|\u2010|\u2011|to|through)\s*([CTLS]?)-?(\d{1,2})", re.IGNORECASE)
_QUICK = re.compile(r"[CTLSctls]-?\d")


@lru_cache(maxsize=20_000)
def parse(text: str) -> int:
    """Levels named in a text as a mask; 0 if none. `L3-S1` is L3-4, L4-5 and L5-S1."""
    if _QUICK.search(text) is None:
        return 0
    mask = 0
    for match in _LEVEL.finditer(text):
        mask |= _run(match["first"], match["rest"])
    return mask


def _index(letter: str, number: str) -> int | None:
    return _BIT.get(f"{letter.upper()}{int(number)}")


def _run(first: str, rest: str) -> int:
    """A vertebra, or a chain of segments from it: each pair covers the upper vertebrae between."""
    letter, number = first[0], first[1:].lstrip("-")
    at = _index(letter, number)
    if at is None:
        return 0
    if not rest:
        return 1 << at
    mask = 0
    for _, next_letter, next_number in _STEP.findall(rest):
        to = _index(next_letter or letter, next_number)
        if to is None or to <= at:
            return mask or 1 << at
        for bit in range(at, to):
            mask |= 1 << bit
        at, letter = to, next_letter or letter
    return mask


def show(mask: int) -> str:
    """What a person reads: `L4-5, L5-S1`. A lone lowest vertebra prints as itself."""
    names = []
    for bit, name in enumerate(VERTEBRAE):
        if not mask >> bit & 1:
            continue
        below = VERTEBRAE[bit + 1] if bit + 1 < len(VERTEBRAE) else None
        if below is None or name[0] == "S":
            names.append(name)
        elif below[0] == name[0]:
            names.append(f"{name}-{below[1:]}")
        else:
            names.append(f"{name}-{below}")
    return ", ".join(names)


def regions(mask: int) -> tuple[str, ...]:
    """Base regions in which these levels lie, by their upper vertebra."""
    return tuple(
        region
        for region, letter in _REGIONS
        if any(name[0] == letter and mask >> bit & 1 for bit, name in enumerate(VERTEBRAE))
    )
