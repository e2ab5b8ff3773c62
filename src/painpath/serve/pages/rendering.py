"""Pages from templates, with what every page shows: who is signed in, where one can go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from painpath import __version__
from painpath.report import html, words
from painpath.serve import service
from painpath.serve.pages import static
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import NAMES, TELLS
from painpath.serve.people.sessions import Visitor

MOST_LETTERS = 50
"""Letters at once: more would keep everybody else waiting."""


def environment(parts: Sequence[Part]) -> jinja2.Environment:
    """The templates of all parts, on top of those of the plan's page."""
    folders = ["painpath.serve.pages", *(part.templates for part in parts if part.templates)]
    loaders: list[jinja2.BaseLoader] = [
        jinja2.PackageLoader(each, "templates") for each in dict.fromkeys(folders)
    ]
    made = html.environment(jinja2.ChoiceLoader([*loaders, html.TEMPLATES]))
    made.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    made.globals.update(
        version=__version__,
        file=static.address,
        role_names=NAMES,
        role_tells=TELLS,
        entries=[entry for part in parts for entry in part.entries],
        patient_words=words.patient_words,
        most_letters=MOST_LETTERS,
    )
    return made


def is_part(request: Request) -> bool:
    """Whether only a part of the page is wanted (htmx), not the whole."""
    asked = request.headers.get("hx-request") == "true"
    return asked and request.headers.get("hx-history-restore-request") != "true"


def show(
    request: Request,
    template: str,
    visitor: Visitor | None = None,
    *,
    status: int = 200,
    **terms: Any,
) -> HTMLResponse:
    """A page, or a part of one."""
    here = service.of(request)
    made: jinja2.Environment = request.app.state.templates
    text = made.get_template(template).render(
        me=visitor,
        here=request.url.path,
        demo=here.settings.demo,
        still=here.settings.today,
        today=here.today(),
        **terms,
    )
    # The page and the part have one address: a browser must not take one for the other.
    return HTMLResponse(
        text.encode("utf-8", "xmlcharrefreplace"),
        status_code=status,
        headers={"Vary": "HX-Request"},
    )


def home(request: Request, visitor: Visitor) -> str:
    """Where somebody goes first: the first entry that their role has."""
    if visitor.patient is not None:
        return f"/patients/{visitor.patient}/sheet"
    entries: list[Entry] = request.app.state.templates.globals["entries"]
    return next((entry.path for entry in entries if visitor.may(entry.right)), "/account")
