"""The knowledge to browse: the pages of the static site, made when they are asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from painpath.report import site
from painpath.serve.guard.visitor import may
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor

router = APIRouter(tags=["knowledge"])
PART = Part(
    router=router, entries=(Entry("/knowledge/index.html", "Knowledge", Right.see_knowledge),)
)

Reader = Annotated[Visitor, may(Right.see_knowledge)]


@router.get("/knowledge")
def to_the_index(visitor: Reader) -> Response:
    """On to the index."""
    del visitor
    return RedirectResponse("/knowledge/index.html", 308)


@router.get("/knowledge/{page:path}")
def knowledge_page(
    request: Request, visitor: Reader, page: Annotated[str, Path(max_length=200)]
) -> Response:
    """`options/ID.html`, `policies/ID.html`, the lists, and the style sheet."""
    del visitor
    headers = {"Cache-Control": "private, max-age=3600"}
    if page == "style.css":
        return Response(site.style(), media_type="text/css; charset=utf-8", headers=headers)
    pages: site.Site = request.app.state.site
    text = pages.page(page) if page.endswith(".html") else None
    if text is None:
        raise HTTPException(404, "There is no such page in the knowledge.")
    return HTMLResponse(text, headers=headers)
