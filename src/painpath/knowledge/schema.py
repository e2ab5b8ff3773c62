"""The shape of a knowledge file: what a clinician may write in YAML, as strict types.

Nothing here reads files (see `loading`) or runs a rule (see `painpath.engine`). Unknown keys are
errors; every default is the harmless reading.
"""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from painpath.knowledge.asking import AnswerAlert, Diary, FormSchedule, HelpLine
from painpath.knowledge.instruments import AnswerScale, Instrument
from painpath.knowledge.responses import FollowUp, Response
from painpath.knowledge.strict import OneOrMany as OneOrMany
from painpath.knowledge.strict import Review as Review

Absent = Literal["unknown", "met", "not-met", "not-applicable"]
"""What silence of the record means for a criterion."""

Side = Literal["left", "right", "both"]
Sameness = Literal["region", "side", "level"]
Role = Literal["requirement", "exclusion", "advice"]
"""`exclusion`: not met means contraindicated. `advice`: shown as "also check", never decides."""

Quantity = str | int | float
"""A threshold as written: `50 %`, `7`, `6 months`. Parsed by `painpath.knowledge.quantities`."""


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every knowledge struct: immutable, keyword-only, no stray keys."""


# --- sources -------------------------------------------------------------------------------------


class Source(_Strict, frozen=True, kw_only=True):
    """A document that a rule cites. `date` is its effective or publication date as printed."""

    id: str
    title: str
    url: str | None = None
    date: str | None = None
    publisher: str | None = None
    review: Review = "secondary"
    note: str | None = None


# --- concepts ------------------------------------------------------------------------------------


class Codes(_Strict, frozen=True, kw_only=True):
    """Codes that share what they say about the place: `M17.11` is a *right* knee."""

    codes: list[str | int]
    region: str | None = None
    side: Side | None = None
    level: str | None = None
    modifier: str | None = None
    """Only with this claim modifier (`KX` marks a diagnostic facet block)."""
    until: datetime.date | None = None
    review: Review | None = None


CodeEntry = str | int | Codes

ConceptCategory = Literal[
    "condition",
    "procedure",
    "care",
    "observation",
    "finding",
    "document",
    "imaging",
    "drug",
    "allergy",
    "device",
    "laboratory",
    "specialist",
]


class Conversion(_Strict, frozen=True, kw_only=True):
    """From a unit to the concept's, where it depends on the substance (moles to grams)."""

    unit: str
    """As UCUM writes it."""
    times: float
    plus: float = 0.0
    cite: OneOrMany


class Concept(_Strict, frozen=True, kw_only=True):
    """A clinical idea with its codes. ICD-10-CM codes may end in `*` (prefix)."""

    id: str
    name: str
    category: ConceptCategory
    icd10cm: list[CodeEntry] = []
    snomed: list[CodeEntry] = []
    cpt: list[CodeEntry] = []
    hcpcs: list[CodeEntry] = []
    loinc: list[CodeEntry] = []
    rxnorm: list[CodeEntry] = []
    nucc: list[CodeEntry] = []
    words: list[str] = []
    """Regular expressions (case-insensitive, whole words) tried on text when no code is known."""
    not_words: list[str] = []
    region: str | None = None
    side: Side | None = None
    unit: str | None = None
    """Unit in which values are compared; others are converted on reading (`%`, `mg/L`, ...)."""
    conversions: list[Conversion] = []
    """Beyond what follows from the units themselves; from any other unit a value is not used."""
    scale_from: dict[str, float] = {}
    """LOINC code -> factor that brings its value to `unit` (a 0-100 VAS to 0-10: 0.1)."""
    includes: list[str] = []
    """Other concepts whose facts also count as this one."""
    may_be: list[str] = []
    """What its code leaves open. Of a procedure: what an order may turn out to be; a plan judges
    each. Of a diagnosis: what the words of the same entry may say it is."""
    lists: list[str] = []
    """Covered-code lists whose codes are also this concept's."""
    allergy_to: list[str] = []
    """Of an allergy: drugs whose code, on an allergy, means this one."""
    severe: str | None = None
    """Of an allergy: the concept that it becomes by a severe reaction."""
    severe_signs: list[str] = []
    """Reactions that are severe whatever grade they were given."""
    cite: OneOrMany = []
    review: Review | None = None
    note: str | None = None


class Region(_Strict, frozen=True, kw_only=True):
    """A body region; `parts` makes a wide one (`lumbar-sacral`) out of base ones."""

    id: str
    name: str
    parts: list[str] = []
    counts_as: str | None = None
    """Matched as this other region: lumbar and sacral are one region to every payer read."""
    words: list[str] = []
    snomed: list[CodeEntry] = []


# --- criteria ------------------------------------------------------------------------------------


class _Criterion(_Strict, frozen=True, kw_only=True, tag_field="kind"):
    id: str
    text: str
    cite: OneOrMany = []
    review: Review | None = None
    reading: str | None = None
    """How an ambiguous sentence was read, why, and which alternative there is."""
    ask: str | None = None
    """The act that settles an unknown, and who can do it."""
    absent: Absent | None = None
    role: Role = "requirement"


class Present(_Criterion, frozen=True, kw_only=True, tag="present"):
    """A fact of one of these concepts exists (and its value, if boolean, is not false)."""

    of: OneOrMany
    same: list[Sameness] = []
    within: str | None = None
    """Only facts that began no longer ago than this."""
    since: str | None = None
    """`onset` (of the problem) or a concept: only facts on or after its latest occurrence."""
    active: bool = False
    """The fact must still hold on the day asked about (open condition, current drug)."""


class Absence(_Criterion, frozen=True, kw_only=True, tag="absent"):
    """No such fact. Silence means met unless `absent` says otherwise."""

    of: OneOrMany
    same: list[Sameness] = []
    within: str | None = None
    since: str | None = None
    active: bool = True
    """Only facts that still hold; `false` for events such as a fracture or an injection."""


class Score(_Criterion, frozen=True, kw_only=True, tag="score"):
    """A measured value (pain score, HbA1c, INR) against a threshold."""

    of: OneOrMany
    same: list[Sameness] = []
    within: str | None = None
    since: str | None = None
    pick: Literal["latest", "highest", "lowest"] = "latest"
    at_least: Quantity | None = None
    more_than: Quantity | None = None
    at_most: Quantity | None = None
    less_than: Quantity | None = None


class Lasted(_Criterion, frozen=True, kw_only=True, tag="lasted"):
    """The problem itself has lasted this long."""

    at_least: str | None = None
    more_than: str | None = None
    at_most: str | None = None
    less_than: str | None = None


class Elapsed(_Criterion, frozen=True, kw_only=True, tag="elapsed"):
    """Time since the latest (or first) fact of these concepts."""

    of: OneOrMany
    same: list[Sameness] = []
    pick: Literal["latest", "first"] = "latest"
    at_least: str | None = None
    more_than: str | None = None
    at_most: str | None = None
    less_than: str | None = None


class Tried(_Criterion, frozen=True, kw_only=True, tag="tried"):
    """Conservative care: `kinds` different concepts, each kept up for `lasting`."""

    of: OneOrMany
    kinds: int = 1
    lasting: str | None = None
    within: str | None = None
    """The course must reach into this long before the day asked about."""
    since: str | None = None
    gap: str = "42 days"
    """Visits or supplies at most this far apart are one course."""


class Sessions(_Criterion, frozen=True, kw_only=True, tag="sessions"):
    """Number of sessions (calendar days) already done in the rolling window.

    A cap of four per twelve months reads `less_than: 4, within: 12 months`: the session asked for
    is the next one. A session stays in the window until the day `within` later (that day is free).
    """

    of: OneOrMany
    same: list[Sameness] = []
    region: str | None = None
    """Region family that the policy counts in, when the problem lies in it."""
    within: str | None = None
    at_least: int | None = None
    more_than: int | None = None
    at_most: int | None = None
    less_than: int | None = None


class Relief(_Criterion, frozen=True, kw_only=True, tag="relief"):
    """Relief after an earlier procedure: percent, and how long it lasted."""

    of: OneOrMany
    same: list[Sameness] = []
    at_least: Quantity | None = None
    more_than: Quantity | None = None
    lasting: str | None = None
    """At least this long, counted from the procedure to the first record below the threshold."""
    pick: Literal["latest", "first", "any"] = "latest"


class Blocks(_Criterion, frozen=True, kw_only=True, tag="blocks"):
    """The last `number` diagnostic blocks in a row were positive, on different days."""

    of: OneOrMany
    same: list[Sameness] = []
    number: int
    at_least: Quantity | None = None
    more_than: Quantity | None = None
    spacing: str | None = None
    within: str | None = None


class Age(_Criterion, frozen=True, kw_only=True, tag="age"):
    """Completed years on the day asked about."""

    at_least: int | None = None
    more_than: int | None = None
    at_most: int | None = None
    less_than: int | None = None


class Sex(_Criterion, frozen=True, kw_only=True, tag="sex"):
    """Administrative gender."""

    equals: Literal["female", "male"]


class IsProblem(_Criterion, frozen=True, kw_only=True, tag="problem"):
    """The pain problem is one of these (a payer that covers fewer indications)."""

    of: OneOrMany


class Total(_Criterion, frozen=True, kw_only=True, tag="total"):
    """Sum of recorded values over a rolling window (steroid exposure)."""

    of: OneOrMany
    within: str
    at_least: Quantity | None = None
    more_than: Quantity | None = None
    at_most: Quantity | None = None
    less_than: Quantity | None = None


Leaf = (
    Present
    | Absence
    | Score
    | Lasted
    | Elapsed
    | Tried
    | Sessions
    | Relief
    | Blocks
    | Age
    | Sex
    | IsProblem
    | Total
)


class _Group(_Strict, frozen=True, kw_only=True, tag_field="kind"):
    id: str | None = None
    text: str | None = None


class AllOf(_Group, frozen=True, kw_only=True, tag="all"):
    """Every member (Kleene minimum)."""

    all: list[Node]


class AnyOf(_Group, frozen=True, kw_only=True, tag="any"):
    """One member is enough (Kleene maximum)."""

    any: list[Node]


class AtLeast(_Group, frozen=True, kw_only=True, tag="at-least"):
    """At least `n` members."""

    n: int
    of: list[Node]


class When(_Group, frozen=True, kw_only=True, tag="when"):
    """`then` counts only where `when` is met; not applicable where `when` is not met."""

    when: Node
    then: list[Node]


Node = (
    Present
    | Absence
    | Score
    | Lasted
    | Elapsed
    | Tried
    | Sessions
    | Relief
    | Blocks
    | Age
    | Sex
    | IsProblem
    | Total
    | AllOf
    | AnyOf
    | AtLeast
    | When
)


# --- problems ------------------------------------------------------------------------------------


class Recognise(_Strict, frozen=True, kw_only=True):
    """One way to recognise a problem: every term present (same side, same region), none excluded.

    Each term is a concept id or a list of alternatives.
    """

    all: list[OneOrMany]
    without: list[OneOrMany] = []
    since: str | None = None
    """Concept whose start is the start of the problem; default: the first term's earliest onset."""


class Problem(_Strict, frozen=True, kw_only=True):
    """A recognised cause or pattern of pain."""

    id: str
    name: str
    patient_name: str
    region: str | None = None
    """Fixed region; without it the region comes from the facts."""
    sided: bool = False
    pain_type: Literal[
        "neuropathic", "nociceptive", "nociplastic", "mixed", "headache", "cancer", "unknown"
    ]
    recognise: list[Recognise]
    replaces: list[str] = []
    """Problems not shown beside this one on the same side and region (it explains them)."""
    weak: bool = False
    """A symptom code only: mechanism unknown, nothing is eligible on it alone."""
    ask: str | None = None
    cite: OneOrMany = []
    review: Review | None = None


# --- options -------------------------------------------------------------------------------------


class Indication(_Strict, frozen=True, kw_only=True):
    """The option fits this problem; lower `order` is offered first, `alternative` goes to Else."""

    problem: str
    order: int = 50
    alternative: bool = False
    note: str | None = None
    cite: OneOrMany = []


class NotFor(_Strict, frozen=True, kw_only=True):
    """The option is expected by referrers for these problems and does not fit: say why."""

    problems: list[str]
    why: str
    cite: OneOrMany = []
    review: Review | None = None


class Outlook(_Strict, frozen=True, kw_only=True):
    """Responders in the cited trial: what the icon array shows."""

    problem: str | None = None
    responders_percent: float
    response: str
    """What counts as response, in plain words ("at least half of the pain gone")."""
    at_months: float
    n: int | None = None
    comparator: str | None = None
    comparator_percent: float | None = None
    cite: OneOrMany
    review: Review | None = None


class Evidence(_Strict, frozen=True, kw_only=True):
    """A trial, review or guideline; `stance` is what it says of the option."""

    kind: Literal["trial", "review", "cohort", "guideline"]
    stance: Literal["for", "against", "mixed", "neutral"]
    text: str
    problem: str | None = None
    cite: OneOrMany
    review: Review | None = None


class PatientText(_Strict, frozen=True, kw_only=True):
    """Plain language (8th-grade reading level or easier)."""

    name: str
    what: str
    on_the_day: str
    until_then: str
    call_if: str


class Option(_Strict, frozen=True, kw_only=True):
    """An intervention. Its criteria stand in `policies/`."""

    id: str
    name: str
    family: str
    rung: Literal["initial", "diagnostic", "trial", "ablation", "implant", "repeat", "revision"]
    after: OneOrMany = []
    """Earlier rung(s) of the ladder, any one of which opens this one."""
    part_of: str | None = None
    """Parent whose criteria also apply (a route of an epidural)."""
    done: OneOrMany
    """Concept(s) that record that it was performed."""
    answered: list[Node] = []
    """Where all of these are met the test has given its answer: it is not the next step again."""
    sided: bool = False
    tags: list[str] = []
    """What it involves, for safety rules: needle, neuraxial, steroid, contrast, ..."""
    fits: list[Indication]
    not_for: list[NotFor] = []
    outlook: list[Outlook] = []
    evidence: list[Evidence] = []
    course: str | None = None
    reassess: list[str] = []
    patient: PatientText | None = None
    documentation: list[str] = []
    cite: OneOrMany = []
    review: Review | None = None


# --- policies ------------------------------------------------------------------------------------


class Document(_Strict, frozen=True, kw_only=True):
    """A contractor's own number for a policy shared by several."""

    id: str
    contractor: str
    states: list[str] = []
    version: str | None = None
    """As the Medicare Coverage Database numbers it: what was read."""
    revision: datetime.date | None = None
    """Day from which the version that was read is in force."""
    article: str | None = None
    """Its billing article, where the covered codes stand: `A58993`."""
    start: datetime.date | None = None
    end: datetime.date | None = None
    standing: Literal["in-force", "proposed"] = "in-force"
    review: Review | None = None


class CaseFact(_Strict, frozen=True, kw_only=True):
    """A fact in short form for `cases`: `{is: esi, at: 2026-01-05, side: right}`."""

    concept: str = msgspec.field(name="is")
    at: str | None = None
    until: str | None = None
    open: bool = False
    noted: bool = False
    """Known from a status code ("presence of artificial knee"), not from the deed itself."""
    value: float | bool | None = None
    region: str | None = None
    side: Side | None = None
    level: str | None = None
    relief: list[CaseRelief] = []


class CaseRelief(_Strict, frozen=True, kw_only=True):
    """Relief recorded for the fact it stands in."""

    percent: float | None = None
    at: str
    lasted: str | None = None


class CaseProblem(_Strict, frozen=True, kw_only=True):
    """The problem that a case is about, given rather than recognised."""

    id: str
    since: str | None = None
    region: str | None = None
    side: Side | None = None
    level: str | None = None
    """Spinal levels, as `L4-L5`."""


class CasePatient(_Strict, frozen=True, kw_only=True):
    """Who the case is about, where it matters."""

    born: str | None = None
    sex: Literal["female", "male"] | None = None


Status = Literal["eligible", "wait", "needs-more", "not-met", "contraindicated", "not-indicated"]


class Case(_Strict, frozen=True, kw_only=True):
    """A worked example of a policy, run by the tests and shown on its page."""

    name: str
    option: str
    problem: CaseProblem
    on: datetime.date = msgspec.field(name="asked_on")
    facts: list[CaseFact] = []
    patient: CasePatient = CasePatient()
    status: Status | None = None
    earliest: datetime.date | None = None
    verdicts: dict[str, Literal["met", "not-met", "unknown", "not-applicable"]] = {}


Position = Literal[
    "criteria",
    "covered",
    "not-covered",
    "investigational",
    "silent",
    "recommends",
    "advises-against",
]
"""`criteria`: covered or advised if the criteria are met. `silent`: the issuer names it nowhere."""


class Rule(_Strict, frozen=True, kw_only=True):
    """What one policy says of some options."""

    options: list[str]
    problems: list[str] = []
    """Only for these problems; empty: for every problem the option fits."""
    position: Position
    statement: str
    """One sentence for the payer table, in our own words."""
    criteria: list[Node] = []
    cite: OneOrMany = []
    review: Review | None = None


class PolicyAges(_Strict, frozen=True, kw_only=True):
    """For whom a policy is written, in completed years on the day asked about, both inclusive."""

    from_: int | None = msgspec.field(default=None, name="from")
    to: int | None = None
    text: str
    """What stands in the plan of a patient of another age: one sentence, and who decides."""
    reading: str | None = None
    cite: OneOrMany = []


class Policy(_Strict, frozen=True, kw_only=True):
    """A payer's or guideline's criteria, valid from `start` to `end` (both inclusive)."""

    id: str
    name: str
    issuer: str
    payer: str
    """Payer family that selects it: `clinical`, `medicare`, `evicore`, `aetna`, `nice`, ..."""
    axis: Literal["clinical", "coverage", "guideline"]
    version: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None
    ages: PolicyAges | None = None
    """Its criteria are not put to a patient who is known to be of another age."""
    documents: list[Document] = []
    review: Review = "secondary"
    reading: str | None = None
    partial: bool = False
    """Only part of the text could be read: its criteria show, and the clinical ones decide."""
    standing: Literal["in-force", "proposed"] = "in-force"
    """`proposed`: a draft; it shows beside the others, marked, and never decides by itself."""
    cite: OneOrMany = []
    rules: list[Rule]
    cases: list[Case] = []


class Payer(_Strict, frozen=True, kw_only=True):
    """How a Coverage names a payer: `auto` picks the family whose words or ids match first."""

    id: str
    name: str
    words: list[str] = []
    types: list[str] = []
    uses: list[str] = []
    """Other payer families whose policies it follows where it has none of its own."""
    pays_last: bool = False
    """Pays what every other payer leaves: it decides only where no other payer is named."""
    note: str | None = None


# --- prior authorisation --------------------------------------------------------------------------


class Place(_Strict, frozen=True, kw_only=True):
    """A place of service: its codes on a claim, and the words by which a record names it."""

    id: str
    name: str
    pos: list[str | int] = []
    words: list[str] = []
    usual: bool = True
    """Asked about where the record does not say the place; false: only if the record names it."""


class AuthorisationItem(_Strict, frozen=True, kw_only=True):
    """One thing that goes on a request; `criteria` (ids) show whether the record has it."""

    text: str
    criteria: list[str] = []
    cite: OneOrMany = []


class AuthorisationArea(_Strict, frozen=True, kw_only=True):
    """States in which a programme runs, and from when; `to` is who receives the request there."""

    states: list[str]
    start: datetime.date | None = None
    end: datetime.date | None = None
    to: str | None = None


class AuthorisationService(_Strict, frozen=True, kw_only=True):
    """A line of the programme's list: procedure codes, and since when they stand on it."""

    name: str
    codes: list[str | int] = []
    options: list[str] = []
    """Only when done as one of these options (a code may serve others too)."""
    start: datetime.date | None = None
    end: datetime.date | None = None
    together: list[list[str | int]] = []
    """Groups of codes that belong on one request if they may be used."""
    condition: str | None = None
    documents: list[str] = []
    """The coverage documents that the reviewer applies."""
    items: list[AuthorisationItem] = []
    cite: OneOrMany = []
    review: Review | None = None
    reading: str | None = None


class Authorisation(_Strict, frozen=True, kw_only=True):
    """A prior-authorisation programme: whose, where, for what, since when, and how to ask.

    `required`: not paid without it. `or-review`: voluntary, but a claim without it is reviewed
    before payment. `ask`: the payer decides by a list that is not on file.
    """

    id: str
    name: str
    issuer: str
    payers: list[str]
    """Ids of `payers` whose patients it concerns."""
    effect: Literal["required", "or-review", "ask"]
    statement: str
    standing: Literal["in-force", "proposed", "postponed"] = "in-force"
    complete: bool = False
    """What these payers' lists do not name needs no prior authorisation."""
    start: datetime.date | None = None
    end: datetime.date | None = None
    submissions: datetime.date | None = None
    """First day on which a request is accepted."""
    areas: list[AuthorisationArea] = []
    """Empty: every state."""
    places: list[str] = []
    """Places of service; empty: every one."""
    to: str | None = None
    """Where to send the request, if no area says otherwise."""
    decision: str | None = None
    valid_days: int | None = None
    notes: list[str] = []
    items: list[AuthorisationItem] = []
    services: list[AuthorisationService] = []
    ask: str | None = None
    reading: str | None = None
    cite: OneOrMany
    review: Review = "secondary"


# --- covered-code lists ---------------------------------------------------------------------------


class CodeList(_Strict, frozen=True, kw_only=True):
    """A closed list of codes as a payer's billing article prints it; codes only, no descriptions.

    A concept that names it under `lists` has these codes too. `concepts` are those that hold them
    by hand, each with its place; the checker compares.
    """

    id: str
    article: str
    """`A58403`."""
    title: str | None = None
    for_: list[str] = msgspec.field(default_factory=list, name="for")
    """Numbers of the policies that it belongs to: `L38801`."""
    version: str | None = None
    start: datetime.date | None = None
    end: datetime.date | None = None
    system: Literal["icd10cm", "cpt"]
    group: int | None = None
    codes: list[str | int]
    concepts: list[str] = []
    cite: OneOrMany
    review: Review = "secondary"


class DrugProducts(_Strict, frozen=True, kw_only=True):
    """RxNorm codes of what contains a drug: clinical drugs, brands, packs. The id is the drug's.

    A product of two drugs stands under both.
    """

    id: str
    codes: list[str | int]
    cite: OneOrMany
    review: Review = "secondary"


# --- safety --------------------------------------------------------------------------------------

BleedingClass = Literal["low", "intermediate", "high"]


class SafetyRule(_Strict, frozen=True, kw_only=True):
    """Something that gates, delays or modifies a procedure, fired when `when` is met."""

    id: str
    level: Literal["stop", "hold", "caution", "info"]
    text: str
    tags: list[str] = []
    """Options that carry one of these tags; empty: all options."""
    without: list[str] = []
    """Never options that carry one of these tags."""
    options: list[str] = []
    bleeding: list[BleedingClass] = []
    """Only options of these bleeding classes, by the default rule set, before patient factors."""
    when: list[Node]
    unknown: Literal["ask", "silent"] = "silent"
    """Whether an unknown shows as something to find out before the procedure."""
    needs_more: bool = False
    """Until it is settled the option is not eligible: fired, or unknown where that is asked."""
    ask: str | None = None
    """The act that settles a rule that has fired, and who does it."""
    cite: OneOrMany
    review: Review | None = None


class RedFlag(_Strict, frozen=True, kw_only=True):
    """Serious pathology: stops elective procedures and shows above everything."""

    id: str
    text: str
    act: str
    urgency: str
    problems: list[str] = []
    when: list[Node]
    cite: OneOrMany
    review: Review | None = None


class SocietyClass(_Strict, frozen=True, kw_only=True):
    """Bleeding class of one option by some rule sets; `regions` and `levels` narrow it."""

    rules: OneOrMany
    """Hold rule sets (`asra`, `asipp`, ...)."""
    bleeding: BleedingClass
    regions: list[str] = []
    levels: list[str] = []
    """Spinal levels (`L5-S1`): counts only where every level of the procedure is one of them."""
    note: str | None = None
    cite: OneOrMany
    review: Review = "secondary"


class OptionBleeding(_Strict, frozen=True, kw_only=True):
    """How much an option may bleed, society by society. The id is the option's.

    An option that is not defined (yet) is no error: the table may be longer than the knowledge.
    """

    id: str
    classes: list[SocietyClass]


class HoldCell(_Strict, frozen=True, kw_only=True):
    """Hold before and restart after, in hours, for one drug and class; `action` says what to do.

    `level-first`: no interval can be named; a drug level or a specialist decides, and until then
    the option needs more.
    """

    action: Literal["hold", "no-hold", "shared-assessment", "level-first", "avoid"]
    hours: float | None = None
    restart_hours: float | None = None
    text: str | None = None
    check: Node | None = None
    """What must be measured besides the interval (INR on the day): asked for, or read."""


class Hold(_Strict, frozen=True, kw_only=True):
    """One drug's row in an antithrombotic table. Without a cell the default rule set answers."""

    drug: str
    low: HoldCell | None = None
    intermediate: HoldCell | None = None
    high: HoldCell | None = None
    only_if: list[Node] = []
    """Row chosen only when met (renal function, dose band, indication); first matching row wins."""
    laboratory: str | None = None
    check_days: int = 0
    """So many days after the hold the checks of the cells are still asked for."""
    note: str | None = None
    cite: OneOrMany
    review: Review | None = None


class Combined(_Strict, frozen=True, kw_only=True):
    """What two or more of the table's drugs together mean."""

    id: str
    text: str
    weak: OneOrMany = []
    """Drugs that count only beside another one that is not weak."""
    ask: str
    cite: OneOrMany
    review: Review = "secondary"


class HoldRuleSet(_Strict, frozen=True, kw_only=True):
    """A society's hold times (`asra`, `asipp`); its classes stand under `bleeding_classes`."""

    id: str
    name: str
    default: bool = False
    upgrade_when: list[Node] = []
    combined: Combined | None = None
    agreed: Node | None = None
    """Met when the prescriber's decision on a hold is on file."""
    holds: list[Hold]
    cite: OneOrMany
    review: Review = "secondary"


class SteroidEquivalent(_Strict, frozen=True, kw_only=True):
    """How much of a corticosteroid equals the reference drug. The id is the drug's concept."""

    id: str
    mg: float | None = None
    """So many mg equal `reference_mg` of the reference; none: no figure is known."""
    other_mg: float | None = None
    """Another account's figure; the one that gives the larger sum is used."""
    reference_mg: float
    cite: OneOrMany
    review: Review


class AnaestheticMaximum(_Strict, frozen=True, kw_only=True):
    """The most of a local anaesthetic in one visit, one row per drug and way of giving it."""

    id: str
    drug: str
    name: str
    way: str
    """`plain`, `with epinephrine`, `plain, United Kingdom`."""
    mg_per_kg: float
    mg_per_kg_to: float | None = None
    """Upper end, where accounts differ."""
    most_mg: float | None = None
    note: str | None = None
    cite: OneOrMany
    review: Review


class AnaestheticWeight(_Strict, frozen=True, kw_only=True):
    """Which weight the maxima are reckoned by, and for whom they are lowered."""

    id: str
    ideal_above_bmi: float
    """Above this body mass index the ideal weight counts, if it is the lower."""
    ideal_minus_cm: dict[Literal["female", "male"], float]
    """Ideal weight in kg: height in cm less so much."""
    less_percent: float
    less_for: str
    text: str
    """What else holds for all of them."""
    ask: str
    cite: OneOrMany
    review: Review


class Planned(_Strict, frozen=True, kw_only=True):
    """A finding that an ordered or booked procedure gives rise to. The id is the finding's."""

    id: str
    of: OneOrMany
    """Procedures."""
    within: str
    """So near: from the day asked about to this long after it."""
    cite: OneOrMany
    review: Review = "secondary"


class ChecklistItem(_Strict, frozen=True, kw_only=True):
    """Something that the record should show before a procedure is scheduled."""

    id: str
    text: str
    tags: list[str] = []
    """Options that carry one of these tags; empty: every option."""
    when: list[Node] = []
    """Only for patients of whom this is met."""
    known: list[Node]
    """On file when met."""
    ask: str
    cite: OneOrMany
    review: Review | None = None


# --- care beside the procedure -------------------------------------------------------------------


class CareAdvice(_Strict, frozen=True, kw_only=True):
    """Physical therapy, medication, psychological care that belongs in the plan."""

    id: str
    text: str
    area: Literal[
        "physical", "medication", "psychological", "opioid-safety", "self-management", "referral"
    ]
    problems: list[str] = []
    pain_types: list[str] = []
    done_by: OneOrMany = []
    """Concepts that show it is or was in place: then it is listed as such, with dates."""
    lasting: str | None = None
    unless: list[Node] = []
    """Not shown (or shown as not advised) when met."""
    when: list[Node] = []
    stance: Literal["for", "against"] = "for"
    cite: OneOrMany
    review: Review | None = None


# --- worklists of a population -------------------------------------------------------------------

WorklistQuestion = Literal[
    "never-referred",
    "one-missing",
    "repeated-without-relief",
    "rung-not-climbed",
    "worn-off",
    "dose-with-option",
    "booked-on-drug",
]
"""never-referred: an option is eligible and nobody asked for any. one-missing: a single open
question of these categories. repeated-without-relief: `of` done again although relief was below
`relief`. rung-not-climbed: the earlier rung was positive and the later one (of these `rungs`) was
never done. worn-off: after an option of these `rungs` relief reached `relief`, then fell below it,
and the option is eligible again. dose-with-option: opioid dose of at least `dose` and an open
option of these `rungs` that was never tried. booked-on-drug: a booked option while a drug of the
antithrombotic tables is taken."""

_ASKED_WITH: dict[WorklistQuestion, tuple[str, ...]] = {
    "one-missing": ("categories",),
    "repeated-without-relief": ("of", "within", "at_least", "relief"),
    "rung-not-climbed": ("rungs",),
    "worn-off": ("rungs", "relief"),
    "dose-with-option": ("rungs", "dose"),
}
"""What a question cannot be put without."""


class Worklist(_Strict, frozen=True, kw_only=True):
    """Patients of a population whom somebody should look at, and why."""

    id: str
    name: str
    text: str
    """Who stands on it, in one sentence."""
    question: WorklistQuestion
    of: OneOrMany = []
    within: str | None = None
    at_least: int | None = None
    relief: Quantity | None = None
    dose: Quantity | None = None
    rungs: list[str] = []
    categories: list[ConceptCategory] = []
    seen: OneOrMany = []
    """Concepts that show that a specialist has been asked."""
    reading: str | None = None
    cite: OneOrMany = []
    review: Review | None = None

    def __post_init__(self) -> None:
        wanted = _ASKED_WITH.get(self.question, ())
        lacking = [name for name in wanted if getattr(self, name) in (None, [])]
        if lacking:
            raise ValueError(f"the question {self.question} also wants {', '.join(lacking)}")


class KnowledgeFile(_Strict, frozen=True, kw_only=True):
    """One YAML file: any of these lists; a file keeps to one subject."""

    sources: list[Source] = []
    regions: list[Region] = []
    concepts: list[Concept] = []
    problems: list[Problem] = []
    options: list[Option] = []
    policies: list[Policy] = []
    payers: list[Payer] = []
    places: list[Place] = []
    authorisation: list[Authorisation] = []
    code_lists: list[CodeList] = []
    drug_products: list[DrugProducts] = []
    safety: list[SafetyRule] = []
    red_flags: list[RedFlag] = []
    hold_rule_sets: list[HoldRuleSet] = []
    bleeding_classes: list[OptionBleeding] = []
    steroid_equivalents: list[SteroidEquivalent] = []
    anaesthetic_maxima: list[AnaestheticMaximum] = []
    anaesthetic_weight: list[AnaestheticWeight] = []
    planned: list[Planned] = []
    checklist: list[ChecklistItem] = []
    care: list[CareAdvice] = []
    answer_scales: list[AnswerScale] = []
    instruments: list[Instrument] = []
    responses: list[Response] = []
    follow_up: list[FollowUp] = []
    form_schedules: list[FormSchedule] = []
    diaries: list[Diary] = []
    help_lines: list[HelpLine] = []
    answer_alerts: list[AnswerAlert] = []
    worklists: list[Worklist] = []
