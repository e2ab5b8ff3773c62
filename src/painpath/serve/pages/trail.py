"""The audit trail to read, and to take away as FHIR AuditEvents."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response

from painpath.serve import service
from painpath.serve.guard.visitor import may
from painpath.serve.pages.rendering import show
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Account, Trail
from painpath.serve.trail import fhir, writing
from painpath.serve.trail.writing import ACTS, Act

router = APIRouter(tags=["audit trail"])
PART = Part(router=router, entries=(Entry("/trail", "Audit trail", Right.see_trail),))

Reader = Annotated[Visitor, may(Right.see_trail)]
_PAGE = 100
_MOST = 100_000
"""Rows of one export; `after` goes on."""


@router.get("/trail")
def trail_page(
    request: Request,
    visitor: Reader,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """The latest rows of this clinic, a page at a time."""
    here = service.of(request)
    with here.store.writing() as work:
        writing.note(work, Act.see_trail, visitor, address=service.address_of(request))
    wanted = _of_clinic(visitor).order_by(Trail.id.desc()).limit(_PAGE)
    if before is not None:
        wanted = wanted.where(Trail.id < before)
    with here.store.reading() as work:
        rows = work.scalars(wanted).all()
        names = _names(work)
    shown = [(row, fhir.who(row, names)) for row in rows]
    return show(request, "trail.html.j2", visitor, rows=shown, page=_PAGE, acts=ACTS)


@router.get("/trail/events.ndjson")
def trail_events(
    request: Request, visitor: Reader, after: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Response:
    """The rows of this clinic as FHIR AuditEvents, oldest first."""
    here = service.of(request)
    with here.store.writing() as work:
        writing.note(work, Act.export_trail, visitor, address=service.address_of(request))
    wanted = _of_clinic(visitor).where(Trail.id > after).order_by(Trail.id).limit(_MOST)
    with here.store.reading() as work:
        content = b"".join(fhir.lines(work.scalars(wanted), _names(work)))
    return Response(
        content,
        media_type="application/fhir+ndjson",
        headers={"Content-Disposition": 'attachment; filename="audit-events.ndjson"'},
    )


def _of_clinic(visitor: Visitor) -> sa.Select[Trail]:
    """What happened in the clinic; who was refused before signing in belongs to every clinic."""
    return sa.select(Trail).where(
        sa.or_(Trail.clinic_id == visitor.clinic, Trail.clinic_id.is_(None))
    )


def _names(work: sa.orm.Session) -> dict[int, str]:
    return dict(work.execute(sa.select(Account.id, Account.shown_as)).all())
