"""A procedure that is ordered or booked, judged on its own day for the problem it fits best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from painpath.knowledge import schema
from painpath.knowledge.rules import as_tuple, expand
from painpath.planning.assess import SIDES
from painpath.planning.bearing import concerns
from painpath.planning.plan import OptionResult, ProblemResult, RedFlagResult, RequestResult
from painpath.planning.requests import options_of
from painpath.planning.visit import Visit
from painpath.records.facts import Request

_SETTLED = ("eligible", "contraindicated")


def judge(
    visit: Visit, request: Request, problems: Sequence[ProblemResult], flags: list[RedFlagResult]
) -> RequestResult:
    """The verdict on a request.

    Args:
        visit: the patient on the day of the request.
        request: for an option that its code names.
        problems: the plan's, with their next steps.
        flags: red flags found.
    """
    options = options_of(request.concepts, visit.knowledge)
    # The most specific option that the code names goes first.
    options.sort(key=lambda o: len(expand(as_tuple(o.done), visit.concepts)))
    best: tuple[int, schema.Option, dict[str, Any], OptionResult] | None = None
    for option in options:
        for row in visit.findings.complaints:
            problem = visit.assessor.problems[row["problem"]]
            fit = next((f for f in option.fits if f.problem == problem.id), None)
            if fit is None or not concerns(request, row):
                continue
            judged = visit.option(row, option, fit.alternative, flags, request)
            rank = _SETTLED.index(judged.status) if judged.status in _SETTLED else 2
            if best is None or (rank == 0 and best[0] != 0):
                best = (rank, option, row, judged)
    if best is None:
        return _unfit(visit, request, options, problems)
    _, option, row, judged = best
    problem = visit.assessor.problems[row["problem"]]
    planned = next(
        (p for p in problems if p.id == problem.id and p.side == SIDES.get(row["side"])), None
    )
    return RequestResult(
        ref=request.ref,
        code=request.code or None,
        option=option.id,
        problem=problem.id,
        policy=judged.policy,
        on=visit.day,
        status=judged.status,
        earliest_date=judged.earliest_date,
        criteria=judged.criteria,
        safety=judged.safety,
        better=_better(planned, option),
        why=judged.why,
    )


def _unfit(
    visit: Visit,
    request: Request,
    options: Sequence[schema.Option],
    problems: Sequence[ProblemResult],
) -> RequestResult:
    """The request fits no problem.

    A better step is one for a problem in the same place, or for the problem for which people
    book this option in error (an injection of the spine for pain of the knee).
    """
    rows = [row for row in visit.findings.complaints if concerns(request, row)]
    places = {(visit.assessor.problems[row["problem"]].id, SIDES.get(row["side"])) for row in rows}
    near = [problem for problem in problems if (problem.id, problem.side) in places]
    better = next((problem.next_step for problem in near if problem.next_step), None)
    why = "No problem in the record is one that this option fits."
    refusals = [
        (against.why, problem.next_step)
        for problem in near or problems
        for option in options
        for against in option.not_for
        if problem.id in against.problems
    ]
    if refusals:
        why, better = refusals[0][0], refusals[0][1] or better
    return RequestResult(
        ref=request.ref,
        code=request.code or None,
        option=options[0].id,
        problem=None,
        policy=None,
        on=visit.day,
        status="not-indicated",
        earliest_date=None,
        criteria=[],
        # What is booked may be done all the same.
        safety=visit.desk.items(
            options[0],
            rows[0]["complaint"] if rows else visit.findings.patient_complaint,
            visit.site(None, request),
            visit.when(request),
        ),
        better=better,
        why=why,
    )


def _better(planned: ProblemResult | None, option: schema.Option) -> str | None:
    """The next step of the problem, if it is another one than what is booked."""
    if planned is None or planned.next_step in (None, option.id, option.part_of):
        return None
    return planned.next_step
