"""The plan as a FHIR R4 Bundle: CarePlan, proposed ServiceRequests, a referral, DetectedIssues.

Everything is a proposal or a finding of the software: nothing here is an order.
"""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from painpath.planning.plan import (
    CareResult,
    CriterionResult,
    Evidence,
    OptionResult,
    Plan,
    ProblemResult,
    SafetyItem,
)
from painpath.report.words import problem_place, status_words

Resource = dict[str, Any]

_SPACE = uuid.UUID("6f0d3c1e-8c5e-5b0a-9f5d-0f6f1c1f2a77")
_OPTION_SYSTEM = "urn:painpath:option"
_ISSUE_SYSTEM = "urn:painpath:safety"
_SEVERITY = {"stop": "high", "hold": "high", "caution": "moderate", "info": "low"}
_ACTIVITY = {"ongoing": "in-progress", "tried": "completed", "consider": "not-started"}
_OPEN = ("eligible", "wait", "needs-more")


def to_fhir(plan: Plan) -> bytes:
    """The plan as UTF-8 JSON of a FHIR R4 `collection` Bundle."""
    content = msgspec.json.encode(bundle(plan))
    return msgspec.json.format(content, indent=1) + b"\n"


class _Maker:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.patient = {"reference": f"Patient/{plan.patient.id}"}
        self.day = plan.as_of.isoformat()
        self.entries: list[Resource] = []

    def add(self, resource: Resource, name: str) -> str:
        """Add a resource under a name that is the same in every run; returns its full URL."""
        key = uuid.uuid5(_SPACE, f"{self.plan.patient.id}|{self.day}|{name}")
        url = f"urn:uuid:{key}"
        self.entries.append({"fullUrl": url, "resource": {**resource, "id": str(key)}})
        return url


def bundle(plan: Plan) -> Resource:
    """The Bundle as plain data."""
    make = _Maker(plan)
    _patient(make)
    requests = [url for problem in plan.problems for url in _proposals(make, problem)]
    referral = _referral(make)
    issues = [_issue(make, item) for item in plan.safety if item.level != "info"]
    issues += [_red_flag(make, index) for index in range(len(plan.red_flags))]
    _care_plan(make, [*requests, *([referral] if referral else [])], issues)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": f"{make.day}T00:00:00Z",
        "entry": make.entries,
    }


def _patient(make: _Maker) -> None:
    patient = make.plan.patient
    resource: Resource = {"resourceType": "Patient", "id": patient.id}
    if patient.sex in ("female", "male", "other", "unknown"):
        resource["gender"] = patient.sex
    if patient.birth_date and ".." not in patient.birth_date:
        resource["birthDate"] = patient.birth_date
    url = f"urn:uuid:{uuid.uuid5(_SPACE, f'Patient/{patient.id}')}"
    make.entries.append({"fullUrl": url, "resource": resource})


def _references(evidence: list[Evidence]) -> list[Resource]:
    """References to the record's resources; lines of the same resource once."""
    refs = dict.fromkeys(item.ref for item in evidence if _is_reference(item.ref))
    return [{"reference": ref} for ref in refs]


def _is_reference(ref: str) -> bool:
    kind, _, key = ref.partition("/")
    return kind[:1].isupper() and kind.isalpha() and key != "" and " " not in ref


def _evidence(criteria: list[CriterionResult]) -> list[Evidence]:
    return [item for criterion in criteria for item in criterion.evidence]


def _concept(system: str, code: str, text: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def _proposals(make: _Maker, problem: ProblemResult) -> list[str]:
    """One proposed ServiceRequest for the next step and for every option that is eligible."""
    key = f"request|{problem.id}|{problem.side}"
    return [
        make.add(_proposal(make, problem, option), f"{key}|{option.id}")
        for option in problem.options
        if option.id == problem.next_step or option.status == "eligible"
    ]


def _proposal(make: _Maker, problem: ProblemResult, option: OptionResult) -> Resource:
    lacking = [c for c in option.criteria if c.decisive and c.verdict != "met"]
    policy = f" under {option.policy}" if option.policy else ""
    notes = [f"{status_words(option)}{policy}."]
    notes += [f"{c.text}: {c.ask or c.why or c.verdict}" for c in lacking]
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": _concept(_OPTION_SYSTEM, option.id, option.name),
        "subject": make.patient,
        "authoredOn": make.day,
        "reasonCode": [{"text": problem.name}],
        "note": [{"text": text} for text in notes],
    }
    reasons = [r for r in _references(problem.evidence) if _may_be_reason(r)]
    if reasons:
        resource["reasonReference"] = reasons
    support = _references(_evidence(option.criteria))
    if support:
        resource["supportingInfo"] = support
    place = problem_place(problem).lower()
    if place:
        resource["bodySite"] = [{"text": place}]
    if option.earliest_date is not None:
        resource["occurrenceDateTime"] = option.earliest_date.isoformat()
    return resource


def _may_be_reason(reference: Resource) -> bool:
    kind = str(reference["reference"]).partition("/")[0]
    return kind in ("Condition", "Observation", "DiagnosticReport", "DocumentReference")


def _referral(make: _Maker) -> str | None:
    """A referral to a pain specialist, where an option is open or the cause is unknown."""
    problems = [
        problem
        for problem in make.plan.problems
        if problem.weak or any(option.status in _OPEN for option in problem.options)
    ]
    if not problems or make.plan.red_flags:
        return None
    asked = []
    for problem in problems:
        step = next((o for o in problem.options if o.id == problem.next_step), None)
        name = f"{problem.name} ({problem.side})" if problem.side else problem.name
        asked.append(f"{name}: {step.name}, {status_words(step).lower()}" if step else name)
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://snomed.info/sct",
                        "code": "3457005",
                        "display": "Patient referral",
                    }
                ]
            }
        ],
        "code": {"text": "Referral to a qualified interventional pain specialist"},
        "subject": make.patient,
        "authoredOn": make.day,
        "performerType": {
            "coding": [
                {
                    "system": "http://nucc.org/provider-taxonomy",
                    "code": "208VP0014X",
                    "display": "Interventional Pain Medicine Physician",
                }
            ]
        },
        "reasonCode": [{"text": problem.name} for problem in problems],
        "note": [{"text": f"Asked for: {'; '.join(asked)}"}, {"text": make.plan.notice}],
    }
    support = _references([item for problem in problems for item in problem.evidence])
    if support:
        resource["supportingInfo"] = support
    return make.add(resource, "referral")


def _issue(make: _Maker, item: SafetyItem) -> str:
    resource: Resource = {
        "resourceType": "DetectedIssue",
        "status": "preliminary",
        "code": _concept(_ISSUE_SYSTEM, item.id, item.text),
        "severity": _SEVERITY[item.level],
        "patient": make.patient,
        "identifiedDateTime": make.day,
        "detail": f"{item.text} Source: {', '.join(item.cite)} ({item.review}).",
    }
    evidence = _references(item.evidence)
    if evidence:
        resource["evidence"] = [{"detail": evidence}]
    if item.hold_hours is not None:
        resource["mitigation"] = [{"action": {"text": item.text}}]
    return make.add(resource, f"issue|{item.id}")


def _red_flag(make: _Maker, index: int) -> str:
    flag = make.plan.red_flags[index]
    resource: Resource = {
        "resourceType": "DetectedIssue",
        "status": "preliminary",
        "code": _concept(_ISSUE_SYSTEM, flag.id, flag.text),
        "severity": "high",
        "patient": make.patient,
        "identifiedDateTime": make.day,
        "detail": f"{flag.text} {flag.act} ({flag.urgency}).",
        "mitigation": [{"action": {"text": flag.act}}],
    }
    evidence = _references(flag.evidence)
    if evidence:
        resource["evidence"] = [{"detail": evidence}]
    return make.add(resource, f"red-flag|{flag.id}")


def _care_plan(make: _Maker, requests: list[str], issues: list[str]) -> None:
    plan = make.plan
    activity: list[Resource] = [{"reference": {"reference": url}} for url in requests]
    activity += [_care(item) for item in plan.alongside if item.stance == "for"]
    resource: Resource = {
        "resourceType": "CarePlan",
        "status": "draft",
        "intent": "proposal",
        "title": "Interventional pain care",
        "description": f"Planned under {plan.policy.name} ({plan.policy.why}).",
        "subject": make.patient,
        "created": make.day,
        "note": [{"text": plan.notice}, *({"text": f"Missing: {row.ask}"} for row in plan.missing)],
    }
    conditions = [
        reference
        for problem in plan.problems
        for reference in _references(problem.evidence)
        if reference["reference"].startswith("Condition/")
    ]
    if conditions:
        unique = dict.fromkeys(reference["reference"] for reference in conditions)
        resource["addresses"] = [{"reference": ref} for ref in unique]
    if issues:
        resource["supportingInfo"] = [{"reference": url} for url in issues]
    if activity:
        resource["activity"] = activity
    make.add(resource, "care-plan")


def _care(item: CareResult) -> Resource:
    return {
        "detail": {
            "status": _ACTIVITY[item.state],
            "code": {"text": item.area},
            "description": item.text,
        }
    }
