"""The shape of an instrument: its items, how it is scored, what its numbers mean.

Only the shape; scoring stands in `painpath.instruments`. The wording of an item is kept only
where the instrument's licence allows it.
"""

# ruff: noqa: RUF012 - msgspec copies defaults

from __future__ import annotations

from typing import Literal

from painpath.knowledge.strict import OneOrMany, Review, Strict

Better = Literal["lower", "higher", "neither"]
"""Which way is improvement. `neither`: it classifies and is no outcome."""

Domain = Literal[
    "pain",
    "pain-and-function",
    "function",
    "emotion",
    "sleep",
    "fatigue",
    "participation",
    "quality-of-life",
    "global-change",
    "thinking-about-pain",
    "kind-of-pain",
    "prognosis",
    "opioid-risk",
]


class AnswerOption(Strict, frozen=True, kw_only=True):
    """One answer and its points. `loinc` is the code of the answer (`LA6568-5`)."""

    value: float
    text: str
    loinc: str | None = None


class AnswerScale(Strict, frozen=True, kw_only=True):
    """The answers that several items share."""

    id: str
    name: str
    answers: list[AnswerOption]
    cite: OneOrMany = []
    review: Review | None = None
    note: str | None = None


class Item(Strict, frozen=True, kw_only=True):
    """One question. Found by its LOINC codes, or by its id in `urn:painpath:observation`."""

    id: str
    loinc: list[str] = []
    scale: str | None = None
    """Its answers; without one, a number from `low` to `high`."""
    low: float = 0
    high: float | None = None
    whole: bool = True
    """Only whole numbers are answers."""
    text: str | None = None
    about: str | None = None
    """What it asks, in our own words, where its wording may not be kept."""
    also: str | None = None
    """Within its own form, any code of this concept asks it too."""


class Licence(Strict, frozen=True, kw_only=True):
    """What the owner allows."""

    terms: Literal[
        "public-domain", "no-permission-needed", "free", "permission", "licence", "not-known"
    ]
    item_text: bool
    """Whether the wording of the items may be kept here and shown."""
    text: str
    cite: OneOrMany
    review: Review | None = None


class Band(Strict, frozen=True, kw_only=True):
    """A named stretch of a score; it begins at or above its limit and ends where the next begins.

    The lowest band has no limit.
    """

    name: str
    at_least: float | None = None
    more_than: float | None = None


class Change(Strict, frozen=True, kw_only=True):
    """A change that matters, as one source estimates it."""

    points: float | None = None
    up_to: float | None = None
    """The upper end, where a source gives a range."""
    percent: float | None = None
    """Percent of the value before."""
    strictly: bool = False
    """More than, rather than at least."""
    grade: Literal["smallest", "minimal", "moderate", "substantial"] = "smallest"
    before: list[float] = []
    """Only for a first value in this range (both ends included)."""
    who: str
    """In whom, and how it was estimated."""
    default: bool = False
    """Shown beside the score. One per score (or one per range of first values)."""
    cite: OneOrMany
    review: Review | None = None


class ConversionTable(Strict, frozen=True, kw_only=True):
    """Sum of points to score: `values[0]` belongs to the sum `first`, the next to one more."""

    first: int
    values: list[float]
    errors: list[float] = []
    """Standard errors, where published."""
    computed: bool = False
    """Computed from published item calibrations, not read in the owner's manual."""
    cite: OneOrMany = []
    review: Review | None = None


class Part(Strict, frozen=True, kw_only=True):
    """A score as part of another: `(score - minus) / over`."""

    score: str
    minus: float = 0
    over: float = 1


class Score(Strict, frozen=True, kw_only=True):
    """One number that an instrument gives; it is recorded under its concept.

    Rules: `recorded` has no formula here. `sum` adds points. `mean` is the mean of the points.
    `percent` is 100 x points / most possible points of the answered items, `percent-left` is 100
    minus that. `parts` is the mean of other scores, each shifted and scaled.
    """

    concept: str
    measures: Domain | None = None
    """Where it is another domain than the instrument's."""
    rule: Literal["recorded", "sum", "mean", "percent", "percent-left", "parts"]
    of: list[str] = []
    """Items; empty: all of the instrument."""
    points: dict[str, dict[str, float]] = {}
    """By item: points for an answer, where they differ from the answer itself."""
    parts: list[Part] = []
    answered: int | None = None
    """The least number of answers; empty: all."""
    missing: Literal["refuse", "prorate", "zero"] = "refuse"
    """`prorate`: an item without answer counts as the mean of the others. `zero`: as nothing."""
    sex: Literal["female", "male"] | None = None
    """Scored this way for this sex only."""
    table: ConversionTable | None = None
    raw_loinc: list[str] = []
    """Codes under which the sum before conversion is recorded."""
    digits: int | None = None
    """Decimals kept; empty: not rounded."""
    low: float
    high: float
    better: Better
    ratio: bool = False
    """Zero means none and percent change is meaningful."""
    bands: list[Band] = []
    changes: list[Change] = []
    cite: OneOrMany = []
    review: Review | None = None
    reading: str | None = None
    note: str | None = None


class Limit(Strict, frozen=True, kw_only=True):
    """A score within limits."""

    score: str
    at_least: float | None = None
    at_most: float | None = None


class Group(Strict, frozen=True, kw_only=True):
    """A class of people by several scores together; the first that holds counts."""

    name: str
    when: list[Limit]


class Instrument(Strict, frozen=True, kw_only=True):
    """A questionnaire or scale."""

    id: str
    name: str
    patient_name: str | None = None
    """Heading of the form for whoever fills it in: what it is about, not what it is called."""
    measures: Domain
    use: Literal["outcome", "screen", "classification", "risk"]
    recall: str | None = None
    version: str | None = None
    panel: list[str] = []
    """LOINC codes of the whole form."""
    lead: str | None = None
    """What stands above the items, where it may be kept."""
    items: list[str | Item] = []
    """Own items, or ids of items that another instrument defines."""
    scores: list[Score]
    groups: list[Group] = []
    licence: Licence
    cite: OneOrMany = []
    review: Review = "secondary"
    reading: str | None = None
    note: str | None = None
