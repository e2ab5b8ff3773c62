"""The clinic's FHIR server: connected here, tried before it is kept, let go again."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, HTTPException, Request, Response

from painpath.records.errors import RecordError
from painpath.serve import service
from painpath.serve.charts import servers
from painpath.serve.guard import rates
from painpath.serve.guard.visitor import may
from painpath.serve.pages.rendering import show
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.store.tables import Clinic
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(tags=["FHIR server"])
PART = Part(router=router, entries=(Entry("/fhir-server", "FHIR server", Right.connect_server),))

Connector = Annotated[Visitor, may(Right.connect_server)]


@router.get("/fhir-server")
def server_page(request: Request, visitor: Connector) -> Response:
    """Which server is connected, and the way to connect one."""
    return _show(request, visitor)


@router.post("/fhir-server")
def connect(
    request: Request, visitor: Connector, address: Annotated[str, Form(max_length=500)]
) -> Response:
    """Try a server and keep it; one that does not answer as it should is not kept."""
    here = service.of(request)
    if not here.settings.connect_servers:
        raise HTTPException(404, "Servers are connected in the settings here.")
    try:
        # It asks an address that somebody typed: not many times, and only a server of FHIR counts.
        rates.count(here.store, "connect", str(visitor.account), *servers.OFTEN)
        base = servers.checked(address, here.settings)
        tried = msgspec.structs.replace(here.settings, fhir_server=base, fhir_server_token="")
        version = servers.try_it(tried)
    except (rates.TooOftenError, RecordError) as error:
        return _show(request, visitor, problem=str(error), typed=address)
    _keep(request, visitor, base)
    return _show(request, visitor, done=f"Connected. The server speaks FHIR {version}.")


@router.post("/fhir-server/try")
def try_again(request: Request, visitor: Connector) -> Response:
    """Ask the connected server whether it is there."""
    here = service.of(request)
    server = servers.of(here.store, here.settings, visitor.clinic)
    if server is None:
        raise HTTPException(404, "No FHIR server is connected.")
    try:
        rates.count(here.store, "connect", str(visitor.account), *servers.OFTEN)
        version = servers.try_it(server)
    except (rates.TooOftenError, RecordError) as error:
        return _show(request, visitor, problem=str(error))
    return _show(request, visitor, done=f"The server answers. It speaks FHIR {version}.")


@router.post("/fhir-server/let-go")
def let_go(request: Request, visitor: Connector) -> Response:
    """Disconnect it; what was fetched stays on file."""
    _keep(request, visitor, None)
    return _show(request, visitor, done="Disconnected. The records that were fetched stay on file.")


def _keep(request: Request, visitor: Visitor, base: str | None) -> None:
    assert visitor.clinic is not None
    with service.of(request).store.writing() as work:
        work.get_one(Clinic, visitor.clinic).fhir_server = base
        writing.note(
            work,
            Act.connect_server,
            visitor,
            address=service.address_of(request),
            detail=f"to {base}"[:200] if base else "to none",
        )


def _show(
    request: Request, visitor: Visitor, *, problem: str = "", done: str = "", typed: str = ""
) -> Response:
    here = service.of(request)
    server = servers.of(here.store, here.settings, visitor.clinic)
    return show(
        request,
        "fhir_server.html.j2",
        visitor,
        status=422 if problem else 200,
        server=server.fhir_server if server is not None else None,
        fixed=server is not None and server.fhir_server == here.settings.fhir_server,
        may_connect=here.settings.connect_servers,
        problem=problem,
        done=done,
        typed=typed,
    )
