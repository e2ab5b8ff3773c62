"""Plain arithmetic on days, in a world where every day and place is known."""

from __future__ import annotations

from painpath.cohort.calendar_days import add
from painpath.cohort.telling import Fact
from painpath.cohort.truth.answers import NO, OPEN, YES
from painpath.cohort.truth.numbers import Limit

Seen = tuple[int, Fact]
"""A fact on the day on which it began."""
Verdict = tuple[int, int | None]
"""An answer, and the day on which time turns a no."""


def elapsed(day: int, limit: Limit, today: int) -> Verdict:
    """Is it so long since the day?"""
    assert limit.duration is not None
    reached = add(day, limit.duration)
    match limit.comparison:
        case "at_least":
            return (YES, None) if reached <= today else (NO, reached)
        case "more_than":
            return (YES, None) if reached < today else (NO, reached + 1)
        case "at_most":
            return (YES if reached >= today else NO), None
        case _:
            return (YES if reached > today else NO), None


def kept_up(seen: list[Seen], limit: Limit, today: int) -> Verdict:
    """The best of the courses of one kind of care."""
    if limit.lasting is None:
        return YES, None
    courses: list[tuple[int, int, bool]] = []
    for day, fact in sorted(seen, key=lambda s: (s[0], s[1].until or 0)):
        stop = today if fact.open else fact.until or day
        if courses and day <= courses[-1][1] + limit.gap:
            began, stopped, goes_on = courses[-1]
            courses[-1] = began, max(stopped, stop), goes_on or fact.open
        else:
            courses.append((day, stop, fact.open))
    best: Verdict = NO, None
    for began, stopped, goes_on in courses:
        enough = add(began, limit.lasting)
        if enough <= stopped:
            return YES, None
        if began == stopped and enough <= today:
            best = OPEN, None
        elif goes_on and best[0] == NO:
            best = NO, min(enough, best[1] or enough)
    return best


def relieved(day: int, facts: list[Fact], limit: Limit, today: int, *, trusting: bool) -> Verdict:
    """Was there so much relief after a procedure, and for so long?"""
    reports = sorted(report for fact in facts for report in fact.relief)
    if not reports:
        return OPEN, None
    good = [at for at, percent in reports if limit.passes(percent)]
    if not good:
        return NO, None
    if limit.lasting is None:
        return YES, None
    counted = [day + fact.lasted for fact in facts if fact.lasted is not None]
    if counted:
        return (YES if max(counted) >= add(day, limit.lasting) else NO), None
    failing = [at for at, percent in reports if not limit.passes(percent)]
    # Relief that came late runs from the last report without it.
    goal = add(max([day, *(at for at in failing if at < good[0])]), limit.lasting)
    bad = [at for at in failing if at > good[0]]
    if bad:
        return (YES if bad[0] >= goal else NO), None
    if good[-1] >= goal:
        return YES, None
    if today < goal:
        return NO, goal
    # Held when last looked at, and not looked at since.
    return (YES if trusting else OPEN), None
