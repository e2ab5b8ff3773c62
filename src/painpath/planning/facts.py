"""Facts of one record by number, as a person reads them."""

from __future__ import annotations

import datetime
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge import schema
from painpath.knowledge.rules import YES_NO
from painpath.planning.plan import Evidence

_BLOCK = 64
"""Facts read at a time: a few rows cost as much as one, and neighbours are soon asked for."""

MOST_SHOWN = 4
"""Evidence shown per criterion; more would not be read."""


def partial_date(lo: datetime.date | None, hi: datetime.date | None) -> str | None:
    """A date interval as precise as it is: day, month, year, or a span."""
    if lo is None or hi is None:
        return None
    if lo == hi:
        return lo.isoformat()
    tomorrow = hi + datetime.timedelta(days=1)
    if lo.day == 1 and tomorrow.day == 1 and (lo.year, lo.month) == (hi.year, hi.month):
        return f"{lo:%Y-%m}"
    if (lo.month, lo.day) == (1, 1) and lo.year == hi.year and (hi.month, hi.day) == (12, 31):
        return f"{lo.year}"
    return f"{lo.isoformat()}..{hi.isoformat()}"


def known_by(facts: pa.Table, day: datetime.date) -> pa.Table:
    """The facts that existed on a day: neither recorded nor begun later."""
    kept = None
    for name in ("recorded", "start_lo"):
        column = facts.column(name)
        early = pc.or_kleene(pc.is_null(column), pc.less_equal(column, pa.scalar(day, pa.date32())))
        kept = early if kept is None else pc.and_(kept, early)
    return facts.filter(kept)


def denied(fact: dict[str, Any], concepts: Mapping[str, schema.Concept]) -> bool:
    """The fact is a recorded "no" (a finding or procedure stated as false), not a score of 0."""
    if fact["value"] != 0:
        return False
    concept = concepts.get(fact["concept"])
    return concept is not None and concept.category in YES_NO


class FactBook:
    """Looks up facts by their number; reads only the blocks of rows that are asked for."""

    def __init__(self, facts: pa.Table) -> None:
        self._facts = facts
        numbers = facts.column("fact").to_pylist()
        self._row = {number: row for row, number in enumerate(numbers)}
        self._seen: dict[int, dict[str, Any]] = {}
        self._told: dict[int, Evidence] = {}
        self._of_concept: dict[str, list[int]] = defaultdict(list)
        for number, concept in zip(numbers, facts.column("concept").to_pylist(), strict=True):
            self._of_concept[concept].append(number)

    def row(self, fact: int) -> dict[str, Any]:
        """All columns of one fact."""
        if fact not in self._seen:
            begins = self._row[fact] // _BLOCK * _BLOCK
            block = self._facts.slice(begins, _BLOCK).to_pylist()
            self._seen.update((row["fact"], row) for row in block)
        return self._seen[fact]

    def rows(self, facts: Iterable[int]) -> list[dict[str, Any]]:
        """Several facts."""
        return [self.row(fact) for fact in facts if fact in self._row]

    def of_concepts(self, concepts: Sequence[str]) -> list[dict[str, Any]]:
        """Every fact of these concepts."""
        wanted = dict.fromkeys(concepts)
        return self.rows(sorted(n for name in wanted for n in self._of_concept.get(name, ())))

    def evidence(self, facts: Iterable[int] | None, most: int = MOST_SHOWN) -> list[Evidence]:
        """The latest `most` of these facts, one line per resource and date."""
        if not facts:
            return []
        rows = sorted(
            self.rows(dict.fromkeys(facts)),
            key=lambda row: (row["start_hi"] or datetime.date.min, row["fact"]),
            reverse=True,
        )
        shown: dict[tuple[str, str | None, str], Evidence] = {}
        for row in rows:
            item = self._told.get(row["fact"])
            if item is None:
                item = self._told[row["fact"]] = as_evidence(row)
            shown.setdefault((item.ref, item.date, item.text), item)
            if len(shown) == most:
                break
        return list(shown.values())


def as_evidence(row: dict[str, Any]) -> Evidence:
    """One fact as evidence."""
    return Evidence(
        ref=printable(row["ref"]),
        date=partial_date(row["start_lo"], row["start_hi"]),
        text=printable(_readable(row["text"] or row["concept"], row["kind"])),
        origin=row["origin"] or "stated",
    )


def _readable(text: str, kind: str | None) -> str:
    """Diagnoses and procedures keep their code, which payers ask for; drugs and values do not."""
    if kind in ("drug", "drug-not-tried", "observation"):
        code, _, rest = text.partition(" ")
        if rest and code.replace("-", "").isdigit():
            return rest
    return text


def printable(text: str) -> str:
    """Without control and direction characters, which could rewrite a terminal or a page."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf") else c for c in text)
