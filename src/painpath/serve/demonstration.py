"""The demonstration: the example patients in a clinic of their own, and a link to sign in with."""

from __future__ import annotations

import sqlalchemy as sa

from painpath.examples import EXAMPLES, example_bytes
from painpath.serve.charts import intake
from painpath.serve.desk.desk import Desk
from painpath.serve.people import accounts, sessions
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Patient

CLINIC = "Example clinic"
PERSON, KEEPER = "demo", "demo administrator"
DAY = max(example.as_of for example in EXAMPLES)
"""The calendar of the demonstration stands still there: the examples never go stale."""


def fill(store: Store, desk: Desk, settings: Settings) -> None:
    """Put the examples on file, unless they are."""
    with store.writing() as work:
        clinic = accounts.clinic(work, CLINIC, make=True)
        accounts.add(work, PERSON, Role.clinician, clinic)
        accounts.add(work, KEEPER, Role.admin, clinic)
        known = set(work.scalars(sa.select(Patient.fhir_id).where(Patient.clinic_id == clinic.id)))
    for example in EXAMPLES:
        if example.id not in known:
            read = intake.read(
                example_bytes(example.id),
                f"{example.id}.json",
                desk.vocabulary,
                settings.unpacked_mb << 20,
            )
            intake.take(store, clinic.id, read, None)


def link(store: Store, settings: Settings, person: str = PERSON) -> str:
    """An address that signs in once."""
    with store.writing() as work:
        account = accounts.find(work, person)
        token = sessions.make_link(work, settings.link_minutes, account=account)
    return f"{settings.address}/sign-in/{token}"
