"""Answers taken: kept as FHIR, link used up, alerts raised, trail written; all or nothing.

An answer that somebody must act on raises its alert also where the form is not taken.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy.orm import Session

from painpath.knowledge.loading import Knowledge
from painpath.serve.charts import keeping
from painpath.serve.charts.keeping import ADDITION, HERE, Incoming
from painpath.serve.forms import alerts, answers, links
from painpath.serve.forms.alerts import Raised
from painpath.serve.forms.asking import Asked
from painpath.serve.forms.questions import Sent
from painpath.serve.people import tokens
from painpath.serve.store.form_tables import AskedForm, FormAnswer
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Patient
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

UNFINISHED = "told before the form was complete"
LATE = "sent by a link that no longer opened"


class Taken(msgspec.Struct, frozen=True):
    """What became of it."""

    state: Literal["taken", "again", "closed"]
    """`again`: the same was taken before; `closed`: the link does not open any more."""
    raised: list[Raised] = []


def take(
    store: Store,
    knowledge: Knowledge,
    row: AskedForm,
    asked: Sequence[Asked],
    sent: Sent,
    key: str,
    today: datetime.date,
    address: str | None,
) -> Taken:
    """Keep what was sent. Nothing is acknowledged before it is on disk.

    Args:
        store: where.
        knowledge: scores, codes, and which answers raise an alert.
        row: the link.
        asked: its forms.
        sent: answers, none of them wrong.
        key: that the page carried; the same again is the same sending.
        today: the day that the calendar stands at.
        address: where it came from.
    """
    raised = alerts.of_answers(knowledge, sent.given)
    moment = datetime.datetime.now().astimezone()
    when = answers.When(datetime.datetime.combine(today, moment.timetz()))
    with store.writing() as work:
        # Two answers of one patient wait for each other: the digest covers all documents.
        patient = work.get_one(Patient, row.patient_id, with_for_update=True)
        if not links.use_up(work, row):
            if links.same_again(work, row, key):
                return Taken("again", raised)
            _raise(work, patient, row, raised, address, LATE)
            return Taken("closed", raised)
        data = answers.bundle(patient.fhir_id, row.id, asked, sent.given, when, knowledge)
        document = keeping.keep(work, patient, Incoming(data, False, ADDITION, HERE), None)
        work.add(FormAnswer(asked_id=row.id, key=tokens.digest(key), document_id=document.id))
        _note(work, patient, row, Act.answer_form, address)
        _raise(work, patient, row, raised, address)
    return Taken("taken", raised)


def hear(
    store: Store, row: AskedForm, raised: Sequence[Raised], remark: str, address: str | None
) -> None:
    """Raise alerts by answers that are not taken: nobody may be there to send them again.

    Args:
        store: where.
        row: the link, open or not.
        raised: what the answers raise.
        remark: `UNFINISHED` or `LATE`.
        address: where they came from.
    """
    if raised:
        with store.writing() as work:
            patient = work.get_one(Patient, row.patient_id, with_for_update=True)
            _raise(work, patient, row, raised, address, remark)


def _raise(
    work: Session,
    patient: Patient,
    row: AskedForm,
    raised: Sequence[Raised],
    address: str | None,
    remark: str = "",
) -> None:
    for _ in range(alerts.raise_all(work, patient.id, row.id, raised, remark)):
        _note(work, patient, row, Act.raise_alert, address)


def _note(work: Session, patient: Patient, row: AskedForm, act: Act, address: str | None) -> None:
    writing.note_chart(work, act, None, patient, address=address, detail=f"link {row.id}")
