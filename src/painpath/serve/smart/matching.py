"""Who launched: the account of the person whom the record system names, or none."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.serve.people import accounts
from painpath.serve.people.accounts import AccountError
from painpath.serve.people.roles import MAY, Right, Role
from painpath.serve.smart.errors import LaunchError
from painpath.serve.smart.server import SmartServer
from painpath.serve.store.tables import Account, Clinic, Membership

UNKNOWN = (
    "You are known there{}, but have no account here. Please ask whoever looks after PainPath."
)
NO_ROLE = "Your account has no role in the clinic of this record system."
NOT_YOURS = "Your role in this clinic does not include opening patients from the record system."
FOR_STAFF = "This way in is for staff. As a patient, please ask your clinic for a link."
_LONGEST, _LONGEST_NAME = 300, 200
_PERSON = re.compile(r"(?:(.+)/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})")
_STAFF = ("Practitioner", "PractitionerRole")


class Member(msgspec.Struct, frozen=True):
    """Who comes in, and as what."""

    account: Account
    clinic: int
    role: Role


def matched(work: Session, server: SmartServer, claims: dict[str, Any]) -> Member:
    """The account of the person; bound to the person from the first time on.

    Args:
        work: the transaction.
        server: from which it was launched.
        claims: of the ID token, checked.

    Raises:
        LaunchError: if this person may not come in; nothing was changed then.
    """
    subject = f"{claims['iss']} {claims['sub']}"
    if len(subject) > _LONGEST or not subject.isprintable():
        subject = f"sha256 {_digest(subject)}"
    person = _reference(server, claims)
    if person is not None and not person.startswith(tuple(f"{kind}/" for kind in _STAFF)):
        raise LaunchError("the person is no practitioner", FOR_STAFF, 403)
    try:
        clinic = accounts.clinic(work, server.clinic)
    except AccountError as error:
        raise LaunchError(f"smart_servers: {error}") from None
    account = work.scalar(sa.select(Account).where(Account.subject == subject))
    name = _name(server, claims, person)
    if account is None and name is not None:
        account = _by_name(work, server, name, clinic)
    if account is None and server.create is not None and person is not None:
        account = _created(work, subject, claims, person, clinic, server.create)
    if account is None or account.closed is not None:
        # Whoever makes the account needs the name, to the letter.
        known = UNKNOWN.format(f" as {name}" if name is not None else "")
        raise LaunchError("nobody here is that person", known, 403)
    role = accounts.memberships(work, account.id).get(clinic.id)
    if role is None:
        raise LaunchError("the account has no role in the clinic", NO_ROLE, 403)
    if Right.bring_records not in MAY[role]:
        raise LaunchError(f"the role {role.value} brings no records", NOT_YOURS, 403)
    account.subject = subject
    return Member(account, clinic.id, role)


def _name(server: SmartServer, claims: dict[str, Any], person: str | None) -> str | None:
    """What an account for the person would be called."""
    if server.match == "fhirUser":
        return person
    if server.match == "email" and claims.get("email_verified") is not True:
        return None
    name = claims.get(server.match)
    usable = isinstance(name, str) and 1 <= len(name) <= _LONGEST_NAME and name.isprintable()
    return name if usable else None


def _by_name(work: Session, server: SmartServer, name: str, clinic: Clinic) -> Account | None:
    """An account of this clinic that was made for the person and is not bound to anybody yet.

    A closed one too: somebody closed it on purpose.
    """
    account = accounts.named(work, name)
    if account is None or account.subject is not None:
        return None
    if clinic.id not in accounts.memberships(work, account.id):
        # Another record system may have given the same id to somebody else.
        return None
    # Names here do not tell capitals from small letters, ids there do.
    exact = server.match == "email" or account.shown_as == name
    return account if exact else None


def _created(
    work: Session, subject: str, claims: dict[str, Any], person: str, clinic: Clinic, role: Role
) -> Account:
    said = claims.get("name")
    shown = " ".join(said.split()) if isinstance(said, str) and said.isprintable() else ""
    account = Account(
        # Nobody types it: it only must not be anybody else's.
        name=f"{person.lower()} {_digest(subject)[:16]}",
        shown_as=shown[:100] or person,
        subject=subject,
    )
    work.add(account)
    work.flush()
    work.add(Membership(account_id=account.id, clinic_id=clinic.id, role=role.value))
    work.flush()
    return account


def _reference(server: SmartServer, claims: dict[str, Any]) -> str | None:
    """`Practitioner/12` of `fhirUser`, if it is a resource of this server."""
    said = claims.get("fhirUser")
    parts = _PERSON.fullmatch(said) if isinstance(said, str) else None
    if parts is None or parts[1] not in (None, server.base):
        return None
    return f"{parts[2]}/{parts[3]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
