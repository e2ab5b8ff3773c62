"""Pictures of the summary, drawn by Vega through vl-convert: flows along ladders, shares by group.

Widths and lengths are made of counts that may be shown, never of exact ones: a picture is no way
around the guard.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import vl_convert

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

Row = dict[str, Any]


class _Link(msgspec.Struct, frozen=True):
    source: tuple[int, str]
    target: tuple[int, str]
    size: int


def sankey(flow: Flow, guard: Guard, whole: str, first: str, later: str) -> str | None:
    """Problems on their way along a ladder, as SVG; `None` if every part is too small to show.

    Args:
        flow: the counts.
        guard: what may be shown.
        whole: what the first column is called.
        first: name of the first rung.
        later: name of the next.
    """
    links = _links(flow, guard)
    if not links:
        return None
    sizes: dict[tuple[int, str], int] = defaultdict(int)
    for link in links:
        sizes[link.target] += link.size
    sizes[0, "all"] = sum(link.size for link in links if link.source[0] == 0)
    boxes = _boxes(sizes)
    spec = {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "width": _WIDTH,
        "height": _HEIGHT + 30,
        "padding": 4,
        "config": {"text": {"font": "Helvetica, Arial, sans-serif"}},
        "data": [
            {"name": "links", "values": _ribbons(links, sizes, boxes)},
            {"name": "nodes", "values": _nodes(sizes, boxes)},
            {
                "name": "heads",
                "values": [
                    {"x": x, "text": text}
                    for x, text in zip(_COLUMNS, (whole, first, later), strict=True)
                ],
            },
        ],
        "marks": [
            {
                "type": "path",
                "from": {"data": "links"},
                "encode": {
                    "enter": {
                        "path": {"field": "path"},
                        "fill": {"field": "colour"},
                        "fillOpacity": {"value": 0.35},
                        "y": {"value": 24},
                    }
                },
            },
            {
                "type": "rect",
                "from": {"data": "nodes"},
                "encode": {
                    "enter": {
                        **{name: {"field": name} for name in ("x", "y", "width", "height")},
                        "fill": {"field": "colour"},
                    }
                },
            },
            _text("nodes", "label", {"field": "tx"}, {"field": "ty"}, "normal"),
            _text("heads", "text", {"field": "x"}, {"value": 8}, "bold"),
        ],
    }
    return str(vl_convert.vega_to_svg(spec))


def _text(data: str, field: str, x: Row, y: Row, weight: str) -> Row:
    return {
        "type": "text",
        "from": {"data": data},
        "encode": {
            "enter": {
                "x": x,
                "y": y,
                "text": {"field": field},
                "baseline": {"value": "middle"},
                "fontSize": {"value": 12},
                "fontWeight": {"value": weight},
                "fill": {"value": _INK},
                "limit": {"value": 225},
            }
        },
    }


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
) -> list[Row]:
    out = {key: box[0] for key, box in boxes.items()}
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
        rows.append(
            {
                "path": (
                    f"M{left:.1f},{a:.1f} C{middle:.1f},{a:.1f} {middle:.1f},{b:.1f}"
                    f" {right:.1f},{b:.1f} L{right:.1f},{b + thick:.1f}"
                    f" C{middle:.1f},{b + thick:.1f} {middle:.1f},{a + share:.1f}"
                    f" {left:.1f},{a + share:.1f} Z"
                ),
                "colour": _COLOURS[link.target[1]],
            }
        )
    return rows


def _outgoing(
    links: Sequence[_Link], key: tuple[int, str], sizes: dict[tuple[int, str], int]
) -> int:
    return max(sum(link.size for link in links if link.source == key), sizes[key])


def _nodes(
    sizes: dict[tuple[int, str], int],
    boxes: dict[tuple[int, str], tuple[float, float]],
) -> list[Row]:
    return [
        {
            "x": _COLUMNS[key[0]],
            "y": top + 24,
            "width": _NODE,
            "height": height,
            "colour": _COLOURS[key[1]],
            "tx": _COLUMNS[key[0]] + _NODE + 5,
            "ty": top + height / 2 + 24,
            "label": f"{WORDS[key[1]]} {sizes[key]:,}",
        }
        for key, (top, height) in boxes.items()
    ]


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
    values = []
    for name, part, whole in rows:
        words = guard.share(part, whole)
        if words.endswith("%"):
            values.append({"group": name, "share": float(words.removesuffix("%"))})
    if not values:
        return None
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 460,
        "height": {"step": 20},
        "data": {"values": values},
        "mark": {"type": "bar", "color": "#0b5394", "height": 12},
        "encoding": {
            "y": {"field": "group", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "share",
                "type": "quantitative",
                "title": title,
                "scale": {"domain": [0, 100]},
            },
        },
        "config": {
            "font": "Helvetica, Arial, sans-serif",
            "axis": {"labelColor": _INK, "titleColor": _INK, "labelLimit": 220},
        },
    }
    return str(vl_convert.vegalite_to_svg(spec))
