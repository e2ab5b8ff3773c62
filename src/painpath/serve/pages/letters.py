"""Referral letters of several patients at once: one page to print, or one PDF.

Who is asked for is sent in the body of a request, never in an address. Each patient is checked and
stands on the trail as if the letter had been asked for alone.
"""

from __future__ import annotations

import enum
import re
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, HTTPException, Request, Response
from pydantic import StringConstraints

from painpath import __version__
from painpath.paperwork import pages, pdf
from painpath.paperwork.choosing import UnknownOptionError
from painpath.paperwork.letter import Letter
from painpath.paperwork.letters import Letters, Without, nothing_to_refer
from painpath.planning.plan import Plan
from painpath.records.errors import RecordError
from painpath.report.words import day_words
from painpath.serve import service
from painpath.serve.desk.desk import Question
from painpath.serve.guard.visitor import charts, may
from painpath.serve.pages import papers, trouble
from painpath.serve.pages.rendering import MOST_LETTERS
from painpath.serve.parts import Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Patient
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(tags=["papers"])
PART = Part(router=router)

_BACK = re.compile(r"/today|/worklists/[a-z0-9-]{1,100}(\?page=\d{1,6})?")
_BROKEN = "The plan could not be made. Please open it by itself, and say so if that fails too."

People = list[Annotated[str, StringConstraints(max_length=32)]]


class Paper(enum.StrEnum):
    """What the letters are written as."""

    html = "html"
    pdf = "pdf"


@router.post("/letters")
def letters(
    request: Request,
    visitor: Annotated[Visitor, may(Right.write_letter)],
    patient: Annotated[People, Form(default_factory=list)],
    shown: Annotated[People, Form(default_factory=list)],
    all_shown: Annotated[bool, Form()] = False,
    form: Annotated[Paper, Form()] = Paper.html,
    back: Annotated[str, Form(max_length=200)] = "/today",
) -> Response:
    """Letters for who is ticked, or for all who are shown."""
    ids = list(dict.fromkeys(shown if all_shown else patient))
    if all_shown and not shown:
        raise HTTPException(
            422,
            f"More than {MOST_LETTERS} people are shown, the most letters that are made at once."
            " Nothing was made: please go back and tick some, or show fewer.",
        )
    if not ids:
        raise HTTPException(422, "Nobody is ticked. Please go back and tick who is to be referred.")
    if len(ids) > MOST_LETTERS:
        raise HTTPException(
            422,
            f"{len(ids)} people are ticked, and at most {MOST_LETTERS} letters are made at once."
            " Nothing was made: please go back and tick fewer.",
        )
    found = charts(request, visitor, Right.write_letter, ids)
    if not found:
        raise HTTPException(404, "There is no such patient in your clinic.")
    made = _made(request, visitor, found, len(ids) - len(found))
    if form is Paper.pdf:
        content = pdf.letters_pdf(made, service.of(request).today())
        return papers.document(content, "letters.pdf", "attachment")
    fields = [("patient", each.id) for each in found]
    fields += [("form", Paper.pdf.value), ("form_token", visitor.form_token)]
    ways = [("Back to the list", back if _BACK.fullmatch(back) else "/today")]
    again = pages.Again("As one PDF, to print", "/letters", fields)
    return papers.page(pages.letters_page(made, ways, again))


def _made(request: Request, visitor: Visitor, patients: list[Patient], not_here: int) -> Letters:
    """What there is for each; that it was asked for stands in the trail, before the answer."""
    here = service.of(request)
    question = Question(here.today())
    plans = here.desk.plans(here.store, patients, question)
    made = [_letter(request, *pair) for pair in zip(patients, plans, strict=True)]
    told = f"as of {question.day}, {question.policy}, one of {len(patients)} asked for"
    with here.store.writing() as work:
        for patient, each in zip(patients, made, strict=True):
            is_letter = isinstance(each, Letter)
            writing.note(
                work,
                Act.write_letter if is_letter else Act.see_plan,
                visitor,
                patient=patient.id,
                clinic=patient.clinic_id,
                address=service.address_of(request),
                detail=told if is_letter else f"{told}, no letter",
            )
    return Letters(
        date=day_words(question.day),
        letters=[each for each in made if isinstance(each, Letter)],
        without=[
            Without(_who(patient), each, f"/patients/{patient.id}")
            for patient, each in zip(patients, made, strict=True)
            if isinstance(each, str)
        ],
        not_here=not_here,
        version=__version__,
    )


def _letter(request: Request, patient: Patient, plan: Plan | Exception) -> Letter | str:
    """The letter, or why there is none. One record that is bad costs nobody else a letter."""
    try:
        if isinstance(plan, Exception):
            raise plan
        return nothing_to_refer(plan) or papers.case_of(request, patient, plan).letter()
    except RecordError as error:
        return f"The record cannot be read. {error}."
    except UnknownOptionError as error:
        return f"{error}."
    except sa.exc.OperationalError:
        raise
    except Exception as error:
        trouble.log(request, error)
        return _BROKEN


def _who(patient: Patient) -> str:
    born = patient.birth_date
    return f"{patient.name}, born {day_words(born)}" if born else patient.name
