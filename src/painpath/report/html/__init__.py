"""The plan as one self-contained HTML page: no script, no network, prints on paper."""

from __future__ import annotations

from functools import cache
from importlib import resources

import jinja2

from painpath.knowledge.loading import Knowledge
from painpath.planning.plan import Plan
from painpath.records.reading import Record
from painpath.report import policies, scores, words
from painpath.report.html import timeline, view


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.PackageLoader("painpath.report.html", "templates")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=words.day_words,
        number=words.number,
        status=words.status_words,
        place=words.problem_place,
        score_value=scores.value_words,
        score_range=scores.range_words,
        score_change=scores.change_words,
    )
    environment.globals.update(
        marks=words.MARKS,
        status_marks=words.STATUS_MARKS,
        position_words=view.position_words,
        spare=view.spare,
        since=words.since_words,
        ago=words.ago_words,
        authorisation_words=words.authorisation_words,
        policy_rows=policies.by_option,
        when_words=policies.when_words,
    )
    return environment


def to_html(plan: Plan, record: Record, knowledge: Knowledge) -> bytes:
    """The page as UTF-8 bytes.

    Args:
        plan: what to show.
        record: the record it was made from, for the timeline.
        knowledge: names of options and sources, texts for patients.
    """
    style = resources.files("painpath.report.html") / "templates" / "style.css"
    page = (
        _environment()
        .get_template("plan.html.j2")
        .render(
            plan=plan,
            page=view.page(plan, knowledge),
            timeline=timeline.timeline(plan, record, knowledge),
            style=style.read_text(encoding="utf-8"),
            patient_words=words.patient_words(plan.patient),
        )
    )
    return page.encode("utf-8", "xmlcharrefreplace")
