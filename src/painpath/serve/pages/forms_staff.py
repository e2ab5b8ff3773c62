"""Forms as the clinic's staff see them: what is due, links and their codes, alerts signed off."""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import APIRouter, Form, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from painpath.knowledge.loading import Knowledge
from painpath.planning.plan import Plan
from painpath.records.errors import RecordError
from painpath.serve import service
from painpath.serve.desk.desk import Question
from painpath.serve.forms import alerts, asking, links, schedule
from painpath.serve.forms.asking import Done
from painpath.serve.forms.schedule import Due
from painpath.serve.guard.visitor import Signed, chart
from painpath.serve.pages import forms_shown
from painpath.serve.pages.noting import noted
from painpath.serve.pages.rendering import show
from painpath.serve.parts import Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.form_tables import AskedForm
from painpath.serve.store.tables import Patient
from painpath.serve.trail.writing import Act

router = APIRouter(prefix="/patients/{patient}", tags=["forms"])
PART = Part(router=router)

Chart = Annotated[Patient, chart(Right.send_forms)]
_SHORTEST_NOTE = 3
_MOST_SHOWN = 50


@router.get("/forms")
def forms_page(request: Request, visitor: Signed, patient: Chart) -> Response:
    """What is due, what can be asked, what is out and what came back."""
    return _page(request, visitor, patient)


@router.post("/forms")
def ask(
    request: Request,
    visitor: Signed,
    patient: Chart,
    forms: Annotated[list[Annotated[str, Form(max_length=60)]] | None, Form()] = None,
    about: Annotated[str, Form(max_length=200)] = "",
    visit: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Make a link. It is shown once, here; only its digest is kept."""
    here = service.of(request)
    knowledge = here.desk.knowledge
    plan = _plan(request, patient)
    done = {each.ref: each for each in schedule.done_in(plan)} if plan is not None else {}
    days = here.settings.form_link_days
    wanted = list(forms or ())
    if visit:
        due = _due(request, patient, plan, about, visit)
        if due is None:
            return _page(request, visitor, patient, problem="This form is no longer due.")
        wanted = list(due.forms)
        days = min(days, (due.until - here.today()).days + 1)
    try:
        asked = asking.build(wanted, knowledge, plan, done.get(about))
    except LookupError as error:
        return _page(request, visitor, patient, problem=str(error))
    bound = about if any(each.about for each in asked) else None
    with here.store.writing() as work:
        token, row = links.make(
            work, patient, asked, days, about=bound, visit=visit or None, account=visitor.account
        )
        noted(work, request, visitor, patient, Act.ask_form, f"link {row.id}: {row.forms}")
    link = f"{here.settings.address}/form/{token}"
    code = segno.make(link, error="m", micro=False)
    return show(
        request,
        "forms_link.html.j2",
        visitor,
        patient=patient,
        link=link,
        code=Markup(code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)),
        names=[asking.names(knowledge).get(each.form, each.form) for each in asked],
        expires=row.expires.date().isoformat(),
    )


@router.post("/forms/{asked}/withdraw")
def withdraw(
    request: Request, visitor: Signed, patient: Chart, asked: Annotated[str, Path(max_length=32)]
) -> Response:
    """The link opens no more."""
    here = service.of(request)
    with here.store.writing() as work:
        if not links.withdraw(work, patient.id, asked):
            raise HTTPException(404, "There is no such link that is still open.")
        noted(work, request, visitor, patient, Act.withdraw_form, f"link {asked}")
    return RedirectResponse(f"/patients/{patient.id}/forms", 303)


@router.post("/alerts/{alert}")
def sign_alert(
    request: Request,
    visitor: Signed,
    patient: Annotated[Patient, chart(Right.sign_alert)],
    alert: Annotated[int, Path(ge=1, le=2**31 - 1)],
    note: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """A clinician has acted on it, and says how."""
    here = service.of(request)
    text = note.strip()
    if len(text) < _SHORTEST_NOTE:
        raise HTTPException(422, "Please write what was done. The alert stays open.")
    with here.store.writing() as work:
        if not alerts.sign(work, patient.id, alert, visitor.account, text):
            raise HTTPException(404, "There is no such alert that is still open.")
        noted(work, request, visitor, patient, Act.sign_alert, f"alert {alert}")
    return RedirectResponse(f"/patients/{patient.id}", 303)


def _page(
    request: Request, visitor: Visitor, patient: Patient, *, problem: str | None = None
) -> Response:
    here = service.of(request)
    knowledge = here.desk.knowledge
    plan = _plan(request, patient)
    done = schedule.done_in(plan) if plan is not None else []
    with here.store.writing() as work:
        noted(work, request, visitor, patient, Act.see_forms)
    with here.store.reading() as work:
        rows = links.of_patient(work, patient.id)[:_MOST_SHOWN]
    return show(
        request,
        "forms.html.j2",
        visitor,
        status=200 if problem is None else 422,
        patient=patient,
        strip=forms_shown.on_patient(here, patient, plan),
        choices=asking.choices(knowledge),
        done=[(each, _spoken(each, knowledge)) for each in reversed(done)],
        sent=[(row, _names(row, asking.names(knowledge)), _state(row)) for row in rows],
        problem=problem,
        sees_plan=visitor.may_with(Right.see_plan, patient),
    )


def _plan(request: Request, patient: Patient) -> Plan | None:
    here = service.of(request)
    try:
        return here.desk.plan(here.store, patient, Question(here.today()))
    except RecordError:
        return None


def _due(
    request: Request, patient: Patient, plan: Plan | None, about: str, visit: str
) -> Due | None:
    """What the schedule asks for now, even if a link for it is out: that may have been lost."""
    here = service.of(request)
    done = schedule.done_in(plan) if plan is not None else []
    with here.store.reading() as work:
        answered = {
            (row.about, row.visit)
            for row in links.of_patient(work, patient.id)
            if row.answered is not None
        }
    taken = {(a, v) for a, v in answered if a is not None and v is not None}
    all_ = schedule.due(here.desk.knowledge, done, taken, here.today())
    return next((each for each in all_ if each.key == (about, visit)), None)


def _spoken(done: Done, knowledge: Knowledge) -> str:
    return next((each.name for each in knowledge.options if each.id == done.option), done.option)


def _names(row: AskedForm, known: dict[str, str]) -> str:
    return ", ".join(known.get(form, form) for form in row.forms.split())


def _state(row: AskedForm) -> str:
    if row.answered is not None:
        return "answered"
    if row.withdrawn is not None:
        return "withdrawn"
    if not links.is_open(row):
        return "expired"
    if row.draft is not None:
        return "begun"
    return "opened" if row.opened is not None else "not opened yet"
