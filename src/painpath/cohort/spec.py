"""The shape of the cohort's data files (`base/`): people, ways of writing, families of pain.

Times are in days unless a name says otherwise; shares are between 0 and 1; a `Range` is drawn
evenly. Every share that comes from a source cites it; the others are `unverified`, our assumption.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Range = tuple[float, float]
Review = Literal["primary", "secondary", "unverified"]
Kind = Literal[
    "condition", "procedure", "care", "drug", "imaging", "finding", "laboratory", "score"
]
System = Literal["icd10cm", "snomed", "cpt", "hcpcs", "loinc", "rxnorm", "own"]
SideBy = Literal["code", "site", "qualifier", "modifier", "text", "lost", "none"]
Resource = Literal[
    "Condition",
    "Procedure",
    "Claim",
    "CarePlan",
    "ServiceRequest",
    "MedicationRequest",
    "MedicationStatement",
    "DiagnosticReport",
    "ImagingStudy",
    "Observation",
    "DocumentReference",
]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Source(_Strict, frozen=True, kw_only=True):
    """A document that a figure comes from."""

    id: str
    title: str
    url: str | None = None
    date: str | None = None
    review: Review = "unverified"


class Figure(_Strict, frozen=True, kw_only=True):
    """A published figure, how it was used, and how well the source was read."""

    what: str
    value: str
    cite: str
    review: Review
    used: str


# -- ways of writing --


class Form(_Strict, frozen=True, kw_only=True):
    """One way in which a thing is written down."""

    weight: float
    text: str
    """`{side}` becomes right or left."""
    system: System | None = None
    code: str | dict[str, str] | None = None
    """One code, or one for each side."""
    side: SideBy = "none"
    modifiers: list[str] = []
    resource: Resource | None = None
    says: list[str] | None = None
    """What a reader can tell, if less or more than the thing itself."""


class Dose(_Strict, frozen=True, kw_only=True):
    """A step of dosage: tablets of a strength, so many at a time, so often a day."""

    text: str
    tablets: float
    daily: int


class Thing(_Strict, frozen=True, kw_only=True):
    """Something that happens and how it may be written."""

    id: str
    kind: Kind
    says: list[str]
    """Concepts of the knowledge that a reader finds in it."""
    forms: list[Form]
    region: str | None = None
    unit: str | None = None
    doses: list[Dose] = []
    """Steps of dosage, the lowest first."""
    cite: str | list[str] | None = None
    review: Review = "unverified"


# -- people --


class Payer(_Strict, frozen=True, kw_only=True):
    """Who pays, as a Coverage names it."""

    id: str
    name: str
    weight: float
    from_age: int = 0
    to_age: int = 200
    type: str | None = None
    """Source of Payment Typology."""
    medicare: bool = False
    """Whether Medicare's criteria decide."""


class Share(_Strict, frozen=True, kw_only=True):
    """A thing that some people have, beside the pain."""

    thing: str
    share: float
    from_age: int = 0
    years: Range = (1, 8)
    """How long ago it began."""
    goes_on: bool = True
    cite: str | None = None
    review: Review = "unverified"


class Habits(_Strict, frozen=True, kw_only=True):
    """How records are kept: what is left out, and what is written badly."""

    year_only: float
    month_only: float
    no_onset: float
    procedure_month_only: float
    no_address: float
    no_coverage: float
    second_family: float
    """Share with pain of a second kind elsewhere in the body."""
    booked: float
    """Share of people in pain for whom a procedure is booked."""
    relief_stated: float
    relief_by_scores: float
    """Relief that follows from pain scores only; the rest is not recorded at all."""
    relief_duration: float
    """Of the stated: also how long it lasted."""
    edge: float
    """Share of values and intervals put at the boundary of a rule, a little below or above."""
    edge_percents: list[int]
    edge_days: list[int]


class Blemishes(_Strict, frozen=True, kw_only=True):
    """Errors of real data, as the share of patients who have one."""

    entered_in_error: float
    cancelled: float
    duplicate: float
    bad_number: float
    bad_shape: float
    bad_date: float
    broken_line: float
    dangling: float
    stranger: float
    unknown_code: float
    in_error_thing: str
    cancelled_thing: str
    spoiled_thing: str
    spoiled_value: float
    """A result that decides nothing for anybody: what is spoiled must not matter."""


class People(_Strict, frozen=True, kw_only=True):
    """What does not depend on the kind of pain."""

    states: dict[str, float]
    payers: list[Payer]
    comorbid: list[Share]
    blood_thinners: list[Share]
    habits: Habits
    blemishes: Blemishes
    cite: str | list[str] | None = None


# -- families --


class Age(_Strict, frozen=True, kw_only=True):
    """Years, normally distributed within bounds."""

    mean: float
    sd: float
    lowest: int
    highest: int


class Onset(_Strict, frozen=True, kw_only=True):
    """When the pain began, in days before the day of the cohort; log-normal."""

    median: float
    spread: float
    """Of the logarithm."""
    shortest: int
    longest: int
    edges: list[str] = []
    """Durations at whose boundary some onsets are put: `3 months`."""


class Before(_Strict, frozen=True, kw_only=True):
    """An operation before the pain began."""

    thing: str
    share: float = 1.0
    gap: Range
    cite: str | None = None


class Course(_Strict, frozen=True, kw_only=True):
    """Care or a drug over a time."""

    thing: str
    share: float
    with_ladder: float | None = None
    """Share among those who climb the ladder at all."""
    starts: Range
    """After the onset."""
    lasts: Range
    goes_on: float = 0.0
    one_visit: float = 0.0
    """Share recorded as a single visit."""
    steps: int = 1
    """At most so many steps of dosage."""
    edges: list[str] = []
    cite: str | None = None
    review: Review = "unverified"


class Seen(_Strict, frozen=True, kw_only=True):
    """An image, a finding or a document."""

    thing: str
    share: float
    with_ladder: float | None = None
    """Share among those who climb the ladder at all; then before its first step."""
    starts: Range
    yes: float = 1.0
    """Share of those recorded that are positive."""
    value: Range | None = None
    high: Range | None = None
    high_share: float = 0.0
    sided: bool = False
    after_step: str | None = None
    """Counted from the last such step, not from the onset; none without it."""
    cite: str | None = None
    review: Review = "unverified"


class Pain(_Strict, frozen=True, kw_only=True):
    """Scores: how strong, how often, and whether at all."""

    level: Range
    every: Range
    """Days between visits at which a score is taken."""
    share: float
    """Share of patients whose clinic takes scores at all."""


class Relief(_Strict, frozen=True, kw_only=True):
    """Relief after a step: of those who answer, of the others, and how it wanes."""

    good_share: float
    good: Range
    poor: Range
    judged: list[int]
    """Days after the step on which it is asked for."""
    half_life: Range | None = None
    cite: str | None = None
    review: Review = "unverified"


class Step(_Strict, frozen=True, kw_only=True):
    """A rung of the ladder."""

    thing: str
    share: float
    """Share of those who reach it to whom it is done."""
    after: str | None = None
    good_only: bool = False
    """Only after a good answer to the earlier step (one in five is done all the same)."""
    gap: Range
    """After the earlier step, or after the onset."""
    times: int = 1
    again: float = 0.0
    every: Range = (30, 120)
    every_edges: list[str] = []
    relief: Relief | None = None
    first: bool = False
    """A step that always takes place before the day of the cohort, if it can."""
    cite: str | None = None
    review: Review = "unverified"


class Family(_Strict, frozen=True, kw_only=True):
    """One kind of pain patient."""

    id: str
    name: str
    problem: str | None
    """None: controls without pain."""
    weight: float
    age: Age
    female: float
    sided: bool = False
    area: str
    """Families of one area are not put together in one patient."""
    diagnosis: str | None = None
    onset: Onset | None = None
    before: list[Before] = []
    beside: list[Share] = []
    care: list[Course] = []
    drugs: list[Course] = []
    images: list[Seen] = []
    findings: list[Seen] = []
    pain: Pain | None = None
    ladder: list[Step] = []
    figures: list[Figure] = []
    cite: str | list[str] | None = None
    review: Review = "unverified"


class Spec(_Strict, frozen=True, kw_only=True):
    """Everything in `base/`."""

    sources: list[Source] = []
    sites: dict[str, dict[str, str]] = {}
    """SNOMED CT codes of lateralised body sites by region and side; `any` holds the qualifiers."""
    things: list[Thing] = []
    people: People | None = None
    families: list[Family] = []
