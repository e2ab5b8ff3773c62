"""Launches that have begun: known by their state, good once, for the browser that began them."""

from __future__ import annotations

import base64
import datetime
import hashlib

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.serve.people import tokens
from painpath.serve.store.smart_tables import Launch
from painpath.serve.store.tables import now

MINUTES = 10
"""For signing in there and choosing a patient."""


class Attempt(msgspec.Struct, frozen=True):
    """One launch on its way."""

    server: str
    """Its `iss`."""
    nonce: str
    verifier: str
    scope: str

    @property
    def challenge(self) -> str:
        """What PKCE shows of the verifier."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def begin(work: Session, browser: str, server: str, scope: str) -> tuple[str, Attempt]:
    """A new launch, and its state, which is kept nowhere."""
    moment = now()
    work.execute(sa.delete(Launch).where(Launch.expires < moment))
    state = tokens.fresh()
    made = Attempt(server, tokens.fresh(), tokens.fresh(), scope)
    work.add(
        Launch(
            digest=tokens.digest(state),
            browser=tokens.digest(browser),
            server=made.server,
            nonce=made.nonce,
            verifier=made.verifier,
            scope=made.scope,
            expires=moment + datetime.timedelta(minutes=MINUTES),
        )
    )
    return state, made


def take(work: Session, browser: str, state: str) -> Attempt | None:
    """The launch of this state, if this browser began it; from now on it is gone."""
    row = work.execute(
        sa.delete(Launch)
        .where(
            Launch.digest == tokens.digest(state),
            Launch.browser == tokens.digest(browser),
            Launch.expires > now(),
        )
        .returning(Launch.server, Launch.nonce, Launch.verifier, Launch.scope)
    ).first()
    return Attempt(*row) if row is not None else None
