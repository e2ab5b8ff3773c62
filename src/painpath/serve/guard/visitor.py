"""Who sends a request and what they may: the dependencies that every route declares.

A route is guarded by `Signed` (anybody signed in), `may(right)` or `chart(right)` (one patient's
record, by the path's `patient`); patients who are named in a form go through `charts`. What
changes something must carry its page's form token: that is checked here, so no guarded route can
forget it. `everyone` marks the few routes without a guard.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, HTTPException, Path, Request

from painpath.serve import service
from painpath.serve.guard import cookies
from painpath.serve.people import sessions, tokens
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Patient
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

FORM_FIELD = "form_token"
FORM_HEADER = "x-form-token"
SAFE = ("GET", "HEAD", "OPTIONS")


class SignInError(Exception):
    """Nobody is signed in, or no longer: answered by the way to sign in."""


def signed_in(request: Request) -> Visitor:
    """The visitor by the session cookie.

    Raises:
        SignInError: if there is none in force.
    """
    known: Visitor | None = getattr(request.state, "visitor", None)
    if known is not None:
        return known
    here = service.of(request)
    token = request.cookies.get(cookies.name(here.settings.secure))
    if not token:
        raise SignInError
    with here.store.reading() as work:
        found = sessions.find(work, here.settings, token)
    if found is None:
        raise SignInError
    visitor, unnoticed = found
    if unnoticed:
        with here.store.writing() as work:
            sessions.seen(work, visitor.session)
    request.state.visitor = visitor
    return visitor


async def sent_by_us(request: Request, visitor: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
    """The visitor; what changes something came from one of our own pages."""
    if request.method not in SAFE:
        await check_form(request, visitor.form)
    return visitor


async def check_form(request: Request, expected: str) -> None:
    """Refuse what was sent from another site's page.

    Raises:
        HTTPException: 403.
    """
    site = request.headers.get("sec-fetch-site")
    sent = request.headers.get(FORM_HEADER)
    if sent is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        value = (await request.form()).get(FORM_FIELD)
        sent = value if isinstance(value, str) else None
    if (
        site not in (None, "same-origin", "none")
        or not sent
        or not tokens.same(tokens.unmasked(sent), expected)
    ):
        raise HTTPException(403, "This form is out of date. Please go back, reload and try again.")


Signed = Annotated[Visitor, Depends(sent_by_us)]


class Guard:
    """A dependency that refuses; `rights` are read by the tests of all routes."""

    def __init__(self, right: Right) -> None:
        self.right = right


class May(Guard):
    """The visitor, who has a right in the clinic that is shown."""

    def __call__(self, request: Request, visitor: Signed) -> Visitor:
        """Raises HTTPException 403."""
        if not visitor.may(self.right):
            _refuse(request, visitor, None, self.right)
            raise HTTPException(403, "Your role in this clinic does not include this page.")
        return visitor


class Chart(Guard):
    """A patient of a clinic in which the visitor has a right."""

    def __call__(
        self, request: Request, visitor: Signed, patient: Annotated[str, Path(max_length=32)]
    ) -> Patient:
        """Raises HTTPException 404: who may not see a patient does not learn that there is one."""
        with service.of(request).store.reading() as work:
            found = work.get(Patient, patient)
        if found is None or not visitor.may_with(self.right, found):
            _refuse(request, visitor, found.id if found is not None else None, self.right)
            raise HTTPException(404, "There is no such patient in your clinic.")
        return found


def charts(
    request: Request, visitor: Visitor, right: Right, patients: Sequence[str]
) -> list[Patient]:
    """Of patients who are named in a form, those with whom the visitor has a right, in that order.

    Each other one stands on the trail as refused; whether there is one is not to be learned.
    """
    with service.of(request).store.reading() as work:
        known = {
            each.id: each
            for each in work.scalars(sa.select(Patient).where(Patient.id.in_(patients)))
        }
    found = []
    for patient in patients:
        if patient in known and visitor.may_with(right, known[patient]):
            found.append(known[patient])
        else:
            _refuse(request, visitor, patient if patient in known else None, right)
    return found


def may(right: Right) -> Any:
    """`visitor: Annotated[Visitor, may(Right.see_list)]`."""
    return Depends(May(right))


def chart(right: Right) -> Any:
    """`patient: Annotated[Patient, chart(Right.see_plan)]`, on a path with `{patient}`."""
    return Depends(Chart(right))


Route = Callable[..., Any | Awaitable[Any]]


def everyone(route: Route) -> Route:
    """Marks a route that needs no sign-in, on purpose."""
    route.__dict__["for_everyone"] = True
    return route


def _refuse(request: Request, visitor: Visitor, patient: str | None, right: Right) -> None:
    here = service.of(request)
    with here.store.writing() as work:
        writing.note(
            work,
            Act.reach,
            visitor,
            patient=patient,
            address=service.address_of(request),
            detail=right.value,
            done=False,
        )
