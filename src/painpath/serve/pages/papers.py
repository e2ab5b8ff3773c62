"""Letter, packet and handout of a patient, from the plan for the day and payer asked for."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.datastructures import URL

from painpath.paperwork import dtr, pages, pas, pdf
from painpath.paperwork.case import Case
from painpath.paperwork.choosing import UnknownOptionError
from painpath.paperwork.handout import NoTextError
from painpath.planning.plan import Plan
from painpath.records.originals import of_documents
from painpath.serve import service
from painpath.serve.charts import keeping
from painpath.serve.desk.desk import Question
from painpath.serve.guard.visitor import Signed, chart
from painpath.serve.pages.noting import noted
from painpath.serve.pages.patient import Asked, planned
from painpath.serve.parts import Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Patient
from painpath.serve.trail.writing import Act

router = APIRouter(prefix="/patients/{patient}", tags=["papers"])
PART = Part(router=router)

Made = TypeVar("Made")
Named = Annotated[str | None, Query(max_length=100)]
_PAGE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""A document by itself: it carries its own styles and fonts, and nothing that runs."""


class Form(StrEnum):
    """What a paper is written as."""

    html = "html"
    pdf = "pdf"
    fhir = "fhir"


@router.get("/letter")
def letter(
    request: Request,
    visitor: Signed,
    patient: Annotated[Patient, chart(Right.write_letter)],
    question: Asked,
    option: Named = None,
    problem: Named = None,
    form: Form = Form.html,
) -> Response:
    """A referral letter to a qualified pain specialist."""
    case = _asked_for(request, visitor, patient, question, Act.write_letter)
    made = _found(lambda: case.letter(option, problem))
    if form is Form.html:
        return page(pages.letter_page(made, _ways(request, visitor, patient, question)))
    if form is Form.pdf:
        return document(pdf.letter_pdf(made, case.plan.as_of), "letter.pdf")
    referred = case.referral(made)
    if referred is None:
        raise HTTPException(404, "Nothing is open to refer for.")
    return _resources(referred, "referral.json")


@router.get("/packet")
def packet(
    request: Request,
    visitor: Signed,
    patient: Annotated[Patient, chart(Right.ask_payer)],
    question: Asked,
    option: Annotated[str, Query(max_length=100)],
    problem: Named = None,
    form: Form = Form.html,
) -> Response:
    """What goes to the payer for an option: checklist with evidence, or the Claim bundle."""
    case = _asked_for(request, visitor, patient, question, Act.ask_payer)
    choice = _found(lambda: case.choose(option, problem))
    assert choice.option is not None  # one was named
    asked = case.request(choice.problem, choice.option)
    if form is Form.html:
        return page(pages.packet_page(asked.checklist, _ways(request, visitor, patient, question)))
    if form is Form.pdf:
        return document(pdf.packet_pdf(asked.checklist, case.plan.as_of), "packet.pdf")
    if not choice.option.criteria:
        raise HTTPException(404, "No policy on file states criteria for it.")
    return _resources(pas.bundle(asked), "request.json")


@router.get("/packet/questionnaire")
def questionnaire(
    request: Request,
    visitor: Signed,
    patient: Annotated[Patient, chart(Right.ask_payer)],
    question: Asked,
    option: Annotated[str, Query(max_length=100)],
    problem: Named = None,
) -> Response:
    """The payer's criteria as a FHIR Questionnaire: what the filled-in form answers."""
    case = _asked_for(request, visitor, patient, question, Act.ask_payer)
    choice = _found(lambda: case.choose(option, problem))
    assert choice.option is not None
    made = case.checklist(choice.problem, choice.option)
    return _resources(dtr.questionnaire(made, choice.option, case.knowledge), "questionnaire.json")


@router.get("/handout")
def handout(
    request: Request,
    visitor: Signed,
    patient: Annotated[Patient, chart(Right.see_own_sheet)],
    question: Asked,
    form: Annotated[Form, Query()] = Form.html,
) -> Response:
    """For the patient, in plain words and large print."""
    if visitor.patient is not None:
        question = Question(service.of(request).today())
    case = _asked_for(request, visitor, patient, question, Act.see_sheet)
    try:
        made = case.handout()
    except NoTextError as error:
        raise HTTPException(404, str(error)) from None
    if form is Form.pdf:
        return document(pdf.handout_pdf(made, case.plan.as_of), "handout.pdf")
    return page(pages.handout_page(made, _ways(request, visitor, patient, question)))


def _asked_for(
    request: Request, visitor: Visitor, patient: Patient, question: Question, act: Act
) -> Case:
    """The patient's record and plan; that it was asked for stands in the trail."""
    here = service.of(request)
    plan = planned(request, patient, question)
    with here.store.writing() as work:
        detail = f"as of {question.day}, {question.policy}"
        noted(work, request, visitor, patient, act, detail)
    return case_of(request, patient, plan)


def case_of(request: Request, patient: Patient, plan: Plan) -> Case:
    """What papers of a patient are made from."""
    here = service.of(request)
    with here.store.reading() as work:
        sent = [zlib.decompress(each.content) for each in keeping.documents(work, patient.id)]
    record = here.desk.record(here.store, patient)
    return Case(record, plan, here.desk.knowledge, of_documents(sent))


def _ways(request: Request, visitor: Visitor, patient: Patient, question: Question) -> pages.Ways:
    """Back to where the paper was asked for, and the same on paper."""
    plan = URL(f"/patients/{patient.id}")
    plan = plan.include_query_params(as_of=question.day.isoformat(), policy=question.policy)
    back = ("Back to the plan", str(plan))
    if visitor.patient is not None:
        back = ("Back", f"/patients/{patient.id}/sheet")
    paper = request.url.include_query_params(form="pdf")
    return [back, ("As PDF, to print or send", f"{paper.path}?{paper.query}")]


def _found(make: Callable[[], Made]) -> Made:
    try:
        return make()
    except UnknownOptionError as error:
        raise HTTPException(404, str(error)) from None


def page(content: bytes) -> Response:
    """A page by itself."""
    return Response(
        content,
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _PAGE, "Cache-Control": "private, no-store"},
    )


def document(content: bytes, name: str, shown: str = "inline") -> Response:
    """A PDF; `attachment` where a viewer could not ask for it a second time."""
    return Response(content, media_type="application/pdf", headers=_named(name, shown))


def _resources(made: Any, name: str) -> Response:
    content = json.dumps(made, ensure_ascii=False, indent=2).encode()
    return Response(content, media_type="application/fhir+json", headers=_named(name))


def _named(name: str, shown: str = "inline") -> dict[str, str]:
    return {
        "Content-Disposition": f'{shown}; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
