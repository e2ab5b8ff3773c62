"""The service put together: its parts, what every request passes, what it holds while it runs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from painpath import __version__
from painpath.report.site import Site
from painpath.serve import settings as configuration
from painpath.serve.desk.desk import Desk
from painpath.serve.forms.notifying import Notifier
from painpath.serve.guard.bodies import Bodies
from painpath.serve.guard.headers import Headers
from painpath.serve.guard.routes import taking, unguarded
from painpath.serve.guard.sizes import Sizes
from painpath.serve.hooks.part import hooks
from painpath.serve.logs import Log, set_up
from painpath.serve.memory import settle
from painpath.serve.pages import (
    cards,
    fhir_server,
    forms_patient,
    forms_staff,
    health,
    knowledge,
    launch,
    letters,
    oidc,
    papers,
    patient,
    people,
    records_in,
    rendering,
    signing_in,
    static,
    today,
    trail,
    trouble,
    worklists,
)
from painpath.serve.parts import Part
from painpath.serve.service import Service
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store

PARTS: tuple[Part | Callable[[Service], Part], ...] = (
    today.PART,
    patient.PART,
    papers.PART,
    letters.PART,
    worklists.PART,
    records_in.PART,
    forms_staff.PART,
    forms_patient.PART,
    people.PART,
    fhir_server.PART,
    trail.PART,
    cards.PART,
    knowledge.PART,
    signing_in.PART,
    oidc.PART,
    launch.PART,
    static.PART,
    health.PART,
    hooks,
)
"""In the order of the navigation. A new part is named here, and nowhere else; one that needs the
settings or the desk is a function of the service."""

HANDED_ON = "PAINPATH_HANDED_ON"
"""Settings for the other processes, from the one that starts them."""
_THREADS = 80
"""Requests worked on side by side: most of them wait for the engine, which answers many at once."""


class UnguardedError(Exception):
    """A route that says neither who may use it nor that everyone may."""


def create_app(
    settings: Settings, *, store: Store | None = None, desk: Desk | None = None
) -> FastAPI:
    """The application.

    Args:
        settings: how it runs.
        store: an open database; default the one of the settings, whose tables must be up to date.
        desk: a desk that is already there.

    Raises:
        UnguardedError: if a route has no guard.
    """
    here = Service(settings, store or Store(settings.database), desk or Desk())
    own_desk = desk is None

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        del app
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        notifier = Notifier(here.settings, here.store)
        notifier.start()
        yield
        notifier.close()
        here.store.close()
        if own_desk:
            here.desk.close()

    app = FastAPI(
        title="PainPath",
        version=__version__,
        summary="Which interventional pain care fits a patient, why, and what comes next.",
        docs_url=None,
        redoc_url=None,
        # It would send on to whatever host the request names.
        redirect_slashes=False,
        lifespan=living,
    )
    app.state.service = here
    parts = [part if isinstance(part, Part) else part(here) for part in PARTS]
    app.state.templates = rendering.environment(parts)
    app.state.site = Site(here.desk.knowledge, home="/")
    larger = {"/records": settings.upload_mb << 20}
    for part in parts:
        app.include_router(part.router)
        larger.update(part.larger)
    if missing := unguarded(app.routes):
        raise UnguardedError(f"routes without a guard: {', '.join(missing)}")
    trouble.install(app)
    app.add_middleware(Bodies, guarded=taking(app.routes), refusal=trouble.not_read)
    app.add_middleware(Sizes, larger=larger, refusal=trouble.too_large)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    app.add_middleware(Headers, secure=settings.secure)
    app.add_middleware(Log)
    return app


def from_environment() -> FastAPI:
    """For servers that start several processes: the settings that were handed on, or the usual."""
    set_up()
    handed = os.environ.get(HANDED_ON)
    app = create_app(configuration.from_text(handed) if handed else configuration.load())
    settle()
    return app
