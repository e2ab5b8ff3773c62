"""What is missing, merged over options: one act, and how many criteria it would settle."""

from __future__ import annotations

from collections.abc import Sequence

from painpath.planning.plan import CriterionResult, Missing, OptionResult, ProblemResult


def missing(problems: Sequence[ProblemResult]) -> list[Missing]:
    """Open questions of options within reach, those of the next steps first.

    Only criteria that decide count, and only for options that an answer could still open; a weak
    problem asks what would tell its cause.
    """
    acts: dict[str, tuple[list[str], list[str]]] = {}

    def wanted(ask: str, option: str, criterion: str) -> None:
        for_, criteria = acts.setdefault(ask, ([], []))
        if option not in for_:
            for_.append(option)
        if criterion not in criteria:
            criteria.append(criterion)

    for problem in problems:
        if problem.ask:
            acts.setdefault(problem.ask, ([], []))[0].append(problem.id)
        for option in problem.options:
            if option.status != "needs-more":
                continue
            for criterion in option.criteria:
                if criterion.verdict == "unknown" and criterion.decisive and criterion.ask:
                    wanted(criterion.ask, option.id, criterion.id)
            for item in option.safety:
                for ask in item.ask if item.needs_more else ():
                    wanted(ask, option.id, item.id)
    next_steps = {problem.next_step for problem in problems}
    rows = [
        Missing(for_=for_, ask=ask, settles=len(criteria), criteria=criteria)
        for ask, (for_, criteria) in acts.items()
    ]
    return sorted(
        rows, key=lambda row: (not next_steps & set(row.for_), -row.settles, -len(row.for_))
    )


def things(option: OptionResult) -> int:
    """How many separate things an option still needs."""
    acts = open_acts(option.criteria)
    asked = [act for item in option.safety if item.needs_more for act in item.ask or [item.id]]
    return len({*acts, *asked})


def open_acts(criteria: Sequence[CriterionResult]) -> list[str]:
    """What would settle each open question; two that the same act settles are one thing."""
    acts = (c.ask or c.id for c in criteria if c.verdict == "unknown" and c.decisive)
    return list(dict.fromkeys(acts))
