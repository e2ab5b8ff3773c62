"""What was tried so far, with dates and effect: procedures with relief, care, drugs. No verdict."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, expand
from painpath.planning.facts import FactBook, as_evidence, denied, known_by, partial_date
from painpath.planning.plan import Plan
from painpath.records.record import Record
from painpath.report.words import day_words

_RELIEF = "relief-percent"

Fact = dict[str, Any]


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One treatment."""

    sort: str
    """`procedure`, `care` or `drug`."""
    name: str
    when: str
    effect: str | None
    """Null: not recorded."""
    ref: str
    last: datetime.date
    """For the order: the latest first."""

    def line(self) -> str:
        """`Genicular nerve block, 29 Sep 2026: 75 % relief (29 Sep 2026)`."""
        return f"{self.name}, {self.when}" + (f": {self.effect}" if self.effect else "")


def tried(plan: Plan, record: Record, knowledge: Knowledge) -> list[Tried]:
    """Procedures first, then care, then drugs; the latest first in each."""
    book = FactBook(known_by(record.facts, plan.as_of), plan.as_of)
    concepts = {concept.id: concept for concept in knowledge.concepts}
    found = [
        *_procedures(book, knowledge, concepts, plan.as_of),
        *_spans("care", book, _of(concepts, "care"), concepts, plan.as_of),
        *_spans("drug", book, _pain_drugs(plan, book, concepts), concepts, plan.as_of),
    ]
    order = ("procedure", "care", "drug")
    return sorted(found, key=lambda t: (order.index(t.sort), -t.last.toordinal(), t.name))


def _of(concepts: dict[str, schema.Concept], category: str) -> list[schema.Concept]:
    return [concept for concept in concepts.values() if concept.category == category]


def _procedures(
    book: FactBook,
    knowledge: Knowledge,
    concepts: dict[str, schema.Concept],
    as_of: datetime.date,
) -> Iterator[Tried]:
    """Options that were done; relief that is tied to each."""
    names: dict[str, str] = {}
    for option in knowledge.options:
        for concept in expand(as_tuple(option.done), concepts):
            names.setdefault(concept, option.name)
    reports = [r for r in book.of_concepts([_RELIEF]) if r["value"] is not None]
    for fact in _each_once(book.of_concepts(list(names))):
        if fact["kind"] != "procedure" or denied(fact, concepts) or _later(fact, as_of):
            continue
        said = sorted(
            (r["start_hi"], r["value"], r["origin"])
            for r in reports
            if r["about"] == fact["fact"] and r["start_hi"] is not None
        )
        told = [
            f"{value:g} % relief ({day_words(at)}{', computed' if origin == 'computed' else ''})"
            for at, value, origin in said
        ]
        yield Tried(
            sort="procedure",
            name=names[fact["concept"]],
            when=day_words(partial_date(fact["start_lo"], fact["start_hi"])),
            effect=", then ".join(told) or None,
            ref=fact["ref"],
            last=fact["start_hi"] or datetime.date.min,
        )


def _spans(
    sort: str,
    book: FactBook,
    wanted: list[schema.Concept],
    concepts: dict[str, schema.Concept],
    as_of: datetime.date,
) -> Iterator[Tried]:
    """Care or drugs from a day to a day, under the narrowest concept that knows them."""
    breadth = {c.id: len(c.rxnorm) + 10 * len(c.includes) for c in wanted}
    facts = sorted(book.of_concepts(list(breadth)), key=lambda f: breadth[f["concept"]])
    spans: dict[str, list[Fact]] = {}
    for fact in _each_once(facts):
        kinds = ("order", "drug-not-tried", "allergy")
        if fact["kind"] in kinds or denied(fact, concepts) or _later(fact, as_of):
            continue
        # A drug as it was prescribed: a class would not say which.
        name = as_evidence(fact, as_of).text if sort == "drug" else concepts[fact["concept"]].name
        spans.setdefault(name, []).append(fact)
    for name, rows in spans.items():
        row = max(rows, key=lambda f: (f["open"], f["end_hi"] or f["start_hi"] or as_of))
        first = min(rows, key=lambda f: f["start_lo"] or as_of)
        yield Tried(
            sort=sort,
            name=name,
            when=_span(first, row, as_of),
            effect=None,
            ref=row["ref"],
            last=as_of if row["open"] else row["end_hi"] or row["start_hi"] or datetime.date.min,
        )


def _span(first: Fact, row: Fact, as_of: datetime.date) -> str:
    start = partial_date(first["start_lo"], first["start_hi"])
    end = partial_date(row["end_lo"], row["end_hi"])
    if row["open"] or (row["end_lo"] is not None and row["end_lo"] > as_of):
        return f"since {day_words(start)}" if start else "ongoing, start not recorded"
    if end is None or end == start:
        return day_words(start)
    return f"{day_words(start)} to {day_words(end)}"


def _pain_drugs(
    plan: Plan, book: FactBook, concepts: dict[str, schema.Concept]
) -> list[schema.Concept]:
    """Drugs that the plan counts as pain care: evidence of criteria, of care and of opioid dose."""
    refs = {item.ref for care in plan.alongside for item in care.evidence}
    refs |= {item.ref for item in plan.opioids.items}
    for problem in plan.problems:
        for option in problem.options:
            for criterion in option.criteria:
                if criterion.verdict == "met":
                    refs |= {item.ref for item in criterion.evidence}
    held = {item.drug for item in plan.safety if item.drug}
    return [
        concept
        for concept in _of(concepts, "drug")
        if concept.id not in held
        and any(fact["ref"] in refs for fact in book.of_concepts([concept.id]))
    ]


def _each_once(facts: Iterable[Fact]) -> Iterator[Fact]:
    """One fact a resource: several concepts may know the same."""
    seen: set[str] = set()
    for fact in facts:
        if fact["ref"] not in seen:
            seen.add(fact["ref"])
            yield fact


def _later(fact: Fact, as_of: datetime.date) -> bool:
    return fact["start_lo"] is not None and fact["start_lo"] > as_of
