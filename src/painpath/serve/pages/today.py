"""The clinic's list of the day: who comes, what is next, what is open, what to hold."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from painpath.serve import service
from painpath.serve.desk import day, lines
from painpath.serve.desk.day import Row
from painpath.serve.guard.visitor import Signed, may
from painpath.serve.pages import forms_shown
from painpath.serve.pages.rendering import home, is_part, show
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(tags=["today"])
PART = Part(router=router, entries=(Entry("/today", "Today", Right.see_list),))

Seer = Annotated[Visitor, may(Right.see_list)]

GROUPS = {
    "flag": "Red flag",
    "ready": "Ready now",
    "wait": "Ready later",
    "open": "Something is missing",
    "none": "No step now",
}
"""Every patient is in one of them, so that the counts add up."""
_GROUP_OF = {"eligible": "ready", "wait": "wait", "needs-more": "open"}


class Wish(msgspec.Struct, frozen=True):
    """What is to be shown."""

    group: str = ""
    words: str = ""
    coming: bool = False
    hold: bool = False

    def keeps(self, row: Row, group: str) -> bool:
        """Whether a row is among it."""
        line = row.line
        if self.group and group != self.group:
            return False
        if self.words and not _matches(row, self.words):
            return False
        if self.coming and not (line is not None and line.coming):
            return False
        return not self.hold or (line is not None and bool(line.hold))


@router.get("/")
def root(request: Request, visitor: Signed) -> Response:
    """On to the first page of one's role."""
    return RedirectResponse(home(request, visitor), 303)


@router.get("/today")
def today(request: Request, visitor: Seer) -> Response:
    """The whole list."""
    return _show(request, visitor, Wish())


@router.post("/today")
def today_filtered(
    request: Request,
    visitor: Seer,
    group: Annotated[str, Form(max_length=20)] = "",
    words: Annotated[str, Form(max_length=100)] = "",
    coming: Annotated[bool, Form()] = False,
    hold: Annotated[bool, Form()] = False,
) -> Response:
    """Some of it. A name that is looked for stands in no address: that is why it is sent so."""
    wish = Wish(group if group in GROUPS else "", words.strip().lower(), coming, hold)
    return _show(request, visitor, wish)


def _show(request: Request, visitor: Visitor, wish: Wish) -> Response:
    here = service.of(request)
    assert visitor.clinic is not None
    with here.store.writing() as work:
        writing.note(work, Act.see_list, visitor, address=service.address_of(request))
    rows = day.rows(here.store, here.desk, visitor.clinic, here.today())
    grouped = [(row, _group(row)) for row in rows]
    counts = {key: sum(group == key for _, group in grouped) for key in GROUPS}
    shown = [(row, group) for row, group in grouped if wish.keeps(row, group)]
    shown.sort(key=lambda pair: _order(pair[0], here.today()))
    waiting = sum(row.line is None for row in rows)
    return show(
        request,
        "today_list.html.j2" if is_part(request) else "today.html.j2",
        visitor,
        rows=shown,
        all=len(rows),
        counts=counts,
        groups=GROUPS,
        wish=wish,
        waiting=waiting,
        opens=Right.see_plan,
        strip=forms_shown.on_today(here, visitor.clinic, rows),
    )


def _group(row: Row) -> str:
    line = row.line
    if line is None or line.trouble is not None:
        return "none"
    if line.flags:
        return "flag"
    kinds = [_GROUP_OF.get(step.status, "none") for step in line.steps]
    return min(kinds, key=list(GROUPS).index, default="none")


def _order(row: Row, today: datetime.date) -> tuple[bool, datetime.date, int, str]:
    """Red flags, then who comes, by day, then the others by how near the next step is."""
    line = row.line
    if line is None:
        return True, datetime.date.max, lines.FARTHEST, row.patient.name
    ahead = [each.on for each in line.coming if each.on >= today]
    when = min(ahead, default=datetime.date.max)
    return not line.flags, when, lines.distance(line), row.patient.name


def _matches(row: Row, words: str) -> bool:
    text = f"{row.patient.name} {row.patient.fhir_id}"
    for step in row.line.steps if row.line is not None else ():
        text += f" {step.place} {step.problem} {step.option or ''}"
    return all(word in text.lower() for word in words.split())
