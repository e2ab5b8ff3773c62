"""Letters, packet and handout as self-contained pages: no network, no script, print on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import jinja2
import msgspec

from painpath.paperwork.checklist import ABSENT, Checklist
from painpath.paperwork.handout import Handout
from painpath.paperwork.letter import Letter
from painpath.paperwork.letters import NOT_SENT, Letters
from painpath.report.words import MARKS

VERDICTS = {"met": "met", "unknown": "missing", "not-met": "not met", "not-applicable": "n/a"}
"""The word beside the mark."""


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("painpath.paperwork", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = resources.files("painpath.paperwork") / "templates"
    style = (folder / "paper.css").read_text(encoding="utf-8")
    environment.globals.update(marks=MARKS, verdicts=VERDICTS, absent=ABSENT, style=style)
    return environment


class Again(msgspec.Struct, frozen=True):
    """The same once more in another form, asked for by a form of the page."""

    words: str
    address: str
    fields: list[tuple[str, str]]


Ways = Sequence[tuple[str, str]]
"""Words and address of where one can go from a page that is served; they are not printed."""


def letter_page(made: Letter, ways: Ways = ()) -> bytes:
    """The letter."""
    return _page("letter", made, ways)


def letters_page(made: Letters, ways: Ways = (), again: Again | None = None) -> bytes:
    """A sheet for the clinic, then each letter on a page of its own."""
    return _page("letters", made, ways, again=again, not_sent=NOT_SENT)


def packet_page(made: Checklist, ways: Ways = ()) -> bytes:
    """The packet: cover, what is missing, criteria with evidence, sources."""
    return _page("packet", made, ways)


def handout_page(made: Handout, ways: Ways = ()) -> bytes:
    """The handout for the patient."""
    return _page("handout", made, ways)


def _page(name: str, made: Any, ways: Ways, **more: Any) -> bytes:
    text = _environment().get_template(f"{name}.html.j2").render(made=made, ways=ways, **more)
    return text.encode("utf-8", "xmlcharrefreplace")
