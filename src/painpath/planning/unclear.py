"""A request whose code does not tell which option it is for: the verdict on each that it may be."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from painpath.planning.plan import PossibleOption, RequestResult
from painpath.planning.safety import merged
from painpath.records.facts import Request


def one_of(
    request: Request, day: datetime.date, judged: Sequence[RequestResult], names: dict[str, str]
) -> RequestResult:
    """The answer to a request that may be any of these.

    A verdict that all of them share is the request's own; else it needs the one word that tells
    them apart. What must be held is held whichever it is, the more careful way.
    """
    statuses = {each.status for each in judged}
    status = statuses.pop() if len(statuses) == 1 else "needs-more"
    dates = {each.earliest_date for each in judged}
    policies = {each.policy for each in judged}
    problems = {each.problem for each in judged}
    better = {each.better for each in judged}
    named = [names.get(each.option or "", each.code or "") for each in judged]
    why = f"The order does not say which it is: {' or '.join(_lower(name) for name in named)}."
    shared = {each.why for each in judged}
    if len(shared) == 1 and (reason := shared.pop()):
        why += f" {reason}"
    return RequestResult(
        ref=request.ref,
        code=request.code or None,
        option=None,
        problem=problems.pop() if len(problems) == 1 else None,
        policy=policies.pop() if len(policies) == 1 else None,
        on=day,
        status=status,
        earliest_date=dates.pop() if status == "wait" and len(dates) == 1 else None,
        criteria=[],
        safety=merged([item for each in judged for item in each.safety]),
        better=better.pop() if len(better) == 1 else None,
        why=why,
        one_of=[
            PossibleOption(
                option=each.option or each.code or "",
                problem=each.problem,
                policy=each.policy,
                status=each.status,
                earliest_date=each.earliest_date,
                criteria=each.criteria,
                safety=each.safety,
                better=each.better,
                why=each.why,
            )
            for each in judged
        ],
    )


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name
