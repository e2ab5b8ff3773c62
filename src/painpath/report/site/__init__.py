"""The knowledge as a static site: a page for each option, problem and policy; works offline.

`build` writes it; `atlas` says what belongs together; the templates only lay it out.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import jinja2

from painpath import __version__
from painpath.instruments.change import change_words
from painpath.knowledge.loading import Knowledge
from painpath.report import instruments, words
from painpath.report.knowledge import ages_words
from painpath.report.site import wording
from painpath.report.site.atlas import Atlas

_LISTS = (
    "index",
    "options",
    "problems",
    "policies",
    "safety",
    "instruments",
    "authorisation",
    "sources",
)
_EACH = {"options": "option", "problems": "problem", "policies": "policy"}
"""Sections with a page for each element, and its template."""


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("painpath.report.site", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=words.day_words,
        number=words.number,
        position=wording.position,
        axis=wording.axis,
        silence=wording.silence,
        facts=wording.case_facts,
        numbers=wording.numbers,
        family=wording.family,
        grade=wording.reading_grade,
        list=wording.as_list,
        plural=wording.plural,
        effect=wording.effect,
        change=change_words,
        score_range=instruments.range_words,
        score_rule=instruments.rule_words,
        score_bands=instruments.band_words,
        score_missing=wording.missing_answers,
    )
    environment.globals.update(
        marks=words.MARKS,
        status_marks=words.STATUS_MARKS,
        numbers=wording.numbers,
        ages_words=ages_words,
    )
    return environment


class Site:
    """The pages of one knowledge, made when they are asked for.

    Args:
        knowledge: what they show.
        home: an address to go back to, where the site is part of something else.
    """

    def __init__(self, knowledge: Knowledge, home: str | None = None) -> None:
        self._atlas = Atlas(knowledge)
        self._known = knowledge
        self._home = home
        self._items = {
            section: {item.id: item for item in getattr(knowledge, section)} for section in _EACH
        }

    def names(self) -> Iterator[str]:
        """`index.html`, `options/ID.html`: every page, the index first."""
        yield from (f"{name}.html" for name in _LISTS)
        for section in _EACH:
            yield from (f"{section}/{key}.html" for key in self._items[section])

    def page(self, name: str) -> str | None:
        """A page by its name; `None` if there is no such page."""
        section, _, key = name.removesuffix(".html").rpartition("/")
        if not section:
            return self._render(key, "") if key in _LISTS else None
        item = self._items.get(section, {}).get(key)
        return None if item is None else self._render(_EACH[section], "../", it=item)

    def _render(self, template: str, up: str, **terms: object) -> str:
        page = _environment().get_template(f"{template}.html.j2")
        return page.render(
            atlas=self._atlas,
            known=self._known,
            up=up,
            version=__version__,
            home=self._home,
            **terms,
        )


def style() -> str:
    """The site's style sheet."""
    source = resources.files("painpath.report.site") / "templates" / "style.css"
    return source.read_text(encoding="utf-8")


def build(knowledge: Knowledge, out: Path) -> list[Path]:
    """Write the site; pages of elements that are no longer known are removed.

    Returns:
        Every file written, the index first.
    """
    site = Site(knowledge)
    out.mkdir(parents=True, exist_ok=True)
    for section in _EACH:
        shutil.rmtree(out / section, ignore_errors=True)
        (out / section).mkdir()
    written: list[Path] = []
    for name in site.names():
        path = out / name
        path.write_text(site.page(name) or "", encoding="utf-8")
        written.append(path)
    sheet = out / "style.css"
    sheet.write_text(style(), encoding="utf-8")
    return [*written, sheet]
