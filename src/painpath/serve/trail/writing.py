"""Writing the trail: one short transaction a row, before the answer goes out."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Patient, Trail


class Act(StrEnum):
    """What was done or tried."""

    sign_in = "sign-in"
    sign_out = "sign-out"
    see_list = "see-list"
    see_plan = "see-plan"
    see_timeline = "see-timeline"
    see_sheet = "see-sheet"
    write_letter = "write-letter"
    ask_payer = "ask-payer"
    see_worklist = "see-worklist"
    bring_record = "bring-record"
    read_again = "read-again"
    make_link = "make-link"
    change_password = "change-password"
    choose_clinic = "choose-clinic"
    add_account = "add-account"
    close_account = "close-account"
    see_trail = "see-trail"
    export_trail = "export-trail"
    see_forms = "see-forms"
    ask_form = "ask-form"
    withdraw_form = "withdraw-form"
    answer_form = "answer-form"
    raise_alert = "raise-alert"
    sign_alert = "sign-alert"
    connect_server = "connect-server"
    find_patient = "find-patient"
    set_worklists = "set-worklists"
    backup = "backup"
    restore = "restore"
    reach = "reach"
    """A page or a patient that this person may not see."""


ACTS = {
    Act.sign_in: "signed in",
    Act.sign_out: "signed out",
    Act.see_list: "saw the list of the day",
    Act.see_plan: "saw the plan",
    Act.see_timeline: "saw the timeline",
    Act.see_sheet: "saw what is written for the patient",
    Act.write_letter: "wrote a letter",
    Act.ask_payer: "prepared a request to the payer",
    Act.see_worklist: "saw a worklist",
    Act.bring_record: "brought a record in",
    Act.read_again: "read the record again",
    Act.make_link: "made a sign-in link",
    Act.change_password: "changed the password",
    Act.choose_clinic: "chose the clinic",
    Act.add_account: "added an account",
    Act.close_account: "closed an account",
    Act.see_trail: "saw the audit trail",
    Act.export_trail: "took the audit trail away",
    Act.see_forms: "saw the forms",
    Act.ask_form: "made a link to forms",
    Act.withdraw_form: "withdrew a link to forms",
    Act.answer_form: "answered a form",
    Act.raise_alert: "safety alert raised",
    Act.sign_alert: "signed off a safety alert",
    Act.connect_server: "changed the FHIR server",
    Act.find_patient: "looked for a patient on the FHIR server",
    Act.set_worklists: "chose the worklists of the population",
    Act.backup: "wrote a backup of everything",
    Act.restore: "put a backup into this database",
    Act.reach: "a page or a patient that is not theirs to see",
}
"""As the trail's page says it."""
OPERATOR = "at the command line"
"""Who has no account and comes from no address: whoever runs the service."""


def note(
    work: Session,
    act: Act | str,
    visitor: Visitor | None,
    *,
    patient: str | None = None,
    clinic: int | None = None,
    account: int | None = None,
    address: str | None = None,
    detail: str | None = None,
    done: bool = True,
) -> None:
    """One row. `detail` never says anything about a patient.

    Args:
        work: the transaction; with what it changes, the row is kept or lost together.
        act: what was done.
        visitor: by whom; `None` before signing in.
        account: by whom, if it is known before they are signed in.
        patient: whose record, by opaque id.
        clinic: whose patient; default the clinic that is shown.
        address: where the request came from.
        detail: a few words.
        done: false if it was refused.
    """
    shown = visitor.clinic if visitor is not None else None
    if visitor is not None and visitor.patient is not None and patient is None:
        patient = visitor.patient
    work.add(
        Trail(
            act=str(act),
            done=done,
            account_id=visitor.account if visitor is not None else account,
            clinic_id=clinic if clinic is not None else shown,
            patient_id=patient,
            address=address,
            detail=detail[:200] if detail else None,
        )
    )


def note_chart(
    work: Session,
    act: Act,
    visitor: Visitor | None,
    patient: Patient,
    *,
    address: str | None,
    detail: str | None = None,
) -> None:
    """One row about a patient's chart: it belongs to the patient's clinic, whichever is shown."""
    note(
        work,
        act,
        visitor,
        patient=patient.id,
        clinic=patient.clinic_id,
        address=address,
        detail=detail,
    )
