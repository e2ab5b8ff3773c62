"""Lines of a terminal page: a label, words wrapped beside it, and what stands at the right edge."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

WIDEST = 120
"""Longer lines are hard to read, however wide the terminal is."""
_LABEL = 5
_LEADER = 4
"""A row of dots shorter than this leads nowhere."""
_SEPARATOR = " · "


class Sheet:
    """A page that grows line by line; no line is longer than its width or ends in blanks."""

    def __init__(self, console: Console) -> None:
        self.width = min(console.width, WIDEST)
        self._console = console
        self._lines: list[Text] = []

    def show(self) -> None:
        """Print the page."""
        for line in self._lines:
            self._console.print(line, soft_wrap=True)

    def blank(self) -> None:
        """An empty line between blocks."""
        self._lines.append(Text())

    def line(self, text: Text, *, indent: int = 0) -> None:
        """Words from edge to edge."""
        for part in self._wrapped(text, self.width - indent):
            self._lines.append(Text(" " * indent) + part)

    def row(
        self,
        label: str,
        text: Text,
        right: Text | None = None,
        *,
        mark: Text | None = None,
        indent: int = 2,
        label_width: int = _LABEL,
        leader: bool = False,
    ) -> None:
        """Words beside a label, under each other; a mark stands before them.

        `right` ends the last line of the words, or has a line of its own where it does not fit.
        `leader` leads the eye to it with dots.
        """
        lead = Text(" " * indent) + Text(label.ljust(label_width) + " ", style="bold dim")
        if mark is not None:
            lead += mark + Text(" ")
        hang = Text(" " * lead.cell_len)
        lines = self._wrapped(text, self.width - lead.cell_len) or [Text()]
        for number, line in enumerate(lines):
            self._lines.append((hang if number else lead) + line)
        if right is not None and right.plain:
            self._end_with(right, leader=leader)

    def flow(self, parts: Iterable[Text], *, indent: int = 0, hang: int = 2) -> None:
        """Parts kept whole as far as they fit, with a dot between them."""
        line = Text(" " * indent)
        fresh = True
        for part in parts:
            joined = part if fresh else Text(_SEPARATOR) + part
            if not fresh and line.cell_len + joined.cell_len > self.width:
                self._lines.append(line)
                line, joined = Text(" " * (indent + hang)), part
            line += joined
            fresh = False
        first, *rest = self._wrapped(line, self.width)
        self._lines.append(first)
        self._lines += [Text(" " * (indent + hang)) + part for part in rest]

    def _end_with(self, right: Text, *, leader: bool) -> None:
        room = self.width - self._lines[-1].cell_len - right.cell_len
        if room < 2:
            self._lines.append(Text())
            room = max(self.width - right.cell_len, 0)
            leader = False
        gap = Text(" " * room)
        if leader and room >= _LEADER:
            gap = Text(f" {'.' * (room - 2)} ", style="dim")
        self._lines[-1] = self._lines[-1] + gap + right

    def _wrapped(self, text: Text, width: int) -> list[Text]:
        lines = list(text.wrap(self._console, max(width, 12), overflow="fold"))
        for line in lines:
            line.rstrip()
        return lines
