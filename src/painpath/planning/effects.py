"""Whose status would change: the same records planned with two versions of the knowledge."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

import msgspec

from painpath.planning.plan import Plan
from painpath.planning.planner import Planner
from painpath.records.record import Record

Key = tuple[str, str | None, str | None, str, str | None]
"""Problem, side, region, option, and the policy where every policy is compared."""


class Standing(msgspec.Struct, frozen=True):
    """Status of an option for a patient."""

    status: str
    date: datetime.date | None
    open: tuple[str, ...]
    """The criteria that make it so."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """One option of one patient whose status differs."""

    patient: str
    problem: str
    side: str | None
    region: str | None
    option: str
    policy: str | None
    old: Standing | None
    """Null: the option or the problem did not show."""
    new: Standing | None


Standings = dict[str, dict[Key, Standing]]


def standings(
    planner: Planner, records: Iterable[Record], as_of: datetime.date, policy: str
) -> Standings:
    """Status of every option of every patient; with policy `all`, under every policy."""
    return {
        plan.patient.id: dict(of_plan(plan))
        for plan in (planner.plan(record, as_of=as_of, policy=policy) for record in records)
    }


def of_plan(plan: Plan) -> Iterator[tuple[Key, Standing]]:
    """Status of every option in one plan."""
    for problem in plan.problems:
        for option in problem.options:
            key: Key = (problem.id, problem.side, problem.region, option.id, None)
            date = option.earliest_date if option.status == "wait" else None
            yield key, Standing(option.status, date, tuple(option.because))
    for answer in plan.policies:
        for row in answer.options:
            if row.status is not None:
                key = (row.problem, row.side, row.region, row.option, answer.policy)
                date = row.from_date if row.status == "wait" else None
                yield key, Standing(row.status, date, tuple(row.open))


def effects(old: Standings, new: Standings) -> list[Effect]:
    """What differs, patient by patient. An option met for other reasons is no difference."""
    found: list[Effect] = []
    for patient in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(patient, {}), new.get(patient, {})
        for key in [*before, *(key for key in after if key not in before)]:
            one, two = before.get(key), after.get(key)
            if one and two and (one.status, one.date) == (two.status, two.date):
                continue
            problem, side, region, option, policy = key
            found.append(
                Effect(
                    patient=patient,
                    problem=problem,
                    side=side,
                    region=region,
                    option=option,
                    policy=policy,
                    old=one,
                    new=two,
                )
            )
    return found
