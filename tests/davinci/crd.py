"""What the Da Vinci CRD test kit asks of a service's answer, in Python: one sentence a fault.

Written after `cards_validation`, `suggestion_actions_validation` and
`coverage_information_system_action_validation_test` of inferno-framework/davinci-crd-test-kit,
and the invariants of the coverage-information extension (CRD 2.0.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

COVERAGE = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_URL = re.compile(r"https?://[^\s/]+(/\S*)?")
_CODES = {
    "covered": {"covered", "not-covered", "conditional"},
    "pa-needed": {"no-auth", "auth-needed", "satisfied", "performpa", "conditional"},
    "doc-needed": {"no-doc", "clinical", "admin", "both", "conditional"},
    "doc-purpose": {"withpa", "withclaim", "withorder", "retain-doc", "OTH"},
    "info-needed": {"performer", "location", "timeframe", "contract-window", "OTH"},
}


def faults(answer: Any, drafts: set[str] | None = None) -> list[str]:
    """Of a whole answer.

    Args:
        answer: the decoded body.
        drafts: references of the drafts that the request held; default: not looked at.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("cards"), list):
        return ["cards is not a list"]
    found: list[str] = []
    for card in answer["cards"]:
        found += _card(card, drafts)
    actions = answer.get("systemActions", [])
    if not isinstance(actions, list):
        return [*found, "systemActions is not a list"]
    for action in actions:
        found += _action(action, drafts)
        found += _statements(action)
    return found


def _typed(thing: Json, kinds: Mapping[str, type], name: str) -> Iterator[str]:
    for field, kind in kinds.items():
        value = thing.get(field)
        if not isinstance(value, kind) or not value:
            yield f"{name}.{field} is missing, empty or of another type"


def _card(card: Json, drafts: set[str] | None) -> Iterator[str]:
    yield from _typed(card, {"summary": str, "indicator": str, "source": dict}, "card")
    summary, indicator = card.get("summary"), card.get("indicator")
    if isinstance(summary, str) and len(summary) >= 140:
        yield "summary has 140 characters or more"
    if isinstance(indicator, str) and indicator not in ("info", "warning", "critical"):
        yield "indicator is not allowed"
    source = card.get("source")
    if isinstance(source, dict):
        yield from _typed(source, {"label": str, "topic": dict}, "source")
        if isinstance(source.get("topic"), dict):
            yield from _typed(source["topic"], {"code": str, "system": str}, "topic")
    kinds = {"uuid": str, "detail": str, "suggestions": list, "overrideReasons": list}
    present = {field: kind for field, kind in kinds.items() if field in card}
    yield from _typed(card, present, "card")
    for reason in card.get("overrideReasons", []):
        yield from _typed(reason, {"code": str, "system": str, "display": str}, "overrideReason")
    for link in card.get("links", []):
        yield from _typed(link, {"label": str, "type": str, "url": str}, "link")
        if link.get("type") not in ("absolute", "smart"):
            yield "link.type is not allowed"
        if link.get("type") == "absolute" and link.get("appContext"):
            yield "an absolute link has an appContext"
        if isinstance(link.get("url"), str) and not _URL.fullmatch(link["url"]):
            yield "link.url is no address"
    if card.get("suggestions"):
        if card.get("selectionBehavior") not in ("at-most-one", "any"):
            yield "suggestions without selectionBehavior"
        for suggestion in card["suggestions"]:
            yield from _typed(suggestion, {"label": str}, "suggestion")
            if "actions" in suggestion:
                yield from _typed(suggestion, {"actions": list}, "suggestion")
            for action in suggestion.get("actions") or []:
                yield from _action(action, drafts)


def _action(action: Json, drafts: set[str] | None) -> Iterator[str]:
    yield from _typed(action, {"type": str, "description": str}, "action")
    resource, gone = action.get("resource"), action.get("resourceId")
    match action.get("type"):
        case "create" | "update" as kind:
            if not isinstance(resource, dict) or not resource.get("resourceType"):
                yield "action.resource is no FHIR resource"
            elif kind == "update" and drafts is not None and _reference(resource) not in drafts:
                yield "what is updated was not in the request"
        case "delete":
            if not isinstance(gone, str) or not _REFERENCE.fullmatch(gone):
                yield "action.resourceId is no relative reference"
            elif drafts is not None and gone not in drafts:
                yield "what is deleted was not in the request"
        case _:
            yield "action.type is not allowed"


def _reference(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource.get('id')}"


def _statements(action: Json) -> Iterator[str]:
    """Coverage information on the resource of a system action."""
    resource = action.get("resource")
    extensions = resource.get("extension", []) if isinstance(resource, dict) else []
    mine = [each for each in extensions if each.get("url") == COVERAGE]
    if mine and action.get("type") != "update":
        yield "coverage information comes by an update"
    said: dict[str, set[tuple[Any, Any]]] = {}
    for extension in mine:
        parts = values(extension)
        yield from _statement(parts)
        coverage = str(parts.get("coverage"))
        ids = tuple(parts.get(k, [None])[0] for k in ("coverage-assertion-id", "satisfied-pa-id"))
        said.setdefault(coverage, set()).add((ids[0], ids[1]))
    if any(len(ids) > 1 for ids in said.values()):
        yield "one coverage has several assertion or authorisation ids"
    for place in (0, 1):
        known = [next(iter(ids))[place] for ids in said.values() if next(iter(ids))[place]]
        if len(known) != len(set(known)):
            yield "two coverages share an assertion or authorisation id"


def values(extension: Json) -> dict[str, list[Any]]:
    """Parts of a complex extension: name -> values."""
    found: dict[str, list[Any]] = {}
    for part in extension.get("extension", []):
        value = next((v for name, v in part.items() if name.startswith("value")), None)
        found.setdefault(part.get("url", ""), []).append(value)
    return found


def _statement(told: dict[str, list[Any]]) -> Iterator[str]:
    for name in ("coverage", "covered", "date", "coverage-assertion-id"):
        if len(told.get(name, [])) != 1:
            yield f"{name} does not stand there once"
    for name, codes in _CODES.items():
        if not set(told.get(name, [])) <= codes:
            yield f"{name} has a code of its own"
    covered, asked = told.get("covered", []), told.get("pa-needed", [])
    documents = told.get("doc-needed", [])
    if ("questionnaire" in told or "response" in told) and documents in ([], ["no-doc"]):
        yield "crd-ci-q1"
    if covered and covered != ["not-covered"] and not asked and "conditional" not in covered:
        yield "crd-ci-q2"
    if "info-needed" in told and "conditional" not in (*covered, *asked, *documents):
        yield "crd-ci-q3"
    if asked == ["satisfied"] and "withpa" in told.get("doc-purpose", []):
        yield "crd-ci-q4"
    if (asked == ["satisfied"]) != ("satisfied-pa-id" in told):
        yield "crd-ci-q5"
