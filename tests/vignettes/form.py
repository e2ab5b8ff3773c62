"""The shape of a vignette file: a patient in a few lines of YAML and what the plan must say.

Unknown keys are errors: what is misspelt would otherwise not be compared. `bundle` makes the FHIR
record, `compare` holds the plan against what is expected.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from painpath.knowledge.yaml_source import read_yaml

Code = str | int
Day = str | int
"""`2026-03-04`, `2026-03` or `2026`."""
Side = Literal["left", "right", "both"]
ClinicalStatus = Literal["active", "recurrence", "relapse", "inactive", "remission", "resolved"]
Verdict = Literal["met", "not-met", "unknown", "not-applicable"]
Status = Literal["eligible", "wait", "needs-more", "not-met", "contraindicated", "not-indicated"]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No stray keys."""


class _Placed(_Strict, frozen=True, kw_only=True):
    """Where it is: `side`, `site` in words (`left knee`, `lumbar spine`), `level` (`L4-L5`)."""

    id: str | None = None
    side: Side | None = None
    site: str | None = None
    level: str | None = None


class Condition(_Placed, frozen=True, kw_only=True):
    """A diagnosis; open unless `until` or `status` says otherwise."""

    icd10cm: Code | None = None
    snomed: Code | None = None
    is_: str | None = msgspec.field(name="is", default=None)
    text: str | None = None
    onset: Day | None = None
    until: Day | None = None
    recorded: Day | None = None
    status: (
        Literal["active", "recurrence", "relapse", "inactive", "remission", "resolved"] | None
    ) = None
    verification: Literal["confirmed", "provisional", "refuted", "entered-in-error"] = "confirmed"


class Relief(_Strict, frozen=True, kw_only=True):
    """Relief judged on a day, and how long it lasted (`3 months`)."""

    percent: float | None = None
    on: Day
    lasted: str | None = None


class Procedure(_Placed, frozen=True, kw_only=True):
    """Something done on a day, or from a day to a day."""

    cpt: Code | None = None
    hcpcs: Code | None = None
    snomed: Code | None = None
    is_: str | None = msgspec.field(name="is", default=None)
    text: str | None = None
    modifiers: list[str] = []
    on: Day | None = None
    from_: Day | None = msgspec.field(name="from", default=None)
    to: Day | None = None
    relief: list[Relief] = []
    status: Literal["completed", "in-progress", "not-done", "entered-in-error"] = "completed"


class Booked(_Placed, frozen=True, kw_only=True):
    """A procedure that is ordered for a day."""

    cpt: Code | None = None
    hcpcs: Code | None = None
    is_: str | None = msgspec.field(name="is", default=None)
    text: str | None = None
    modifiers: list[str] = []
    on: Day


class Care(_Placed, frozen=True, kw_only=True):
    """Conservative care by its concept: `on` one visit, else a course; without `to` it goes on."""

    is_: str = msgspec.field(name="is")
    text: str | None = None
    on: Day | None = None
    from_: Day | None = msgspec.field(name="from", default=None)
    to: Day | None = None


class Drug(_Strict, frozen=True, kw_only=True):
    """A drug taken from a day on; without `to`, or with null, it is still taken."""

    id: str | None = None
    rxnorm: Code | None = None
    is_: str | None = msgspec.field(name="is", default=None)
    text: str | None = None
    from_: Day | None = msgspec.field(name="from", default=None)
    to: Day | None = None
    dose: str | None = None


class Measured(_Placed, frozen=True, kw_only=True):
    """A score, laboratory value, examination finding or document, by its concept."""

    is_: str = msgspec.field(name="is")
    value: float | bool | str | None = None
    unit: str | None = None
    on: Day
    text: str | None = None


class Imaging(_Placed, frozen=True, kw_only=True):
    """An imaging report."""

    is_: str = msgspec.field(name="is")
    on: Day
    conclusion: str | None = None
    text: str | None = None


class Device(_Placed, frozen=True, kw_only=True):
    """An implanted device."""

    is_: str | None = msgspec.field(name="is", default=None)
    snomed: Code | None = None
    text: str | None = None
    on: Day | None = None


class Allergy(_Strict, frozen=True, kw_only=True):
    """An allergy or intolerance."""

    id: str | None = None
    is_: str | None = msgspec.field(name="is", default=None)
    snomed: Code | None = None
    rxnorm: Code | None = None
    text: str | None = None
    on: Day | None = None
    severe: bool = False
    """Its reaction was severe."""


class Specialist(_Strict, frozen=True, kw_only=True):
    """A practitioner of this specialty stands in the record."""

    id: str | None = None
    nucc: str
    text: str | None = None


class Entry(_Strict, frozen=True, kw_only=True):
    """One thing in the record: exactly one of these."""

    condition: Condition | None = None
    procedure: Procedure | None = None
    booked: Booked | None = None
    care: Care | None = None
    drug: Drug | None = None
    score: Measured | None = None
    lab: Measured | None = None
    finding: Measured | None = None
    document: Measured | None = None
    imaging: Imaging | None = None
    device: Device | None = None
    allergy: Allergy | None = None
    specialist: Specialist | None = None

    def __post_init__(self) -> None:
        given = [name for name in self.__struct_fields__ if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"one entry is one thing, not {' and '.join(given) or 'nothing'}")


class Payer(_Strict, frozen=True, kw_only=True):
    """One of several Coverages: the payer as it is named, and when it covered."""

    text: str
    type: Code | None = None
    from_: Day | None = msgspec.field(name="from", default=None)
    to: Day | None = None


class Patient(_Strict, frozen=True, kw_only=True):
    """Who it is about; patients are numbered, not named."""

    born: Day | None = None
    sex: Literal["female", "male", "other", "unknown"] | None = None
    state: str | None = None


class Expectation(_Strict, frozen=True, kw_only=True):
    """What the plan must say; only what is given is compared.

    About a problem (`problem`, with `side` where there are two), one of its options (`option`), a
    booked procedure (`booked`: its code), a red flag, care alongside, or the plan as a whole.
    """

    problem: str | None = None
    side: Side | None = None
    region: str | None = None
    found: bool = True
    """False: the problem, option, red flag or advice must not be there."""
    problems: list[str] | None = None
    """Exactly these problems and no other; one that stands twice (each side) is named twice."""
    red_flags: list[str] | None = None
    """Exactly these red flags."""
    steps: list[str] | None = None
    """Exactly these next steps over all problems, in any order; problems without one left out."""
    since: str | UnsetType | None = UNSET
    next_step: str | UnsetType | None = UNSET

    option: str | None = None
    status: Status | None = None
    policy: str | UnsetType | None = UNSET
    """Id of the policy that decides."""
    criteria: dict[str, Verdict] = {}
    earliest: datetime.date | UnsetType | None = UNSET
    why: str | None = None
    """Words in the reason."""
    alternative: bool | None = None
    coverage: dict[str, str] = {}
    """Policy id to what it answers here: a status, or its position."""
    safety: dict[str, Literal["stop", "hold", "caution", "info"]] = {}
    no_safety: list[str] = []
    without: list[str] = []
    """Safety items that must not show at this option, whatever shows at others."""
    holds: dict[str, float] = {}
    """Safety item to the days that its drug is held."""

    booked: str | None = None
    better: str | UnsetType | None = UNSET
    prior_authorisation: str | UnsetType | None = UNSET
    """Words in the answer; null: none."""
    red_flag: str | None = None
    alongside: str | None = None
    state: str | UnsetType | None = UNSET
    payer: str | None = None
    """The payer family that was chosen."""
    missing: str | None = None
    """Words of one of the acts that would settle something."""
    before_needle: dict[str, Literal["stop", "hold", "caution", "info"]] = {}
    """Safety items of the plan as a whole, which hold before any needle."""
    mme: float | None = None
    """Opioid dose in MME per day."""


class Vignette(_Strict, frozen=True, kw_only=True):
    """One patient on one day."""

    id: str
    says: str
    """One sentence: what the source says that makes it so."""
    as_of: datetime.date
    policy: str = "auto"
    patient: Patient = Patient()
    coverage: str | None = None
    coverages: list[Payer] = []
    record: list[Entry]
    expect: list[Expectation]


class VignetteFile(_Strict, frozen=True, kw_only=True):
    """One family of vignettes."""

    vignettes: list[Vignette]


class VignetteError(ValueError):
    """A vignette file cannot be used; the message names file, line and cause."""


def read_file(path: Path) -> list[Vignette]:
    """The vignettes of one file.

    Raises:
        VignetteError: with the line of the offending key.
        KnowledgeError: for broken YAML.
    """
    return read_text(path.read_text(encoding="utf-8"), path.name)


def read_text(text: str, name: str) -> list[Vignette]:
    """The vignettes of one file's text; see `read_file`."""
    data, lines = read_yaml(text, name)
    try:
        return msgspec.convert(data, VignetteFile).vignettes
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `")
        raise VignetteError(f"{name}:{lines.of(path.rstrip('`'))}: {what}") from None
