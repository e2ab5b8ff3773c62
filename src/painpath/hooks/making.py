"""Makes cards of what a plan says: words, citation, links, buttons. No medical rule."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from painpath.hooks.cards import (
    Action,
    Card,
    Indicator,
    Link,
    Suggestion,
    clipped,
    label,
    named,
    reasons,
)
from painpath.hooks.known import Known
from painpath.hooks.request import HookRequest, Resource, reference
from painpath.hooks.settings import HookSettings
from painpath.planning.plan import OptionResult, Plan, ProblemResult
from painpath.report.fhir import proposal
from painpath.report.fhir_maker import Maker as FhirMaker

_MOST_LINES = 6
_MAY_ORDER = re.compile(r"Practitioner(Role)?/[A-Za-z0-9\-.]{1,64}")
"""Users in whose name an order is drafted."""
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_GRADES = {"secondary": " [secondary]", "unverified": " [unverified]"}
_MARKUP = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>|~#"})


class Notice(msgspec.Struct, frozen=True):
    """A card and the digest of what it is about."""

    card: Card
    about: str


class CardMaker:
    """Makes the cards of one answer."""

    def __init__(
        self, request: HookRequest, plan: Plan, known: Known, settings: HookSettings
    ) -> None:
        self.request = request
        self.plan = plan
        self.known = known
        self._settings = settings

    def notice(
        self,
        kind: str,
        key: str,
        state: str,
        summary: str,
        lines: Sequence[str],
        *,
        indicator: Indicator,
        cites: Iterable[str],
        suggestions: Sequence[Suggestion] = (),
        draft: str | None = None,
    ) -> Notice:
        """One card.

        Args:
            kind: what it is about, a key of `KINDS`.
            key: which problem, option or order, within the kind.
            state: what is found; when it changes, the card comes again though it was set aside.
            summary: one sentence.
            lines: of the detail, in Markdown; see `quoted` for what comes from the record.
            indicator: how grave it is.
            cites: sources of the criterion, the first that decides first.
            suggestions: buttons, of which one may be pressed.
            draft: the order that it is about.
        """
        card = Card(
            uuid=named(self.request.instance, f"{kind}|{key}"),
            summary=clipped(summary),
            indicator=indicator,
            source=self.known.source(cites, kind),
            detail="\n".join(f"- {line}" for line in lines if line) or None,
            suggestions=list(suggestions),
            selection_behavior="at-most-one" if suggestions else None,
            override_reasons=reasons(),
            links=self._links(kind, key),
            extension={} if draft in (None, *self.request.unnamed) else _associated(draft),
        )
        return Notice(card, digest(self.request.server, self.request.patient, kind, key, state))

    def _links(self, kind: str, key: str) -> list[Link]:
        if not self._settings.launch_url:
            return []
        context = json.dumps({"card": kind, "about": key}, separators=(",", ":"))
        address = self._settings.launch_url
        return [Link(label="Open the plan", url=address, type="smart", app_context=context)]

    # -- buttons --

    def order(self, problem: ProblemResult, option: OptionResult) -> Suggestion:
        """Order an option."""
        name = self.known.name(option.id)
        return self._suggest(f"Draft an order: {name}", [self._create(problem, option)])

    def instead(self, draft: Resource, problem: ProblemResult, option: OptionResult) -> Suggestion:
        """Order another option in the place of a draft."""
        name = self.known.name(option.id)
        return self._suggest(
            f"Draft instead: {name}", [self.removal(draft), self._create(problem, option)]
        )

    def remove(self, draft: Resource) -> Suggestion:
        """Take a draft off."""
        return self._suggest("Take the order off", [self.removal(draft)])

    def later(self, draft: Resource, day: str, words: str) -> Suggestion:
        """Move a draft to a later day."""
        changed = {
            name: value
            for name, value in draft.items()
            if name not in ("occurrencePeriod", "occurrenceTiming")
        }
        action = Action(
            type="update",
            description=f"Plan it for {words}",
            resource={**changed, "occurrenceDateTime": day},
        )
        return self._suggest(f"Plan it for {words}", [action])

    @staticmethod
    def removal(draft: Resource) -> Action:
        """The deletion of a draft."""
        return Action(type="delete", description="Take the order off", resource_id=reference(draft))

    def _create(self, problem: ProblemResult, option: OptionResult) -> Action:
        resource = proposal(FhirMaker(self.plan), problem, option)
        if self.request.encounter is not None:
            resource["encounter"] = {"reference": f"Encounter/{self.request.encounter}"}
        if _MAY_ORDER.fullmatch(self.request.user):
            resource["requester"] = {"reference": self.request.user}
        return Action(
            type="create",
            description=f"Draft of an order: {self.known.name(option.id)}",
            resource=resource,
        )

    def _suggest(self, text: str, actions: list[Action]) -> Suggestion:
        key = named(self.request.instance, f"suggestion|{text}|{self._count(actions)}")
        return Suggestion(label=label(text), uuid=key, actions=actions)

    @staticmethod
    def _count(actions: Sequence[Action]) -> str:
        """Tells buttons of the same words apart."""
        return "|".join(a.resource_id or str((a.resource or {}).get("id", "")) for a in actions)


def _associated(draft: str | None) -> dict[str, Any]:
    """Da Vinci CRD: which of several orders a card is about."""
    return {"davinci-crd.associated-resource": [{"reference": draft}]}


def digest(server: str | None, patient: str, *about: str) -> str:
    """The same for the same finding in the same patient; says neither."""
    told = "\n".join((server or "", patient, *about))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


def quoted(text: str) -> str:
    """Text of the record within Markdown: nothing in it is markup, and no link can be made."""
    return " ".join(text.split()).translate(_MARKUP).replace("://", ": //")


def brief(name: str) -> str:
    """A name without what stands in brackets."""
    return _BRACKETS.sub("", name)


def within(text: str) -> str:
    """A name or sentence within another one: begins small, unless with an abbreviation."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def sentence(text: str) -> str:
    """With a full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def graded(text: str, review: str) -> str:
    """The sentence with the grade of its source."""
    return f"{sentence(text)}{_GRADES.get(review, '')}"


def shortened(lines: Sequence[str], most: int = _MOST_LINES) -> list[str]:
    """The first lines, and how many more there are."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], f"and {len(lines) - most + 1} more on the page of the patient"]
