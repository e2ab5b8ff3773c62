"""On any day one version of a payer's policy speaks for an option in a state."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """Two policies of one payer with criteria for the same option, problem, state and day clash."""
    spoken: dict[tuple[str, str], list[tuple[schema.Policy, frozenset[str]]]] = defaultdict(list)
    for policy in knowledge.policies:
        for rule in policy.rules:
            if rule.position == "criteria":
                for option in rule.options:
                    spoken[policy.payer, option].append((policy, frozenset(rule.problems)))
    for (payer, option), entries in spoken.items():
        for index, (first, of_first) in enumerate(entries):
            for second, of_second in entries[index + 1 :]:
                if first.id == second.id or (of_first and of_second and not of_first & of_second):
                    continue
                if _days_meet(first, second) and _states_meet(first, second):
                    where = place(knowledge, "policies", second.id)
                    what = (
                        f'"{second.id}" and "{first.id}" both speak for {payer} on {option} on the'
                        " same days; give one an end or a payer of its own"
                    )
                    yield Finding("error", where, what)


def _days_meet(first: schema.Policy, second: schema.Policy) -> bool:
    far_past, far_future = datetime.date.min, datetime.date.max
    return (first.start or far_past) <= (second.end or far_future) and (
        second.start or far_past
    ) <= (first.end or far_future)


def _states_meet(first: schema.Policy, second: schema.Policy) -> bool:
    """A policy with states stands beside one without: the local one goes first."""
    states = [{s for d in policy.documents for s in d.states} for policy in (first, second)]
    if bool(states[0]) != bool(states[1]):
        return False
    return not states[0] or bool(states[0] & states[1])
