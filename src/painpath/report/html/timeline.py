"""The timeline picture: pain, procedures with relief, drugs and opioid dose over time, as SVG.

Drawn by Vega-Lite through vl-convert, at three zooms; the same data stand in a table for screen
readers and for print.
"""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import vl_convert

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, expand
from painpath.opioids import opioid_load
from painpath.planning.facts import FactBook
from painpath.planning.plan import Plan
from painpath.records.reading import Record
from painpath.report.words import day_words

WIDTH = 720
_INK, _PAIN, _MARK, _DRUG, _RELIEF, _DOSE = (
    "#1b1f24",
    "#0b5394",
    "#7a1f5c",
    "#5b7083",
    "#2e7d32",
    "#b45f06",
)
_MOST_DRUGS = 8
_ZOOMS = (("3 months", 92), ("1 year", 366), ("All", 0))

Row = dict[str, Any]


class Zoom(msgspec.Struct, frozen=True):
    """The picture over one span of time."""

    name: str
    svg: str


class TableRow(msgspec.Struct, frozen=True):
    """One thing on the timeline, for those who read rather than look."""

    date: str
    what: str
    ref: str


class Timeline(msgspec.Struct, frozen=True):
    """Pictures and the table of the same."""

    zooms: list[Zoom]
    rows: list[TableRow]
    summary: str


class _Data(msgspec.Struct):
    pain: list[Row] = []
    marks: list[Row] = []
    relief: list[Row] = []
    drugs: list[Row] = []
    dose: list[Row] = []
    table: list[tuple[datetime.date, TableRow]] = []


def timeline(plan: Plan, record: Record, knowledge: Knowledge) -> Timeline | None:
    """The timeline of a record up to the plan's day; `None` if nothing is dated."""
    data = _collect(plan, record, knowledge)
    days = [day for day, _ in data.table if day <= plan.as_of]
    if not days:
        return None
    # Years of an old prescription would squeeze the story: it starts with pain or a procedure.
    story = [row["day"] for row in [*data.pain, *data.marks]]
    first = datetime.date.fromisoformat(min(story)) if story else min(days)
    zooms: list[Zoom] = []
    for name, span in _ZOOMS:
        start = plan.as_of - datetime.timedelta(days=span) if span else first
        if span and start < first and zooms:
            continue
        zooms.append(Zoom(name, _draw(data, max(min(start, first), start), plan.as_of)))
    rows = [row for _, row in sorted(data.table, key=lambda pair: pair[0], reverse=True)]
    latest = f", latest {data.pain[-1]['value']:g}/10" if data.pain else ""
    summary = (
        f"{len(data.pain)} pain scores{latest}; {len(data.marks)} procedures;"
        f" {len({row['drug'] for row in data.drugs})} drugs."
    )
    return Timeline(zooms, rows, summary)


# --- data ----------------------------------------------------------------------------------------


def _collect(plan: Plan, record: Record, knowledge: Knowledge) -> _Data:
    book = FactBook(record.facts)
    concepts = {concept.id: concept for concept in knowledge.concepts}
    data = _Data()
    _pain(data, book, plan.as_of)
    _procedures(data, book, knowledge, plan.as_of)
    _drugs(data, book, [c for c in concepts.values() if c.category == "drug"], plan.as_of)
    _dose(data, record, plan)
    return data


def _pain(data: _Data, book: FactBook, as_of: datetime.date) -> None:
    for fact in book.of_concepts(["pain-score"]):
        day = fact["start_lo"]
        if day is None or day > as_of or fact["value"] is None:
            continue
        data.pain.append({"day": day.isoformat(), "value": fact["value"]})
        data.table.append((day, TableRow(day_words(day), fact["text"], fact["ref"])))
    data.pain.sort(key=lambda row: row["day"])


def _procedures(data: _Data, book: FactBook, knowledge: Knowledge, as_of: datetime.date) -> None:
    concepts = {concept.id: concept for concept in knowledge.concepts}
    names: dict[str, str] = {}
    for option in knowledge.options:
        for concept in expand(as_tuple(option.done), concepts):
            names.setdefault(concept, option.name)
    for surgery in ("knee-arthroplasty", "spine-surgery"):
        if surgery in concepts:
            for concept in expand((surgery,), concepts):
                names.setdefault(concept, concepts[surgery].name)
    reports = book.of_concepts(["relief-percent"])
    seen: set[str] = set()
    for fact in book.of_concepts(list(names)):
        day = fact["start_lo"]
        if day is None or day > as_of or fact["kind"] not in ("procedure", None):
            continue
        if fact["ref"] in seen:
            continue
        seen.add(fact["ref"])
        name = names[fact["concept"]]
        said = sorted(
            (r["start_lo"], r["value"])
            for r in reports
            if r["about"] == fact["fact"] and r["start_lo"] is not None and r["value"] is not None
        )
        words = f"{name}" + (f": {', '.join(f'{v:g} %' for _, v in said)} relief" if said else "")
        data.marks.append({"day": day.isoformat(), "name": name})
        data.table.append((day, TableRow(day_words(day), words, fact["ref"])))
        data.relief += _bands(day, said)


def _bands(day: datetime.date, said: list[tuple[datetime.date, float]]) -> list[Row]:
    """Relief as bands: each report holds from the one before it (or the procedure) to its day."""
    bands = []
    begin = day
    for at, percent in said:
        until = max(at, begin + datetime.timedelta(days=3))
        bands.append(
            {
                "from": begin.isoformat(),
                "until": until.isoformat(),
                "percent": percent,
                "label": f"{percent:g} %",
            }
        )
        begin = at
    return bands


def _drugs(data: _Data, book: FactBook, drugs: list[Any], as_of: datetime.date) -> None:
    spans: dict[str, list[Row]] = {}
    # A prescription may count as an ingredient and as its class: show the ingredient.
    breadth = {drug.id: len(drug.rxnorm) + len(drug.includes) for drug in drugs}
    facts = sorted(book.of_concepts(list(breadth)), key=lambda fact: breadth[fact["concept"]])
    shown: set[str] = set()
    for fact in facts:
        if fact["ref"] in shown:
            continue
        shown.add(fact["ref"])
        begin = fact["start_lo"]
        if begin is None or begin > as_of or fact["kind"] == "order":
            continue
        name = next(drug.name for drug in drugs if drug.id == fact["concept"])
        end = as_of if fact["open"] or fact["end_lo"] is None else min(fact["end_lo"], as_of)
        spans.setdefault(name, []).append(
            {"drug": name, "from": begin.isoformat(), "until": end.isoformat()}
        )
        word = "ongoing" if fact["open"] else f"to {day_words(end)}"
        data.table.append((begin, TableRow(day_words(begin), f"{name}, {word}", fact["ref"])))
    latest = sorted(spans, key=lambda name: max(row["until"] for row in spans[name]), reverse=True)
    data.drugs = [row for name in latest[:_MOST_DRUGS] for row in spans[name]]


def _dose(data: _Data, record: Record, plan: Plan) -> None:
    if not plan.opioids.items:
        return
    days = {p.start for p in record.prescriptions if p.start} | {
        p.end + datetime.timedelta(days=1) for p in record.prescriptions if p.end
    }
    changes = sorted(day for day in days if day <= plan.as_of)
    for day in [*changes, plan.as_of]:
        load = opioid_load(record.prescriptions, day, plan.opioids.rule_set, history=True)
        data.dose.append({"day": day.isoformat(), "mme": load.mme_per_day or 0.0})


# --- drawing -------------------------------------------------------------------------------------


def _draw(data: _Data, start: datetime.date, end: datetime.date) -> str:
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
        "axis": {"format": "%b %Y", "labelOverlap": True, "grid": False, "tickCount": 8},
    }
    panels: list[Row] = [_pain_panel(data, axis, start, end)]
    if data.drugs:
        panels.append(_drug_panel(data, axis, start, end))
    if any(row["mme"] for row in data.dose):
        panels.append(_dose_panel(data, axis, start, end))
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


def _pain_panel(data: _Data, axis: Row, start: datetime.date, end: datetime.date) -> Row:
    y = {
        "scale": {"domain": [0, 10]},
        "type": "quantitative",
        "axis": {"values": [0, 2, 4, 6, 8, 10]},
    }
    marks = _within(data.marks, start, end)
    for number, row in enumerate(sorted(marks, key=lambda r: r["day"])):
        row["level"] = 9.6 - 1.1 * (number % 3)
    return {
        "width": WIDTH,
        "height": 170,
        "layer": [
            {
                "data": {"values": _clipped(data.relief, start, end)},
                "mark": {"type": "rect", "color": _RELIEF},
                "encoding": {
                    "x": {**axis, "field": "from"},
                    "x2": {"field": "until"},
                    "y": {"datum": 0},
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
                "data": {"values": _clipped(data.relief, start, end)},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 3,
                    "fontSize": 10,
                    "color": "#1b5e20",
                },
                "encoding": {
                    "x": {**axis, "field": "from"},
                    "y": {"datum": 0.6},
                    "text": {"field": "label"},
                },
            },
            {
                "data": {"values": _within(data.pain, start, end)},
                "mark": {"type": "line", "color": _PAIN, "point": {"size": 55, "color": _PAIN}},
                "encoding": {
                    "x": {**axis, "field": "day"},
                    "y": {**y, "field": "value", "title": "Pain 0-10"},
                },
            },
            {
                "data": {"values": marks},
                "mark": {"type": "rule", "color": _MARK, "strokeWidth": 1.5},
                "encoding": {"x": {**axis, "field": "day"}},
            },
            {
                "data": {"values": marks},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 4,
                    "fontSize": 10,
                    "color": _MARK,
                    "limit": 230,
                },
                "encoding": {
                    "x": {**axis, "field": "day"},
                    "y": {**y, "field": "level", "title": "Pain 0-10"},
                    "text": {"field": "name"},
                },
            },
        ],
    }


def _drug_panel(data: _Data, axis: Row, start: datetime.date, end: datetime.date) -> Row:
    return {
        "width": WIDTH,
        "height": {"step": 18},
        "data": {"values": _clipped(data.drugs, start, end)},
        "mark": {"type": "bar", "height": 9, "color": _DRUG, "cornerRadius": 2},
        "encoding": {
            "x": {**axis, "field": "from"},
            "x2": {"field": "until"},
            "y": {"field": "drug", "type": "nominal", "title": None, "sort": None},
        },
    }


def _dose_panel(data: _Data, axis: Row, start: datetime.date, end: datetime.date) -> Row:
    rows = _within(data.dose, start, end)
    before = [row for row in data.dose if row["day"] < start.isoformat()]
    if before:
        rows = [{**before[-1], "day": start.isoformat()}, *rows]
    return {
        "width": WIDTH,
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
