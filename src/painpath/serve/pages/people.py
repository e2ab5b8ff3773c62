"""Accounts: one's own password and clinic; for administrators everybody's."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from painpath.serve import service
from painpath.serve.guard.visitor import may
from painpath.serve.pages.rendering import show
from painpath.serve.parts import Entry, Part
from painpath.serve.people import accounts, passwords, sessions
from painpath.serve.people.accounts import AccountError
from painpath.serve.people.roles import Right, Role
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Account, Clinic, Membership
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(tags=["people"])
PART = Part(router=router, entries=(Entry("/people", "People", Right.manage_people),))

Self = Annotated[Visitor, may(Right.own_account)]
Manager = Annotated[Visitor, may(Right.manage_people)]
Word = Annotated[str, Form(max_length=passwords.LONGEST + 1)]


@router.get("/account")
def account_page(request: Request, visitor: Self) -> Response:
    """One's own account."""
    return _own(request, visitor, "", 200)


@router.post("/account/clinic")
def choose_clinic(request: Request, visitor: Self, clinic: Annotated[int, Form()]) -> Response:
    """Show the lists of another of one's clinics."""
    if clinic not in visitor.clinics:
        raise HTTPException(404, "There is no such clinic among yours.")
    here = service.of(request)
    with here.store.writing() as work:
        sessions.choose_clinic(work, visitor.session, clinic)
        address = service.address_of(request)
        writing.note(work, Act.choose_clinic, visitor, clinic=clinic, address=address)
    return RedirectResponse("/", 303)


@router.post("/account/password")
def change_password(request: Request, visitor: Self, old: Word, new: Word) -> Response:
    """A new password for oneself; signs out everywhere."""
    here = service.of(request)
    with here.store.reading() as work:
        account = work.get(Account, visitor.account)
    if account is None or (account.password and not passwords.fits(account.password, old)):
        return _own(request, visitor, "The present password is not right.")
    try:
        with here.store.writing() as work:
            accounts.set_password(work, work.merge(account), new)
            writing.note(work, Act.change_password, visitor, address=service.address_of(request))
    except AccountError as error:
        return _own(request, visitor, str(error))
    return RedirectResponse("/sign-in", 303)


def _own(request: Request, visitor: Visitor, problem: str, status: int = 422) -> Response:
    with service.of(request).store.reading() as work:
        account = work.get(Account, visitor.account)
    return show(
        request,
        "account.html.j2",
        visitor,
        status=status,
        problem=problem,
        shortest=passwords.SHORTEST,
        has_password=account is not None and account.password is not None,
    )


# -- for administrators --


@router.get("/people")
def people_page(request: Request, visitor: Manager) -> Response:
    """Who has an account in this clinic."""
    return _people(request, visitor)


@router.post("/people")
def add_person(
    request: Request,
    visitor: Manager,
    name: Annotated[str, Form(max_length=200)],
    role: Annotated[Role, Form()],
) -> Response:
    """Add an account and make the link with which it signs in for the first time."""
    here = service.of(request)
    assert visitor.clinic is not None
    try:
        with here.store.writing() as work:
            clinic = work.get_one(Clinic, visitor.clinic)
            there = accounts.named(work, name)
            if there is not None and not (there.closed and _is_managed(work, visitor, there.id)):
                raise AccountError("There is an account of that name.")
            account = accounts.add(work, name, role, clinic)
            token = sessions.make_link(work, here.settings.link_minutes, account=account)
            _note(work, request, visitor, Act.add_account, account.id, role.value)
    except AccountError as error:
        return _people(request, visitor, problem=str(error))
    link = f"{here.settings.address}/sign-in/{token}"
    return _people(request, visitor, link=link, link_for=account.shown_as)


@router.post("/people/{account}/link")
def new_link(request: Request, visitor: Manager, account: int) -> Response:
    """A link for somebody who cannot sign in."""
    here = service.of(request)
    with here.store.writing() as work:
        found = _member(work, visitor, account)
        token = sessions.make_link(work, here.settings.link_minutes, account=found)
        _note(work, request, visitor, Act.make_link, account, None)
    link = f"{here.settings.address}/sign-in/{token}"
    return _people(request, visitor, link=link, link_for=found.shown_as)


@router.post("/people/{account}/close")
def close_account(request: Request, visitor: Manager, account: int) -> Response:
    """Close an account: it is signed out at once."""
    if account == visitor.account:
        return _people(request, visitor, problem="Your own account is closed by somebody else.")
    with service.of(request).store.writing() as work:
        accounts.close(work, _member(work, visitor, account))
        _note(work, request, visitor, Act.close_account, account, None)
    return RedirectResponse("/people", 303)


def _member(work: sa.orm.Session, visitor: Visitor, account: int) -> Account:
    """An account that belongs to this clinic and to no other that the visitor does not manage."""
    found = work.get(Account, account)
    if found is None or not _is_managed(work, visitor, account):
        raise HTTPException(404, "There is no such account in your clinic.")
    return found


def _is_managed(work: sa.orm.Session, visitor: Visitor, account: int) -> bool:
    """Whoever signs in as somebody, or lets somebody in again, does so in all their clinics."""
    at = accounts.memberships(work, account)
    managed = {clinic for clinic, role in visitor.roles.items() if role is Role.admin}
    return visitor.clinic in at and set(at) <= managed


def _note(
    work: sa.orm.Session,
    request: Request,
    visitor: Visitor,
    act: Act,
    account: int,
    detail: str | None,
) -> None:
    about = f"account {account}" + (f", {detail}" if detail else "")
    writing.note(work, act, visitor, address=service.address_of(request), detail=about)


def _people(
    request: Request,
    visitor: Visitor,
    *,
    problem: str = "",
    link: str = "",
    link_for: str = "",
) -> Response:
    here = service.of(request)
    wanted = (
        sa.select(Account, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.clinic_id == visitor.clinic)
        .order_by(Account.name)
    )
    with here.store.reading() as work:
        people = [(account, Role(role)) for account, role in work.execute(wanted)]
    roles = [role for role in Role if role is not Role.patient]
    return show(
        request,
        "people.html.j2",
        visitor,
        status=422 if problem else 200,
        people=people,
        roles=roles,
        problem=problem,
        link=link,
        link_for=link_for,
        minutes=here.settings.link_minutes,
    )
