"""Yes, open and no: a criterion's answer, what time will make of it, and groups of them."""

from __future__ import annotations

from typing import NamedTuple

NO, OPEN, YES = 0, 1, 2
STATUSES = ("eligible", "wait", "needs-more", "not-met", "contraindicated")


class Answer(NamedTuple):
    """An answer now, and once all that is only a matter of time has come."""

    now: int | None
    """None: does not apply."""
    later: int | None
    days: tuple[int, ...] = ()
    """Days on which something turns."""
    bars: bool = False
    """Something is certainly there that must not be."""
    open: tuple[str, ...] = ()
    """Criteria that are not met, or not known to be."""


NOT_ASKED = Answer(None, None)


def all_of(*answers: Answer) -> Answer:
    """Every one."""
    return _fold(answers, min)


def any_of(*answers: Answer) -> Answer:
    """One is enough."""
    made = _fold(answers, max)
    return made._replace(open=()) if made.now == YES else made


def when(condition: Answer, body: Answer) -> Answer:
    """The body counts where the condition is met; where that is open, at most open."""
    if condition.now == YES:
        return body
    if condition.now == OPEN:
        return Answer(
            _at_least_open(body.now), _at_least_open(body.later), body.days, False, body.open
        )
    return NOT_ASKED


def _at_least_open(verdict: int | None) -> int | None:
    return None if verdict is None else max(verdict, OPEN)


def _fold(answers: tuple[Answer, ...], pick: object) -> Answer:
    now = [a.now for a in answers if a.now is not None]
    later = [a.later for a in answers if a.later is not None]
    if not now:
        return NOT_ASKED
    choose = min if pick is min else max
    return Answer(
        choose(now),
        choose(later),
        tuple(day for answer in answers for day in answer.days),
        any(answer.bars for answer in answers),
        tuple(name for answer in answers for name in answer.open),
    )


def status(answer: Answer) -> str:
    """The option's status."""
    if answer.bars:
        return "contraindicated"
    if answer.now == YES:
        return "eligible"
    return {YES: "wait", OPEN: "needs-more"}.get(answer.later or NO, "not-met")
