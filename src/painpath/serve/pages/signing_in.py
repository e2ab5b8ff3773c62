"""Signing in and out: by password, or once by a link."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from painpath.serve import service
from painpath.serve.guard import cookies, rates
from painpath.serve.guard.visitor import Signed, check_form, everyone
from painpath.serve.pages.rendering import home, show
from painpath.serve.parts import Part
from painpath.serve.people import accounts, passwords, sessions, tokens
from painpath.serve.store.tables import Account
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(tags=["sign in"])
PART = Part(router=router)

_VISIT = "visit"
_SPAN = datetime.timedelta(minutes=5)
_WRONG = "The name or the password is not right."
_GONE = "This link has been used or has expired. Please ask for a new one."
_TO_ADDRESS = 3
"""An address, behind which a whole clinic may sit, has so many times an account's attempts."""


@router.get("/sign-in")
@everyone
def sign_in_page(request: Request, next: str = "") -> Response:
    """The form."""
    return _form(request, next=next)


async def ours(request: Request) -> None:
    """Refuses a form that no page of ours has sent, for those who have no session yet."""
    await check_form(request, tokens.form_token(_visit(request)))


@router.post("/sign-in", dependencies=[Depends(ours)])
@everyone
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=2000)],
    next: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Name and password."""
    here = service.of(request)
    address = service.address_of(request) or ""
    most = here.settings.sign_in_attempts
    try:
        rates.count(here.store, "sign-in-from", address, most * _TO_ADDRESS, _SPAN)
        rates.count(here.store, "sign-in-as", accounts.plain(name), most, _SPAN)
    except rates.TooOftenError as error:
        return _form(request, next=next, name=name, problem=str(error), status=429)
    with here.store.reading() as work:
        account = accounts.find(work, name)
    if not passwords.fits(account.password if account is not None else None, password):
        with here.store.writing() as work:
            detail = None if account is None else f"account {account.id}"
            writing.note(work, Act.sign_in, None, address=address, detail=detail, done=False)
        return _form(request, next=next, name=name, problem=_WRONG, status=401)
    assert account is not None and account.password is not None
    with here.store.writing() as work:
        if passwords.is_dated(account.password):
            work.merge(account).password = passwords.hashed(password)
    return enter(request, account=account, to=next, detail="password")


@router.get("/sign-in/{token}")
@everyone
def link_page(request: Request, token: Annotated[str, Path(max_length=100)]) -> Response:
    """Asks once more: what fetches links ahead (mail scanners, previews) must not use them up."""
    return _form(request, token=token)


@router.post("/sign-in/{token}", dependencies=[Depends(ours)])
@everyone
def follow_link(request: Request, token: Annotated[str, Path(max_length=100)]) -> Response:
    """Sign in by a link, once."""
    here = service.of(request)
    address = service.address_of(request) or ""
    most = here.settings.sign_in_attempts * _TO_ADDRESS
    try:
        rates.count(here.store, "link-from", address, most, _SPAN)
    except rates.TooOftenError as error:
        return _form(request, token=token, problem=str(error), status=429)
    with here.store.writing() as work:
        link = sessions.use_link(work, token)
        account = None
        if link is not None and link.account_id is not None:
            account = work.get(Account, link.account_id)
    if link is None or (account is not None and account.closed is not None):
        with here.store.writing() as work:
            writing.note(work, Act.sign_in, None, address=address, detail="link", done=False)
        return _form(request, problem=_GONE, status=410)
    # Whoever has no password yet, and no other way in, chooses one first.
    settings = here.settings
    first = account is not None and not account.password
    to = "/account" if first and not (settings.demo or settings.oidc_issuer) else ""
    return enter(request, account=account, patient=link.patient_id, to=to, detail="link")


@router.post("/sign-out")
def sign_out(request: Request, visitor: Signed) -> Response:
    """End the session."""
    here = service.of(request)
    with here.store.writing() as work:
        sessions.end(work, visitor.session)
        writing.note(work, Act.sign_out, visitor, address=service.address_of(request))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookies.name(here.settings.secure), secure=here.settings.secure)
    return answer


def refused(request: Request, sentence: str, status: int) -> Response:
    """The form, and why it is shown."""
    return _form(request, problem=sentence, status=status)


def enter(
    request: Request,
    *,
    account: Account | None = None,
    patient: str | None = None,
    clinic: int | None = None,
    to: str = "",
    detail: str,
) -> Response:
    """Begin a session: the cookie, a row of the trail, and on to where one wanted to go."""
    here = service.of(request)
    with here.store.writing() as work:
        token = sessions.begin(work, here.settings, account=account, patient=patient, clinic=clinic)
        work.flush()
        found = sessions.find(work, here.settings, token)
        assert found is not None
        visitor, _ = found
        address = service.address_of(request)
        writing.note(work, Act.sign_in, visitor, address=address, detail=detail)
    answer = RedirectResponse(_inside(to) or home(request, visitor), 303)
    settings = here.settings
    cookies.put(answer, token, secure=settings.secure, seconds=settings.session_hours * 3600)
    return answer


def _inside(to: str) -> str | None:
    """A path of ours, never another site's address."""
    fine = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()
    return to if fine and "\\" not in to else None


# -- the form of somebody who has no session yet is bound to a cookie of its own --


def _visit(request: Request) -> str:
    name = cookies.name(service.of(request).settings.secure, _VISIT)
    return request.cookies.get(name) or tokens.fresh()


def _form(
    request: Request,
    *,
    next: str = "",
    name: str = "",
    token: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    here = service.of(request)
    cookie = _visit(request)
    answer = show(
        request,
        "sign_in.html.j2",
        status=status,
        form=tokens.masked(tokens.form_token(cookie)),
        next=_inside(next) or "",
        name=name,
        token=token,
        problem=problem,
        oidc=here.settings.oidc_name if here.settings.oidc_issuer else "",
        record_systems=[] if token else here.settings.smart_servers,
    )
    cookies.put(answer, cookie, secure=here.settings.secure, what=_VISIT)
    return answer
