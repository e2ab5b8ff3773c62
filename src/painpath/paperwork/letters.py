"""The letters of several patients as one paper: a sheet for the clinic, then each by itself."""

from __future__ import annotations

import msgspec

from painpath.paperwork.choosing import no_problem
from painpath.paperwork.letter import Letter, about
from painpath.planning.plan import Plan
from painpath.report.phrases import answer_words

NOT_SENT = "For the clinic: this sheet belongs to no letter and is sent to nobody."


class Without(msgspec.Struct, frozen=True):
    """A patient who was asked for and has no letter."""

    who: str
    why: str
    """In sentences."""
    plan: str | None = None
    """Address of the plan, where there are pages."""


class Letters(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, and what there is of it."""

    date: str
    letters: list[Letter]
    without: list[Without]
    not_here: int = 0
    """Asked for, and not patients of whoever asks; nothing is said of them."""
    version: str

    def counts(self) -> str:
        """`14 people were asked for: 12 letters follow; 2 have none, for the reason below.`"""
        written, none = len(self.letters), len(self.without)
        asked = written + none + self.not_here
        parts = [f"{written} {'letter follows' if written == 1 else 'letters follow'}"]
        if none:
            parts.append(f"{none} {'has' if none == 1 else 'have'} none, for the reason below")
        if self.not_here:
            are = "is" if self.not_here == 1 else "are"
            parts.append(f"{self.not_here} {are} not on file in your clinic")
        people = "person was" if asked == 1 else "people were"
        return f"{asked} {people} asked for: {'; '.join(parts)}."


def nothing_to_refer(plan: Plan) -> str | None:
    """Why no letter is to be written by the way; `None` if something is open or a red flag stands.

    One that asks for an opinion all the same can be written from the patient's page.
    """
    if not plan.problems:
        words = no_problem(plan)
        return f"{words[:1].upper()}{words[1:]}."
    if plan.red_flags or any(problem.next_step for problem in plan.problems):
        return None
    told = [f"{about(each)}. {answer_words(each, None, [])}" for each in plan.problems]
    return " ".join(["Nothing is open to refer for.", *(f"{each.rstrip('.')}." for each in told)])
