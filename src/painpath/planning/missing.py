"""What is missing, merged over options: one act, and how many criteria it would settle."""

from __future__ import annotations

from collections.abc import Sequence

from painpath.planning.plan import CriterionResult, Missing, OptionResult, ProblemResult

_OPEN = ("unknown", "not-met")


def missing(problems: Sequence[ProblemResult]) -> list[Missing]:
    """Open questions of options within reach, those of the next steps first.

    Only criteria that decide count, and only for options that an answer could still open; where
    nothing is open, those of the nearest option, if only silence speaks against it. A weak problem
    asks what would tell its cause.
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
        near = nearest(problem)
        for option in problem.options:
            silent = near is not None and near.id in (option.id, option.part_of)
            if option.status != "needs-more" and not (silent and silence_alone(option)):
                continue
            for criterion in option.criteria:
                if criterion.decisive and criterion.verdict in _OPEN and criterion.ask:
                    wanted(criterion.ask, option.id, criterion.id)
            for item in option.safety:
                for ask in item.ask if item.needs_more else ():
                    wanted(ask, option.id, item.id)
    next_steps = {leading(problem) for problem in problems}
    rows = [
        Missing(for_=for_, ask=ask, settles=len(criteria), criteria=criteria)
        for ask, (for_, criteria) in acts.items()
    ]
    return sorted(
        rows, key=lambda row: (not next_steps & set(row.for_), -row.settles, -len(row.for_))
    )


def leading(problem: ProblemResult) -> str | None:
    """The next step; where nothing is open, the nearest option."""
    near = nearest(problem)
    return problem.next_step if near is None else near.id


def nearest(problem: ProblemResult) -> OptionResult | None:
    """Where nothing is open: the first option whose criteria are not met and whose turn it is."""
    if problem.next_step is not None:
        return None
    closed = [o for o in problem.options if o.status == "not-met" and o.part_of is None]
    closed = [o for o in closed if not later(o, problem.options)]
    usual = [o for o in closed if not o.alternative]
    return next(iter(usual or closed), None)


def later(option: OptionResult, others: Sequence[OptionResult]) -> bool:
    """A rung whose turn has not come: nothing before it is on record."""
    return bool(option.after) and not any(o.done for o in others if o.id in option.after)


def silence_alone(option: OptionResult) -> bool:
    """Nothing on record speaks against the option: its source counts silence as "no"."""
    against = [c for c in option.criteria if c.decisive and c.verdict == "not-met"]
    return all(not c.evidence for c in against) and any(c.ask for c in against)


def things(option: OptionResult) -> int:
    """How many separate things an option still needs."""
    acts = open_acts(option.criteria)
    asked = [act for item in option.safety if item.needs_more for act in item.ask or [item.id]]
    return len({*acts, *asked})


def open_acts(criteria: Sequence[CriterionResult]) -> list[str]:
    """What would settle each open question; two that the same act settles are one thing."""
    acts = (c.ask or c.id for c in criteria if c.verdict == "unknown" and c.decisive)
    return list(dict.fromkeys(acts))
