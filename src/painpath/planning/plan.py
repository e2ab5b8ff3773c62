"""The plan: what PainPath says about one patient, as typed data (schema `painpath-plan/1`).

Field names are the contract with other programs: extend, do not rename. Lists and nulls are always
written, so that "nothing found" is visible.
"""

from __future__ import annotations

import datetime

import msgspec

from painpath.planning.asking import PolicyAnswer, PriorAuthorisation

SCHEMA = "painpath-plan/1"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A fact of the record, as a person reads it, and the resource it came from."""

    ref: str
    date: str | None
    """As precise as recorded: `2026-05-01`, `2026-05` or `2026`."""
    text: str
    origin: str = "stated"
    until: str | None = None
    """Last day of what went on for a while, where it is recorded and had come by the plan's day."""


class CriterionResult(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion of a policy and its verdict."""

    id: str
    text: str
    verdict: str
    evidence: list[Evidence]
    why: str | None
    """For unknown and not met: what was looked for and what was found."""
    ask: str | None
    due: datetime.date | None
    review: str
    cite: list[str]
    reading: str | None
    decides: bool
    """False: "also check" (advice, or a rule whose source nobody has verified)."""
    decisive: bool
    """This criterion is among those that make the status what it is."""


class SafetyItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something to hold, weigh or stop for.

    Dates are given where the day of the procedure is known (a request, or booked by hand).
    """

    id: str
    level: str
    text: str
    evidence: list[Evidence]
    review: str
    cite: list[str]
    hold_days: float | None = None
    hold_hours: float | None = None
    restart_hours: float | None = None
    drug: str | None = None
    """The drug that it is about, by concept."""
    rules: str | None = None
    """The hold rule set that it comes from."""
    bleeding: str | None = None
    """The bleeding class that it was looked up by."""
    hold_from: datetime.date | None = None
    """First day without a dose; the hours still count."""
    last_dose_on: datetime.date | None = None
    """Last day with a dose: to be kept, or, of a drug that was stopped, as recorded."""
    restart_on: datetime.date | None = None
    clear_on: datetime.date | None = None
    """First day on which the hold is over: of a stopped drug, or where it begins too late."""
    ask: list[str] = []
    """What is not known and would change this, each with who finds it out."""
    needs_more: bool = False
    """Until it is settled the option is not eligible."""


class SocietyBleeding(msgspec.Struct, frozen=True, kw_only=True):
    """An option's bleeding class by one rule set."""

    rules: str
    bleeding: str
    note: str | None
    review: str
    cite: list[str]


class BleedingResult(msgspec.Struct, frozen=True, kw_only=True):
    """How much an option may bleed in this patient, and what each society says of it."""

    bleeding: str
    """The class that decides here, raised by patient factors."""
    base: str
    rules: str
    raised_by: list[str]
    missing: list[str]
    """`spinal region`, `spinal level`: not known, so the higher class counts."""
    societies: list[SocietyBleeding]


class OutlookResult(msgspec.Struct, frozen=True, kw_only=True):
    """Responders in a cited trial."""

    responders_percent: float
    at_months: float
    n: int | None
    response: str
    comparator: str | None
    comparator_percent: float | None
    review: str
    cite: list[str]


class PositionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy or guideline says of an option for this patient."""

    policy: str
    name: str
    payer: str
    axis: str
    position: str
    statement: str
    status: str | None
    earliest_date: datetime.date | None
    review: str
    cite: list[str]
    standing: str = "in-force"
    documents: list[str] = []
    """Numbers of its documents that hold in the patient's state on the day."""


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A trial, review or guideline on an option."""

    kind: str
    stance: str
    text: str
    review: str
    cite: list[str]


class OptionResult(msgspec.Struct, frozen=True, kw_only=True):
    """An option for a problem: status, reasons, safety, outlook, and who says what about it."""

    id: str
    name: str
    rung: str
    status: str
    policy: str | None
    earliest_date: datetime.date | None
    because: list[str]
    why: str | None
    """For `not-indicated`, and where time or a rung is lacking: one sentence."""
    alternative: bool
    part_of: str | None
    after: list[str]
    done: list[Evidence]
    criteria: list[CriterionResult]
    safety: list[SafetyItem]
    outlook: OutlookResult | None
    coverage: list[PositionResult]
    evidence: list[EvidenceRow]
    cite: list[str]
    bleeding: BleedingResult | None = None
    prior_authorisation: PriorAuthorisation | None = None
    barred: bool = False
    """What makes it contraindicated holds whoever pays."""
    set_aside: bool = False
    """Its criteria are written for other ages: none was put to this patient, `why` says so."""
    answered: bool | None = None
    """Whether a test has given its answer and is not next again; null: it is no such test."""


class UnclassifiedResult(msgspec.Struct, frozen=True, kw_only=True):
    """Procedures done here whose code leaves open which option they were: none counts as one."""

    concept: str
    name: str
    options: list[str]
    evidence: list[Evidence]
    ask: str


class ProblemResult(msgspec.Struct, frozen=True, kw_only=True):
    """A pain problem, what fits it and what comes next."""

    id: str
    name: str
    patient_name: str
    region: str | None
    side: str | None
    since: str | None
    pain_type: str
    weak: bool
    pain: Evidence | None
    evidence: list[Evidence]
    ask: str | None
    next_step: str | None
    options: list[OptionResult]
    note: str | None = None
    """Why the options were not judged: their criteria are written for other ages."""
    unclassified: list[UnclassifiedResult] = []


class PossibleOption(msgspec.Struct, frozen=True, kw_only=True):
    """One of the options that a request may be for, judged on the request's day."""

    option: str
    problem: str | None
    policy: str | None
    status: str
    earliest_date: datetime.date | None
    criteria: list[CriterionResult]
    safety: list[SafetyItem]
    better: str | None
    why: str | None


class RequestResult(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure already ordered or booked, judged on its own date."""

    ref: str
    code: str | None
    """None where it is ordered in words only."""
    option: str | None
    problem: str | None
    policy: str | None
    """The policy that judged it: the payer's on that day."""
    on: datetime.date
    status: str
    earliest_date: datetime.date | None
    criteria: list[CriterionResult]
    safety: list[SafetyItem]
    better: str | None
    why: str | None
    prior_authorisation: PriorAuthorisation | None = None
    one_of: list[PossibleOption] = []
    """Where the code does not tell which option it is for (`option` is then null): each of them."""


class RedFlagResult(msgspec.Struct, frozen=True, kw_only=True):
    """Serious pathology found in the record."""

    id: str
    text: str
    act: str
    urgency: str
    problems: list[str]
    """The pain problems it concerns; empty: the patient as a whole."""
    evidence: list[Evidence]
    review: str
    cite: list[str]


class CareResult(msgspec.Struct, frozen=True, kw_only=True):
    """Care beside the procedure: already in place, tried, or to be considered."""

    id: str
    text: str
    area: str
    stance: str
    state: str
    """ongoing, tried, consider or advised-against."""
    problems: list[str]
    evidence: list[Evidence]
    review: str
    cite: list[str]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """One act that would settle criteria, merged over options."""

    for_: list[str] = msgspec.field(name="for")
    ask: str
    settles: int
    criteria: list[str]


class OpioidItemResult(msgspec.Struct, frozen=True, kw_only=True):
    """One opioid prescription and its dose in morphine milligram equivalents a day."""

    ref: str
    text: str
    drug: str | None
    mme_per_day: float | None
    working: str | None
    why: str | None
    flags: list[str]


class OpioidResult(msgspec.Struct, frozen=True, kw_only=True):
    """The opioid dose on the day; null where it cannot be computed."""

    mme_per_day: float | None
    rule_set: str
    band: str | None
    incomplete: bool
    items: list[OpioidItemResult]
    cite: list[str]


class SteroidItemResult(msgspec.Struct, frozen=True, kw_only=True):
    """One dose or course of a corticosteroid."""

    ref: str
    text: str
    drug: str | None
    start: datetime.date | None
    end: datetime.date | None
    mg: float | None
    """Of the drug itself, within the last 3 years."""
    methylprednisolone_mg: float | None
    working: str | None
    why: str | None
    """Why there is no figure."""
    review: str
    cite: list[str]


class SteroidResult(msgspec.Struct, frozen=True, kw_only=True):
    """Corticosteroid over all routes, as mg of methylprednisolone, up to the day."""

    mg_12_months: float
    mg_3_years: float
    incomplete: bool
    """A dose or an injection of the last 12 months has no figure: the sum is a lower bound."""
    items: list[SteroidItemResult]
    cite: list[str]


class AnaestheticLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The most of one local anaesthetic in a visit, for this weight."""

    drug: str
    name: str
    way: str
    mg: float
    """The careful end."""
    mg_to: float | None
    """The other end, where accounts differ."""
    working: str
    review: str
    cite: list[str]


class AnaestheticResult(msgspec.Struct, frozen=True, kw_only=True):
    """Local-anaesthetic maxima by body weight. For information; doses of several agents add up."""

    weight_kg: float | None
    basis: str
    """`weight`, `ideal weight`, or why there is no figure."""
    limits: list[AnaestheticLimit]
    less_percent: float | None
    less_for: str | None
    """For whom every figure is lowered by so much; that is for the clinician to judge."""
    note: str | None
    evidence: list[Evidence]
    ask: str | None


class ChecklistResult(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the record should show before a procedure is scheduled."""

    id: str
    text: str
    state: str
    """on-file or missing."""
    for_: list[str] = msgspec.field(name="for")
    """Next steps and booked options that want it."""
    ask: str | None
    evidence: list[Evidence]
    review: str
    cite: list[str]


class PatientResult(msgspec.Struct, frozen=True, kw_only=True):
    """Who the plan is about."""

    id: str
    birth_date: str | None
    age: int | None
    sex: str | None
    state: str | None
    deceased: bool


class PolicyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The payer family whose criteria decide, and why it was chosen."""

    id: str
    name: str
    why: str
    payer: str = "clinical"
    """Who pays, as `payers` names it; it may follow another family's criteria."""


class SkippedResult(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that could not be used."""

    ref: str
    why: str


class ScoreResult(msgspec.Struct, frozen=True, kw_only=True):
    """The latest score of an instrument, beside the value before it."""

    id: str
    name: str
    value: float
    low: float
    high: float
    better: str
    """`lower`, `higher`, or `neither` (it classifies)."""
    date: str | None
    origin: str
    """`computed`: worked out from the answers."""
    ref: str
    band: str | None
    before: float | None
    before_date: str | None
    improved: float | None
    """Points better than before; negative is worse."""
    matters: bool | None
    """Whether the change is as large as the smallest important one, either way."""
    important_change: str | None
    review: str
    cite: list[str]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything said about one patient on one day."""

    schema: str = SCHEMA
    version: str
    as_of: datetime.date
    patient: PatientResult
    policy: PolicyChoice
    problems: list[ProblemResult]
    requests: list[RequestResult]
    red_flags: list[RedFlagResult]
    alongside: list[CareResult]
    scores: list[ScoreResult]
    missing: list[Missing]
    safety: list[SafetyItem]
    """What holds before any needle, merged over the options offered."""
    opioids: OpioidResult
    skipped: list[SkippedResult]
    failures: list[SkippedResult]
    """Criteria kinds that could not be evaluated; what hangs on them is unknown."""
    hold_rules: str
    notice: str
    steroids: SteroidResult
    anaesthetic: AnaestheticResult
    checklist: list[ChecklistResult]
    policies: list[PolicyAnswer] = []
    """Every policy in force, where the plan was made for all of them (`--policy all`)."""


NOTICE = (
    "PainPath reads the record; it has not seen the patient. It is decision support, not medical"
    " advice: a clinician decides."
)
