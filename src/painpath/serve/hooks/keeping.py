"""Used tokens and what became of cards, in the database: all processes know of each other's."""

from __future__ import annotations

import datetime
import hashlib
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from painpath.hooks.feedback import KindCount, Shown, Told, counted
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Card, UsedToken

_TOLD = msgspec.json.Decoder(Told)
_LEEWAY = 120


class StoredNonces:
    """Remembers tokens until they would have expired anyway."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def first(self, issuer: str, nonce: str, until: float) -> bool:
        """See `painpath.hooks.clients.Nonces`."""
        digest = hashlib.sha256(f"{issuer}\0{nonce}".encode("utf-8", "replace")).hexdigest()
        used: Any = sa.insert(UsedToken).values(digest=digest, until=int(until))
        try:
            with self._store.writing() as work:
                old = UsedToken.until < int(time.time()) - _LEEWAY
                work.execute(sa.delete(UsedToken).where(old))
                work.execute(used)
        except sa.exc.IntegrityError:
            return False
        return True


class StoredFeedback:
    """What was sent and what was said of it; nothing in it names a patient."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, lines: Sequence[Shown | Told]) -> None:
        """See `painpath.hooks.feedback.FeedbackStore`."""
        with self._store.writing() as work:
            for line in lines:
                if isinstance(line, Shown):
                    row = {
                        "card": line.card,
                        "service": line.service,
                        "kind": line.kind,
                        "about": line.about,
                        "day": line.on,
                    }
                    work.execute(self._store.put(row, Card))
                else:
                    said = {"outcome": line.outcome, "told": msgspec.json.encode(line)}
                    work.execute(sa.update(Card).where(Card.card == line.card).values(**said))

    def set_aside(self, about: Iterable[str], since: datetime.date) -> set[str]:
        """See `painpath.hooks.feedback.FeedbackStore`."""
        latest = (
            sa.select(Card.about, Card.outcome)
            .where(Card.about.in_(list(about)), Card.day >= since, Card.outcome.is_not(None))
            .order_by(Card.day)
        )
        with self._store.reading() as work:
            # The last word on a finding counts: set aside, and taken up later.
            said = dict(work.execute(latest).all())
        return {finding for finding, outcome in said.items() if outcome == "overridden"}

    def counts(self) -> list[KindCount]:
        """See `painpath.hooks.feedback.FeedbackStore`."""
        with self._store.reading() as work:
            rows = work.scalars(sa.select(Card)).all()
        shown = [
            Shown(card=r.card, service=r.service, kind=r.kind, about=r.about, on=r.day)
            for r in rows
        ]
        told = {row.card: _TOLD.decode(row.told) for row in rows if row.told is not None}
        return counted(shown, told)
