"""Whom to ask, as plan entries: prior authorisation, and the answer of every policy at once."""

from __future__ import annotations

import datetime

import msgspec


class AuthorisationItemResult(msgspec.Struct, frozen=True, kw_only=True):
    """Something that goes on the request, and whether the record has it."""

    text: str
    state: str
    """on-record, missing, not-met, not-applicable, or add (no criterion looks for it)."""
    criteria: list[str]


class PlaceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer at one place of service."""

    place: str
    name: str
    required: bool | None
    programme: str | None
    since: datetime.date | None


class PriorAuthorisation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the payer wants to be asked before the procedure, why, where and with what.

    `required`: true also where asking is voluntary but the claim is else reviewed before payment
    (`effect` is then `or-review`); null where it is not known, and `ask` says what would settle it.
    """

    required: bool | None
    effect: str | None
    why: str
    programme: str | None
    name: str | None
    since: datetime.date | None
    until: datetime.date | None
    payer: str
    state: str | None
    place: str | None
    """Place of service on record or given; null where it is not known."""
    by_place: list[PlaceAnswer]
    where: str | None
    """Who receives the request."""
    decision: str | None
    valid_days: int | None
    together: list[str]
    """Codes that belong on the same request, if they may be used."""
    condition: str | None
    documents: list[str]
    items: list[AuthorisationItemResult]
    notes: list[str]
    ask: str | None
    review: str
    cite: list[str]


class PolicyOption(msgspec.Struct, frozen=True, kw_only=True):
    """An option for a problem under one policy."""

    problem: str
    side: str | None
    region: str | None
    option: str
    name: str
    part_of: str | None
    position: str
    status: str | None
    """Null where the policy takes a position without criteria."""
    from_date: datetime.date | None
    """The day of the plan if it is eligible, the day it becomes so if it waits; else null."""
    open: list[str]
    """Criteria that keep it from being eligible."""
    ask: list[str]
    """What would settle those that are unknown."""
    prior_authorisation: bool | None


class PolicyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy in force says of everything that fits the patient."""

    policy: str
    name: str
    payer: str
    payer_name: str
    axis: str
    standing: str
    partial: bool
    """Only part of its text could be read: "eligible" means by the part that was."""
    start: datetime.date | None
    end: datetime.date | None
    documents: list[str]
    from_date: datetime.date | None
    """The first day on which anything could be asked for under it."""
    options: list[PolicyOption]
    review: str
    cite: list[str]
