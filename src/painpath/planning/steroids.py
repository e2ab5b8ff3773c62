"""Corticosteroid over all routes: every dose and course as mg of methylprednisolone.

Given doses count on their day, courses day by day, so that a rolling window is exact. What has no
figure is listed with the reason; the sum is then a lower bound. Equivalents stand in the knowledge.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, expand
from painpath.knowledge.vocabulary import Vocabulary
from painpath.opioids.doses import Daily, DoseReader
from painpath.opioids.loading import opioid_knowledge
from painpath.opioids.numbers import exact, rounded, shown
from painpath.opioids.products import Product, ProductReader
from painpath.opioids.schema import Drug
from painpath.planning.computed import ComputedFact, shifted
from painpath.planning.facts import Shortlist, denied, printable
from painpath.planning.plan import SteroidItemResult, SteroidResult
from painpath.records.facts import DoseInstruction, Prescription

DOSE = "steroid-injection-dose"
WITHOUT_DOSE = "steroid-injection-without-dose"
_INJECTION = "steroid-injection"
_YEAR, _THREE_YEARS = 12, 36
"""Months of the two sums that a plan shows."""
_MOST_DAYS = 1200
"""Longer courses are counted in their last days only; the sums look no further back."""
_RANK = ("MedicationAdministration", "MedicationDispense", "MedicationRequest")


class _Given(msgspec.Struct, frozen=True, kw_only=True):
    """One dose or course: mg of the drug on each day, or why there is no figure."""

    order: Prescription
    drug: str
    days: tuple[datetime.date, ...]
    mg_a_day: Fraction | None
    working: str | None
    why: str | None


class SteroidCalculator:
    """Sums corticosteroids with one set of knowledge, everything compiled once."""

    def __init__(self, knowledge: Knowledge, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.concepts = {concept.id: concept for concept in knowledge.concepts}
        self.equals = {entry.id: entry for entry in knowledge.steroid_equivalents}

    @cached_property
    def _injections(self) -> tuple[str, ...]:
        return tuple(expand((_INJECTION,), self.concepts))

    @cached_property
    def _drugs(self) -> dict[str, Drug]:
        """The steroids as the readers of orders know drugs."""
        return {
            name: Drug(
                id=name,
                name=self.concepts[name].name,
                rxnorm=[],
                words=[f"(?:{word})" for word in self.concepts[name].words],
            )
            for name in self.equals
            if name in self.concepts
        }

    @cached_property
    def _readers(self) -> tuple[ProductReader, DoseReader]:
        """Readers of products and directions that know the steroids instead of the opioids."""
        known = msgspec.structs.replace(
            opioid_knowledge(), drugs=self._drugs, partners=(), products={}, ingredients={}
        )
        return ProductReader(known), DoseReader(known)

    def load(
        self, prescriptions: Iterable[Prescription], facts: Shortlist, day: datetime.date
    ) -> tuple[SteroidResult, list[ComputedFact]]:
        """The steroids of one patient up to a day, and the facts that rules are asked of."""
        told = [p for p in prescriptions if p.start is None or p.start <= day]
        stated = [fact for fact in facts.of_concepts([DOSE]) if fact["value"] is not None]
        stated_on = {fact["start_lo"] for fact in stated}
        given = [each for each in self._given(told, day) if not stated_on & set(each.days)]
        doses = [fact for each in given for fact in self._facts(each)]
        dated = [(fact.day, fact.value) for fact in doses if fact.value is not None]
        dated += [(f["start_hi"], f["value"]) for f in stated if f["start_hi"] is not None]
        with_dose = {each for each, _ in dated}
        open_ = list(self._without_dose(facts, with_dose, day))
        start = shifted(day, -_YEAR)
        items = [self._item(each) for each in given] + [_recorded(fact) for fact in stated]
        recent = [each for each in given if each.mg_a_day is None and _since(each.days, start)]
        result = SteroidResult(
            mg_12_months=_sum(dated, start, day),
            mg_3_years=_sum(dated, shifted(day, -_THREE_YEARS), day),
            incomplete=bool(recent) or any((fact.until or fact.day) > start for fact in open_),
            items=sorted(items, key=lambda item: item.start or datetime.date.min, reverse=True),
            cite=list(dict.fromkeys(name for item in items for name in item.cite)),
        )
        return result, [*doses, *open_]

    def knows(self, order: Prescription) -> bool:
        """Whether an order is for a corticosteroid that counts."""
        return self._drug(order) is not None

    def looks_at(self) -> tuple[str, ...]:
        """The concepts of facts that it draws on."""
        return (DOSE, *self._injections)

    # -- doses and courses --

    def _given(self, orders: Sequence[Prescription], day: datetime.date) -> list[_Given]:
        found = [(order, drug) for order in orders if (drug := self._drug(order)) is not None]
        kept = [each for each in found if not _told_better(*each, found)]
        return [
            self._read(order, drug, day, _next_start(order, drug, kept)) for order, drug in kept
        ]

    def _drug(self, order: Prescription) -> str | None:
        """The steroid that an order is for; not one whose name says skin, nose or eye."""
        texts = [order.text, *(display for _, _, display in order.codes)]
        texts = [text for text in texts if text]
        named = {
            self.vocabulary.concepts[match.concept]
            for text in texts
            for match in self.vocabulary.words(text, "drug")
        }
        coded = {
            self.vocabulary.concepts[match.concept]
            for system, code, _ in order.codes
            for match in self.vocabulary.lookup(system, code)
        }
        for drug in self.equals:
            if drug in named:
                return drug
            # A name that was recognised and denied by its own words is no systemic dose.
            written = self.concepts[drug].name.lower() if drug in self.concepts else drug
            if drug in coded and not any(written in text.lower() for text in texts):
                return drug
        return None

    def _read(
        self, order: Prescription, drug: str, day: datetime.date, renewed: datetime.date | None
    ) -> _Given:
        products, doses = self._readers
        product = products.identify(order) or Product(drug=self._drugs[drug])
        once = order.kind == "MedicationAdministration" or (
            product.form is not None and product.form.excluded is not None
        )

        def made(
            days: Sequence[datetime.date],
            mg: Fraction | None,
            working: str | None = None,
            why: str | None = None,
        ) -> _Given:
            return _Given(
                order=order, drug=drug, days=tuple(days), mg_a_day=mg, working=working, why=why
            )

        first = order.start
        if first is None:
            return made((), None, why="no date")
        if once:
            found = doses.directed(product, [_single(line) for line in order.dosages])
            if isinstance(found, Daily):
                return made([first], found.amount, found.working.replace(" x 1/day", ""))
            supply = _supply(product, order)
            if supply is not None:
                return made([first], supply, f"{shown(supply)} mg supplied")
            return made([first], None, why=found.why)
        found = doses.directed(product, order.dosages)
        last = _last_day(order, day, renewed)
        if isinstance(found, Daily) and last is not None:
            days = [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]
            working = f"{found.working} for {len(days)} days"
            return made(days[-_MOST_DAYS:], found.amount, working)
        supply = _supply(product, order)
        if supply is not None:
            return made([first], supply, f"{shown(supply)} mg supplied")
        why = "how long it was taken is not stated" if isinstance(found, Daily) else found.why
        return made([first], None, why=why)

    def _factor(self, drug: str) -> Fraction | None:
        """mg of methylprednisolone for 1 mg of the drug: of two accounts the larger."""
        entry = self.equals[drug]
        figures = [mg for mg in (entry.mg, entry.other_mg) if mg is not None]
        if not figures:
            return None
        return exact(entry.reference_mg) / min(exact(mg) for mg in figures)

    def _facts(self, given: _Given) -> Iterator[ComputedFact]:
        factor = self._factor(given.drug)
        if given.mg_a_day is None or factor is None:
            return
        value = given.mg_a_day * factor
        text = f"{_name(given)}: {shown(value)} mg as methylprednisolone"
        for day in given.days:
            yield ComputedFact(
                concept=DOSE, day=day, value=float(value), ref=given.order.ref, text=text
            )

    def _item(self, given: _Given) -> SteroidItemResult:
        entry = self.equals[given.drug]
        factor = self._factor(given.drug)
        mg = None if given.mg_a_day is None else given.mg_a_day * len(given.days)
        total = None if mg is None or factor is None else mg * factor
        why = given.why
        if why is None and factor is None:
            why = "no equivalent dose is on file for this drug"
        working = given.working
        if total is not None and factor is not None:
            working = f"{working} x {shown(factor)}"
        return SteroidItemResult(
            ref=printable(given.order.ref),
            text=_name(given),
            drug=given.drug,
            start=given.days[0] if given.days else None,
            end=given.days[-1] if given.days else None,
            mg=None if mg is None else rounded(mg, 2),
            methylprednisolone_mg=None if total is None else rounded(total, 1),
            working=working,
            why=why,
            review=entry.review,
            cite=list(as_tuple(entry.cite)),
        )

    # -- injections whose dose nobody wrote down --

    def _without_dose(
        self, facts: Shortlist, with_dose: set[datetime.date], day: datetime.date
    ) -> Iterator[ComputedFact]:
        """Steroid injections on days without a dose, once a day."""
        seen: set[datetime.date] = set()
        for fact in facts.of_concepts(self._injections):
            lo, hi = fact["start_lo"], fact["start_hi"]
            if fact["kind"] == "order" or denied(fact, self.concepts) or lo is None or lo > day:
                continue
            if lo in seen or any(lo <= each <= (hi or lo) for each in with_dose):
                continue
            seen.add(lo)
            yield ComputedFact(
                concept=WITHOUT_DOSE,
                day=lo,
                until=min(hi, day) if hi is not None and hi != lo else None,
                value=None,
                ref=fact["ref"],
                text=f"{fact['text'] or fact['concept']}: no drug and dose on record",
            )


def _recorded(fact: dict[str, Any]) -> SteroidItemResult:
    """A dose that the record itself gives as methylprednisolone."""
    mg = round(fact["value"], 1)
    return SteroidItemResult(
        ref=printable(fact["ref"]),
        text=printable(fact["text"] or fact["concept"]),
        drug=None,
        start=fact["start_lo"],
        end=fact["start_hi"],
        mg=None,
        methylprednisolone_mg=mg,
        working="as recorded",
        why=None,
        review="primary",
        cite=[],
    )


def _told_better(order: Prescription, drug: str, found: Sequence[tuple[Prescription, str]]) -> bool:
    """Another resource tells of the same doses, nearer to the patient."""
    return any(
        other is not order
        and of == drug
        and _rank(other) < _rank(order)
        and (other.prior == order.ref or (other.start is not None and other.start == order.start))
        for other, of in found
    )


def _rank(order: Prescription) -> int:
    return _RANK.index(order.kind) if order.kind in _RANK else len(_RANK)


def _single(line: DoseInstruction) -> DoseInstruction:
    """The same dose, given once: what it says of the day of giving."""
    return msgspec.structs.replace(
        line,
        frequency=1.0,
        frequency_max=None,
        period=1.0,
        period_max=None,
        period_unit="d",
        times_of_day=0,
        when_count=0,
    )


def _next_start(
    order: Prescription, drug: str, orders: Sequence[tuple[Prescription, str]]
) -> datetime.date | None:
    """When a later order of the drug takes over from this one."""
    starts = [
        other.start
        for other, of in orders
        if of == drug and other.start is not None and order.start is not None
        if other.start > order.start
    ]
    return min(starts, default=None)


def _last_day(
    order: Prescription, day: datetime.date, renewed: datetime.date | None
) -> datetime.date | None:
    """Last day of a course up to `day`, as far as it is stated; a later order ends an open one."""
    assert order.start is not None
    ends = [day]
    if order.end is not None:
        ends.append(order.end - datetime.timedelta(days=1 if _used_up(order) else 0))
    elif order.days_supply:
        ends.append(order.start + datetime.timedelta(days=max(1, int(order.days_supply)) - 1))
    elif renewed is not None:
        ends.append(renewed - datetime.timedelta(days=1))
    elif not order.open:
        return None
    return max(order.start, min(ends))


def _used_up(order: Prescription) -> bool:
    """Whether its end is the day on which the supply was used up: the first without the drug."""
    if order.end is None or order.start is None or not order.days_supply:
        return False
    days = (order.end - order.start).days
    return days > 0 and days % max(1, round(order.days_supply)) == 0


def _supply(product: Product, order: Prescription) -> Fraction | None:
    """mg in all that was supplied, of tablets whose strength is stated."""
    if product.strength is None or product.unit != "mg" or not order.quantity:
        return None
    return product.strength * exact(order.quantity)


def _name(given: _Given) -> str:
    return printable(given.order.text or given.drug)


def _since(days: Sequence[datetime.date], start: datetime.date) -> bool:
    return not days or days[-1] > start


def _sum(
    dated: Sequence[tuple[datetime.date, float]], start: datetime.date, day: datetime.date
) -> float:
    """Sum after `start`, up to and with `day`."""
    inside = (exact(value) for each, value in dated if start < each <= day)
    return rounded(sum(inside, Fraction(0)), 1)
