"""For which ages policies are written: whose criteria are put to a patient and whose are not."""

from __future__ import annotations

import datetime

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.planning.payer import CLINICAL

Limits = schema.PolicyAges


class AgeLimits:
    """The ages that each policy says it is written for.

    A policy that says nothing of age is read as the clinical ladder of the same option is: a
    payer's silence is no sign that its criteria were made for children.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._own = [policy.ages for policy in knowledge.policies]
        self._ladder: dict[str, Limits] = {}
        routes: dict[str, list[str]] = {}
        for option in knowledge.options:
            if option.part_of is not None:
                routes.setdefault(option.part_of, []).append(option.id)
        for policy in knowledge.policies:
            if policy.payer == CLINICAL and policy.ages is not None:
                for rule in policy.rules:
                    for name in rule.options:
                        for each in (name, *routes.get(name, ())):
                            self._ladder.setdefault(each, policy.ages)

    def own(self, policy: int) -> Limits | None:
        """What a policy itself says, by its key."""
        return self._own[policy]

    def ladder(self, option: str) -> Limits | None:
        """What the clinical criteria of an option say."""
        return self._ladder.get(option)

    def of(self, policy: int, option: str) -> Limits | None:
        """The limits that hold for a policy's criteria for an option."""
        return self._own[policy] or self._ladder.get(option)


def outside(
    limits: Limits | None,
    birth: tuple[datetime.date | None, datetime.date | None],
    day: datetime.date,
) -> bool:
    """Whether somebody born between two days is certainly of another age on a day.

    A birth date that is not known, or only in part, speaks against nobody.
    """
    lo, hi = birth
    if limits is None or lo is None or hi is None:
        return False
    young = limits.from_ is not None and years(lo, day) < limits.from_
    return young or (limits.to is not None and years(hi, day) > limits.to)


def years(born: datetime.date, day: datetime.date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
