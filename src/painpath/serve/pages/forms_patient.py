"""What a patient sees who opens a link: the questions, and what becomes of the answers. No account.

The link's token is the only key. It proves nothing about who holds it, so the pages name nobody and
never show answers that were sent; and nobody who lacks it can send anything.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response

from painpath.knowledge.asking import AnswerAlert, HelpLine
from painpath.knowledge.loading import Knowledge
from painpath.serve import service
from painpath.serve.forms import alerts, asking, links, questions, taking
from painpath.serve.forms.questions import Question, Section, Sent
from painpath.serve.guard import rates
from painpath.serve.guard.visitor import everyone
from painpath.serve.pages.rendering import show
from painpath.serve.parts import Part
from painpath.serve.people import tokens
from painpath.serve.store.form_tables import AskedForm

router = APIRouter(tags=["forms"])
PART = Part(router=router)

CLOSED = (
    "This link does not open a form. It may have been used already, or its time may be over."
    " Please ask your clinic for a new one."
)
"""The one answer to every link that does not open, whatever the reason."""
_GUESSES, _SPAN = 60, datetime.timedelta(minutes=10)
_SHORTEST_KEY = 20

Token = Annotated[str, Path(max_length=100)]


async def _fields(request: Request) -> dict[str, str]:
    """What was sent, as text; the questions decide which fields there are."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(_fields)]


@router.get("/form/{token}")
@everyone
def form(request: Request, token: Token) -> Response:
    """The questions."""
    here = service.of(request)
    row = _row(request, token)
    if row is None or not links.is_open(row):
        return _closed(request)
    if row.opened is None:
        with here.store.writing() as work:
            links.opened(work, row)
    return _questions(request, row, tokens.fresh(), links.draft(row))


@router.post("/form/{token}")
@everyone
def send(request: Request, token: Token, fields: Fields) -> Response:
    """Answers: looked at, put aside, or taken."""
    here = service.of(request)
    row = _row(request, token)
    if row is None:
        return _closed(request)
    asked = asking.from_bytes(row.terms)
    sections = questions.sections(asked)
    sent = questions.read(sections, fields)
    key, act = fields.get("key", ""), fields.get("act", "send")
    if not _may_be_taken(row, sections, sent, key, act):
        return _not_taken(request, row, key, act, sent)
    taken = taking.take(
        here.store,
        here.desk.knowledge,
        row,
        asked,
        sent,
        key,
        here.today(),
        service.address_of(request),
    )
    rules = [each.rule for each in taken.raised]
    if taken.state == "closed":
        return _closed(request, rules)
    knowledge = here.desk.knowledge
    return show(
        request,
        "form_thanks.html.j2",
        rules=rules,
        lines=_lines(knowledge, rules or _watched(knowledge, sections)),
    )


def _may_be_taken(
    row: AskedForm, sections: Sequence[Section], sent: Sent, key: str, act: str
) -> bool:
    """Whether nothing in what was sent speaks against it."""
    if len(key) < _SHORTEST_KEY or sent.wrong:
        return False
    if not links.is_open(row):
        # It may be what was taken before, sent again.
        return True
    is_whole = act == "as-is" or not _gaps(sections, sent)
    return act != "save" and any(sent.given.values()) and is_whole


def _not_taken(request: Request, row: AskedForm, key: str, act: str, sent: Sent) -> Response:
    """Back to the questions. What somebody must act on is told to the clinic all the same."""
    here = service.of(request)
    raised = alerts.of_answers(here.desk.knowledge, sent.given)
    remark = taking.UNFINISHED if links.is_open(row) else taking.LATE
    taking.hear(here.store, row, raised, remark, service.address_of(request))
    rules = [each.rule for each in raised]
    if not links.is_open(row):
        return _closed(request, rules)
    if len(key) < _SHORTEST_KEY:
        return _questions(request, row, tokens.fresh(), sent.values, rules=rules, status=422)
    if act == "save":
        return _put_aside(request, row, key, sent, rules)
    return _questions(request, row, key, sent.values, sent=sent, rules=rules, status=422)


def _row(request: Request, token: str) -> AskedForm | None:
    """The link, open or not; guesses are counted."""
    here = service.of(request)
    with here.store.reading() as work:
        row = links.of_token(work, token)
    if row is not None:
        return row
    who = service.address_of(request) or ""
    try:
        rates.count(here.store, "form-link", who, _GUESSES, _SPAN)
    except rates.TooOftenError as error:
        raise HTTPException(429, str(error), {"Retry-After": str(error.wait)}) from None
    return None


def _put_aside(
    request: Request, row: AskedForm, key: str, sent: Sent, rules: Sequence[AnswerAlert]
) -> Response:
    here = service.of(request)
    with here.store.writing() as work:
        kept = links.put_aside(work, row, sent.values)
    if not kept:
        return _closed(request, rules)
    return _questions(request, row, key, sent.values, rules=rules, saved=True)


def _questions(
    request: Request,
    row: AskedForm,
    key: str,
    values: Mapping[str, str],
    *,
    sent: Sent | None = None,
    rules: Sequence[AnswerAlert] = (),
    saved: bool = False,
    status: int = 200,
) -> Response:
    sections = questions.sections(asking.from_bytes(row.terms))
    knowledge = service.of(request).desk.knowledge
    return show(
        request,
        "form.html.j2",
        status=status,
        key=key,
        of=row.id,
        sections=sections,
        values=values,
        rules=rules,
        wrong=sent.wrong if sent is not None else {},
        checks=[q for s in sections for q in s.questions if sent and q.name in sent.wrong],
        gaps=_gaps(sections, sent) if sent is not None else [],
        nothing=sent is not None and not any(sent.given.values()) and not sent.wrong,
        saved=saved,
        resumes=any(q.kind == "list" for section in sections for q in section.questions),
        expires=row.expires.date().isoformat(),
        lines=_lines(knowledge, _watched(knowledge, sections)),
    )


def _gaps(sections: Sequence[Section], sent: Sent) -> list[Question]:
    """Questions without an answer; an hour of a diary may well have none."""
    return [
        question
        for section in sections
        for question in section.questions
        if question.name in sent.open and question.kind != "list" and not question.required
    ]


def _watched(knowledge: Knowledge, sections: Sequence[Section]) -> list[AnswerAlert]:
    """Rules for questions that are asked here: whom to call stands there from the beginning."""
    asked = {question.link for section in sections for question in section.questions}
    return [rule for rule in knowledge.answer_alerts if rule.item in asked]


def _lines(knowledge: Knowledge, rules: Sequence[AnswerAlert]) -> list[HelpLine]:
    wanted = {name for rule in rules for name in rule.help}
    return [line for line in knowledge.help_lines if line.id in wanted]


def _closed(request: Request, rules: Sequence[AnswerAlert] = ()) -> Response:
    knowledge = service.of(request).desk.knowledge
    return show(
        request,
        "form_closed.html.j2",
        status=410,
        sentence=CLOSED,
        rules=rules,
        lines=_lines(knowledge, knowledge.answer_alerts),
    )
