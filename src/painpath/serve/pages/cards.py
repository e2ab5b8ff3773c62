"""What became of the cards that record systems were sent: how many, of which kind, why not."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from painpath.hooks.cards import KINDS, REASONS
from painpath.hooks.catalogue import BY_ID
from painpath.serve import service
from painpath.serve.guard.visitor import may
from painpath.serve.hooks import tally
from painpath.serve.pages.rendering import show
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor

router = APIRouter(tags=["cards"])
PART = Part(router=router, entries=(Entry("/cards", "Cards", Right.see_cards),))

_MONTHS = 12
_NAMES = {key: f"{each.title.partition(': ')[2]} ({each.hook})" for key, each in BY_ID.items()}
_REASONS = {**REASONS, tally.NO_REASON: "No reason given"}


@router.get("/cards")
def cards_page(request: Request, visitor: Annotated[Visitor, may(Right.see_cards)]) -> Response:
    """The cards of this month and of the eleven before it."""
    here = service.of(request)
    start = first_day(here.today(), _MONTHS)
    with here.store.reading() as work:
        found = tally.since(work, start)
    return show(
        request,
        "cards.html.j2",
        visitor,
        found=found,
        start=start,
        services=_NAMES,
        kinds=KINDS,
        reasons=_REASONS,
    )


def first_day(day: datetime.date, months: int) -> datetime.date:
    """Of the month with which so many months begin that end with this day's."""
    year, month = divmod(day.year * 12 + day.month - months, 12)
    return datetime.date(year, month + 1, 1)
