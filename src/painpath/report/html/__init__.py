"""The plan as one self-contained HTML page: no network, prints on paper.

Its one script counts dates and opens links' targets; the page allows it by its hash and no other.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

import jinja2

from painpath.knowledge.loading import Knowledge
from painpath.planning.plan import Plan
from painpath.records.reading import Record
from painpath.report import cover, criteria, phrases, policies, scores, words
from painpath.report.html import timeline, view

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_CARE_WORDS = {"ongoing": "In place:", "tried": "Tried:", "consider": "Consider:"}


TEMPLATES = jinja2.PackageLoader("painpath.report.html", "templates")
"""The parts of the page, which other pages share."""


@cache
def _environment() -> jinja2.Environment:
    return environment(TEMPLATES)


def environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    """Templates with the words and marks that the parts of the page use."""
    made = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=words.day_words,
        number=words.number,
        status=words.status_words,
        place=words.problem_place,
        score_value=scores.value_words,
        score_range=scores.range_words,
        score_change=scores.change_words,
    )
    made.globals.update(
        marks=words.MARKS,
        status_marks=words.STATUS_MARKS,
        safety_marks=phrases.SAFETY_MARKS,
        care_words=_CARE_WORDS,
        grouped=criteria.grouped,
        spare=criteria.spare,
        possible_words=words.possible_words,
        open_question=phrases.open_question,
        first_clause=phrases.first_clause,
        months_words=phrases.months_words,
        unmet_words=phrases.unmet_words,
        comes_first=phrases.comes_first,
        position_words=cover.position_words,
        position_mark=cover.position_mark,
        own_words=cover.own_words,
        other_words=cover.other_words,
        guideline_words=cover.guideline_words,
        evidence_words=cover.evidence_words,
        by_axis=view.by_axis,
        since=words.since_words,
        ago=words.ago_words,
        authorisation_words=words.authorisation_words,
        policy_rows=policies.by_option,
        when_words=policies.when_words,
    )
    return made


def to_html(plan: Plan, record: Record, knowledge: Knowledge) -> bytes:
    """The page as UTF-8 bytes.

    Args:
        plan: what to show.
        record: the record it was made from, for the timeline.
        knowledge: names of options and sources, texts for patients.
    """
    script = file("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    page = (
        _environment()
        .get_template("plan.html.j2")
        .render(
            plan=plan,
            page=view.page(plan, knowledge),
            timeline=timeline.timeline(plan, record, knowledge),
            style=file("style.css") + file("print.css") + _running_foot(plan),
            script=script,
            script_hash=f"sha256-{digest}",
            patient_words=words.patient_words(plan.patient),
        )
    )
    return page.encode("utf-8", "xmlcharrefreplace")


@cache
def file(name: str) -> str:
    """A style sheet or the script of the page."""
    folder = resources.files("painpath.report.html") / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _running_foot(plan: Plan) -> str:
    """Who, when and which version at the foot of every printed page.

    It stands in the style sheet, so an id that is no FHIR id is left out there.
    """
    name = f"{plan.patient.id} · " if _ID.fullmatch(plan.patient.id) else ""
    words_ = f"{name}as of {words.day_words(plan.as_of)} · PainPath {plan.version}"
    return (
        f'@page {{ @bottom-left {{ content: "{words_}"; }}'
        ' @bottom-right { content: counter(page) " / " counter(pages); } }'
    )
