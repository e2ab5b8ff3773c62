"""The shape of what patients are asked, when, and what must happen at once with an answer.

Only the shape. The forms themselves are those of `painpath.knowledge.instruments` and the few that
depend on the patient: relief after a procedure, pain by problem, the diary of a block.
"""

from __future__ import annotations

from painpath.knowledge.strict import OneOrMany, Review, Strict

RELIEF, PAIN_MAP = "relief", "pain-map"
"""Forms that depend on the patient; a diary is named by its own id."""


class FormVisit(Strict, frozen=True, kw_only=True):
    """Forms that are due once after a procedure: from `at` until `window` later."""

    id: str
    name: str
    at: str
    early: str = "0 days"
    """How long before `at` they may be handed out."""
    window: str
    forms: list[str]


class FormSchedule(Strict, frozen=True, kw_only=True):
    """What is asked after procedures of some rungs of a ladder."""

    id: str
    name: str
    rungs: list[str]
    visits: list[FormVisit]
    design: bool = False
    """Set by PainPath for want of one source."""
    cite: OneOrMany
    review: Review
    note: str | None = None


class Diary(Strict, frozen=True, kw_only=True):
    """Pain from hour to hour after a procedure."""

    id: str
    name: str
    hours: list[int]
    design: bool = False
    cite: OneOrMany
    review: Review
    note: str | None = None


class HelpLine(Strict, frozen=True, kw_only=True):
    """Whom somebody in distress can reach, as it is told to patients."""

    id: str
    country: str
    name: str
    what: str
    call: str
    text: str | None = None
    site: str | None = None
    emergency: str
    """The number for danger at this moment."""
    cite: OneOrMany
    review: Review


class AnswerAlert(Strict, frozen=True, kw_only=True):
    """An answer that somebody must act on before anything else."""

    id: str
    item: str
    """Of an instrument."""
    at_least: float
    text: str
    """For clinicians: what was answered and what is asked of them."""
    patient: list[str]
    """For the patient, at once: a paragraph each."""
    help: list[str]
    """Help lines shown with it."""
    cite: OneOrMany
    review: Review
    reading: str | None = None
