"""Forms on pages of other things: alerts and due forms on Today and at the patient."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from painpath.planning.plan import Plan
from painpath.serve.desk.day import Row
from painpath.serve.forms import alerts, asking, links, schedule
from painpath.serve.forms.alerts import Shown
from painpath.serve.forms.schedule import Due
from painpath.serve.service import Service
from painpath.serve.store.tables import Patient


class DueHere(msgspec.Struct, frozen=True):
    """A due form on a list of several patients."""

    patient: Patient
    due: Due


class Strip(msgspec.Struct, frozen=True):
    """What a page shows of forms."""

    alerts: list[Shown]
    due: list[DueHere]
    forms: dict[str, str]
    """Names of forms."""
    options: dict[str, str]
    """Names of options."""


def on_today(here: Service, clinic: int, rows: Sequence[Row]) -> Strip:
    """Of a clinic: open alerts, and forms that are due by the lines of the day."""
    knowledge, today = here.desk.knowledge, here.today()
    with here.store.reading() as work:
        open_ = alerts.open_in(work, clinic, knowledge)
        settled = links.settled(work, clinic)
    due = [
        DueHere(row.patient, each)
        for row in rows
        if row.line is not None
        for each in schedule.due(knowledge, row.line.done, settled.get(row.patient.id, ()), today)
    ]
    due.sort(key=lambda each: (each.due.until, each.patient.name))
    return _strip(here, open_, due)


def on_patient(here: Service, patient: Patient, plan: Plan | None) -> Strip:
    """Of one patient: all alerts, and the forms that are due today."""
    knowledge = here.desk.knowledge
    with here.store.reading() as work:
        shown = alerts.of_patient(work, patient.id, knowledge)
        settled = links.settled(work, patient.clinic_id).get(patient.id, set())
    done = schedule.done_in(plan) if plan is not None else []
    due = schedule.due(knowledge, done, settled, here.today())
    return _strip(here, shown, [DueHere(patient, each) for each in due])


def _strip(here: Service, shown: list[Shown], due: list[DueHere]) -> Strip:
    knowledge = here.desk.knowledge
    options = {option.id: option.name for option in knowledge.options}
    return Strip(shown, due, asking.names(knowledge), options)
