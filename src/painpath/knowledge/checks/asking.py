"""What patients are asked holds together: forms, items, help lines, days, words."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge.asking import PAIN_MAP, RELIEF
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.checks.reading_level import HIGHEST_GRADE, grade
from painpath.knowledge.instruments import Item
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.quantities import QuantityError, parse_duration


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """A form that cannot be asked, or an alert that never comes, is an error."""
    forms = {RELIEF, PAIN_MAP} | {diary.id for diary in knowledge.diaries}
    forms |= {each.id for each in knowledge.instruments if each.licence.item_text}
    for schedule in knowledge.form_schedules:
        where = place(knowledge, "form_schedules", schedule.id)
        for visit in schedule.visits:
            for name in visit.forms:
                if name not in forms:
                    yield Finding("error", where, f'"{visit.id}": no form "{name}" can be asked')
            for text in (visit.at, visit.early, visit.window):
                try:
                    parse_duration(text)
                except QuantityError as error:
                    yield Finding("error", where, f'"{visit.id}": {error}')
    items = {i.id for each in knowledge.instruments for i in each.items if isinstance(i, Item)}
    lines = {line.id for line in knowledge.help_lines}
    for alert in knowledge.answer_alerts:
        where = place(knowledge, "answer_alerts", alert.id)
        if alert.item not in items:
            yield Finding("error", where, f'alert "{alert.id}": no item "{alert.item}"')
        for name in alert.help:
            if name not in lines:
                yield Finding("error", where, f'alert "{alert.id}": no help line "{name}"')
        if grade(" ".join(alert.patient)) > HIGHEST_GRADE:
            yield Finding("error", where, f'alert "{alert.id}": not in plain words')
