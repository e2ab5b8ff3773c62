"""The knowledge as a static site: a page for each option, problem and policy; works offline.

`build` writes it; `atlas` says what belongs together; the templates only lay it out.
"""

from __future__ import annotations

import shutil
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
_EACH = ("options", "problems", "policies")


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


def build(knowledge: Knowledge, out: Path) -> list[Path]:
    """Write the site; pages of elements that are no longer known are removed.

    Returns:
        Every file written, the index first.
    """
    atlas = Atlas(knowledge)
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []

    def write(name: str, template: str, up: str, **terms: object) -> None:
        page = _environment().get_template(f"{template}.html.j2")
        text = page.render(atlas=atlas, known=knowledge, up=up, version=__version__, **terms)
        path = out / name
        path.write_text(text, encoding="utf-8")
        written.append(path)

    for name in _LISTS:
        write(f"{name}.html", name, "")
    for section in _EACH:
        shutil.rmtree(out / section, ignore_errors=True)
        (out / section).mkdir()
        template = {"options": "option", "problems": "problem", "policies": "policy"}[section]
        for item in getattr(knowledge, section):
            write(f"{section}/{item.id}.html", template, "../", it=item)
    style = out / "style.css"
    source = resources.files("painpath.report.site") / "templates" / "style.css"
    style.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    return [*written, style]
