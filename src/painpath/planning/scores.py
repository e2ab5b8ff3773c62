"""The latest score of each instrument: what it means, and whether its change matters."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from painpath.instruments.change import (
    change_words,
    important_change,
    improved_enough,
    improvement,
    worsened_enough,
)
from painpath.instruments.forms import short_name
from painpath.instruments.scoring import band_of
from painpath.knowledge.instruments import Instrument, Score
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.facts import FactBook, as_evidence, partial_date
from painpath.planning.plan import ScoreResult


def scores(knowledge: Knowledge, book: FactBook) -> list[ScoreResult]:
    """One line per score on record, the newest first."""
    known = _first_forms(knowledge.instruments)
    names = {c.id: short_name(c.name) for c in knowledge.concepts if c.id in known}
    histories: dict[str, list[dict[str, Any]]] = {}
    for row in book.of_concepts(list(known)):
        if row["value"] is not None and row["start_hi"] is not None:
            histories.setdefault(row["concept"], []).append(row)
    found = [
        _latest(*known[concept], names.get(concept, concept), rows, book.day)
        for concept, rows in histories.items()
    ]
    return sorted(found, key=lambda each: (each.date or "", each.id), reverse=True)


def _first_forms(instruments: Iterable[Instrument]) -> dict[str, tuple[Instrument, Score]]:
    known: dict[str, tuple[Instrument, Score]] = {}
    for instrument in instruments:
        for score in instrument.scores:
            known.setdefault(score.concept, (instrument, score))
    return known


def _latest(
    instrument: Instrument,
    score: Score,
    name: str,
    rows: list[dict[str, Any]],
    day: datetime.date,
) -> ScoreResult:
    rows.sort(key=lambda row: (row["start_hi"], row["fact"]))
    last = rows[-1]
    before = _before(last, rows)
    value = float(last["value"])
    first = None if before is None else float(before["value"])
    change = important_change(score, value if first is None else first)
    band = band_of(score, value)
    evidence = as_evidence(last, day)
    return ScoreResult(
        id=score.concept,
        name=name,
        value=round(value, 1),
        low=score.low,
        high=score.high,
        better=score.better,
        date=evidence.date,
        origin=evidence.origin,
        ref=evidence.ref,
        band=None if band is None else band.name,
        before=None if first is None else round(first, 1),
        before_date=(
            None if before is None else partial_date(before["start_lo"], before["start_hi"])
        ),
        improved=None if first is None else _points(score, first, value),
        matters=None if first is None else _matters(score, first, value),
        important_change=None if change is None else change_words(change),
        review=(change.review if change else None) or score.review or instrument.review,
        cite=list(as_tuple(change.cite if change else score.cite) or as_tuple(instrument.cite)),
    )


def _before(last: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The value before it, on an earlier day and of the same place."""
    place = (last["region"], last["side"])
    day: datetime.date = last["start_hi"]
    earlier = [r for r in rows if r["start_hi"] < day and (r["region"], r["side"]) == place]
    return earlier[-1] if earlier else None


def _points(score: Score, first: float, value: float) -> float | None:
    gain = improvement(score, first, value)
    return None if gain is None else round(gain, 1)


def _matters(score: Score, first: float, value: float) -> bool | None:
    better, worse = improved_enough(score, first, value), worsened_enough(score, first, value)
    return None if better is None else better or bool(worse)
