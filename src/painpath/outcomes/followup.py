"""First values, landmarks and denominators: the rules that make numbers of clinics comparable.

Diagnostic blocks are never in the denominators of a treatment; who counts is for the caller.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from painpath.knowledge.quantities import Duration, parse_duration
from painpath.knowledge.responses import FollowUp, Visit
from painpath.outcomes.proportions import Proportion
from painpath.records.dates import add_months, date_of, day_of


class Look(NamedTuple):
    """One value of one instrument for one site. `before`: on the day itself, before the needle."""

    day: datetime.date
    value: float
    before: bool = False


class Course(NamedTuple):
    """What followed one procedure on one target."""

    done: datetime.date
    looks: Sequence[Look]
    repeated: datetime.date | None = None
    """A repeat, rescue or crossover procedure on the same target."""
    removed: datetime.date | None = None
    died: datetime.date | None = None


Outcome = Literal["responder", "non-responder", "no-baseline", "missing", "removed", "died"]

Judge = Callable[[float, float], bool | None]
"""First and later value to whether it is a response."""


def later(day: datetime.date, duration: Duration, *, back: bool = False) -> datetime.date:
    """A calendar day so long after (or before) another."""
    sign = -1 if back else 1
    moved = add_months(day_of(day), sign * duration.months) + sign * duration.days
    return date_of(moved)


def baseline(course: Course, rules: FollowUp) -> Look | None:
    """The last value within the look-back before the procedure; the day itself only if before."""
    first = later(course.done, parse_duration(rules.baseline), back=True)
    earlier = [
        look
        for look in course.looks
        if first <= look.day < course.done or (look.day == course.done and look.before)
    ]
    return max(earlier, key=lambda look: (look.day, look.before), default=None)


def at_visit(course: Course, visit: Visit) -> Look | None:
    """The value nearest to the planned day within its window; of two as near, the earlier."""
    target = later(course.done, parse_duration(visit.at))
    window = parse_duration(visit.window)
    first, last = later(target, window, back=True), later(target, window)
    inside = [
        look
        for look in course.looks
        if first <= look.day <= last and look.day >= course.done and not look.before
    ]
    return min(inside, key=lambda look: (abs(look.day - target), look.day), default=None)


def outcome(course: Course, visit: Visit, rules: FollowUp, responded: Judge) -> Outcome:
    """What became of one person by one visit.

    Death and removal are told apart from lack of response. A repeat on the same target before the
    landmark makes a non-responder there and later, whatever was measured.
    """
    target = later(course.done, parse_duration(visit.at))
    if course.died is not None and course.died <= target:
        return "died"
    if course.removed is not None and course.removed <= target:
        return "removed"
    if course.repeated is not None and course.repeated <= target:
        return "non-responder"
    first = baseline(course, rules)
    if first is None:
        return "no-baseline"
    found = at_visit(course, visit)
    verdict = None if found is None else responded(first.value, found.value)
    if verdict is None:
        return "missing"
    return "responder" if verdict else "non-responder"


class Denominators(NamedTuple):
    """The same responders over all denominators; shown together, always."""

    treated: Proportion
    """Everybody treated; whoever is not known to have responded did not."""
    assessed: Proportion
    """Those with a known response or lack of it."""
    worst: Proportion
    """Everybody whose response could be known: all that is missing counts as no response."""
    best: Proportion
    """The same with all that is missing counted as response."""
    counts: dict[str, int]


def denominators(outcomes: Iterable[Outcome]) -> Denominators:
    """Responders among treated, assessed, and between the worst and the best that may be."""
    counts: Counter[str] = Counter(outcomes)
    yes, no = counts["responder"], counts["non-responder"]
    missing = counts["missing"] + counts["no-baseline"]
    known_or_missing = yes + no + missing
    return Denominators(
        treated=Proportion(yes, counts.total()),
        assessed=Proportion(yes, yes + no),
        worst=Proportion(yes, known_or_missing),
        best=Proportion(yes + missing, known_or_missing),
        counts=dict(counts),
    )


class Relief(NamedTuple):
    """How long relief lasted after it had begun."""

    last_good: datetime.date
    """The last look at which it still held."""
    ended: datetime.date | None
    """The first look at which it did not, or the repeat; `None`: it still held when last seen."""

    @property
    def lost(self) -> bool:
        """Whether its end was seen."""
        return self.ended is not None


def relief(course: Course, rules: FollowUp, below: float) -> Relief | None:
    """Duration of relief of at least `below` percent; `None` if it never began.

    The end lies between `last_good` and `ended`; curves take the later day and keep the earlier.
    """
    first = baseline(course, rules)
    if first is None or first.value <= 0:
        return None
    last_good: datetime.date | None = None
    for look in sorted(course.looks):
        if look.before or look.day <= course.done:
            continue
        if course.repeated is not None and look.day > course.repeated:
            break
        good = 100 * (first.value - look.value) / first.value >= below
        if good:
            last_good = look.day
        elif last_good is not None:
            return Relief(last_good, look.day)
    if last_good is None:
        return None
    return Relief(last_good, course.repeated)
