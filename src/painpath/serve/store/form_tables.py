"""The tables of forms: who was asked what by which link, what came back, what to act on."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from painpath.serve.store.tables import Base, now, opaque


class AskedForm(Base):
    """Forms that a patient was asked to fill in, by one link. The link's token is not kept."""

    __tablename__ = "asked_form"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=opaque)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    forms: Mapped[str] = mapped_column(sa.String(400))
    """Ids, in the order in which they are asked, with a space between."""
    about: Mapped[str | None] = mapped_column(sa.String(200))
    """The procedure that it is about, by its reference: `Procedure/12`."""
    visit: Mapped[str | None] = mapped_column(sa.String(60))
    """Of the schedule, if it asked for it."""
    terms: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The Questionnaires as they are asked (JSON, compressed): they stay what they were."""
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    made: Mapped[datetime.datetime] = mapped_column(default=now)
    expires: Mapped[datetime.datetime]
    opened: Mapped[datetime.datetime | None]
    draft: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Answers that were put aside to go on later (JSON, compressed)."""
    answered: Mapped[datetime.datetime | None]
    withdrawn: Mapped[datetime.datetime | None]


class FormAnswer(Base):
    """What came back: at most once for a link, whatever is sent and however often."""

    __tablename__ = "form_answer"

    asked_id: Mapped[str] = mapped_column(sa.ForeignKey("asked_form.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64))
    """Digest of the key that the page carried: the same sent again is acknowledged again."""
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"))
    received: Mapped[datetime.datetime] = mapped_column(default=now)


class AnswerAlert(Base):
    """An answer that somebody must act on. It cannot be removed, only signed off, once."""

    __tablename__ = "answer_alert"
    __table_args__ = (sa.UniqueConstraint("asked_id", "rule"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[str] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    asked_id: Mapped[str] = mapped_column(sa.ForeignKey("asked_form.id"))
    rule: Mapped[str] = mapped_column(sa.String(60))
    answer: Mapped[str] = mapped_column(sa.String(200))
    """In the words of the form."""
    raised: Mapped[datetime.datetime] = mapped_column(default=now)
    signed: Mapped[datetime.datetime | None]
    signed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str | None] = mapped_column(sa.Text)
    """What was done about it."""


class AlertNotice(Base):
    """Whether the address of `notify_url` has taken notice of an alert, and when to try again."""

    __tablename__ = "alert_notice"

    alert_id: Mapped[int] = mapped_column(sa.ForeignKey("answer_alert.id"), primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[datetime.datetime] = mapped_column(default=now)
    accepted: Mapped[datetime.datetime | None]
