"""What is known of prior authorisation, on orders and visits, as Da Vinci coverage information.

PainPath is no payer: it says what the payer's published lists ask for, and never that something is
covered. So `covered` is always `conditional`, and the reason says who decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from painpath.hooks.cards import Action, named
from painpath.hooks.making import sentence
from painpath.hooks.request import HookRequest, Resource, reference
from painpath.planning.asking import PriorAuthorisation
from painpath.planning.payer import in_force
from painpath.planning.plan import Plan, RequestResult
from painpath.records.facts import CoverageEntry

URL = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
HOOKS = ("order-sign", "appointment-book")
"""Where Da Vinci expects it."""
_OTHER = "OTH"
"""`info-needed` for what the specification has no code for: the payer's own decision."""
_NOTICE = "From published lists and the record; the payer decides on coverage."


def actions(
    request: HookRequest,
    plan: Plan,
    coverages: Sequence[CoverageEntry],
    drafts: Sequence[Resource],
) -> list[Action]:
    """An update of each draft that the plan judged, with what is known added to it.

    A draft on which a payer has spoken already stays as it is; one of a patient without coverage
    on record too, and one without an id, which could not be found again.
    """
    coverage = payer_coverage(plan, coverages)
    if coverage is None:
        return []
    judged = {r.ref: r for r in plan.requests}
    found = []
    for draft in drafts:
        ref = reference(draft)
        result = judged.get(ref)
        if result is None or result.prior_authorisation is None or not request.concerns(ref):
            continue
        if ref in request.unnamed or _has_spoken(draft):
            continue
        told = {"url": URL, "extension": statement(request, result, coverage, plan)}
        extensions = draft.get("extension")
        extensions = extensions if isinstance(extensions, list) else []
        found.append(
            Action(
                type="update",
                description="Add what is known of prior authorisation",
                resource={**draft, "extension": [*extensions, told]},
            )
        )
    return found


def payer_coverage(plan: Plan, coverages: Sequence[CoverageEntry]) -> str | None:
    """The Coverage by which the payer was chosen."""
    active = [entry.ref for entry in coverages if in_force(entry, plan.as_of)]
    return next((ref for ref in active if plan.policy.why.startswith(f"{ref}:")), None)


def _has_spoken(draft: Resource) -> bool:
    extensions = draft.get("extension")
    return any(
        isinstance(each, dict) and each.get("url") == URL
        for each in (extensions if isinstance(extensions, list) else ())
    )


def statement(
    request: HookRequest, result: RequestResult, coverage: str, plan: Plan
) -> list[dict[str, Any]]:
    """The parts of the extension."""
    answer = result.prior_authorisation
    assert answer is not None
    asked = pa_needed(answer)
    lacking = [item.text for item in answer.items if item.state in ("missing", "not-met")]
    parts: list[dict[str, Any]] = [
        {"url": "coverage", "valueReference": {"reference": coverage}},
        {"url": "covered", "valueCode": "conditional"},
        {"url": "pa-needed", "valueCode": asked},
    ]
    if lacking and asked == "auth-needed":
        parts.append({"url": "doc-needed", "valueCode": "clinical"})
        parts.append({"url": "doc-purpose", "valueCode": "withpa"})
    parts += [{"url": "info-needed", "valueCode": code} for code in info_needed(answer)]
    why = " ".join(sentence(each) for each in (answer.why, answer.ask, _NOTICE) if each)
    parts.append({"url": "reason", "valueCodeableConcept": {"text": why}})
    parts.append({"url": "date", "valueDate": plan.as_of.isoformat()})
    key = named(request.instance, f"coverage|{result.ref}")
    parts.append({"url": "coverage-assertion-id", "valueString": key})
    return parts


def pa_needed(answer: PriorAuthorisation) -> str:
    """`auth-needed`, `no-auth`, or `conditional` where it is open or a matter of choice."""
    if answer.required is None:
        return "conditional"
    if not answer.required:
        return "no-auth"
    return "auth-needed" if answer.effect == "required" else "conditional"


def info_needed(answer: PriorAuthorisation) -> list[str]:
    """What else is needed: where it is done, if the answer hangs on that, and the payer's word."""
    places = {place.required for place in answer.by_place}
    return ["location", _OTHER] if answer.place is None and len(places) > 1 else [_OTHER]
