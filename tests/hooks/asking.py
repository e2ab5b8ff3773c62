"""Requests for the tests: written after the specification, the record taken from a Bundle."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

import painpath
from painpath.examples import EXAMPLES, example_bytes
from painpath.hooks.answering import Answer, Answerer
from painpath.hooks.catalogue import BY_ID, QUERIES
from painpath.hooks.feedback import MemoryFeedback
from painpath.hooks.prefetch import complete, gather
from painpath.hooks.request import parse
from painpath.hooks.settings import HookSettings

Json = dict[str, Any]

DAY = datetime.date(2026, 11, 1)
EXAMPLE_IDS = [each.id for each in EXAMPLES]
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
KIND = {query.key: query.template.split("?")[0].split("/")[0] for query in QUERIES}


@cache
def example(key: str) -> tuple[Json, ...]:
    """The resources of an example patient."""
    bundle = msgspec.json.decode(example_bytes(key))
    return tuple(entry["resource"] for entry in bundle["entry"])


def searchset(resources: list[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [
            {
                "fullUrl": f"https://ehr.example.org/fhir/{r['resourceType']}/{r['id']}",
                "resource": r,
            }
            for r in resources
        ],
    }


def prefetched(resources: tuple[Json, ...]) -> Json:
    """What a client that satisfies every template sends."""
    sent: Json = {}
    for query in QUERIES:
        found = [r for r in resources if r["resourceType"] == KIND[query.key]]
        if query.key == "patient":
            sent[query.key] = found[0]
        else:
            sent[query.key] = searchset(found) if found else None
    return sent


def patient_of(resources: tuple[Json, ...]) -> str:
    return str(next(r["id"] for r in resources if r["resourceType"] == "Patient"))


def asked(
    hook: str,
    resources: tuple[Json, ...],
    context: Mapping[str, Any] | None = None,
    **more: Any,
) -> Json:
    """A request of a client that satisfies every template."""
    return {
        "hook": hook,
        "hookInstance": INSTANCE,
        "context": {
            "userId": "PractitionerRole/123",
            "patientId": patient_of(resources),
            **(context or {}),
        },
        "prefetch": prefetched(resources),
        **more,
    }


def draft(kind: str, key: str, **elements: Any) -> Json:
    return {"resourceType": kind, "id": key, "status": "draft", "intent": "order", **elements}


def procedure(key: str, code: str, on: str | None = None, **more: Any) -> Json:
    """A draft order for a procedure by its CPT code."""
    found = draft(
        "ServiceRequest",
        key,
        code={"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}]},
        **more,
    )
    if on is not None:
        found["occurrenceDateTime"] = on
    return found


def ordered(*drafts: Json, selected: tuple[str, ...] | None = None) -> Json:
    """Context of `order-select` or `order-sign`."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in drafts]}
    context: Json = {"draftOrders": bundle}
    if selected is not None:
        context["selections"] = list(selected)
    return context


def answered(
    request: Json,
    settings: HookSettings | None = None,
    store: MemoryFeedback | None = None,
    day: datetime.date = DAY,
) -> Answer:
    """The answer to a request, without network and framework."""
    settings = settings or HookSettings()
    store = store or MemoryFeedback()
    parsed = parse(msgspec.json.encode(request), BY_ID[f"painpath-{request['hook']}"])
    gathered = complete(gather(parsed), parsed)
    since = day - datetime.timedelta(days=settings.quiet_days)
    answer = Answerer(settings).answer(
        painpath.planner(), parsed, gathered, day, lambda about: store.set_aside(about, since)
    )
    store.add(answer.shown)
    return answer


def cards(request: Json, **terms: Any) -> list[Json]:
    """Cards as the client reads them."""
    decoded = msgspec.json.decode(answered(request, **terms).response.to_json())
    found: list[Json] = decoded["cards"]
    return found


def medication(key: str, text: str, rxnorm: str, per_day: int, dose: float, unit: str) -> Json:
    """A draft prescription with a structured dose."""
    return draft(
        "MedicationRequest",
        key,
        medicationCodeableConcept={
            "coding": [
                {
                    "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                    "code": rxnorm,
                    "display": text,
                }
            ],
            "text": text,
        },
        dosageInstruction=[
            {
                "timing": {"repeat": {"frequency": per_day, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": dose, "unit": unit}}],
            }
        ],
    )


def appointment(key: str, code: str, start: str, **more: Any) -> Json:
    """A proposed appointment for a procedure by its CPT code."""
    coding = {"system": "http://www.ama-assn.org/go/cpt", "code": code}
    return {
        "resourceType": "Appointment",
        "id": key,
        "status": "proposed",
        "serviceType": [{"coding": [coding]}],
        "start": start,
        **more,
    }


def booked(*appointments: Json) -> Json:
    """Context of `appointment-book`."""
    entries = [{"resource": each} for each in appointments]
    return {"appointments": {"resourceType": "Bundle", "entry": entries}}
