"""Writing the trail: one short transaction a row, before the answer goes out."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Trail


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
    reach = "reach"
    """A page or a patient that this person may not see."""


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
