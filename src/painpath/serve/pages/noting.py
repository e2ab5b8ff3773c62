"""What a page showed or changed of a patient's chart, on the trail."""

from __future__ import annotations

from fastapi import Request
from sqlalchemy.orm import Session

from painpath.serve import service
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Patient
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act


def noted(
    work: Session,
    request: Request,
    visitor: Visitor,
    patient: Patient,
    act: Act,
    detail: str | None = None,
) -> None:
    """One row, with the address that the request came from."""
    address = service.address_of(request)
    writing.note_chart(work, act, visitor, patient, address=address, detail=detail)
