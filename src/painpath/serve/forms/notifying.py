"""Safety alerts told to another system (`notify_url`): again and again until it accepts them.

What is sent says that there is an alert and where to look, and nothing of the patient. What is
left to do stands in the database, so neither a restart nor another process loses or doubles much:
each try is claimed before it is made.
"""

from __future__ import annotations

import datetime
import threading
from typing import Any

import httpx2
import sqlalchemy as sa

from painpath.fhirserver.line import trusted
from painpath.serve.logs import LOG
from painpath.serve.settings import Settings
from painpath.serve.store.form_tables import AlertNotice, AnswerAlert
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import now

_EVERY = 10.0
"""Seconds between looks."""
_PATIENCE = 10.0
"""Seconds for one try."""
_FIRST, _LONGEST = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)
"""The wait after a try doubles from the first to the longest, and never ends."""
_DOUBLINGS = 10


class Notifier:
    """Tells of alerts that nobody has signed off and that were not accepted yet."""

    def __init__(
        self, settings: Settings, store: Store, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._store = store
        self._transport = transport
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin to look, if an address is set."""
        if self._settings.notify_url:
            self._thread.start()

    def close(self) -> None:
        """End after the try that is under way."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while not self._ended.wait(_EVERY):
            try:
                self.look()
            except sa.exc.SQLAlchemyError as error:
                # The database may be away for a while; the alerts are still in it.
                LOG.warning("alerts could not be looked up: %s", type(error).__name__)

    def look(self) -> int:
        """Try everything that is due; how many were accepted."""
        return sum(self._tell(alert, raised) for alert, raised in self._claimed())

    def _claimed(self) -> list[tuple[int, datetime.datetime]]:
        """The alerts of which this process, and no other, makes the next try."""
        found = []
        moment = now()
        with self._store.reading() as work:
            due = sa.select(AnswerAlert.id, AnswerAlert.raised, AlertNotice.tries)
            due = due.outerjoin(AlertNotice, AlertNotice.alert_id == AnswerAlert.id)
            due = due.where(
                AnswerAlert.signed.is_(None),
                AlertNotice.accepted.is_(None),
                sa.or_(AlertNotice.next_try.is_(None), AlertNotice.next_try <= moment),
            )
            rows = work.execute(due.order_by(AnswerAlert.id)).all()
        for alert, raised, tries in rows:
            if self._claim(alert, tries, moment):
                found.append((alert, raised))
        return found

    def _claim(self, alert: int, tries: int | None, moment: datetime.datetime) -> bool:
        later = moment + min(_LONGEST, _FIRST * 2 ** min(tries or 0, _DOUBLINGS))
        if tries is None:
            first: Any = sa.insert(AlertNotice).values(alert_id=alert, tries=1, next_try=later)
            try:
                with self._store.writing() as work:
                    work.execute(first)
            except sa.exc.IntegrityError:
                return False
            return True
        again = (
            sa.update(AlertNotice)
            .where(AlertNotice.alert_id == alert, AlertNotice.tries == tries)
            .values(tries=tries + 1, next_try=later)
            .returning(AlertNotice.alert_id)
        )
        with self._store.writing() as work:
            return work.execute(again).scalar() is not None

    def _tell(self, alert: int, raised: datetime.datetime) -> bool:
        told = {
            "kind": "safety-alert",
            "alert": alert,
            "raised": raised.isoformat(timespec="seconds"),
            "open": f"{self._settings.address}/today",
        }
        try:
            with httpx2.Client(
                verify=trusted(), timeout=_PATIENCE, transport=self._transport, trust_env=False
            ) as client:
                status = client.post(self._settings.notify_url, json=told).status_code
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            LOG.warning("alert %d was not accepted: %s", alert, type(error).__name__)
            return False
        if not httpx2.codes.is_success(status):
            LOG.warning("alert %d was not accepted: status %d", alert, status)
            return False
        taken = sa.update(AlertNotice).where(AlertNotice.alert_id == alert).values(accepted=now())
        with self._store.writing() as work:
            work.execute(taken)
        return True
