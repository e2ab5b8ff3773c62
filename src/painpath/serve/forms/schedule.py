"""When which form is due: the schedule of the knowledge laid over what was done."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.quantities import Duration, parse_duration
from painpath.planning.plan import Plan
from painpath.records.dates import add_months, date_of, day_of
from painpath.serve.forms.asking import Done

_PROCEDURE = "Procedure/"
"""Only these can be named in an answer; what is known from a claim only is not asked about."""


class Due(msgspec.Struct, frozen=True):
    """Forms that are due for one procedure."""

    done: Done
    visit: str
    name: str
    forms: tuple[str, ...]
    on: datetime.date
    until: datetime.date
    """The last day on which an answer still counts for this visit."""
    late: bool

    @property
    def key(self) -> tuple[str, str]:
        """A procedure's visit is asked for once."""
        return self.done.ref, self.visit


def done_in(plan: Plan) -> list[Done]:
    """What the plan counts as done, each procedure once."""
    found: dict[str, Done] = {}
    for problem in plan.problems:
        place = " ".join(filter(None, (problem.id, problem.side, problem.region)))
        for option in problem.options:
            for each in option.done:
                if each.ref.startswith(_PROCEDURE) and each.ref not in found:
                    on = _exact(each.date)
                    if on is not None:
                        found[each.ref] = Done(each.ref, on, option.id, option.rung, place)
    return sorted(found.values(), key=lambda done: (done.on, done.ref))


def due(
    knowledge: Knowledge,
    done: Iterable[Done],
    asked: Collection[tuple[str, str]],
    today: datetime.date,
) -> list[Due]:
    """What is due on a day and was not asked for yet.

    A later procedure for the same problem ends the visits of the one before it: what is felt then
    is no longer its own.
    """
    all_ = list(done)
    found = []
    for each in all_:
        later = [o.on for o in all_ if o.problem == each.problem and o.on > each.on]
        ended = min(later, default=datetime.date.max)
        for schedule in knowledge.form_schedules:
            if each.rung not in schedule.rungs:
                continue
            for visit in schedule.visits:
                on = _moved(each.on, parse_duration(visit.at))
                first = _moved(on, parse_duration(visit.early), back=True)
                until = _moved(on, parse_duration(visit.window))
                if first <= today <= until and on < ended and (each.ref, visit.id) not in asked:
                    forms = tuple(visit.forms)
                    late = today > on
                    found.append(Due(each, visit.id, visit.name, forms, on, until, late))
    return sorted(found, key=lambda one: (one.on, one.done.ref))


def _exact(date: str | None) -> datetime.date | None:
    """A full date; what is known to the month only has no day on which anything is due."""
    if date is None or len(date) != len("2026-01-01"):
        return None
    return datetime.date.fromisoformat(date)


def _moved(day: datetime.date, duration: Duration, *, back: bool = False) -> datetime.date:
    sign = -1 if back else 1
    return date_of(add_months(day_of(day), sign * duration.months) + sign * duration.days)
