"""Links by which a patient opens forms: made by staff, opened without an account, used up once.

Only the digest of a link's token is kept. Whether a token was never one of ours, has been used, has
expired or was withdrawn is not told to whoever holds it.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.serve.forms import asking
from painpath.serve.forms.asking import Asked
from painpath.serve.people import tokens
from painpath.serve.store.form_tables import AskedForm, FormAnswer
from painpath.serve.store.tables import Patient, now

_DRAFT = msgspec.json.Decoder(dict[str, str])


def make(
    work: Session,
    patient: Patient,
    asked: Sequence[Asked],
    days: int,
    *,
    about: str | None = None,
    visit: str | None = None,
    account: int | None = None,
) -> tuple[str, AskedForm]:
    """A new link: its token, which is kept nowhere, and its row.

    An earlier link for the same visit after the same procedure opens no more.
    """
    if about is not None and visit is not None:
        work.execute(
            sa.update(AskedForm)
            .where(
                AskedForm.patient_id == patient.id,
                AskedForm.about == about,
                AskedForm.visit == visit,
                AskedForm.answered.is_(None),
                AskedForm.withdrawn.is_(None),
            )
            .values(withdrawn=now())
        )
    token = tokens.fresh()
    row = AskedForm(
        patient_id=patient.id,
        digest=tokens.digest(token),
        forms=" ".join(each.form for each in asked),
        about=about,
        visit=visit,
        terms=asking.to_bytes(asked),
        account_id=account,
        expires=now() + datetime.timedelta(days=days),
    )
    work.add(row)
    work.flush()
    return token, row


def of_token(work: Session, token: str) -> AskedForm | None:
    """The row of a token, whatever its state."""
    found: AskedForm | None = work.scalar(
        sa.select(AskedForm).where(AskedForm.digest == tokens.digest(token))
    )
    return found


def is_open(row: AskedForm) -> bool:
    """Whether it can still be filled in."""
    return row.answered is None and row.withdrawn is None and row.expires > now()


def opened(work: Session, row: AskedForm) -> None:
    """It was looked at."""
    work.execute(
        sa.update(AskedForm)
        .where(AskedForm.id == row.id, AskedForm.opened.is_(None))
        .values(opened=now())
    )


def put_aside(work: Session, row: AskedForm, values: dict[str, str]) -> bool:
    """Keep answers to go on later; false if the link is no longer open."""
    changed = work.execute(
        _while_open(row.id)
        .values(draft=zlib.compress(msgspec.json.encode(values)))
        .returning(AskedForm.id)
    )
    return changed.scalar() is not None


def draft(row: AskedForm) -> dict[str, str]:
    """What was put aside."""
    return _DRAFT.decode(zlib.decompress(row.draft)) if row.draft is not None else {}


def use_up(work: Session, row: AskedForm) -> bool:
    """From now on it is answered; true for exactly one of any number who try."""
    used = work.execute(
        _while_open(row.id).values(answered=now(), draft=None).returning(AskedForm.id)
    )
    return used.scalar() is not None


def withdraw(work: Session, patient: str, id_: str) -> bool:
    """It opens no more; false if there is no such link that is open."""
    gone = work.execute(
        _while_open(id_)
        .where(AskedForm.patient_id == patient)
        .values(withdrawn=now())
        .returning(AskedForm.id)
    )
    return gone.scalar() is not None


def of_patient(work: Session, patient: str) -> list[AskedForm]:
    """All links of a patient, the latest first."""
    mine = sa.select(AskedForm).where(AskedForm.patient_id == patient)
    return list(work.scalars(mine.order_by(AskedForm.made.desc())))


def settled(work: Session, clinic: int) -> dict[str, set[tuple[str, str]]]:
    """By patient of a clinic: visits for which a link is out or an answer is in."""
    wanted = (
        sa.select(AskedForm.patient_id, AskedForm.about, AskedForm.visit)
        .join(Patient, Patient.id == AskedForm.patient_id)
        .where(
            Patient.clinic_id == clinic,
            AskedForm.visit.is_not(None),
            AskedForm.withdrawn.is_(None),
            sa.or_(AskedForm.answered.is_not(None), AskedForm.expires > now()),
        )
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for patient, about, visit in work.execute(wanted):
        found.setdefault(patient, set()).add((about or "", visit or ""))
    return found


def same_again(work: Session, row: AskedForm, key: str) -> bool:
    """Whether exactly this sending was taken already: its acknowledgement may have been lost."""
    answer = work.get(FormAnswer, row.id)
    return answer is not None and tokens.same(answer.key, tokens.digest(key))


def _while_open(id_: str) -> sa.Update:
    return sa.update(AskedForm).where(
        AskedForm.id == id_,
        AskedForm.answered.is_(None),
        AskedForm.withdrawn.is_(None),
        AskedForm.expires > now(),
    )
