"""The timeline picture: pain, procedures with relief, drugs and opioid dose over time, as SVG.

What is shown is gathered here; `drawing` draws it, at three zooms. The same stands in a table for
screen readers.
"""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, expand
from painpath.opioids import opioid_load
from painpath.planning.facts import FactBook, known_by
from painpath.planning.plan import Plan
from painpath.records.reading import Record
from painpath.report.html.drawing import NARROW, WIDE, Frame, Picture, Row, draw
from painpath.report.words import day_words

_MOST_DRUGS = 8
_ZOOMS = (("3 months", 92), ("1 year", 366), ("All", 0))

FUNCTION = "function-score"
"""Concept of all that measures function."""
_IMAGING = "Imaging"


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
    narrow: str
    """The last of them, drawn for a phone."""
    rows: list[TableRow]
    summary: str


class Outline(msgspec.Struct, frozen=True):
    """All that the timeline shows, not drawn yet: a page can show the rest while it is."""

    spans: list[tuple[str, datetime.date]]
    """Name and first day of each zoom; all end on the plan's day."""
    end: datetime.date
    rows: list[TableRow]
    summary: str
    data: Picture

    def draw(self, span: int, frame: Frame = WIDE) -> str:
        """One zoom as SVG."""
        return draw(self.data, self.spans[span][1], self.end, frame)


def timeline(plan: Plan, record: Record, knowledge: Knowledge) -> Timeline | None:
    """The timeline of a record up to the plan's day; `None` if nothing is dated."""
    made = outline(plan, record, knowledge)
    if made is None:
        return None
    zooms = [Zoom(name, made.draw(number)) for number, (name, _) in enumerate(made.spans)]
    narrow = made.draw(len(made.spans) - 1, NARROW)
    return Timeline(zooms, narrow, made.rows, made.summary)


def outline(plan: Plan, record: Record, knowledge: Knowledge) -> Outline | None:
    """The same without its pictures."""
    data = _collect(plan, record, knowledge)
    days = [day for day, _ in data.table if day <= plan.as_of]
    if not days:
        return None
    # Years of an old prescription would squeeze the story: it starts with pain or a procedure.
    story = [row["day"] for row in [*data.pain, *data.marks]]
    first = datetime.date.fromisoformat(min(story)) if story else min(days)
    spans: list[tuple[str, datetime.date]] = []
    for name, span in _ZOOMS:
        start = plan.as_of - datetime.timedelta(days=span) if span else first
        if span and start < first and spans:
            continue
        spans.append((name, max(min(start, first), start)))
    rows = [row for _, row in sorted(data.table, key=lambda pair: pair[0], reverse=True)]
    latest = f", latest {data.pain[-1]['value']:g}/10" if data.pain else ""
    summary = (
        f"{len(data.pain)} pain scores{latest}; {len(data.marks)} procedures;"
        f" {len({row['drug'] for row in data.drugs})} drugs."
    )
    return Outline(spans, plan.as_of, rows, summary, data)


# --- data ----------------------------------------------------------------------------------------


def _collect(plan: Plan, record: Record, knowledge: Knowledge) -> Picture:
    book = FactBook(known_by(record.facts, plan.as_of), plan.as_of)
    concepts = {concept.id: concept for concept in knowledge.concepts}
    data = Picture()
    _pain(data, book, plan.as_of)
    _function(data, book, concepts, plan.as_of)
    _procedures(data, book, knowledge, plan.as_of)
    _imaging(data, book, [c.id for c in knowledge.concepts if c.category == "imaging"], plan.as_of)
    _drugs(data, book, [c for c in concepts.values() if c.category == "drug"], plan.as_of)
    _dose(data, record, plan)
    return data


def _pain(data: Picture, book: FactBook, as_of: datetime.date) -> None:
    for fact in book.of_concepts(["pain-score"]):
        day = fact["start_lo"]
        if day is None or day > as_of or fact["value"] is None:
            continue
        data.pain.append({"day": day.isoformat(), "value": fact["value"]})
        data.table.append((day, TableRow(day_words(day), fact["text"], fact["ref"])))
    data.pain.sort(key=lambda row: row["day"])


def _function(
    data: Picture, book: FactBook, concepts: dict[str, Any], as_of: datetime.date
) -> None:
    """Scores of function, each instrument in a row of its own: their scales differ."""
    measures = expand((FUNCTION,), concepts) if FUNCTION in concepts else []
    for fact in book.of_concepts(measures):
        day = fact["start_lo"]
        if day is None or day > as_of or fact["value"] is None:
            continue
        name = concepts[fact["concept"]].name
        score = f"{round(fact['value'], 1):g}"
        data.scores.append({"day": day.isoformat(), "row": name, "label": score})
        row = TableRow(day_words(day), f"{name}: {score}", fact["ref"])
        if (day, row) not in data.table:
            data.table.append((day, row))


def _imaging(data: Picture, book: FactBook, concepts: list[str], as_of: datetime.date) -> None:
    seen: set[str] = set()
    for fact in book.of_concepts(concepts):
        day = fact["start_lo"]
        if day is None or day > as_of or fact["ref"] in seen:
            continue
        if fact["kind"] == "order":
            continue
        seen.add(fact["ref"])
        data.scores.append({"day": day.isoformat(), "row": _IMAGING, "label": ""})
        data.table.append((day, TableRow(day_words(day), fact["text"], fact["ref"])))


def _procedures(data: Picture, book: FactBook, knowledge: Knowledge, as_of: datetime.date) -> None:
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
        relief = ", then ".join(f"{value:g} %" for _, value in said)
        words = f"{name}: {relief} relief" if said else name
        label = f"{name} ({relief})" if said else name
        short = f"{relief}: {name}" if said else name
        data.marks.append({"day": day.isoformat(), "name": label, "short": short})
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
            }
        )
        begin = at
    return bands


def _drugs(data: Picture, book: FactBook, drugs: list[Any], as_of: datetime.date) -> None:
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
        # An end that had not come yet was not known: on that day the drug was taken.
        ended = fact["end_lo"]
        going = fact["open"] or (ended is not None and ended > as_of)
        end = as_of if going or ended is None else ended
        spans.setdefault(name, []).append(
            {"drug": name, "from": begin.isoformat(), "until": end.isoformat()}
        )
        word = "ongoing" if going else f"to {day_words(ended)}" if ended else "end not recorded"
        data.table.append((begin, TableRow(day_words(begin), f"{name}, {word}", fact["ref"])))
    latest = sorted(spans, key=lambda name: max(row["until"] for row in spans[name]), reverse=True)
    data.drugs = [row for name in latest[:_MOST_DRUGS] for row in spans[name]]


def _dose(data: Picture, record: Record, plan: Plan) -> None:
    if not plan.opioids.items:
        return
    days = {p.start for p in record.prescriptions if p.start} | {
        p.end + datetime.timedelta(days=1) for p in record.prescriptions if p.end
    }
    changes = sorted(day for day in days if day <= plan.as_of)
    for day in [*changes, plan.as_of]:
        load = opioid_load(record.prescriptions, day, plan.opioids.rule_set, history=True)
        data.dose.append({"day": day.isoformat(), "mme": load.mme_per_day or 0.0})
