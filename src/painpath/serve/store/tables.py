"""The tables. Ids of patients say nothing about them: they stand in addresses and logs."""

from __future__ import annotations

import datetime
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(sa.types.TypeDecorator[datetime.datetime]):
    """A moment in UTC; kept without zone, since SQLite has none."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Any
    ) -> datetime.datetime | None:
        """Aware in, naive UTC kept."""
        del dialect
        return None if value is None else value.astimezone(datetime.UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime.datetime | None, dialect: Any
    ) -> datetime.datetime | None:
        """Naive UTC kept, aware out."""
        del dialect
        return None if value is None else value.replace(tzinfo=datetime.UTC)


def now() -> datetime.datetime:
    """This moment."""
    return datetime.datetime.now(datetime.UTC)


def opaque() -> str:
    """An id that nobody guesses and that says nothing."""
    return secrets.token_urlsafe(16)


class Base(DeclarativeBase):
    """All tables."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime.datetime: Moment}  # noqa: RUF012 - as SQLAlchemy wants it


class Clinic(Base):
    """Whose patients they are."""

    __tablename__ = "clinic"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200), unique=True)
    worklists: Mapped[str | None] = mapped_column(sa.String(1000))
    """Folder of results of `painpath screen`."""
    fhir_server: Mapped[str | None] = mapped_column(sa.String(500))
    """Base address of the server that was connected on the page."""
    created: Mapped[datetime.datetime] = mapped_column(default=now)


class Account(Base):
    """A person who signs in."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200), unique=True)
    """What they sign in with, in lower case."""
    shown_as: Mapped[str] = mapped_column(sa.String(200))
    password: Mapped[str | None] = mapped_column(sa.String(300))
    """Argon2id; null: signs in elsewhere, or by link only."""
    subject: Mapped[str | None] = mapped_column(sa.String(300), unique=True)
    """`issuer subject` at the identity provider."""
    closed: Mapped[datetime.datetime | None]
    created: Mapped[datetime.datetime] = mapped_column(default=now)


class Membership(Base):
    """What a person is in a clinic."""

    __tablename__ = "membership"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(30))


class SignInLink(Base):
    """A link that signs in once."""

    __tablename__ = "sign_in_link"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    patient_id: Mapped[str | None] = mapped_column(sa.ForeignKey("patient.id"))
    """Instead of an account: a link for the patient."""
    expires: Mapped[datetime.datetime]
    used: Mapped[datetime.datetime | None]


class SignedIn(Base):
    """A session; its key is the digest of the cookie."""

    __tablename__ = "signed_in"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    patient_id: Mapped[str | None] = mapped_column(sa.ForeignKey("patient.id"))
    clinic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("clinic.id"))
    """The clinic whose lists are shown."""
    began: Mapped[datetime.datetime] = mapped_column(default=now)
    seen: Mapped[datetime.datetime] = mapped_column(default=now)
    expires: Mapped[datetime.datetime] = mapped_column(index=True)


class Patient(Base):
    """A patient of a clinic; the medicine is in the documents."""

    __tablename__ = "patient"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "fhir_id"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=opaque)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    fhir_id: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(200))
    birth_date: Mapped[str | None] = mapped_column(sa.String(10))
    digest: Mapped[str] = mapped_column(sa.String(64))
    """Of all documents in force: what was planned from it holds while it stays."""
    created: Mapped[datetime.datetime] = mapped_column(default=now)
    changed: Mapped[datetime.datetime] = mapped_column(default=now)


class Document(Base):
    """FHIR as it came, compressed. The latest `record` and every `addition` are in force."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    source: Mapped[str] = mapped_column(sa.String(20))
    """`file`, `server` (and is fetched again from there), `launch`, or `here`."""
    lines: Mapped[bool]
    """NDJSON rather than one JSON document."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    received: Mapped[datetime.datetime] = mapped_column(default=now)
    lacking: Mapped[str | None] = mapped_column(sa.String(1000))
    """What the record system did not give, in words: it may be there all the same."""


class Summary(Base):
    """A patient's line of the day, so that a list needs no planning."""

    __tablename__ = "summary"

    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), primary_key=True)
    day: Mapped[datetime.date]
    basis: Mapped[str] = mapped_column(sa.String(64))
    """Digest of the documents and of the knowledge."""
    line: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Count(Base):
    """How often something happened in a span of time, for limits that all workers share."""

    __tablename__ = "count"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    span: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int]


class UsedToken(Base):
    """A record system's token that was used, until it would have expired anyway."""

    __tablename__ = "used_token"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    until: Mapped[int] = mapped_column(sa.BigInteger, index=True)
    """Seconds since 1970."""


class Card(Base):
    """A card that was sent to a record system, and what became of it."""

    __tablename__ = "card"

    card: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    service: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(100))
    about: Mapped[str] = mapped_column(sa.String(100), index=True)
    """Digest of patient and finding."""
    day: Mapped[datetime.date] = mapped_column(index=True)
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    told: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """The record system's last word on it, as `painpath.hooks.feedback.Told`."""


class Trail(Base):
    """Who saw or changed what. Rows can be neither changed nor removed: the database refuses."""

    __tablename__ = "trail"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
    act: Mapped[str] = mapped_column(sa.String(40))
    done: Mapped[bool]
    """False: refused."""
    account_id: Mapped[int | None]
    clinic_id: Mapped[int | None]
    patient_id: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    address: Mapped[str | None] = mapped_column(sa.String(64))
    detail: Mapped[str | None] = mapped_column(sa.String(200))
    """Never anything about a patient."""
