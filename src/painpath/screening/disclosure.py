"""Counts that may be shown: small cells hidden, the others rounded.

As official statistics do it: a count from 1 to the limit is not shown; where hiding one cell of a
row would let it be worked out from the others and their total, the next smallest is hidden too; all
others are rounded, totals on their own, so that sums do not give away what was hidden. The usual
limits: CMS shows no cell below 11 (cell size suppression policy), NHS England hides 1 to 7 and
rounds to 5 (Hospital Episode Statistics analysis guide).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

ROUND_TO = 5


class Cell(msgspec.Struct, frozen=True):
    """A count as it may be shown; `None`: hidden."""

    shown: int | None
    in_pair: bool = False
    """Hidden with another, one of the two small: which of them is not told either."""

    def words(self, smallest: int) -> str:
        """`1,235`, `< 11`, or `hidden` for a count that may be any."""
        if self.shown is not None:
            return f"{self.shown:,}"
        return "hidden" if self.in_pair else f"< {smallest}"


class Guard:
    """Decides what may be shown.

    Args:
        smallest: the least count that is shown; 0 or 1 shows every count as it is.
    """

    def __init__(self, smallest: int) -> None:
        self.smallest = smallest
        self.is_off = smallest <= 1

    def count(self, number: int) -> Cell:
        """One count that stands alone."""
        if self.is_off or number == 0:
            return Cell(number)
        if number < self.smallest:
            return Cell(None)
        return Cell(_rounded(number))

    def row(self, numbers: Sequence[int]) -> list[Cell]:
        """Counts that add up to a total shown beside them: one hidden cell is never alone."""
        cells = [self.count(number) for number in numbers]
        hidden = [place for place, cell in enumerate(cells) if cell.shown is None]
        if len(hidden) == 1 and not self.is_off:
            others = [(n, place) for place, n in enumerate(numbers) if n and place != hidden[0]]
            if others:
                for place in (hidden[0], min(others)[1]):
                    cells[place] = Cell(None, in_pair=True)
        return cells

    def share(self, part: int, whole: int) -> str:
        """A percentage; hidden where its part, or what is left of the whole, is."""
        if not whole:
            return "\N{EN DASH}"
        if self.is_off:
            return f"{100 * part / whole:.1f} %"
        shown, of, rest = self.count(part), self.count(whole), self.count(whole - part)
        if shown.shown is None or of.shown is None or rest.shown is None:
            return "hidden"
        return f"{100 * shown.shown / of.shown:.0f} %"


def _rounded(number: int) -> int:
    return ROUND_TO * ((number + ROUND_TO // 2) // ROUND_TO)
