"""Signing in at the clinic's identity provider: there, and back again."""

from __future__ import annotations

import base64
import logging
from typing import Annotated

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from painpath.serve import service
from painpath.serve.guard import cookies
from painpath.serve.guard.visitor import everyone
from painpath.serve.pages.signing_in import enter, refused
from painpath.serve.parts import Part
from painpath.serve.people import accounts
from painpath.serve.people.oidc import Attempt, OidcError, Person, Provider
from painpath.serve.store.tables import Account
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(prefix="/sign-in-with/oidc", tags=["sign in"])
PART = Part(router=router)

_LOG = logging.getLogger("painpath.serve")
_ATTEMPTS = msgspec.json.Decoder(Attempt)
_COOKIE = "oidc"
_MINUTES = 10
_FAILED = "Signing in there did not work. Please try again."
_UNKNOWN = "You are known there, but have no account here. Please ask whoever looks after PainPath."


@router.get("")
@everyone
def there(request: Request, next: Annotated[str, Query(max_length=500)] = "") -> Response:
    """On to the provider."""
    try:
        attempt, address = _provider(request).attempt(next)
    except OidcError as error:
        _LOG.warning("sign-in elsewhere: %s", error)
        return refused(request, _FAILED, 502)
    answer = RedirectResponse(address, 303)
    value = base64.urlsafe_b64encode(msgspec.json.encode(attempt)).decode()
    secure = service.of(request).settings.secure
    cookies.put(answer, value, secure=secure, what=_COOKIE, seconds=_MINUTES * 60)
    return answer


@router.get("/back")
@everyone
def back(
    request: Request,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Back from the provider, with a code that says who it is."""
    here = service.of(request)
    try:
        attempt = _attempt(request.cookies.get(cookies.name(here.settings.secure, _COOKIE), ""))
        person = _provider(request).finish(attempt, code, state)
    except OidcError as error:
        _LOG.warning("sign-in elsewhere: %s", error)
        answer = _no(request, _FAILED, 401)
    else:
        account = _account(request, person)
        if account is None:
            answer = _no(request, _UNKNOWN, 403)
        else:
            answer = enter(request, account=account, to=attempt.to, detail="OpenID Connect")
    # An attempt is good for one answer.
    answer.delete_cookie(
        cookies.name(here.settings.secure, _COOKIE), path="/", secure=here.settings.secure
    )
    return answer


def _provider(request: Request) -> Provider:
    provider: Provider | None = getattr(request.app.state, "provider", None)
    if not service.of(request).settings.oidc_issuer:
        raise HTTPException(404, "No identity provider is set up.")
    if provider is None:
        provider = request.app.state.provider = Provider(service.of(request).settings)
    return provider


def _account(request: Request, person: Person) -> Account | None:
    """By the subject; the first time by the verified address, which is the account's name."""
    with service.of(request).store.writing() as work:
        wanted = sa.select(Account).where(Account.subject == person.subject)
        account = work.scalar(wanted.where(Account.closed.is_(None)))
        if account is None and person.email:
            account = accounts.find(work, person.email)
            if account is not None and account.subject is not None:
                return None
            if account is not None:
                account.subject = person.subject
        return account


def _no(request: Request, sentence: str, status: int) -> Response:
    with service.of(request).store.writing() as work:
        address = service.address_of(request)
        writing.note(work, Act.sign_in, None, address=address, detail="OpenID Connect", done=False)
    return refused(request, sentence, status)


def _attempt(cookie: str) -> Attempt:
    try:
        return _ATTEMPTS.decode(base64.urlsafe_b64decode(cookie.encode()))
    except (msgspec.DecodeError, ValueError):
        raise OidcError("there is no attempt") from None
