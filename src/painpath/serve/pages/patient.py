"""The patient's page: timeline, ladders, criteria, safety; another payer or day by a switch."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from painpath.knowledge.loading import Knowledge
from painpath.planning import effects
from painpath.planning.payer import CLINICAL, payer_families
from painpath.planning.plan import Plan
from painpath.report.html import view
from painpath.report.words import STATUS_MARKS, day_words
from painpath.serve import service
from painpath.serve.charts import keeping
from painpath.serve.desk.desk import Question
from painpath.serve.guard.visitor import Signed, chart
from painpath.serve.pages import forms_shown
from painpath.serve.pages.noting import noted
from painpath.serve.pages.rendering import is_part, show
from painpath.serve.pages.why_not import expected, why_not
from painpath.serve.parts import Part
from painpath.serve.people.roles import Right
from painpath.serve.store.tables import Patient
from painpath.serve.trail.writing import Act

router = APIRouter(prefix="/patients/{patient}", tags=["patient"])
PART = Part(router=router)

Chart = Annotated[Patient, chart(Right.see_plan)]
Policy = Annotated[str, Query(max_length=100)]

_EARLIEST, _LATEST = datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)


def asked(
    request: Request,
    as_of: Annotated[datetime.date | None, Query(ge=_EARLIEST, le=_LATEST)] = None,
    policy: Policy = "auto",
) -> Question:
    """The day and the payer that a page is asked for."""
    return Question(as_of or service.of(request).today(), policy or "auto")


Asked = Annotated[Question, Depends(asked)]


class Change(msgspec.Struct, frozen=True):
    """An option whose status is not what it is with the patient's own payer today."""

    option: str
    problem: str
    old: str
    new: str
    mark: str


@router.get("")
def patient_page(request: Request, visitor: Signed, patient: Chart, question: Asked) -> Response:
    """The whole page, or (htmx) only the plan in it."""
    here = service.of(request)
    plan = planned(request, patient, question)
    own = Question(here.today())
    knowledge = here.desk.knowledge
    changes: list[Change] = []
    if question != own:
        changes = _changes(here.desk.plan(here.store, patient, own), plan, knowledge)
    with here.store.writing() as work:
        lacking = keeping.lacking(work, patient.id)
        noted(work, request, visitor, patient, Act.see_plan, _detail(question))
    chosen = expected(knowledge, plan)
    return show(
        request,
        "patient_plan.html.j2" if is_part(request) else "patient.html.j2",
        visitor,
        patient=patient,
        plan=plan,
        lacking=lacking,
        page=view.page(plan, knowledge),
        timeline=here.desk.outline(here.store, patient, question),
        question=question,
        changes=changes,
        payers=_payers(knowledge),
        options=_options(plan, knowledge),
        chosen=chosen,
        answers=why_not(knowledge, plan, chosen),
        strip=forms_shown.on_patient(
            here, patient, plan if question == own else here.desk.plan(here.store, patient, own)
        ),
    )


@router.get("/why-not")
def why_not_part(
    request: Request,
    visitor: Signed,
    patient: Chart,
    question: Asked,
    option: Annotated[str, Query(max_length=100)],
) -> Response:
    """Why an option is not what comes next: one answer for each pain problem."""
    here = service.of(request)
    knowledge = here.desk.knowledge
    if option not in {each.id for each in knowledge.options}:
        raise HTTPException(404, "There is no such option.")
    plan = planned(request, patient, question)
    with here.store.writing() as work:
        noted(work, request, visitor, patient, Act.see_plan, f"why not {option}")
    return show(
        request,
        "why_not_answers.html.j2" if is_part(request) else "why_not.html.j2",
        visitor,
        patient=patient,
        plan=plan,
        question=question,
        options=_options(plan, knowledge),
        chosen=option,
        answers=why_not(knowledge, plan, option),
    )


@router.get("/timeline/{span}")
def timeline_picture(
    request: Request,
    visitor: Signed,
    patient: Chart,
    question: Asked,
    span: int,
    narrow: bool = False,
) -> Response:
    """The timeline over one of its spans, drawn when it is looked at; narrow for a phone."""
    here = service.of(request)
    drawn = here.desk.drawn(here.store, patient, question, span, narrow=narrow)
    if drawn is None:
        raise HTTPException(404, "There is no such picture.")
    with here.store.writing() as work:
        noted(work, request, visitor, patient, Act.see_timeline)
    return Response(
        drawn,
        media_type="image/svg+xml",
        headers={
            # A picture by itself: it may carry its own styles, and nothing else.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )


@router.get("/sheet")
def sheet(
    request: Request,
    visitor: Signed,
    patient: Annotated[Patient, chart(Right.see_own_sheet)],
    question: Asked,
) -> Response:
    """In plain words, for the patient."""
    here = service.of(request)
    if visitor.patient is not None:
        question = Question(here.today())
    plan = planned(request, patient, question)
    with here.store.writing() as work:
        noted(work, request, visitor, patient, Act.see_sheet)
    page = view.page(plan, here.desk.knowledge)
    return show(
        request,
        "patient_sheet.html.j2",
        visitor,
        patient=patient,
        plan=plan,
        page=page,
        question=question,
    )


def _detail(question: Question) -> str:
    """The day and the payer that were asked for, as the trail says them."""
    payer = "payer from the record" if question.policy == "auto" else f"payer {question.policy}"
    return f"as of {day_words(question.day)}, {payer}"


def planned(request: Request, patient: Patient, question: Question) -> Plan:
    """The plan of a patient on file.

    Raises:
        UnknownPolicyError: if there is no such payer; it is answered with 404.
        RecordError: if the record cannot be read; it is answered with 422.
    """
    here = service.of(request)
    return here.desk.plan(here.store, patient, question)


def _payers(knowledge: Knowledge) -> list[tuple[str, list[tuple[str, str]]]]:
    """Those who pay, then those who only advise: by name, the clinical criteria first."""
    paying = {p.payer for p in knowledge.policies if p.axis != "guideline"}
    families = payer_families(knowledge).items()
    named = sorted(families, key=lambda pair: (pair[0] != CLINICAL, pair[1].lower()))
    return [
        ("Payers", [pair for pair in named if pair[0] in paying]),
        ("Guidelines", [pair for pair in named if pair[0] not in paying]),
    ]


def _options(plan: Plan, knowledge: Knowledge) -> list[tuple[str, str]]:
    """Those that the plan speaks of first, then all others."""
    near = {option.id for problem in plan.problems for option in problem.options}
    named = [(o.id, o.name) for o in knowledge.options if o.part_of is None or o.id in near]
    return sorted(named, key=lambda pair: (pair[0] not in near, pair[1].lower()))


def _changes(old: Plan, new: Plan, knowledge: Knowledge) -> list[Change]:
    options = {option.id: option.name for option in knowledge.options}
    problems = {problem.id: problem.name for problem in knowledge.problems}
    before: Any = {"": dict(effects.of_plan(old))}
    after: Any = {"": dict(effects.of_plan(new))}
    return [
        Change(
            option=options.get(each.option, each.option),
            problem=_beside(each.side, problems.get(each.problem, each.problem)),
            old=_standing(each.old),
            new=_standing(each.new),
            mark=STATUS_MARKS.get(each.new.status, "–") if each.new is not None else "–",
        )
        for each in effects.effects(before, after)
        if each.policy is None
    ]


def _beside(side: str | None, problem: str) -> str:
    """`Lumbar facet joint pain, right`."""
    return f"{problem}, {'both sides' if side == 'both' else side}" if side else problem


def _standing(standing: effects.Standing | None) -> str:
    if standing is None:
        return "not shown"
    words = {
        "eligible": "eligible",
        "wait": f"wait until {day_words(standing.date)}",
        "needs-more": "needs more",
        "not-met": "criteria not met",
        "contraindicated": "contraindicated",
    }
    return words.get(standing.status, "does not fit")
