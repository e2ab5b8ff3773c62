"""Cards as the specification shapes them. What has no value is left out, never null or empty."""

from __future__ import annotations

import uuid
from typing import Any, Literal

import msgspec

from painpath.hooks.request import Resource

Indicator = Literal["info", "warning", "critical"]
GRAVITY: dict[str, int] = {"critical": 0, "warning": 1, "info": 2}

LONGEST_SUMMARY = 139
"""A summary has fewer than 140 characters."""

_LONGEST_LABEL = 100
_SPACE = uuid.UUID("0d5c0f2e-3c0b-5e0c-9a37-5b1f4f6f2d11")
KIND_SYSTEM = "urn:painpath:card"
REASON_SYSTEM = "urn:painpath:override-reason"

KINDS = {
    "red-flag": "Serious finding",
    "option": "An option fits",
    "one-short": "One thing is missing",
    "contraindicated": "Contraindicated",
    "does-not-fit": "Does not fit",
    "criteria": "Criteria not met",
    "too-early": "Too early",
    "needs-more": "Something is missing",
    "better": "Another step comes first",
    "hold": "Drugs before the procedure",
    "prior-authorisation": "Prior authorisation",
    "opioid-dose": "Opioid dose",
}
"""What a card is about, by the code of its topic."""

REASONS = {
    "handled": "Already known and being handled",
    "not-wanted": "The patient does not want it",
    "not-suitable": "Not suitable for this patient for another reason",
    "record-wrong": "The record is wrong or incomplete",
    "other-clinician": "For another clinician to decide",
}
"""Why a card may be set aside; the same everywhere, so that answers can be counted."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Written without what is empty."""


class Coding(_Part, frozen=True, kw_only=True):
    """A code with its words."""

    system: str
    code: str
    display: str


class Source(_Part, frozen=True, kw_only=True):
    """Where the advice comes from: the document that is cited."""

    label: str
    url: str | None = None
    topic: Coding | None = None


class Action(_Part, frozen=True, kw_only=True):
    """A change that is proposed."""

    type: Literal["create", "update", "delete"]
    description: str
    resource: Resource | None = None
    resource_id: str | None = None


class Suggestion(_Part, frozen=True, kw_only=True):
    """Changes that belong together, as one button."""

    label: str
    uuid: str
    actions: list[Action] = []


class Link(_Part, frozen=True, kw_only=True):
    """Something to open."""

    label: str
    url: str
    type: Literal["absolute", "smart"]
    app_context: str | None = None


class Card(_Part, frozen=True, kw_only=True):
    """One card."""

    uuid: str
    summary: str
    indicator: Indicator
    source: Source
    detail: str | None = None
    suggestions: list[Suggestion] = []
    selection_behavior: Literal["at-most-one", "any"] | None = None
    override_reasons: list[Coding] = []
    links: list[Link] = []
    extension: dict[str, Any] = {}

    @property
    def kind(self) -> str:
        """What it is about, a key of `KINDS`."""
        return self.source.topic.code if self.source.topic is not None else ""


class Response(msgspec.Struct, frozen=True):
    """The answer to a hook."""

    cards: list[Card]
    system_actions: list[Action] = []

    def to_json(self) -> bytes:
        """As bytes to send; `cards` stands there also when it is empty."""
        told: dict[str, Any] = {"cards": self.cards}
        if self.system_actions:
            told["systemActions"] = self.system_actions
        return msgspec.json.encode(told)


def clipped(text: str, most: int = LONGEST_SUMMARY) -> str:
    """The text on one line, cut at a word where it is too long."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    words = cut.rsplit(" ", 1)[0] if " " in cut else cut
    return f"{words.rstrip(',;:. ')}…"


def named(instance: str, name: str) -> str:
    """A uuid that is the same for the same thing said in answer to the same call."""
    return str(uuid.uuid5(_SPACE, f"{instance}|{name}"))


def topic(kind: str) -> Coding:
    """What a card is about, for filters and for counting."""
    return Coding(system=KIND_SYSTEM, code=kind, display=KINDS[kind])


def reasons() -> list[Coding]:
    """Why a card may be set aside."""
    return [
        Coding(system=REASON_SYSTEM, code=code, display=words) for code, words in REASONS.items()
    ]


def label(text: str) -> str:
    """A short label."""
    return clipped(text, _LONGEST_LABEL)
