"""Sessions: begun by signing in, kept by the server, ended by time or by signing out."""

from __future__ import annotations

import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.serve.people import accounts, tokens
from painpath.serve.people.roles import MAY, Right, Role
from painpath.serve.settings import Settings
from painpath.serve.store.tables import Account, Clinic, Patient, SignedIn, SignInLink, now

_SEEN_EVERY = datetime.timedelta(minutes=1)
"""How exactly the last sight of a session is kept: not every request is worth a write."""


class Visitor(msgspec.Struct, frozen=True):
    """Who sends a request: a person with an account, or a patient with a link."""

    session: str
    """Digest of the cookie."""
    form: str
    """What their forms carry, unmasked."""
    account: int | None
    name: str
    roles: dict[int, Role]
    """By clinic."""
    clinics: dict[int, str]
    clinic: int | None
    """The one whose lists are shown."""
    patient: str | None = None
    """Who came by a patient's link: only this patient."""

    def may(self, right: Right) -> bool:
        """In the clinic that is shown, or as a patient."""
        if self.patient is not None:
            return right in MAY[Role.patient]
        role = self.roles.get(self.clinic or 0)
        return role is not None and right in MAY[role]

    def may_with(self, right: Right, patient: Patient) -> bool:
        """With this patient: by what they are in the patient's clinic."""
        if self.patient is not None:
            return self.patient == patient.id and right in MAY[Role.patient]
        role = self.roles.get(patient.clinic_id)
        return role is not None and right in MAY[role]

    @property
    def form_token(self) -> str:
        """What a form must carry; in another guise each time."""
        return tokens.masked(self.form)

    @property
    def role(self) -> Role | None:
        """In the clinic that is shown."""
        return Role.patient if self.patient else self.roles.get(self.clinic or 0)


def begin(
    work: Session,
    settings: Settings,
    *,
    account: Account | None = None,
    patient: str | None = None,
    clinic: int | None = None,
) -> str:
    """A new session; the token is for the cookie and is kept nowhere.

    Args:
        work: the transaction.
        settings: how long it lasts.
        account: whose it is, or
        patient: which patient came by a link.
        clinic: whose lists are shown at first; default the first of the account's.
    """
    token = tokens.fresh()
    expires = now() + datetime.timedelta(hours=settings.session_hours)
    work.execute(sa.delete(SignedIn).where(SignedIn.expires < now()))
    work.add(
        SignedIn(
            digest=tokens.digest(token),
            account_id=account.id if account is not None else None,
            patient_id=patient,
            clinic_id=clinic,
            expires=expires,
        )
    )
    return token


def find(work: Session, settings: Settings, token: str) -> tuple[Visitor, bool] | None:
    """Whose session a cookie is, and whether it is time to note that it was seen."""
    row = work.get(SignedIn, tokens.digest(token))
    if row is None:
        return None
    idle = now() - row.seen
    if row.expires <= now() or idle > datetime.timedelta(minutes=settings.session_idle_minutes):
        return None
    form = tokens.form_token(token)
    if row.patient_id is not None:
        visitor = Visitor(row.digest, form, None, "patient", {}, {}, None, row.patient_id)
        return visitor, idle > _SEEN_EVERY
    account = work.get(Account, row.account_id) if row.account_id is not None else None
    if account is None or account.closed is not None:
        return None
    roles = accounts.memberships(work, account.id)
    named = sa.select(Clinic.id, Clinic.name).where(Clinic.id.in_(roles))
    clinics = dict(work.execute(named).all())
    chosen = row.clinic_id if row.clinic_id in roles else next(iter(roles), None)
    visitor = Visitor(row.digest, form, account.id, account.shown_as, roles, clinics, chosen)
    return visitor, idle > _SEEN_EVERY


def seen(work: Session, digest: str) -> None:
    """The session goes on."""
    work.execute(sa.update(SignedIn).where(SignedIn.digest == digest).values(seen=now()))


def choose_clinic(work: Session, digest: str, clinic: int) -> None:
    """Show another clinic's lists."""
    work.execute(sa.update(SignedIn).where(SignedIn.digest == digest).values(clinic_id=clinic))


def end(work: Session, digest: str) -> None:
    """Sign out."""
    work.execute(sa.delete(SignedIn).where(SignedIn.digest == digest))


# -- links that sign in once --


def make_link(
    work: Session,
    minutes: int,
    *,
    account: Account | None = None,
    patient: str | None = None,
) -> str:
    """The token of a new link."""
    token = tokens.fresh()
    work.add(
        SignInLink(
            digest=tokens.digest(token),
            account_id=account.id if account is not None else None,
            patient_id=patient,
            expires=now() + datetime.timedelta(minutes=minutes),
        )
    )
    return token


def use_link(work: Session, token: str) -> SignInLink | None:
    """The link, if it was neither used nor has expired; from now on it is used."""
    moment = now()
    changed = work.execute(
        sa.update(SignInLink)
        .where(
            SignInLink.digest == tokens.digest(token),
            SignInLink.used.is_(None),
            SignInLink.expires > moment,
        )
        .values(used=moment)
        .returning(SignInLink.digest)
    ).scalar()
    return work.get(SignInLink, changed) if changed is not None else None
