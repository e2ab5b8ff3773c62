"""Facts of one record by number, as a person reads them."""

from __future__ import annotations

import datetime
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge import schema
from painpath.knowledge.rules import YES_NO
from painpath.planning.plan import Evidence
from painpath.records import plain
from painpath.records.hours import natural

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


def shortlist(facts: pa.Table, concepts: Sequence[str]) -> Shortlist:
    """The facts of these concepts."""
    column = facts.column("concept").cast(pa.string())
    return Shortlist(plain.rows(facts.filter(pc.is_in(column, value_set=pa.array(concepts)))))


def denied(fact: dict[str, Any], concepts: Mapping[str, schema.Concept]) -> bool:
    """The fact is a recorded "no" (a finding or procedure stated as false), not a score of 0."""
    if fact["value"] != 0:
        return False
    concept = concepts.get(fact["concept"])
    return concept is not None and concept.category in YES_NO


class Shortlist:
    """A few facts that were read before, each a row of `FACTS`."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._of_concept: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            self._of_concept[row["concept"]].append(row)

    def known_by(self, day: datetime.date) -> Shortlist:
        """Those that existed on a day: neither recorded nor begun later."""
        return Shortlist(
            row
            for rows in self._of_concept.values()
            for row in rows
            if all(row[name] is None or row[name] <= day for name in ("recorded", "start_lo"))
        )

    def of_concepts(self, concepts: Sequence[str]) -> list[dict[str, Any]]:
        """Every fact of these concepts, in the order of their numbers."""
        found = [row for name in dict.fromkeys(concepts) for row in self._of_concept.get(name, ())]
        return sorted(found, key=lambda row: row["fact"])


class FactBook:
    """Looks up facts by their number; reads only the blocks of rows that are asked for."""

    def __init__(self, facts: pa.Table, day: datetime.date) -> None:
        """Of facts known by a day, as they stood on it."""
        self._facts = facts
        self.day = day
        numbers = plain.values(facts.column("fact"))
        self._row = {number: row for row, number in enumerate(numbers)}
        self._seen: dict[int, dict[str, Any]] = {}
        self._told: dict[int, Evidence] = {}

    @cached_property
    def _of_concept(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, concept in plain.tuples(self._facts, "fact", "concept"):
            found[concept].append(number)
        return found

    def row(self, fact: int) -> dict[str, Any]:
        """All columns of one fact."""
        if fact not in self._seen:
            begins = self._row[fact] // _BLOCK * _BLOCK
            self._keep(self._facts.slice(begins, _BLOCK))
        return self._seen[fact]

    def rows(self, facts: Iterable[int]) -> list[dict[str, Any]]:
        """Several facts."""
        wanted = [fact for fact in facts if fact in self._row]
        missing = [fact for fact in wanted if fact not in self._seen]
        if len(missing) > _BLOCK:
            self._keep(self._facts.take(pa.array([self._row[fact] for fact in missing])))
        return [self.row(fact) for fact in wanted]

    def _keep(self, some: pa.Table) -> None:
        self._seen.update((row["fact"], row) for row in plain.rows(some))

    def of_concepts(self, concepts: Sequence[str]) -> list[dict[str, Any]]:
        """Every fact of these concepts."""
        wanted = dict.fromkeys(concepts)
        return self.rows(sorted(n for name in wanted for n in self._of_concept.get(name, ())))

    def latest(self, concept: str, day: datetime.date) -> dict[str, Any] | None:
        """The last fact of a concept that had begun by a day and has a value other than 0.

        There may be thousands (weights); only the one is read.
        """
        rows = [self._row[number] for number in self._of_concept.get(concept, ())]
        if not rows:
            return None
        known = self._facts.select(["fact", "value", "start_lo", "start_hi"]).take(rows)
        begun = pc.and_(
            pc.less_equal(known.column("start_lo"), pa.scalar(day, pa.date32())),
            pc.is_valid(known.column("start_hi")),
        )
        known = known.filter(pc.and_(begun, pc.not_equal(known.column("value"), 0)))
        if not known.num_rows:
            return None
        order = [("start_hi", "descending"), ("fact", "descending")]
        last = pc.sort_indices(known, sort_keys=order)[0].as_py()
        return self.row(known.column("fact")[last].as_py())

    def evidence(self, facts: Iterable[int] | None, most: int = MOST_SHOWN) -> list[Evidence]:
        """The latest `most` of these facts, one line per resource and date."""
        if not facts:
            return []
        rows = self.rows(dict.fromkeys(facts))
        if len(rows) > 1:
            rows.sort(
                key=lambda row: (
                    row["start_hi"] or datetime.date.min,
                    natural(row["ref"]),
                    row["fact"],
                ),
                reverse=True,
            )
        shown: dict[tuple[str, str | None, str], Evidence] = {}
        for row in rows:
            item = self._told.get(row["fact"])
            if item is None:
                item = self._told[row["fact"]] = as_evidence(row, self.day)
            shown.setdefault((item.ref, item.date, item.text), item)
            if len(shown) == most:
                break
        return list(shown.values())


def as_evidence(row: dict[str, Any], day: datetime.date) -> Evidence:
    """One fact as evidence, as it stood on a day: what ended later was going on."""
    began = partial_date(row["start_lo"], row["start_hi"])
    over = row["end_lo"] is not None and row["end_lo"] <= day
    ended = partial_date(row["end_lo"], row["end_hi"]) if over and began else None
    return Evidence(
        ref=printable(row["ref"]),
        date=began,
        text=printable(_readable(row["text"] or row["concept"], row["kind"])),
        origin=row["origin"] or "stated",
        until=ended if ended != began else None,
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
