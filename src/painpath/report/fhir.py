"""The plan as a FHIR R4 Bundle: CarePlan, proposed ServiceRequests, a referral, DetectedIssues.

Everything is a proposal or a finding of the software: nothing here is an order.
"""

from __future__ import annotations

import uuid

import msgspec

from painpath.planning.plan import (
    CareResult,
    CriterionResult,
    Evidence,
    OptionResult,
    Plan,
    ProblemResult,
)
from painpath.report.fhir_authorisation import authorisation
from painpath.report.fhir_issues import issues
from painpath.report.fhir_maker import SPACE, Maker, Resource, concept, references
from painpath.report.words import problem_place, status_words

_OPTION_SYSTEM = "urn:painpath:option"
_ACTIVITY = {"ongoing": "in-progress", "tried": "completed", "consider": "not-started"}
_OPEN = ("eligible", "wait", "needs-more")


def to_fhir(plan: Plan) -> bytes:
    """The plan as UTF-8 JSON of a FHIR R4 `collection` Bundle."""
    content = msgspec.json.encode(bundle(plan))
    return msgspec.json.format(content, indent=1) + b"\n"


def bundle(plan: Plan) -> Resource:
    """The Bundle as plain data."""
    make = Maker(plan)
    _patient(make)
    requests = [url for problem in plan.problems for url in _proposals(make, problem)]
    referral = _referral(make)
    _care_plan(make, [*requests, *([referral] if referral else [])], issues(make))
    return _collection(make)


def referral_bundle(plan: Plan) -> Resource | None:
    """The patient and the referral alone; none where nothing is open to refer for."""
    make = Maker(plan)
    _patient(make)
    return _collection(make) if _referral(make) else None


def _collection(make: Maker) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": f"{make.day}T00:00:00Z",
        "entry": make.entries,
    }


def _patient(make: Maker) -> None:
    patient = make.plan.patient
    resource: Resource = {"resourceType": "Patient", "id": patient.id}
    if patient.sex in ("female", "male", "other", "unknown"):
        resource["gender"] = patient.sex
    if patient.birth_date and ".." not in patient.birth_date:
        resource["birthDate"] = patient.birth_date
    url = f"urn:uuid:{uuid.uuid5(SPACE, f'Patient/{patient.id}')}"
    make.entries.append({"fullUrl": url, "resource": resource})


def _evidence(criteria: list[CriterionResult]) -> list[Evidence]:
    return [item for criterion in criteria for item in criterion.evidence]


def _proposals(make: Maker, problem: ProblemResult) -> list[str]:
    """One proposed ServiceRequest for the next step and for every option that is eligible."""
    key = f"request|{problem.id}|{problem.side}"
    return [
        make.add(proposal(make, problem, option), f"{key}|{option.id}")
        for option in problem.options
        if option.id == problem.next_step or option.status == "eligible"
    ]


def proposal(make: Maker, problem: ProblemResult, option: OptionResult) -> Resource:
    """A draft ServiceRequest for an option, with its reasons and what it lacks."""
    lacking = [c for c in option.criteria if c.decisive and c.verdict != "met"]
    policy = f" under {option.policy}" if option.policy else ""
    notes = [f"{status_words(option)}{policy}."]
    notes += [f"{c.text}: {c.ask or c.why or c.verdict}" for c in lacking]
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": concept(_OPTION_SYSTEM, option.id, option.name),
        "subject": make.patient,
        "authoredOn": make.day,
        "reasonCode": [{"text": problem.name}],
        "note": [{"text": text} for text in notes],
    }
    reasons = [r for r in references(problem.evidence) if _may_be_reason(r)]
    if reasons:
        resource["reasonReference"] = reasons
    support = references(_evidence(option.criteria))
    if support:
        resource["supportingInfo"] = support
    place = problem_place(problem).lower()
    if place:
        resource["bodySite"] = [{"text": place}]
    asked = authorisation(option.prior_authorisation)
    if asked:
        resource["extension"] = asked
    if option.earliest_date is not None:
        resource["occurrenceDateTime"] = option.earliest_date.isoformat()
    return resource


def _may_be_reason(reference: Resource) -> bool:
    kind = str(reference["reference"]).partition("/")[0]
    return kind in ("Condition", "Observation", "DiagnosticReport", "DocumentReference")


def _referral(make: Maker) -> str | None:
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
    support = references([item for problem in problems for item in problem.evidence])
    if support:
        resource["supportingInfo"] = support
    return make.add(resource, "referral")


def _care_plan(make: Maker, requests: list[str], found: list[str]) -> None:
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
        for reference in references(problem.evidence)
        if reference["reference"].startswith("Condition/")
    ]
    if conditions:
        unique = dict.fromkeys(reference["reference"] for reference in conditions)
        resource["addresses"] = [{"reference": ref} for ref in unique]
    if found:
        resource["supportingInfo"] = [{"reference": url} for url in found]
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
