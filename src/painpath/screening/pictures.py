"""Pictures of the summary as SVG: flows along ladders, shares by group.

Widths and lengths are made of counts that may be shown, never of exact ones: a picture is no way
around the guard. They are so plain that they are written down here (docs/decisions/016).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape

import msgspec

from painpath.screening.disclosure import Guard
from painpath.screening.figures import Flow

_INK = "#1b1f24"
_COLOURS = {
    "all": "#5b7083",
    "done": "#1b5e20",
    "eligible": "#2e7d32",
    "wait": "#0b5394",
    "needs-more": "#b45f06",
    "not-met": "#7b8691",
    "contraindicated": "#a11212",
}
_ORDER = list(_COLOURS)
_WIDTH, _HEIGHT, _GAP, _NODE = 760.0, 240.0, 8.0, 14.0
_COLUMNS = (0.0, 270.0, 540.0)
_HEAD = 24.0
_LABEL = 36
"""Characters of the longest text that stands beside a picture."""
_STEP, _BAR, _PER_CENT = 20.0, 12.0, 4.6
_GRID = "#dde3e8"
_FONT = "Helvetica, Arial, sans-serif"


class _Link(msgspec.Struct, frozen=True):
    source: tuple[int, str]
    target: tuple[int, str]
    size: int


def sankey(flow: Flow, guard: Guard, whole: str, first: str, later: str) -> str | None:
    """Problems on their way along a ladder, as SVG; `None` if fewer than two parts may be shown:
    one block says no more than its number.

    Args:
        flow: the counts.
        guard: what may be shown.
        whole: what the first column is called.
        first: name of the first rung.
        later: name of the next.
    """
    links = _links(flow, guard)
    if len(links) < 2:
        return None
    sizes: dict[tuple[int, str], int] = defaultdict(int)
    for link in links:
        sizes[link.target] += link.size
    sizes[0, "all"] = sum(link.size for link in links if link.source[0] == 0)
    boxes = _boxes(sizes)
    parts = [
        *_ribbons(links, sizes, boxes),
        *_nodes(sizes, boxes),
        *(
            _text(x, 8, _short(text), "bold")
            for x, text in zip(_COLUMNS, (whole, first, later), strict=True)
        ),
    ]
    return _svg(_WIDTH, _HEIGHT + 30, parts)


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    """A picture of these parts, four pixels from its edges."""
    wide, high = round(width + 8), round(height + 8)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}"'
        f' viewBox="-4 -4 {wide} {high}" font-family="{_FONT}" font-size="12" fill="{_INK}">'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, weight: str = "normal", anchor: str = "start") -> str:
    """Words, their middle at this height."""
    return (
        f'<text x="{x:g}" y="{y:.1f}" dy="0.35em" text-anchor="{anchor}"'
        f' font-weight="{weight}">{escape(text)}</text>'
    )


def _short(text: str) -> str:
    """As much of a name as there is room for."""
    return text if len(text) <= _LABEL else text[: _LABEL - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:.1f}" width="{width:g}" height="{height:.1f}" fill="{colour}"/>'


def _links(flow: Flow, guard: Guard) -> list[_Link]:
    """From all problems to where the first rung stands, and from there to the next."""
    firsts: dict[str, int] = defaultdict(int)
    laters: dict[tuple[str, str], int] = defaultdict(int)
    for first, later, number in flow.rows:
        firsts[first] += number
        if later != "-":
            laters[first, later] += number
    names = sorted(firsts, key=_ORDER.index)
    found = []
    for name, cell in zip(names, guard.row([firsts[name] for name in names]), strict=True):
        if cell.shown:
            found.append(_Link((0, "all"), (1, name), cell.shown))
    shown = {link.target[1] for link in found}
    for name in names:
        pairs = sorted((key for key in laters if key[0] == name), key=lambda k: _ORDER.index(k[1]))
        cells = guard.row([laters[pair] for pair in pairs])
        for pair, cell in zip(pairs, cells, strict=True):
            if cell.shown and name in shown:
                found.append(_Link((1, name), (2, pair[1]), cell.shown))
    return found


def _boxes(sizes: dict[tuple[int, str], int]) -> dict[tuple[int, str], tuple[float, float]]:
    """Top and height of each node."""
    most = max(
        sum(size for (column, _), size in sizes.items() if column == number) for number in range(3)
    )
    widest = max(sum(1 for column, _ in sizes if column == number) for number in range(3))
    scale = (_HEIGHT - _GAP * (widest - 1)) / most
    boxes: dict[tuple[int, str], tuple[float, float]] = {}
    for number in range(3):
        top = 0.0
        for key in sorted((k for k in sizes if k[0] == number), key=lambda k: _ORDER.index(k[1])):
            height = max(sizes[key] * scale, 1.5)
            boxes[key] = (top, height)
            top += height + _GAP
    return boxes


def _ribbons(
    links: Sequence[_Link],
    sizes: dict[tuple[int, str], int],
    boxes: dict[tuple[int, str], tuple[float, float]],
) -> list[str]:
    out = {key: box[0] + _HEAD for key, box in boxes.items()}
    into = dict(out)
    rows = []
    for link in links:
        left, right = _COLUMNS[link.source[0]] + _NODE, _COLUMNS[link.target[0]]
        share = boxes[link.source][1] * link.size / max(_outgoing(links, link.source, sizes), 1)
        a, b = out[link.source], into[link.target]
        thick = boxes[link.target][1] * link.size / sizes[link.target]
        out[link.source] += share
        into[link.target] += thick
        middle = (left + right) / 2
        path = (
            f"M{left:.1f},{a:.1f} C{middle:.1f},{a:.1f} {middle:.1f},{b:.1f}"
            f" {right:.1f},{b:.1f} L{right:.1f},{b + thick:.1f}"
            f" C{middle:.1f},{b + thick:.1f} {middle:.1f},{a + share:.1f}"
            f" {left:.1f},{a + share:.1f} Z"
        )
        rows.append(f'<path d="{path}" fill="{_COLOURS[link.target[1]]}" fill-opacity="0.35"/>')
    return rows


def _outgoing(
    links: Sequence[_Link], key: tuple[int, str], sizes: dict[tuple[int, str], int]
) -> int:
    return max(sum(link.size for link in links if link.source == key), sizes[key])


def _nodes(
    sizes: dict[tuple[int, str], int],
    boxes: dict[tuple[int, str], tuple[float, float]],
) -> list[str]:
    parts = []
    for key, (top, height) in boxes.items():
        x, y = _COLUMNS[key[0]], top + _HEAD
        parts.append(_rect(x, y, _NODE, height, _COLOURS[key[1]]))
        parts.append(_text(x + _NODE + 5, y + height / 2, f"{WORDS[key[1]]} {sizes[key]:,}"))
    return parts


WORDS = {
    "all": "Problems",
    "done": "Done",
    "eligible": "Eligible",
    "wait": "Wait for a date",
    "needs-more": "Something is missing",
    "not-met": "Criteria not met",
    "contraindicated": "Contraindicated",
}
"""Where problems stand, in words."""


def shares(rows: Sequence[tuple[str, int, int]], guard: Guard, title: str) -> str | None:
    """Shares by group as bars.

    Args:
        rows: (group, part, whole).
        guard: what may be shown.
        title: of the axis.
    """
    bars: list[tuple[str, float]] = []
    for name, part, whole in rows:
        words = guard.share(part, whole)
        if words.endswith("%"):
            bars.append((name, float(words.removesuffix("%"))))
    if not bars:
        return None
    # Average characters of the font are about half as wide as it is high.
    left = 6.5 * min(max(len(name) for name, _ in bars), _LABEL) + 8
    foot = len(bars) * _STEP
    parts = []
    for tick in range(0, 101, 20):
        x = left + tick * _PER_CENT
        parts.append(
            f'<line x1="{x:g}" y1="0" x2="{x:g}" y2="{foot:g}" stroke="{_GRID}" stroke-width="1"/>'
        )
        parts.append(_text(x, foot + 10, f"{tick}", anchor="middle"))
    for number, (name, share) in enumerate(bars):
        middle = (number + 0.5) * _STEP
        parts.append(_text(left - 6, middle, _short(name), anchor="end"))
        parts.append(_rect(left, middle - _BAR / 2, share * _PER_CENT, _BAR, _COLOURS["wait"]))
    parts.append(_text(left + 50 * _PER_CENT, foot + 28, title, "bold", "middle"))
    return _svg(left + 100 * _PER_CENT + 12, foot + 36, parts)
