"""What every part of the service shares, and how a request reaches it."""

from __future__ import annotations

import datetime

import msgspec
from starlette.requests import HTTPConnection

from painpath.serve.desk.desk import Desk
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store


class Service(msgspec.Struct, frozen=True):
    """Settings, the database and the planner of one process."""

    settings: Settings
    store: Store
    desk: Desk

    def today(self) -> datetime.date:
        """The day that lists and plans are of, unless another is asked for."""
        return self.settings.today or datetime.date.today()


def of(connection: HTTPConnection) -> Service:
    """The service behind a request."""
    service: Service = connection.app.state.service
    return service


def address_of(connection: HTTPConnection) -> str | None:
    """Where a request came from; behind a proxy, by its header (see `trusted_proxies`)."""
    return connection.client.host if connection.client is not None else None
