"""Keeps a letter on one page: what can be read in the plan gives way to what must be read here."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

_ROW = 112
"""Characters of a printed row, on the careful side."""
_ROWS = 46.0
"""Rows that the page (A4, or US Letter, which is shorter) has beside head and signature."""
_COLUMN = 36
"""Characters of a row in the head."""
_HEADING = 2.4
_LONGEST = 320
_FEWEST = 1


class Part(msgspec.Struct, frozen=True):
    """A heading with its lines, and how many more there are."""

    title: str
    lines: list[str]
    more: int = 0
    gives: int | None = None
    """Which part gives way first (the lowest number); none: it stays whole."""


def fitted(parts: Sequence[Part], above: Sequence[str], head: Sequence[str]) -> list[Part]:
    """The parts cut to one page, with how much more there is; long lines end in an ellipsis.

    Args:
        parts: in the order of the page.
        above: sentences that stand above them.
        head: names and numbers in the head, which stand in two columns.
    """
    kept = [msgspec.structs.replace(p, lines=[shortened(line) for line in p.lines]) for p in parts]
    room = _ROWS - sum(map(_rows, above)) - sum(len(value) // _COLUMN for value in head)
    while sum(map(_height, kept)) > room:
        giving = [p for p in kept if p.gives is not None and len(p.lines) > _FEWEST]
        if not giving:
            break
        part = min(giving, key=lambda p: (p.gives, -len(p.lines)))
        less = msgspec.structs.replace(part, lines=part.lines[:-1], more=part.more + 1)
        kept[kept.index(part)] = less
    return kept


def shortened(line: str) -> str:
    """At most three rows."""
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rsplit(' ', 1)[0]} …"


def _height(part: Part) -> float:
    return _HEADING + sum(map(_rows, part.lines)) + (1 if part.more else 0)


def _rows(line: str) -> int:
    return max(math.ceil(len(line) / _ROW), 1)
