"""Which problem and which option of a plan a document is about."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import msgspec

from painpath.planning.plan import OptionResult, Plan, ProblemResult


class UnknownOptionError(ValueError):
    """The plan has no such option or problem; the message says which it has."""


class Choice(msgspec.Struct, frozen=True):
    """A problem, and the option that is asked for (none where nothing is open)."""

    problem: ProblemResult
    option: OptionResult | None


def every(plan: Plan) -> Iterator[tuple[ProblemResult, OptionResult]]:
    """Every option of every problem, in the order of the plan."""
    for problem in plan.problems:
        for option in problem.options:
            yield problem, option


def choose(plan: Plan, option: str | None = None, problem: str | None = None) -> Choice:
    """The problem and option meant by ids; without an option, the first problem's next step.

    An option may fit several problems: the one whose next step it is comes first, then the first
    for which it is open, in the order of the plan.

    Raises:
        UnknownOptionError: if the plan has no such problem, no such option, or no problem at all.
    """
    problems = [each for each in plan.problems if problem in (None, each.id)]
    if not problems:
        raise UnknownOptionError(no_problem(plan, problem))
    if option is None:
        first = next((each for each in problems if each.next_step), problems[0])
        step = next((o for o in first.options if o.id == first.next_step), None)
        return Choice(first, step)
    found = [
        Choice(each, known) for each in problems for known in each.options if known.id == option
    ]
    if not found:
        raise UnknownOptionError(_no_option(problems, option))
    return min(found, key=lambda choice: _distance(choice.problem, choice.option))


def _distance(problem: ProblemResult, option: OptionResult | None) -> int:
    if option is None or option.status == "not-indicated":
        return 2
    return 0 if option.id == problem.next_step else 1


def no_problem(plan: Plan, problem: str | None = None) -> str:
    """Why the plan has no such problem, or none at all."""
    if plan.patient.deceased:
        return "the record says that this patient has died; nothing is proposed"
    if problem is None:
        return "no pain problem was recognised in this record"
    known = ", ".join(dict.fromkeys(each.id for each in plan.problems)) or "none"
    return f'the plan has no problem "{problem}"; it has {known}'


def _no_option(problems: list[ProblemResult], option: str) -> str:
    known = list(dict.fromkeys(o.id for problem in problems for o in problem.options))
    near = get_close_matches(option, known, 3) or known
    return f'the plan has no option "{option}"; it has {", ".join(near) or "none"}'
