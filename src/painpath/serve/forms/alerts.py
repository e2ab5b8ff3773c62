"""Answers that somebody must act on: raised with the answer, open until a clinician signs off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.knowledge import asking as shapes
from painpath.knowledge.loading import Knowledge
from painpath.serve.forms.questions import Given
from painpath.serve.store.form_tables import AnswerAlert
from painpath.serve.store.tables import Account, Patient, now


class Raised(msgspec.Struct, frozen=True):
    """A rule that an answer meets."""

    rule: shapes.AnswerAlert
    answer: str
    """In the words of the form."""


class Shown(msgspec.Struct, frozen=True):
    """An alert with whose it is and what the rule says."""

    alert: AnswerAlert
    patient: Patient
    text: str
    signer: str | None = None


def of_answers(knowledge: Knowledge, given: Mapping[str, Sequence[Given]]) -> list[Raised]:
    """What the answers raise; a question that two forms share raises once."""
    found: dict[str, Raised] = {}
    for rule in knowledge.answer_alerts:
        for answers in given.values():
            for each in answers:
                if each.link == rule.item and each.number >= rule.at_least:
                    found.setdefault(rule.id, Raised(rule, each.shown))
    return list(found.values())


def raise_all(
    work: Session, patient: str, asked: str, raised: Sequence[Raised], remark: str = ""
) -> int:
    """Keep them, in the transaction of the answer, each once for a link.

    Args:
        work: the transaction, in which the patient's row is held.
        patient: whose answer it is.
        asked: the link.
        raised: what its answers raise.
        remark: what is to be known of how the answer came.

    Returns:
        How many were not raised before.
    """
    before = sa.select(AnswerAlert.rule).where(AnswerAlert.asked_id == asked)
    known = set(work.scalars(before))
    new = [each for each in raised if each.rule.id not in known]
    for each in new:
        answer = f"{each.answer} ({remark})" if remark else each.answer
        work.add(
            AnswerAlert(patient_id=patient, asked_id=asked, rule=each.rule.id, answer=answer[:200])
        )
    return len(new)


def open_in(work: Session, clinic: int, knowledge: Knowledge) -> list[Shown]:
    """Those of a clinic that nobody has signed off, the oldest first."""
    wanted = (
        sa.select(AnswerAlert, Patient)
        .join(Patient, Patient.id == AnswerAlert.patient_id)
        .where(Patient.clinic_id == clinic, AnswerAlert.signed.is_(None))
    )
    return list(_shown(work, wanted.order_by(AnswerAlert.id), knowledge))


def of_patient(work: Session, patient: str, knowledge: Knowledge) -> list[Shown]:
    """All of a patient: what is open first, then what was signed off, the latest first."""
    wanted = (
        sa.select(AnswerAlert, Patient)
        .join(Patient, Patient.id == AnswerAlert.patient_id)
        .where(AnswerAlert.patient_id == patient)
    )
    order = AnswerAlert.signed.is_not(None), AnswerAlert.id.desc()
    return list(_shown(work, wanted.order_by(*order), knowledge))


def sign(work: Session, patient: str, alert: int, account: int | None, note: str) -> bool:
    """Sign one off; false if there is none that is open."""
    signed = work.execute(
        sa.update(AnswerAlert)
        .where(
            AnswerAlert.id == alert,
            AnswerAlert.patient_id == patient,
            AnswerAlert.signed.is_(None),
        )
        .values(signed=now(), signed_by=account, note=note)
        .returning(AnswerAlert.id)
    )
    return signed.scalar() is not None


def _shown(
    work: Session, wanted: sa.Select[AnswerAlert, Patient], knowledge: Knowledge
) -> Iterator[Shown]:
    texts = {rule.id: rule.text for rule in knowledge.answer_alerts}
    for alert, patient in work.execute(wanted).all():
        signer = work.get(Account, alert.signed_by) if alert.signed_by is not None else None
        name = signer.shown_as if signer is not None else None
        # A rule that has left the knowledge still has its alerts.
        text = texts.get(alert.rule, alert.rule)
        yield Shown(alert, patient, text, name)
