"""Start: tables brought up to date, the demonstration filled, the server run until stopped."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

import msgspec
import uvicorn
from uvicorn.supervisors import Multiprocess

from painpath.serve import demonstration
from painpath.serve import settings as configuration
from painpath.serve.app import HANDED_ON, create_app
from painpath.serve.desk.desk import Desk
from painpath.serve.logs import set_up
from painpath.serve.memory import settle
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store

_PATIENCE = 120
"""Seconds in which a process must answer the one that watches over it, else it is replaced. A
process that died is replaced at once; one that is still starting on a busy machine, or reads a
large record, is only slow."""


def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until interrupted; `say` tells the person who started it."""
    set_up()
    store = Store(settings.database)
    store.migrate()
    desk = Desk() if settings.demo or settings.workers == 1 else None
    if settings.demo:
        settings = msgspec.structs.replace(settings, today=settings.today or demonstration.DAY)
        assert desk is not None
        say("Putting the example patients on file.")
        demonstration.fill(store, desk, settings)
        say(f"Example patients at {settings.address}")
        say(f"Sign in once with {demonstration.link(store, settings)}")
        keeper = demonstration.link(store, settings, demonstration.KEEPER)
        say(f"As administrator (accounts for other roles, FHIR server, audit trail): {keeper}")
    else:
        say(f"Serving at {settings.address}")
    terms = {
        "host": settings.host,
        "port": settings.port,
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "forwarded_allow_ips": settings.trusted_proxies,
        "timeout_graceful_shutdown": 10,
    }
    if settings.workers == 1:
        assert desk is not None
        app = create_app(settings, store=store, desk=desk)
        settle()
        uvicorn.run(app, **terms)  # type: ignore[arg-type]
        desk.close()
        return
    # The other processes open their own.
    store.close()
    if desk is not None:
        desk.close()
    os.environ[HANDED_ON] = configuration.to_text(settings)
    config = uvicorn.Config(
        "painpath.serve.app:from_environment",
        factory=True,
        workers=settings.workers,
        timeout_worker_healthcheck=_PATIENCE,
        **terms,  # type: ignore[arg-type]
    )
    listening = config.bind_socket()
    # asyncio sets it on connections of sockets that it made itself. Those of a socket handed to
    # other processes would wait 40 ms for a receipt before the last piece of each answer.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Multiprocess(config, sockets=[listening]).run()
