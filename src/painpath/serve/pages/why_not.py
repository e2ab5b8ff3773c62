"""Why an option is not what comes next: put together from the plan, problem by problem."""

from __future__ import annotations

from collections import Counter

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.planning.plan import CriterionResult, OptionResult, Plan
from painpath.report.words import STATUS_MARKS, place_words, status_words


class Answer(msgspec.Struct, frozen=True):
    """For one pain problem."""

    place: str
    problem: str
    status: str
    mark: str
    words: str
    why: str | None
    open: list[CriterionResult]
    cite: list[str]
    instead: str | None
    """What comes next instead."""


def expected(knowledge: Knowledge, plan: Plan) -> str:
    """The option that is asked about first: of those that do not fit here, the one that referrers
    most often expect where it does not fit."""
    often = Counter(
        {option.id: sum(len(n.problems) for n in option.not_for) for option in knowledge.options}
    )
    refused = {
        option.id
        for problem in plan.problems
        for option in problem.options
        if option.status == "not-indicated"
    }
    return max(refused or set(often), key=lambda key: (often[key], key))


def why_not(knowledge: Knowledge, plan: Plan, option: str) -> list[Answer]:
    """One answer a problem."""
    names = {each.id: each.name for each in knowledge.options}
    answers = []
    for problem in plan.problems:
        found = next((o for o in problem.options if o.id == option), None)
        instead = names.get(problem.next_step or "") if problem.next_step != option else None
        place = place_words(problem.side, problem.region).capitalize()
        if found is None:
            why = "Nothing on file says that it fits this problem."
            answers.append(
                Answer(
                    place, problem.name, "not-indicated", "–", "Does not fit", why, [], [], instead
                )
            )
        else:
            answers.append(_answer(found, place, problem.name, instead))
    return answers


def _answer(option: OptionResult, place: str, problem: str, instead: str | None) -> Answer:
    open_ = [c for c in option.criteria if c.decisive and c.verdict != "met"]
    why = option.why
    if why is None and option.status == "eligible":
        why = "It fits: the criteria are met."
    return Answer(
        place=place,
        problem=problem,
        status=option.status,
        mark=STATUS_MARKS[option.status],
        words=status_words(option),
        why=why,
        open=open_,
        cite=option.cite,
        instead=instead,
    )
