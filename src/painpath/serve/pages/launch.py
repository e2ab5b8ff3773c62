"""Launches from record systems (SMART App Launch): there, and back into the patient's page."""

from __future__ import annotations

import datetime
import logging
import os
import re
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from painpath.records.errors import RecordError
from painpath.serve import service
from painpath.serve.charts import intake, keeping
from painpath.serve.guard import cookies, rates
from painpath.serve.guard.visitor import everyone
from painpath.serve.pages.signing_in import enter, refused
from painpath.serve.parts import Part
from painpath.serve.people import tokens
from painpath.serve.people.roles import MAY, Right
from painpath.serve.smart import attempts, scopes
from painpath.serve.smart.connections import Connection, Connections
from painpath.serve.smart.errors import LaunchError
from painpath.serve.smart.exchange import Given, exchanged
from painpath.serve.smart.gathering import Gatherer
from painpath.serve.smart.matching import Member, matched
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(prefix="/launch", tags=["launch"])
PART = Part(router=router)

_LOG = logging.getLogger("painpath.serve")
_COOKIE = "launch"
_SPAN = datetime.timedelta(minutes=5)
_MOST = 300
"""Launches from one address, behind which a whole clinic may sit."""
_UPLOADS = datetime.timedelta(minutes=10)
_HOW = "SMART launch"
_ERROR = re.compile(r"[a-z_]{1,40}")
_GONE = (
    "This launch has been used, has expired, or began in another browser."
    " Please open PainPath from the record system again."
)
_REFUSED = "The record system did not agree to open PainPath. Please try again from there."


@router.get("")
@everyone
def there(
    request: Request,
    iss: Annotated[str, Query(max_length=2000)],
    launch: Annotated[str, Query(max_length=8000)] = "",
) -> Response:
    """From an open chart with `launch`, else to choose a patient there: on to the record system."""
    here = service.of(request)
    browser = request.cookies.get(cookies.name(here.settings.secure, _COOKIE)) or tokens.fresh()
    try:
        _not_too_often(request)
        at = _connections(request).of(iss)
        described = at.discovery.described()
        scope = scopes.wanted(
            resources=at.server.resources, from_chart=bool(launch), is_newer=described.is_newer
        )
        with here.store.writing() as work:
            state, attempt = attempts.begin(work, browser, at.server.base, scope)
    except LaunchError as error:
        return _no(request, error)
    terms = {
        "response_type": "code",
        "client_id": at.server.client_id,
        "redirect_uri": _back(request),
        "scope": scope,
        "state": state,
        "aud": at.server.iss,
        "nonce": attempt.nonce,
        "code_challenge": attempt.challenge,
        "code_challenge_method": "S256",
        **({"launch": launch} if launch else {}),
    }
    address = URL(described.authorize).include_query_params(**terms)
    answer = RedirectResponse(address, 303)
    secure = here.settings.secure
    cookies.put(answer, browser, secure=secure, what=_COOKIE, seconds=attempts.MINUTES * 60)
    return answer


@router.get("/back")
@everyone
def back(
    request: Request,
    code: Annotated[str, Query(max_length=8000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Back with a code: who it is, which patient, the record, and on to the patient's page."""
    try:
        _not_too_often(request)
        attempt = _attempt(request, state)
        if error or not code:
            why = error if _ERROR.fullmatch(error) else "no code"
            raise LaunchError(f"the record system says {why}", _REFUSED, 403)
        at = _connections(request).of(attempt.server)
        given = exchanged(
            at.discovery.described(), at.proof, attempt, code, _back(request), attempt.scope
        )
        member = _member(request, at, given)
        patient = _taken(request, at, given, member)
    except LaunchError as problem:
        return _no(request, problem)
    except sa.exc.IntegrityError:
        # The same person, or the same patient, for the first time and twice at the same moment.
        return _no(request, LaunchError("another launch was there first", status=503))
    to = f"/patients/{patient}" if Right.see_plan in MAY[member.role] else ""
    return enter(request, account=member.account, clinic=member.clinic, to=to, detail=_HOW)


@router.get("/keys")
@everyone
def keys(request: Request) -> dict[str, Any]:
    """The public keys with which PainPath proves who it is (JWKS), to be registered there."""
    found = _connections(request).public_keys()
    if not found:
        raise HTTPException(404, "No record system is connected by key.")
    return {"keys": found}


def _attempt(request: Request, state: str) -> attempts.Attempt:
    here = service.of(request)
    browser = request.cookies.get(cookies.name(here.settings.secure, _COOKIE), "")
    with here.store.writing() as work:
        attempt = attempts.take(work, browser, state)
    if attempt is None:
        raise LaunchError("there is no such launch", _GONE, 401)
    return attempt


def _member(request: Request, at: Connection, given: Given) -> Member:
    here = service.of(request)
    try:
        with here.store.writing() as work:
            member = matched(work, at.server, given.claims)
        who = str(member.account.id)
        rates.count(here.store, "upload", who, here.settings.uploads, _UPLOADS)
    except rates.TooOftenError as error:
        raise LaunchError("too many records", str(error), 429) from None
    return member


def _taken(request: Request, at: Connection, given: Given, member: Member) -> str:
    """The patient's record, fetched and kept for the clinic; the patient's id here."""
    here = service.of(request)
    most = here.settings.unpacked_mb << 20
    found = Gatherer(at.server, given.token, given.patient, given.scope, most).gather()
    lacking = ", ".join(found.lacking) or None
    try:
        read = intake.read(found.bundle, "", here.desk.vocabulary, most, keeping.LAUNCH, lacking)
    except RecordError as error:
        sentence = f"This record cannot be read. {error}."
        raise LaunchError("the record cannot be read", sentence, 422) from None
    if read.fhir_id != given.patient:
        raise LaunchError("the record is of another patient")
    taken = intake.take(here.store, member.clinic, read, member.account.id)
    with here.store.writing() as work:
        writing.note(
            work,
            Act.bring_record,
            None,
            patient=taken.patient,
            clinic=member.clinic,
            account=member.account.id,
            address=service.address_of(request),
            detail=f"{'new patient' if taken.is_new else 'new record'}, {_HOW}",
        )
    return taken.patient


def _no(request: Request, error: LaunchError) -> Response:
    _LOG.warning("launch: %s", error)
    with service.of(request).store.writing() as work:
        address = service.address_of(request)
        writing.note(work, Act.sign_in, None, address=address, detail=_HOW, done=False)
    return refused(request, error.sentence, error.status)


def _not_too_often(request: Request) -> None:
    try:
        address = service.address_of(request) or ""
        rates.count(service.of(request).store, "launch-from", address, _MOST, _SPAN)
    except rates.TooOftenError as error:
        raise LaunchError("too many launches", str(error), 429) from None


def _connections(request: Request) -> Connections:
    found: Connections | None = getattr(request.app.state, "record_systems", None)
    if found is None:
        servers = service.of(request).settings.smart_servers
        found = request.app.state.record_systems = Connections(servers, os.environ)
    return found


def _back(request: Request) -> str:
    return f"{service.of(request).settings.address}/launch/back"
