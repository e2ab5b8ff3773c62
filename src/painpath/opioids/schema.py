"""The shape of the opioid files in `base/`: drugs, forms, units, factors, products, sig patterns.

Nothing here reads files (see `loading`) or computes a dose. Unknown keys are errors.
"""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from painpath.knowledge.schema import OneOrMany, Review, Source

Standing = Literal["counted", "no-factor", "zero"]
"""`no-factor`: an opioid that no table gives a factor. `zero`: counts as nothing by rule."""

UnitKind = Literal["mass", "volume", "rate", "count", "occasion"]
FormKind = Literal["solid", "liquid", "patch"]
StrengthUnit = Literal["mg", "mg/mL", "mcg/h"]
"""Of one tablet, film or spray; of one millilitre; of a patch while it is worn."""

FactorUnit = Literal["mg", "mcg", "mcg/h"]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every struct here: immutable, keyword-only, no stray keys."""


# --- drugs, forms, routes, units -----------------------------------------------------------------


class Brand(_Strict, frozen=True, kw_only=True):
    """A brand of a combination, for names that give only the brand (`Percocet 5-325 mg`)."""

    words: list[str]
    combined: list[str] = []
    """The partners, in the order in which the name gives their strengths after the opioid's."""
    strength: float | None = None
    """Opioid content where the brand name fixes it (mg)."""
    form: str | None = None


class Drug(_Strict, frozen=True, kw_only=True):
    """An opioid ingredient."""

    id: str
    name: str
    rxnorm: list[int]
    """The ingredient and its precise forms (salts)."""
    words: list[str]
    """Regular expressions (case-insensitive, whole words): ingredient and single-drug brands."""
    brands: list[Brand] = []
    standing: Standing = "counted"
    why: str | None = None
    """For the reader, where the standing is not `counted`."""
    cite: OneOrMany = []
    review: Review | None = None


class Partner(_Strict, frozen=True, kw_only=True):
    """A non-opioid ingredient of a combination, known so that its strength is not taken."""

    id: str
    words: list[str]


class Form(_Strict, frozen=True, kw_only=True):
    """A dose form. The first one whose words match a name is taken."""

    id: str
    name: str
    kind: FormKind
    unit: str
    """The unit in which it is counted or measured."""
    words: list[str]
    excluded: str | None = None
    """Why it is never converted (injections)."""
    wear_hours: float | None = None
    """How long one patch lasts; only used when all that is known is what was dispensed."""
    cite: OneOrMany = []


class Route(_Strict, frozen=True, kw_only=True):
    """A route that is never converted, by words in the route or in the directions."""

    words: list[str]
    excluded: str


class Unit(_Strict, frozen=True, kw_only=True):
    """A unit as records write it. `size` in mg, mL or mcg/h."""

    id: str
    kind: UnitKind
    words: list[str]
    plural: str | None = None
    size: float = 1.0
    cite: OneOrMany = []


# --- factors -------------------------------------------------------------------------------------


class Tier(_Strict, frozen=True, kw_only=True):
    """The factor above this daily dose of the drug (mg/day), up to the next tier's."""

    more_than: float
    factor: float


class Factor(_Strict, frozen=True, kw_only=True):
    """MME per unit of daily dose, or `tiers` by the drug's total daily dose."""

    drug: str
    forms: list[str] = []
    """Only these forms; empty: every form that is not excluded."""
    per: FactorUnit = "mg"
    factor: float | None = None
    tiers: list[Tier] = []
    flag: str | None = None
    fallback: bool = False
    """Taken from another table because this one does not list the drug."""
    cite: OneOrMany = []
    review: Review | None = None


class RuleSet(_Strict, frozen=True, kw_only=True):
    """One published table of factors."""

    id: str
    name: str
    start: datetime.date
    end: datetime.date | None = None
    factors: list[Factor]
    fallback: str | None = None
    """What an item says whose factor is a fallback."""
    cite: OneOrMany
    review: Review


class Band(_Strict, frozen=True, kw_only=True):
    """A band of the daily total. `at_least` is inclusive; the highest band reached is taken."""

    id: str
    name: str
    at_least: float | None = None
    more_than: float | None = None
    note: str | None = None
    cite: OneOrMany
    review: Review | None = None


class Limits(_Strict, frozen=True, kw_only=True):
    """Numbers of the calculation rule that are not factors."""

    dispensed_differs_percent: float
    """Warn when the dispensed amount differs from the directions by at least this much."""
    renewal_overlap_days: int
    """A later order that starts at most this long before the earlier one ends renews it."""
    renewal_review: Review
    cite: OneOrMany


# --- products ------------------------------------------------------------------------------------


class Products(_Strict, frozen=True, kw_only=True):
    """RxNorm products of one drug and form: code to strength of the opioid."""

    drug: str
    form: str
    combined: list[str] = []
    unit: StrengthUnit = "mg"
    strengths: dict[str, float]
    note: str | None = None
    cite: OneOrMany


# --- directions in words -------------------------------------------------------------------------


class Rewrite(_Strict, frozen=True, kw_only=True):
    """A way of writing, brought to the plain one before anything is read."""

    find: str
    put: str


class Timing(_Strict, frozen=True, kw_only=True):
    """How often, in words. Exactly one of the four says what the match means.

    `low` and `high` are the named groups of the match.
    """

    find: str
    times: float | None = None
    """So many times a day."""
    once_every_hours: float | None = None
    per_days: float | None = None
    """`high` (or `low`) times in so many days."""
    every_hours: float | None = None
    """Once every `low` times so many hours (the shorter end of a range)."""


class Meals(_Strict, frozen=True, kw_only=True):
    """Meals say when, and with another part of the day also how often."""

    find: str
    times: float


class Directions(_Strict, frozen=True, kw_only=True):
    """Everything that reading free-text directions needs to know.

    In a pattern `@number`, `@range` (groups `low`, `high`), `@count`, `@mass`, `@volume`,
    `@rate`, `@occasion`, `@unit` (alternatives of unit words) and `@verb` stand for what their
    name says.
    """

    numbers: dict[str, float]
    verbs: list[str]
    rewrite: list[Rewrite]
    partner_limits: list[str]
    ignore: list[str]
    changing: list[str]
    """Words of a schedule that changes: such directions are not computed."""
    as_needed: list[str]
    caps: list[str]
    """Daily maximum: groups `n` and, if named, `unit`."""
    timing: list[Timing]
    day_parts: list[str]
    """One time a day each: morning, noon, bedtime."""
    meals: Meals
    doses: list[str]
    """Groups `low`, `high`, `unit`; for a named content `mass` and `mass_unit` with `total` or
    `per_unit`, or `each` and `mass_unit`. Tried in this order at every place."""
    bare_dose: str
    """A number without a unit that can only be the dose: `take 1 every 6 hours`."""
    period_hours: dict[str, float]
    """FHIR's units of time that are hours or longer, in hours."""
    period_per_hour: dict[str, int]
    """FHIR's units of time that are shorter, by their number in an hour."""


class OpioidFile(_Strict, frozen=True, kw_only=True):
    """One file of `base/`."""

    sources: list[Source] = []
    drugs: list[Drug] = []
    partners: list[Partner] = []
    forms: list[Form] = []
    routes: list[Route] = []
    units: list[Unit] = []
    rule_sets: list[RuleSet] = []
    bands: list[Band] = []
    limits: Limits | None = None
    products: list[Products] = []
    directions: Directions | None = None
