"""The opioid dose of a patient in MME per day, prescription by prescription.

For judging risk, never for changing one opioid to another. All numbers of medicine stand in
`base/`; this module adds up and explains.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Sequence
from fractions import Fraction

import msgspec

from painpath.opioids.doses import Daily, DoseReader, NoDose
from painpath.opioids.loading import OpioidKnowledge, as_tuple, opioid_knowledge
from painpath.opioids.names import whole_words
from painpath.opioids.numbers import exact, rounded, shown
from painpath.opioids.orders import Order, notes, repeated, taken_on
from painpath.opioids.products import Product, ProductReader
from painpath.opioids.schema import Band, Factor, FactorUnit, RuleSet
from painpath.records.facts import Prescription

DEFAULT_RULES = "cdc-2022"


class OpioidItem(msgspec.Struct, frozen=True, kw_only=True):
    """One prescription of an opioid that is taken on the day."""

    ref: str
    text: str
    drug: str
    status: str
    daily_dose: float | None
    """In `unit`; of a patch the hourly release."""
    unit: str | None
    factor: float | None
    mme_per_day: float | None
    why: str | None
    """Why there is no figure, or why it is not added to the total."""
    counted: bool
    """Whether it belongs to the total; `False` for a repeated order and for what has no factor."""
    dispensed_mme_per_day: float | None
    """By quantity and days' supply, to hold against the directions."""
    flags: tuple[str, ...]
    working: str | None
    cite: tuple[str, ...]


class OpioidLoad(msgspec.Struct, frozen=True, kw_only=True):
    """All opioids of a patient on one day."""

    mme_per_day: float | None
    """Total to 0.1; 0.0 without an opioid; `None` if there are opioids and none has a figure."""
    rule_set: str
    """`cdc-2022` or `cdc-2016`."""
    items: tuple[OpioidItem, ...]
    band: str | None
    """Id of the band that the total, as printed, lies in."""
    flags: tuple[str, ...]
    incomplete: bool
    """An opioid that should count has no figure: the total is a lower bound."""


class _Reading(msgspec.Struct, frozen=True):
    """One order with its dose, before factors that depend on all orders of a drug."""

    order: Order
    dose: Daily | None
    dispensed: Daily | None
    factor: Factor | None
    why: str | None
    counts: bool
    flags: tuple[str, ...]


def opioid_load(
    prescriptions: Iterable[Prescription],
    as_of: datetime.date,
    rule_set: str = DEFAULT_RULES,
    knowledge: OpioidKnowledge | None = None,
    *,
    history: bool = False,
) -> OpioidLoad:
    """The opioid dose on a day.

    Args:
        prescriptions: All prescriptions of one patient; what is no opioid, or not taken on the
            day, is left out.
        as_of: The day asked about.
        rule_set: Which published table of factors: `cdc-2022` or `cdc-2016`.
        knowledge: The opioid files; default: the shipped ones.
        history: Look back on a day of the past: orders that are completed or stopped by now count
            until their stated end.

    Raises:
        ValueError: if there is no such rule set.
    """
    return _calculator(knowledge).load(prescriptions, as_of, rule_set, history=history)


def is_opioid(prescription: Prescription) -> bool:
    """Whether a prescription can count toward the opioid dose of some day."""
    return _calculator(None).knows(prescription)


class OpioidCalculator:
    """`opioid_load` for many patients, with everything compiled once."""

    def __init__(self, knowledge: OpioidKnowledge) -> None:
        self._knowledge = knowledge
        self._products = ProductReader(knowledge)
        self._doses = DoseReader(knowledge)
        self._routes = [(whole_words(route.words), route) for route in knowledge.routes]

    def knows(self, prescription: Prescription) -> bool:
        """Whether it is for an opioid."""
        return self._products.identify(prescription) is not None

    def load(
        self,
        prescriptions: Iterable[Prescription],
        as_of: datetime.date,
        rule_set: str = DEFAULT_RULES,
        *,
        history: bool = False,
    ) -> OpioidLoad:
        """The opioid dose of one patient on a day; see `opioid_load`."""
        rules = self._knowledge.rule_sets.get(rule_set)
        if rules is None:
            known = ", ".join(self._knowledge.rule_sets)
            raise ValueError(f'there is no rule set "{rule_set}" for opioid doses; known: {known}')
        readings = [
            self._read(Order(prescription, product), rules, as_of)
            for prescription in prescriptions
            if taken_on(prescription, as_of, history=history)
            and (product := self._products.identify(prescription)) is not None
        ]
        overlap = self._knowledge.limits.renewal_overlap_days
        stands = repeated(
            [reading.order for reading in readings],
            [reading.dose is not None for reading in readings],
            overlap,
        )
        totals = _drug_totals(readings, stands)
        items: list[OpioidItem] = []
        exact_total = Fraction(0)
        incomplete = False
        for index, reading in enumerate(readings):
            factor = _factor(reading, totals)
            mme = _mme(reading.dose, reading.factor, factor)
            counted = reading.counts and index not in stands
            why = reading.why
            if index in stands:
                why = f"{stands[index][1]}; counted there"
            if counted:
                incomplete |= mme is None
                exact_total += mme or 0
            items.append(self._item(reading, rules, factor, mme, counted, why, stands.get(index)))
        figures = [item for item in items if item.counted and item.mme_per_day is not None]
        total = rounded(exact_total) if figures or not items else None
        return OpioidLoad(
            mme_per_day=total,
            rule_set=rule_set,
            items=tuple(items),
            band=self._band(total),
            flags=self._flags(readings, stands, total, incomplete),
            incomplete=incomplete,
        )

    # --- one order --------------------------------------------------------------------------------

    def _read(self, order: Order, rules: RuleSet, as_of: datetime.date) -> _Reading:
        product = order.product
        flags = [*product.flags, *notes(order, as_of)]

        def without(why: str, counts: bool) -> _Reading:
            return _Reading(order, None, None, None, why, counts, tuple(flags))

        if product.why is not None:
            return without(product.why, True)
        if product.drug.standing == "no-factor":
            flags.append(product.drug.why or "no factor")
            return without(product.drug.why or "no factor", False)
        if product.drug.standing == "zero":
            flags.append(product.drug.why or "counts as 0")
            zero = Daily(amount=Fraction(0), unit="mg", working="counts as 0")
            return _Reading(order, zero, None, None, None, True, tuple(flags))
        excluded = self._excluded(order)
        if excluded is not None:
            flags.append(excluded)
            return without(excluded, False)
        factor = _factor_of(rules, product)
        if factor is None:
            form = product.form.name if product.form else "a form that is not stated"
            return without(f"no factor for {product.drug.name.lower()} as {form}", True)
        if product.form is None and not self._says_route(order):
            flags.append("form and route are not stated; read as taken by mouth")
        directed = self._doses.directed(product, order.prescription.dosages, as_of)
        changes = directed.changes if isinstance(directed, Daily) else None
        dispensed = self._doses.dispensed(product, order.prescription, changes)
        flags += directed.flags
        if isinstance(directed, NoDose):
            if dispensed is None:
                return _Reading(order, None, None, factor, directed.why, True, tuple(flags))
            flags.append(f"{directed.why}: computed from quantity and days' supply")
            return _Reading(order, dispensed, dispensed, factor, None, True, tuple(flags))
        flags += self._mismatch(directed, dispensed)
        return _Reading(order, directed, dispensed, factor, None, True, tuple(flags))

    def _excluded(self, order: Order) -> str | None:
        """Why form, route or directions take it out: given by needle or pump."""
        form = order.product.form
        if form is not None and form.excluded is not None:
            return form.excluded
        for dosage in order.prescription.dosages:
            said = f"{dosage.route or ''} {dosage.text or ''}".lower()
            for pattern, route in self._routes:
                if pattern.search(said):
                    return route.excluded
        return None

    @staticmethod
    def _says_route(order: Order) -> bool:
        return any(dosage.route for dosage in order.prescription.dosages)

    def _mismatch(self, directed: Daily, dispensed: Daily | None) -> list[str]:
        if dispensed is None or dispensed.unit != directed.unit or not directed.amount:
            return []
        limit = exact(self._knowledge.limits.dispensed_differs_percent)
        if abs(dispensed.amount - directed.amount) * 100 < directed.amount * limit:
            return []
        return [
            f"quantity and days' supply give {shown(dispensed.amount)} {dispensed.unit} a day, "
            f"the directions {shown(directed.amount)}"
        ]

    def _item(
        self,
        reading: _Reading,
        rules: RuleSet,
        factor: Fraction | None,
        mme: Fraction | None,
        counted: bool,
        why: str | None,
        stands: tuple[int, str] | None,
    ) -> OpioidItem:
        prescription, product = reading.order.prescription, reading.order.product
        flags = list(reading.flags)
        cite: list[str] = []
        if reading.factor is not None:
            cite += as_tuple(reading.factor.cite) or as_tuple(rules.cite)
            flags += [reading.factor.flag] if reading.factor.flag else []
            if reading.factor.fallback and rules.fallback:
                flags.append(rules.fallback)
        if stands is not None:
            limits = self._knowledge.limits
            flags.append(f"{stands[1]}: not counted twice (rule {limits.renewal_review})")
            cite += as_tuple(limits.cite)
        cite += [*product.cite, *as_tuple(product.drug.cite)]
        dispensed = _mme(reading.dispensed, reading.factor, factor)
        unit: FactorUnit | None = None
        dose: Fraction | None = None
        if reading.dose is not None:
            unit = reading.factor.per if reading.factor is not None else "mg"
            dose = _in_unit(reading.dose, unit)
        working = reading.dose.working if reading.dose is not None else None
        if working is not None and factor is not None:
            per = " per mcg" if unit == "mcg" else ""
            working = f"{working} x {shown(factor, 3)}{per}"
        return OpioidItem(
            ref=prescription.ref,
            text=prescription.text or product.drug.name,
            drug=product.drug.id,
            status=prescription.status,
            daily_dose=None if dose is None else rounded(dose, 2),
            unit=unit,
            factor=None if factor is None else float(factor),
            mme_per_day=None if mme is None else rounded(mme),
            why=why,
            counted=counted,
            dispensed_mme_per_day=None if dispensed is None else rounded(dispensed),
            flags=tuple(dict.fromkeys(flags)),
            working=working,
            cite=tuple(dict.fromkeys(cite)),
        )

    # --- the total --------------------------------------------------------------------------------

    def _band(self, total: float | None) -> str | None:
        """The highest band reached by the total as printed, so that page and band agree."""
        if total is None:
            return None
        return [band.id for band in self._knowledge.bands if _reaches(total, band)][-1]

    def _flags(
        self,
        readings: Sequence[_Reading],
        stands: dict[int, tuple[int, str]],
        total: float | None,
        incomplete: bool,
    ) -> tuple[str, ...]:
        flags: list[str] = []
        if incomplete:
            least = "" if total is None else f": at least {total:g} MME/day"
            flags.append(f"not every opioid could be computed{least}")
        flags += [r.why for r in readings if not r.counts and r.why is not None]
        same: dict[tuple[object, ...], list[str]] = {}
        for index, reading in enumerate(readings):
            ref = reading.order.prescription.ref
            if index in stands:
                flags.append(f"{ref}: {stands[index][1]}, not counted twice")
            elif reading.counts and reading.order.product.strength is not None:
                same.setdefault(reading.order.product.key, []).append(ref)
        flags += [
            f"{len(refs)} orders of the same product, all counted: {', '.join(refs)}"
            for refs in same.values()
            if len(refs) > 1
        ]
        return tuple(dict.fromkeys(flags))


def _factor_of(rules: RuleSet, product: Product) -> Factor | None:
    form = product.form.id if product.form else None
    for factor in rules.factors:
        if factor.drug == product.drug.id and (not factor.forms or form in factor.forms):
            return factor
    return None


def _drug_totals(
    readings: Sequence[_Reading], stands: dict[int, tuple[int, str]]
) -> dict[str, Fraction]:
    """Daily mg of each drug over all its orders: tiers go by the whole dose."""
    totals: dict[str, Fraction] = {}
    for index, reading in enumerate(readings):
        if reading.dose is not None and reading.counts and index not in stands:
            drug = reading.order.product.drug.id
            totals[drug] = totals.get(drug, Fraction(0)) + reading.dose.amount
    return totals


def _factor(reading: _Reading, totals: dict[str, Fraction]) -> Fraction | None:
    """The factor that applies, by tier of the drug's whole daily dose where there are tiers."""
    if reading.factor is None or reading.dose is None:
        return None
    if reading.factor.factor is not None:
        return exact(reading.factor.factor)
    total = totals.get(reading.order.product.drug.id, reading.dose.amount)
    reached = [t for t in reading.factor.tiers if total > exact(t.more_than)]
    return exact(reached[-1].factor) if reached else None


def _in_unit(dose: Daily, unit: FactorUnit) -> Fraction:
    return dose.amount * 1000 if unit == "mcg" and dose.unit == "mg" else dose.amount


def _mme(dose: Daily | None, rule: Factor | None, factor: Fraction | None) -> Fraction | None:
    if dose is None:
        return None
    if rule is None:
        return dose.amount if not dose.amount else None
    return None if factor is None else _in_unit(dose, rule.per) * factor


def _reaches(total: float, band: Band) -> bool:
    if band.at_least is not None:
        return total >= band.at_least
    return band.more_than is None or total > band.more_than


@functools.cache
def _shipped() -> OpioidCalculator:
    return OpioidCalculator(opioid_knowledge())


def _calculator(knowledge: OpioidKnowledge | None) -> OpioidCalculator:
    return _shipped() if knowledge is None else OpioidCalculator(knowledge)
