"""Options that wait, asked about again as of their day: a date is shown only if it holds."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence

import msgspec

from painpath.planning.hold_dates import plain
from painpath.planning.plan import CriterionResult, OptionResult, ProblemResult
from painpath.planning.visit import Visit

Visits = dict[datetime.date, Visit]
_MOST_ROUNDS = 3
"""How often a date is tried again before it is given up as not curable by time."""


def waited(
    problems: Sequence[ProblemResult],
    visits: Visits,
    ask: Callable[[list[datetime.date]], Visits],
) -> list[ProblemResult]:
    """The problems; what waits keeps its day only if it is eligible then.

    Args:
        problems: as they are today.
        visits: the days asked about so far; those asked about here are added.
        ask: asks about further days.
    """
    found = list(problems)
    for _ in range(_MOST_ROUNDS):
        due = {
            option.earliest_date
            for problem in found
            for option in problem.options
            if option.status == "wait" and option.earliest_date is not None
        }
        days = sorted(due - visits.keys())
        if days:
            visits |= ask(days)
        found = [_confirmed(problem, visits) for problem in found]
        if not days:
            break
    return [_confirmed(problem, visits, final=True) for problem in found]


def _confirmed(
    problem: ProblemResult, visits: Mapping[datetime.date, Visit], *, final: bool = False
) -> ProblemResult:
    """The problem with the days of its options as they turn out.

    If something has to be on record by then that is not, that is what is needed now.
    """
    options: list[OptionResult] = []
    changed = False
    for option in problem.options:
        day = option.earliest_date
        if option.status != "wait" or day is None or (day not in visits and not final):
            options.append(option)
            continue
        # A date that has moved too often is not tried any more.
        status, later = visits[day].status(problem, option) if day in visits else (None, None)
        if status == "eligible":
            options.append(option)
        elif status == "wait" and later is not None and not final:
            options.append(msgspec.structs.replace(option, earliest_date=later))
            changed = True
        elif status == "needs-more" and (lacking := visits[day].lacking(problem, option)):
            options.append(_lacking_then(option, day, lacking))
            changed = True
        else:
            why = "Waiting alone would not do: by the day one criterion is met, another lapses."
            options.append(
                msgspec.structs.replace(option, status="not-met", earliest_date=None, why=why)
            )
            changed = True
    return msgspec.structs.replace(problem, options=options) if changed else problem


def _lacking_then(
    option: OptionResult, day: datetime.date, lacking: Sequence[CriterionResult]
) -> OptionResult:
    """A waiting option of which more than time will be lacking on its day."""
    then = {criterion.id: criterion for criterion in lacking}
    ids = list(then)
    criteria = [then.pop(criterion.id, criterion) for criterion in option.criteria]
    return msgspec.structs.replace(
        option,
        status="needs-more",
        earliest_date=None,
        because=ids,
        why=f"Not before {plain(day)}; this has to be on record by then.",
        criteria=[*criteria, *then.values()],
    )
