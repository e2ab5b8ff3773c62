"""DetectedIssues of a plan: what to hold or stop for, red flags, what bars an option, bookings."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.planning.plan import (
    CriterionResult,
    OptionResult,
    ProblemResult,
    RequestResult,
    SafetyItem,
)
from painpath.report.fhir_maker import Maker, Resource, concept, is_reference, references
from painpath.report.words import day_words, possible_words

_SYSTEM = "urn:painpath:safety"
_CRITERIA = "urn:painpath:criterion"
_STATUS = "urn:painpath:status"
_SEVERITY = {"stop": "high", "hold": "high", "caution": "moderate", "info": "low"}
_QUIET = ("eligible", "needs-more")


def issues(make: Maker) -> list[str]:
    """Add every issue; returns their full URLs."""
    plan = make.plan
    urls = [_issue(make, item) for item in plan.safety if item.level != "info"]
    urls += [_red_flag(make, index) for index in range(len(plan.red_flags))]
    urls += _barred(make)
    urls += [
        _booking(make, request)
        for request in plan.requests
        if request.status not in _QUIET or request.one_of
    ]
    return urls


def _found(make: Maker, code: Resource, severity: str, detail: str) -> Resource:
    return {
        "resourceType": "DetectedIssue",
        "status": "preliminary",
        "code": code,
        "severity": severity,
        "patient": make.patient,
        "identifiedDateTime": make.day,
        "detail": detail,
    }


def _issue(make: Maker, item: SafetyItem) -> str:
    code = concept(_SYSTEM, item.id, item.text)
    detail = f"{item.text} Source: {', '.join(item.cite)} ({item.review})."
    resource = _found(make, code, _SEVERITY[item.level], detail)
    evidence = references(item.evidence)
    if evidence:
        resource["evidence"] = [{"detail": evidence}]
    if item.hold_hours is not None:
        resource["mitigation"] = [{"action": {"text": item.text}}]
    return make.add(resource, f"issue|{item.id}")


def _red_flag(make: Maker, index: int) -> str:
    flag = make.plan.red_flags[index]
    code = concept(_SYSTEM, flag.id, flag.text)
    resource = _found(make, code, "high", f"{flag.text} {flag.act} ({flag.urgency}).")
    resource["mitigation"] = [{"action": {"text": flag.act}}]
    evidence = references(flag.evidence)
    if evidence:
        resource["evidence"] = [{"detail": evidence}]
    return make.add(resource, f"red-flag|{flag.id}")


def _barred(make: Maker) -> list[str]:
    """A criterion that makes options contraindicated, once, with the options it bars.

    What bars by a safety item or a red flag is an issue already.
    """
    plan = make.plan
    known = {item.id for item in plan.safety} | {flag.id for flag in plan.red_flags}
    barred: dict[str, tuple[CriterionResult, list[str]]] = {}
    for option, criterion in _bars(plan.problems):
        if criterion.id not in known:
            names = barred.setdefault(criterion.id, (criterion, []))[1]
            if option.name not in names:
                names.append(option.name)
    urls = []
    for criterion, names in barred.values():
        code = concept(_CRITERIA, criterion.id, criterion.text)
        cited = f"Source: {', '.join(criterion.cite)} ({criterion.review})."
        detail = (
            f"Not so on this record: {criterion.text}. Speaks against: {', '.join(names)}. {cited}"
        )
        resource = _found(make, code, "high", detail)
        evidence = references(criterion.evidence)
        if evidence:
            resource["evidence"] = [{"detail": evidence}]
        urls.append(make.add(resource, f"barred|{criterion.id}"))
    return urls


def _bars(problems: list[ProblemResult]) -> Iterator[tuple[OptionResult, CriterionResult]]:
    for problem in problems:
        for option in problem.options:
            if option.status == "contraindicated":
                yield from ((option, c) for c in option.criteria if c.id in option.because)


def _booking(make: Maker, request: RequestResult) -> str:
    """A booked or ordered procedure that does not go as booked."""
    names = {o.id: o.name for problem in make.plan.problems for o in problem.options}
    name = names.get(request.option or "", request.code)
    status = request.status.replace("-", " ")
    judged = [*request.criteria, *(c for each in request.one_of for c in each.criteria)]
    lacking = [c for c in judged if c.decisive and c.verdict != "met"]
    parts = [f"{name} on {day_words(request.on)}: {status}."]
    parts += [request.why] if request.why else []
    parts += [f"{names.get(e.option, e.option)}: {possible_words(e)}." for e in request.one_of]
    parts += [f"{c.text}: {c.why or c.verdict}" for c in lacking]
    severity = "high" if request.status == "contraindicated" else "moderate"
    code = concept(_STATUS, request.status, f"Booked procedure: {status}")
    resource = _found(make, code, severity, " ".join(parts))
    if is_reference(request.ref):
        resource["implicated"] = [{"reference": request.ref}]
    evidence = references([item for c in lacking for item in c.evidence])
    if evidence:
        resource["evidence"] = [{"detail": evidence}]
    actions = []
    if request.earliest_date is not None:
        actions.append(f"Possible from {day_words(request.earliest_date)}")
    if request.better is not None:
        actions.append(f"Better fitting next step: {names.get(request.better, request.better)}")
    if actions:
        resource["mitigation"] = [{"action": {"text": action}} for action in actions]
    return make.add(resource, f"booking|{request.ref}|{request.on.isoformat()}")
