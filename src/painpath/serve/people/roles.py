"""Who may do what: one table, read by every check and by the test of all routes."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is in a clinic."""

    clinician = "clinician"
    prior_auth = "prior-auth"
    front_desk = "front-desk"
    analyst = "analyst"
    admin = "admin"
    patient = "patient"
    """A patient who opened a link; only for their own record."""


class Right(StrEnum):
    """What can be done."""

    see_list = "see the list of the day"
    see_plan = "see a patient's plan"
    bring_records = "bring records in"
    connect_server = "connect the clinic's FHIR server"
    see_worklists = "see the worklists of a population"
    see_knowledge = "read the knowledge"
    ask_payer = "prepare a request to a payer"
    write_letter = "write a referral letter"
    send_forms = "send forms to a patient"
    own_account = "change their own password and clinic"
    see_own_sheet = "read what is written for the patient"
    fill_form = "fill in a form"
    sign_alert = "sign off a safety alert"
    manage_people = "add and close accounts"
    see_trail = "read the audit trail"
    see_cards = "see what became of cards"


_EVERYBODY = {Right.see_knowledge, Right.own_account}

MAY: dict[Role, frozenset[Right]] = {
    Role.clinician: frozenset(
        _EVERYBODY
        | {
            Right.see_list,
            Right.see_plan,
            Right.bring_records,
            Right.see_worklists,
            Right.ask_payer,
            Right.write_letter,
            Right.send_forms,
            Right.sign_alert,
            Right.see_own_sheet,
        }
    ),
    Role.prior_auth: frozenset(
        _EVERYBODY
        | {
            Right.see_list,
            Right.see_plan,
            Right.bring_records,
            Right.see_worklists,
            Right.ask_payer,
            Right.send_forms,
        }
    ),
    Role.front_desk: frozenset(
        _EVERYBODY | {Right.see_list, Right.bring_records, Right.send_forms}
    ),
    Role.analyst: frozenset(_EVERYBODY | {Right.see_worklists, Right.see_cards}),
    Role.admin: frozenset(
        _EVERYBODY | {Right.manage_people, Right.see_trail, Right.see_cards, Right.connect_server}
    ),
    Role.patient: frozenset({Right.see_own_sheet, Right.fill_form}),
}

NAMES = {
    Role.clinician: "clinician",
    Role.prior_auth: "prior authorisation",
    Role.front_desk: "front desk",
    Role.analyst: "analyst",
    Role.admin: "administrator",
    Role.patient: "patient",
}

TELLS = {
    Role.clinician: "the list, patients' plans, letters, worklists",
    Role.prior_auth: "the list, patients' plans, requests to payers",
    Role.front_desk: "the list with what to book and what is missing, forms",
    Role.analyst: "worklists of the population and numbers, no plan",
    Role.admin: "accounts, the FHIR server and the audit trail, no patient",
}
"""What a role is for, where one is chosen."""
