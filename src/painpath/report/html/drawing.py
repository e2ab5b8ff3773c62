"""The timeline drawn: Vega-Lite through vl-convert, one SVG a zoom. No medical rule."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import vl_convert

_INK, _PAIN, _MARK, _DRUG, _RELIEF, _DOSE = (
    "#1b1f24",
    "#0b5394",
    "#7a1f5c",
    "#5b7083",
    "#2e7d32",
    "#b45f06",
)
_SHORT = 200
"""Days."""

Row = dict[str, Any]


class Frame(msgspec.Struct, frozen=True):
    """How much room there is; pixels."""

    width: int
    step: int
    """Height of a row of drugs or scores."""
    names: int
    """The longest name of a procedure beside its line."""
    levels: int
    """Heights between which names change, so that neighbours do not meet."""
    late: float
    """From this part of the span on, the name of a procedure stands to the left of its line."""
    label: str
    """Of a procedure: its `name`, or with the relief first where there is no room for all."""
    ticks: int
    rows: Row
    """Axis of rows: where their names stand."""
    below: int = 0
    """How far beneath the middle of a row its bar or dot lies."""


WIDE = Frame(
    width=720,
    step=18,
    names=260,
    levels=3,
    late=0.72,
    label="name",
    ticks=8,
    rows={"labelLimit": 190},
)
NARROW = Frame(
    width=300,
    step=30,
    names=140,
    levels=6,
    late=0.5,
    label="short",
    ticks=4,
    # Names stand in the rows, above what they name: beside them they would take half the width.
    rows={
        "labelLimit": 280,
        "labelAlign": "left",
        "labelPadding": -6,
        "labelOffset": -7,
        "ticks": False,
        "domain": False,
    },
    below=6,
)
"""For a phone."""


class Picture(msgspec.Struct):
    """What is drawn, and the same as a table."""

    pain: list[Row] = []
    marks: list[Row] = []
    relief: list[Row] = []
    scores: list[Row] = []
    drugs: list[Row] = []
    dose: list[Row] = []
    table: list[tuple[datetime.date, Any]] = []


def draw(data: Picture, start: datetime.date, end: datetime.date, frame: Frame = WIDE) -> str:
    """The span from `start` to `end` as SVG."""
    margin = max((end - start).days // 40, 3)
    domain = [
        {"year": day.year, "month": day.month, "date": day.day}
        for day in (
            start - datetime.timedelta(days=margin),
            end + datetime.timedelta(days=margin),
        )
    ]
    time = {"scale": {"domain": domain}, "type": "temporal", "title": None}
    axis = {
        **time,
        "axis": {
            "format": _day_format(start, end),
            "labelOverlap": True,
            "grid": False,
            "tickCount": frame.ticks,
        },
    }
    bare = {**time, "axis": {"labels": False, "ticks": False, "grid": False}}
    makers = [_pain_panel]
    if _within(data.scores, start, end):
        makers.append(_score_panel)
    if _clipped(data.drugs, start, end):
        makers.append(_drug_panel)
    if any(row["mme"] for row in data.dose):
        makers.append(_dose_panel)
    panels = [
        maker(data, axis if maker is makers[-1] else bare, start, end, frame) for maker in makers
    ]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": None,
        "padding": 4,
        "vconcat": panels,
        "spacing": 10,
        "resolve": {"scale": {"x": "shared"}},
        "config": {
            "font": "Helvetica, Arial, sans-serif",
            "view": {"stroke": "#d0d5da"},
            "axis": {
                "labelColor": _INK,
                "titleColor": _INK,
                "labelFontSize": 11,
                "titleFontSize": 11,
            },
        },
    }
    return str(vl_convert.vegalite_to_svg(spec))


def _day_format(start: datetime.date, end: datetime.date) -> str:
    """Months over a long span; over a short one days, or the same month stood there many times."""
    return "%b %Y" if (end - start).days > _SHORT else "%-d %b"


def _clipped(rows: list[Row], start: datetime.date, end: datetime.date) -> list[Row]:
    """Bars within the span, cut at its ends."""
    lo, hi = start.isoformat(), end.isoformat()
    return [
        {**row, "from": max(row["from"], lo), "until": min(row["until"], hi)}
        for row in rows
        if row["until"] >= lo and row["from"] <= hi
    ]


def _within(rows: list[Row], start: datetime.date, end: datetime.date) -> list[Row]:
    return [row for row in rows if start.isoformat() <= row["day"] <= end.isoformat()]


def _pain_panel(
    data: Picture, axis: Row, start: datetime.date, end: datetime.date, frame: Frame
) -> Row:
    y = {
        "scale": {"domain": [0, 10]},
        "type": "quantitative",
        "axis": {"values": [0, 2, 4, 6, 8, 10], "labelOverlap": False, "title": "Pain 0-10"},
    }
    marks = _within(data.marks, start, end)
    marks = [
        {
            **row,
            "level": 9.6 - 1.1 * (number % frame.levels),
            "late": _part(row["day"], start, end) > frame.late,
        }
        for number, row in enumerate(sorted(marks, key=lambda r: r["day"]))
    ]
    relief = _clipped(data.relief, start, end)
    return {
        "width": frame.width,
        "height": 170,
        "layer": [
            {
                "data": {"values": relief},
                "mark": {"type": "rect", "color": _RELIEF},
                "encoding": {
                    "x": {**axis, "field": "from"},
                    "x2": {"field": "until"},
                    "y": {**y, "datum": 0},
                    "y2": {"datum": 10},
                    "opacity": {
                        "field": "percent",
                        "type": "quantitative",
                        "scale": {"domain": [0, 100], "range": [0.02, 0.3]},
                        "legend": None,
                    },
                },
            },
            {
                "data": {"values": _within(data.pain, start, end)},
                "mark": {"type": "line", "color": _PAIN, "point": {"size": 55, "color": _PAIN}},
                "encoding": {
                    "x": {**axis, "field": "day"},
                    "y": {**y, "field": "value"},
                },
            },
            {
                "data": {"values": marks},
                "mark": {"type": "rule", "color": _MARK, "strokeWidth": 1.5},
                "encoding": {"x": {**axis, "field": "day"}},
            },
            _names([row for row in marks if not row["late"]], axis, y, "left", frame),
            _names([row for row in marks if row["late"]], axis, y, "right", frame),
        ],
    }


def _names(marks: list[Row], axis: Row, y: Row, align: str, frame: Frame) -> Row:
    """Names of procedures beside their lines, on the side where there is room."""
    return {
        "data": {"values": marks},
        "mark": {
            "type": "text",
            "align": align,
            "dx": 4 if align == "left" else -4,
            "fontSize": 10,
            "color": _MARK,
            "limit": frame.names,
        },
        "encoding": {
            "x": {**axis, "field": "day"},
            "y": {**y, "field": "level"},
            "text": {"field": frame.label},
        },
    }


def _part(day: str, start: datetime.date, end: datetime.date) -> float:
    """Where in the span a day lies, 0 to 1."""
    return (datetime.date.fromisoformat(day) - start).days / max((end - start).days, 1)


def _score_panel(
    data: Picture, axis: Row, start: datetime.date, end: datetime.date, frame: Frame
) -> Row:
    """Function and imaging: a row each, the score beside its dot."""
    rows = _within(data.scores, start, end)
    place = {
        "x": {**axis, "field": "day"},
        "y": {"field": "row", "type": "nominal", "title": None, "sort": None, "axis": frame.rows},
    }
    dot = {"type": "point", "filled": True, "size": 40, "color": _INK, "shape": "diamond"}
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 10, "color": _INK}
    dot["yOffset"] = text["yOffset"] = frame.below
    return {
        "width": frame.width,
        "height": {"step": frame.step},
        "data": {"values": rows},
        "layer": [
            {"mark": dot, "encoding": place},
            {"mark": text, "encoding": {**place, "text": {"field": "label"}}},
        ],
    }


def _drug_panel(
    data: Picture, axis: Row, start: datetime.date, end: datetime.date, frame: Frame
) -> Row:
    return {
        "width": frame.width,
        "height": {"step": frame.step},
        "data": {"values": _clipped(data.drugs, start, end)},
        "mark": {
            "type": "bar",
            "height": 9,
            "color": _DRUG,
            "cornerRadius": 2,
            "yOffset": frame.below,
        },
        "encoding": {
            "x": {**axis, "field": "from"},
            "x2": {"field": "until"},
            "y": {
                "field": "drug",
                "type": "nominal",
                "title": None,
                "sort": None,
                "axis": frame.rows,
            },
        },
    }


def _dose_panel(
    data: Picture, axis: Row, start: datetime.date, end: datetime.date, frame: Frame
) -> Row:
    rows = _within(data.dose, start, end)
    before = [row for row in data.dose if row["day"] < start.isoformat()]
    if before:
        rows = [{**before[-1], "day": start.isoformat()}, *rows]
    return {
        "width": frame.width,
        "height": 60,
        "data": {"values": rows},
        "mark": {
            "type": "area",
            "interpolate": "step-after",
            "color": _DOSE,
            "opacity": 0.45,
            "line": True,
        },
        "encoding": {
            "x": {**axis, "field": "day"},
            "y": {
                "field": "mme",
                "type": "quantitative",
                "title": "Opioid MME/day",
                "axis": {"tickCount": 3},
            },
        },
    }
