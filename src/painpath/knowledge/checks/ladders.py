"""Ladders lead upwards: no rung comes after itself, every option has criteria to go by."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """A circle of rungs is an error; an option without clinical criteria is a warning."""
    after = {option.id: as_tuple(option.after) for option in knowledge.options}
    for option in knowledge.options:
        seen: set[str] = set()
        waiting = list(after[option.id])
        while waiting:
            rung = waiting.pop()
            if rung == option.id:
                where = place(knowledge, "options", option.id)
                yield Finding("error", where, f'"{option.id}" comes after itself; break the circle')
                break
            if rung not in seen:
                seen.add(rung)
                waiting.extend(after.get(rung, ()))
    ruled = {
        option
        for policy in knowledge.policies
        if policy.payer == "clinical"
        for rule in policy.rules
        if rule.criteria or rule.position == "criteria"
        for option in rule.options
    }
    for option in knowledge.options:
        where = place(knowledge, "options", option.id)
        if option.id not in ruled and option.part_of not in ruled:
            yield Finding("warning", where, f'option "{option.id}" has no clinical criteria')
        if option.patient is None and option.part_of is None:
            yield Finding("note", where, f'option "{option.id}" has no text for patients')
