"""Whether the service is there and reaches its database: for a proxy or a monitor."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from painpath import __version__
from painpath.serve import service
from painpath.serve.guard.visitor import everyone
from painpath.serve.parts import Part

router = APIRouter(tags=["health"])
PART = Part(router=router)


@router.get("/health")
@everyone
def health(request: Request) -> Response:
    """200 if all is well, 503 if the database does not answer."""
    try:
        with service.of(request).store.reading() as work:
            work.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return JSONResponse({"status": "database not reached"}, 503)
    return JSONResponse({"status": "ok", "version": __version__})
