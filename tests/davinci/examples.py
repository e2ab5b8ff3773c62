"""Small documents in the shape of the kits' fixtures, written here: one good one of each kind."""

from __future__ import annotations

from typing import Any

from tests.davinci.crd import COVERAGE
from tests.davinci.dtr import ORIGIN
from tests.davinci.pas import TEMPORARY

Json = dict[str, Any]

BASE = "https://ehr.example.org/fhir"


def entry(kind: str, key: str, **elements: Any) -> Json:
    resource = {"resourceType": kind, "id": key, **elements}
    return {"fullUrl": f"{BASE}/{kind}/{key}", "resource": resource}


def to(target: str) -> Json:
    return {"reference": target}


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def request_bundle() -> Json:
    """A request for authorisation: the Claim first, then what it leads to."""
    claim = entry(
        "Claim",
        "c1",
        identifier=[{"system": "urn:example:request", "value": "1"}],
        status="active",
        type=coded("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        use="preauthorization",
        patient=to("Patient/p1"),
        created="2026-11-01",
        insurer=to("Organization/payer"),
        provider=to("Organization/clinic"),
        priority=coded("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        supportingInfo=[
            {
                "sequence": 1,
                "category": coded(TEMPORARY, "freeFormMessage"),
                "valueString": "Two blocks, each with relief.",
            },
            {
                "sequence": 2,
                "category": coded(TEMPORARY, "patientEvent"),
                "timingDate": "2026-12-01",
            },
        ],
        insurance=[{"sequence": 1, "focal": True, "coverage": to("Coverage/cov")}],
        item=[
            {
                "sequence": 1,
                "extension": [{"url": "urn:example:service", "valueReference": to("Task/s1")}],
                "informationSequence": [1, 2],
                "category": coded("https://codesystem.x12.org/005010/1365", "2"),
                "productOrService": coded("http://www.ama-assn.org/go/cpt", "64635"),
            }
        ],
    )
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": "2026-11-01T00:00:00Z",
        "entry": [
            claim,
            entry("Patient", "p1"),
            entry("Organization", "payer", name="Payer"),
            entry("Organization", "clinic", name="Clinic"),
            entry("Coverage", "cov", payor=[to("Organization/payer")]),
            entry("Task", "s1", requester=to("Practitioner/d1")),
            entry("Practitioner", "d1"),
        ],
    }


def origin(source: str, *author: Json) -> Json:
    parts = [{"url": "source", "valueCode": source}, *author]
    return {"url": ORIGIN, "extension": parts}


def filled_form() -> Json:
    """A form with an answer of the chart and one of a clinician."""
    author = {"url": "author", "extension": [{"url": "role", "valueCode": "provider"}]}
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "in-progress",
        "item": [
            {
                "linkId": "1",
                "item": [
                    {
                        "linkId": "1.1",
                        "answer": [{"extension": [origin("auto")], "valueBoolean": True}],
                    },
                    {
                        "linkId": "1.2",
                        "answer": [{"extension": [origin("manual", author)], "valueString": "6"}],
                    },
                ],
            }
        ],
    }


def form() -> Json:
    return {
        "resourceType": "Questionnaire",
        "item": [
            {
                "linkId": "1",
                "type": "group",
                "item": [
                    {"linkId": "1.1", "type": "boolean", "required": True},
                    {"linkId": "1.2", "type": "string", "required": True},
                ],
            }
        ],
    }


def statement(coverage: str = "Coverage/cov", **changed: Any) -> Json:
    """Coverage information that leaves the decision open."""
    told: dict[str, Any] = {
        "coverage": {"valueReference": to(coverage)},
        "covered": {"valueCode": "conditional"},
        "pa-needed": {"valueCode": "auth-needed"},
        "doc-needed": {"valueCode": "clinical"},
        "doc-purpose": {"valueCode": "withpa"},
        "info-needed": {"valueCode": "performer"},
        "date": {"valueDate": "2026-11-01"},
        "coverage-assertion-id": {"valueString": f"A-{coverage}"},
    }
    told |= {name.replace("_", "-"): value for name, value in changed.items()}
    parts = [{"url": name, **value} for name, value in told.items() if value is not None]
    return {"url": COVERAGE, "extension": parts}


def answer(*statements: Json) -> Json:
    """A service's answer: a card with a suggestion, and a system action."""
    topic = {"system": "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp", "code": "guideline"}
    order = {"resourceType": "ServiceRequest", "id": "o1", "extension": list(statements)}
    return {
        "cards": [
            {
                "uuid": "3f1d2f0e-8f5b-4d93-9b1b-6a4d5b0c7a11",
                "summary": "Another step comes first",
                "indicator": "info",
                "source": {"label": "Payer", "topic": topic},
                "selectionBehavior": "any",
                "suggestions": [
                    {
                        "label": "Instead",
                        "actions": [
                            {
                                "type": "delete",
                                "description": "Take it off",
                                "resourceId": "ServiceRequest/o1",
                            },
                            {
                                "type": "create",
                                "description": "Order the other",
                                "resource": {"resourceType": "ServiceRequest"},
                            },
                        ],
                    }
                ],
                "links": [
                    {
                        "label": "App",
                        "type": "smart",
                        "url": "https://app.example.org",
                        "appContext": "x",
                    }
                ],
                "overrideReasons": [{"system": "urn:x", "code": "1", "display": "Known"}],
            }
        ],
        "systemActions": [{"type": "update", "description": "Add", "resource": order}],
    }
