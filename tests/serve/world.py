"""Two clinics with a patient and a person of every role each, behind a test client."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field

import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from painpath.examples import example_bytes
from painpath.serve.app import create_app
from painpath.serve.charts import intake
from painpath.serve.desk.desk import Desk
from painpath.serve.people import accounts, sessions, tokens
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Trail

TODAY = datetime.date(2026, 11, 1)
PASSWORD = "correct horse battery"
PAGE = {"accept": "text/html"}
STAFF = [role for role in Role if role is not Role.patient]


@dataclass
class World:
    """The application and who is in it."""

    app: FastAPI
    store: Store
    desk: Desk
    settings: Settings
    clinics: dict[str, int] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    """Opaque id by clinic."""

    def client(self, role: Role | None = None, clinic: str = "North") -> TestClient:
        """Signed in as a role of a clinic; the patient's role is that of its patient."""
        client = TestClient(self.app, follow_redirects=False, headers=PAGE)
        if role is None:
            return client
        with self.store.writing() as work:
            if role is Role.patient:
                token = sessions.begin(work, self.settings, patient=self.patients[clinic])
            else:
                account = accounts.find(work, name(role, clinic))
                assert account is not None
                token = sessions.begin(work, self.settings, account=account)
        client.cookies.set("painpath", token)
        client.headers["x-form-token"] = tokens.masked(tokens.form_token(token))
        return client

    def trail(self) -> list[Trail]:
        """Every row, oldest first."""
        with self.store.reading() as work:
            return list(work.scalars(sa.select(Trail).order_by(Trail.id)))


def name(role: Role, clinic: str) -> str:
    """What somebody signs in with."""
    return f"{role.value} {clinic}".lower()


def form_token(page: str) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def made(store: Store, desk: Desk, settings: Settings) -> World:
    """The world, in an empty database."""
    store.migrate()
    world = World(create_app(settings, store=store, desk=desk), store, desk, settings)
    for clinic, example in (("North", "example-06"), ("South", "example-13")):
        with store.writing() as work:
            at = accounts.clinic(work, clinic, make=True)
            world.clinics[clinic] = at.id
            for role in STAFF:
                accounts.add(work, name(role, clinic), role, at)
            accounts.set_password(work, accounts.find(work, name(Role.clinician, clinic)), PASSWORD)
        read = intake.read(example_bytes(example), "x.json", desk.vocabulary, 1 << 24)
        world.patients[clinic] = intake.take(store, at.id, read, None).patient
    return world
