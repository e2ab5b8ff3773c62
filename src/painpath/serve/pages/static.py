"""Styles, scripts and the icon, held by the browser for good: new content has a new address."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from fastapi import APIRouter, HTTPException, Response

from painpath.report import html
from painpath.serve.guard.visitor import everyone
from painpath.serve.parts import Part

router = APIRouter(include_in_schema=False)
PART = Part(router=router)

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_A_YEAR = 31_536_000
_OWN = ("service.css", "service.js", "forms.css", "forms.js", "htmx.min.js", "icon.svg")


@cache
def _files() -> dict[str, bytes]:
    """By name; the plan's own style and script are those of its self-contained page."""
    folder = resources.files("painpath.serve.pages") / "static"
    found = {name: folder.joinpath(name).read_bytes() for name in _OWN}
    found["plan.css"] = (html.file("style.css") + html.file("print.css")).encode()
    found["plan.js"] = html.file("page.js").encode()
    return found


@cache
def address(name: str) -> str:
    """`/static/1a2b3c4d/service.css`."""
    return f"/static/{hashlib.sha256(_files()[name]).hexdigest()[:12]}/{name}"


@router.get("/static/{version}/{name}")
@everyone
def static_file(version: str, name: str) -> Response:
    """A style sheet or script."""
    del version
    if name not in _files():
        raise HTTPException(404, "There is no such file.")
    return Response(
        _files()[name],
        media_type=_TYPES[name.rsplit(".", 1)[-1]],
        headers={"Cache-Control": f"public, max-age={_A_YEAR}, immutable"},
    )
