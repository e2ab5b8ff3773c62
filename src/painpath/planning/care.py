"""Care beside the procedure, and red flags: conditions over the record, not options."""

from __future__ import annotations

from typing import Any

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import PATIENT, as_tuple, expand
from painpath.planning.facts import FactBook, denied
from painpath.planning.findings import MET, Findings
from painpath.planning.plan import CareResult, RedFlagResult

STATES = ("ongoing", "tried", "consider", "advised-against")


def red_flags(knowledge: Knowledge, findings: Findings, book: FactBook) -> list[RedFlagResult]:
    """Red flags that the record shows."""
    results = []
    problem_of = {row["complaint"]: row["problem"] for row in findings.complaints}
    problem_of = problem_of or {findings.patient_complaint: PATIENT}
    for flag in knowledge.red_flags:
        fired = [c for c in problem_of if findings.fires(c, "red-flag", flag.id) == MET]
        if fired:
            everywhere = findings.asked_of_patient("red-flag", flag.id)
            local = () if everywhere else (knowledge.problems[problem_of[c] - 1].id for c in fired)
            facts = [f for c in fired for f in findings.condition_evidence(c, "red-flag", flag.id)]
            results.append(
                RedFlagResult(
                    id=flag.id,
                    text=flag.text,
                    act=flag.act,
                    urgency=flag.urgency,
                    problems=list(dict.fromkeys(local)),
                    evidence=book.evidence(facts),
                    review=flag.review or "secondary",
                    cite=list(as_tuple(flag.cite)),
                )
            )
    return results


def alongside(knowledge: Knowledge, findings: Findings, book: FactBook) -> list[CareResult]:
    """Care that belongs in the plan for these problems: what is in place and what to consider."""
    problems = dict(enumerate(knowledge.problems, start=1))
    concepts = {concept.id: concept for concept in knowledge.concepts}
    results: list[CareResult] = []
    for advice in knowledge.care:
        fitting = [row for row in findings.complaints if _fits(advice, problems[row["problem"]])]
        if not fitting:
            continue
        fitting = [row for row in fitting if _applies(advice, findings, row["complaint"])]
        if not fitting:
            continue
        facts = []
        if advice.done_by:
            facts = book.of_concepts(expand(as_tuple(advice.done_by), concepts))
            facts = [f for f in facts if f["kind"] != "order" and not denied(f, concepts)]
        results.append(
            CareResult(
                id=advice.id,
                text=advice.text,
                area=advice.area,
                stance=advice.stance,
                state=_state(advice, facts),
                problems=list(dict.fromkeys(problems[row["problem"]].id for row in fitting)),
                evidence=book.evidence([fact["fact"] for fact in facts], most=2),
                review=advice.review or "secondary",
                cite=list(as_tuple(advice.cite)),
            )
        )
    return sorted(results, key=lambda item: STATES.index(item.state))


def _fits(advice: schema.CareAdvice, problem: schema.Problem) -> bool:
    if advice.problems or advice.pain_types:
        return problem.id in advice.problems or problem.pain_type in advice.pain_types
    return True


def _applies(advice: schema.CareAdvice, findings: Findings, complaint: int) -> bool:
    if advice.when and findings.fires(complaint, "care-when", advice.id) != MET:
        return False
    return not (advice.unless and findings.fires(complaint, "care-unless", advice.id) == MET)


def _state(advice: schema.CareAdvice, facts: list[dict[str, Any]]) -> str:
    if advice.stance == "against":
        return "advised-against"
    if any(fact["open"] for fact in facts):
        return "ongoing"
    return "tried" if facts else "consider"
