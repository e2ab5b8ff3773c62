"""Accounts and clinics: added, found, closed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.serve.people import passwords
from painpath.serve.people.roles import Role
from painpath.serve.store.tables import Account, Clinic, Membership, SignedIn, now

FIRST_CLINIC = "Clinic"


class AccountError(Exception):
    """An account that cannot be made or found; one sentence says why."""


def clinic(work: Session, name: str, *, make: bool = False) -> Clinic:
    """A clinic by its name.

    Raises:
        AccountError: if there is none and none is to be made.
    """
    found = work.scalar(sa.select(Clinic).where(Clinic.name == name))
    if found is None:
        if not make:
            known = ", ".join(work.scalars(sa.select(Clinic.name).order_by(Clinic.name)))
            raise AccountError(f'clinic "{name}" is not known; known are: {known or "none"}')
        found = Clinic(name=name)
        work.add(found)
        work.flush()
    return found


def find(work: Session, name: str) -> Account | None:
    """An open account by the name it signs in with."""
    wanted = sa.select(Account).where(Account.name == plain(name), Account.closed.is_(None))
    return work.scalar(wanted)


def named(work: Session, name: str) -> Account | None:
    """An account by its name, open or closed."""
    return work.scalar(sa.select(Account).where(Account.name == plain(name)))


def add(
    work: Session, name: str, role: Role, at: Clinic, *, password: str | None = None
) -> Account:
    """A new account, or a further clinic for one that is there.

    Raises:
        AccountError: if the name or the password will not do.
    """
    kept = plain(name)
    if not 1 <= len(kept) <= 200 or not kept.isprintable():
        raise AccountError("A name has 1 to 200 printable characters.")
    if role is Role.patient:
        raise AccountError("Patients have no accounts; they get a link.")
    if password is not None and (why := passwords.complaint(password)):
        raise AccountError(why)
    account = work.scalar(sa.select(Account).where(Account.name == kept))
    if account is None:
        account = Account(name=kept, shown_as=name.strip())
        work.add(account)
    account.closed = None
    if password is not None:
        account.password = passwords.hashed(password)
    work.flush()
    member = work.get(Membership, (account.id, at.id))
    if member is None:
        work.add(Membership(account_id=account.id, clinic_id=at.id, role=role.value))
    else:
        member.role = role.value
    work.flush()
    return account


def close(work: Session, account: Account) -> None:
    """The account no longer signs in, and is signed out everywhere."""
    account.closed = now()
    work.execute(sa.delete(SignedIn).where(SignedIn.account_id == account.id))


def set_password(work: Session, account: Account, password: str) -> None:
    """A new password; every session of the account ends.

    Raises:
        AccountError: if it will not do.
    """
    if why := passwords.complaint(password):
        raise AccountError(why)
    account.password = passwords.hashed(password)
    work.execute(sa.delete(SignedIn).where(SignedIn.account_id == account.id))


def memberships(work: Session, account: int) -> dict[int, Role]:
    """The clinics of an account and what it is there."""
    rows = work.scalars(
        sa.select(Membership).where(Membership.account_id == account).order_by(Membership.clinic_id)
    )
    return {row.clinic_id: Role(row.role) for row in rows}


def plain(name: str) -> str:
    """A name as it is kept and compared: capitals and spaces make nobody another one."""
    return " ".join(name.split()).lower()
