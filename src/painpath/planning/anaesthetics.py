"""The most of each local anaesthetic in a visit, in mg by body weight. For information."""

from __future__ import annotations

import datetime
from typing import Any

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.facts import FactBook
from painpath.planning.plan import AnaestheticLimit, AnaestheticResult, Evidence

_WEIGHT, _HEIGHT, _BMI = "body-weight", "body-height", "body-mass-index"
_CM_PER_M = 100


def anaesthetic(
    knowledge: Knowledge, book: FactBook, day: datetime.date, sex: str | None
) -> AnaestheticResult:
    """Maxima by the weight on record: the ideal one where the body mass index is high."""
    rules = next(iter(knowledge.anaesthetic_weight), None)
    facts = {name: book.latest(name, day) for name in (_WEIGHT, _HEIGHT, _BMI)}
    weight = _value(facts[_WEIGHT])
    if rules is None or weight is None:
        ask = rules.ask if rules else None
        return _result(rules, None, "no body weight on record", [], book, facts, ask)
    height = _value(facts[_HEIGHT])
    index = _value(facts[_BMI])
    if height:
        index = weight / (height / _CM_PER_M) ** 2
    basis, ask = "weight", None
    if index is not None and index > rules.ideal_above_bmi:
        minus = {"female": "female", "male": "male"}.get(sex or "")
        if height and minus is not None:
            ideal = height - rules.ideal_minus_cm["female" if minus == "female" else "male"]
            basis = "ideal weight" if ideal < weight else basis
            weight = min(weight, ideal)
        else:
            basis, ask = "weight; the ideal weight should count but is not known", rules.ask
    limits = [_limit(row, weight) for row in knowledge.anaesthetic_maxima]
    return _result(rules, weight, basis, limits, book, facts, ask)


def _result(
    rules: schema.AnaestheticWeight | None,
    weight: float | None,
    basis: str,
    limits: list[AnaestheticLimit],
    book: FactBook,
    facts: dict[str, dict[str, Any] | None],
    ask: str | None,
) -> AnaestheticResult:
    evidence: list[Evidence] = book.evidence([f["fact"] for f in facts.values() if f is not None])
    kilograms = None if weight is None else round(weight, 1)
    return AnaestheticResult(
        weight_kg=kilograms,
        basis=basis,
        limits=limits,
        less_percent=rules.less_percent if rules else None,
        less_for=rules.less_for if rules else None,
        note=rules.text if rules else None,
        evidence=evidence,
        ask=ask,
    )


def _limit(row: schema.AnaestheticMaximum, weight: float) -> AnaestheticLimit:
    def most(mg_per_kg: float) -> float:
        mg = mg_per_kg * weight
        return float(int(mg if row.most_mg is None else min(mg, row.most_mg)))

    cap = "" if row.most_mg is None else f", at most {row.most_mg:g} mg"
    upper = None if row.mg_per_kg_to is None else most(row.mg_per_kg_to)
    to = "" if row.mg_per_kg_to is None else f" to {row.mg_per_kg_to:g}"
    note = f" {row.note}" if row.note else ""
    return AnaestheticLimit(
        drug=row.drug,
        name=row.name,
        way=row.way,
        mg=most(row.mg_per_kg),
        mg_to=upper if upper != most(row.mg_per_kg) else None,
        working=f"{row.mg_per_kg:g}{to} mg/kg x {weight:g} kg{cap}.{note}",
        review=row.review,
        cite=list(as_tuple(row.cite)),
    )


def _value(fact: dict[str, Any] | None) -> float | None:
    return None if fact is None else float(fact["value"])
