"""How often something may happen; counted in the database, so for all processes together."""

from __future__ import annotations

import datetime
import hashlib
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Count


class TooOftenError(Exception):
    """More than is allowed; `wait` is the seconds until it may be tried again."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many attempts. Please wait {_words(wait)}.")
        self.wait = wait


def count(store: Store, what: str, who: str, most: int, span: datetime.timedelta) -> None:
    """Count one more.

    Args:
        store: where it is counted.
        what: e.g. `sign-in`.
        who: an account or an address; only its digest is kept.
        most: in one span of time.
        span: how long counting lasts before it begins again.

    Raises:
        TooOftenError: if it was more than `most`.
    """
    seconds = int(span.total_seconds())
    moment = int(time.time())
    key = hashlib.sha256(f"{what}\0{seconds}\0{who}".encode()).hexdigest()
    window = moment // seconds
    insert: Any = sqlite.insert if store.is_sqlite else postgresql.insert
    added = insert(Count).values(key=key, span=window, number=1)
    added = added.on_conflict_do_update(
        index_elements=[Count.key, Count.span], set_={"number": Count.number + 1}
    ).returning(Count.number)
    with store.writing() as work:
        number = work.execute(added).scalar_one()
        if number == 1:
            work.execute(sa.delete(Count).where(Count.key == key, Count.span < window))
    if number > most:
        raise TooOftenError((window + 1) * seconds - moment)


def _words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes} minutes" if minutes > 1 else "a minute"
