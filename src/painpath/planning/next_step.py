"""The next step of a problem: the highest open rung of the first ladder that still leads on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Protocol

OPEN = {"eligible": 0, "wait": 1, "needs-more": 2}
"""Statuses in which an option can be a next step, the nearest first."""


class Rung(Protocol):
    """What the choice looks at in an option for a problem."""

    @property
    def id(self) -> str:
        """The option."""

    @property
    def rung(self) -> str:
        """What kind of step it is: diagnostic, ablation, ..."""

    @property
    def status(self) -> str:
        """Eligible, wait, needs-more, ..."""

    @property
    def alternative(self) -> bool:
        """Proposed only where no usual option is open."""

    @property
    def part_of(self) -> str | None:
        """The option of which it is a route."""

    @property
    def after(self) -> Sequence[str]:
        """Earlier rungs."""

    @property
    def done(self) -> Sized:
        """When it was done; empty if never."""

    @property
    def answered(self) -> bool | None:
        """Whether a test has given its answer; `None` where nothing says when it has."""


def next_step(options: Sequence[Rung], order: Mapping[str, int]) -> str | None:
    """Choose the next step among a problem's options.

    Args:
        options: the options that fit the problem.
        order: option -> preference of its indication (lower first).

    A rung whose earlier rung is on record goes before that earlier rung: after a positive block
    comes the ablation, not another block. A rung whose earlier rung is not on record waits for it.
    Routes of a parent option are not steps of their own. An ablation that was done and may be
    repeated goes before the rungs below it: what they were for has been shown. A test that has
    given its answer is not made again, whether or not the rung after it lacks something else.
    """
    by_id = {option.id: option for option in options}
    candidates = [option for option in options if option.part_of is None and option.status in OPEN]
    reached = [option for option in candidates if _reached(option, by_id)]
    reached = [option for option in reached if not _passed(option, reached)]
    # An alternative is proposed only if no usual option is open.
    usual = [option for option in reached if not option.alternative]
    pool = usual or reached
    again = [o for o in pool if o.rung == "ablation" and o.done and o.status == "eligible"]
    pool = again or pool
    if not pool:
        return None
    return min(pool, key=lambda o: (order.get(o.id, 99), OPEN[o.status], o.id)).id


def _reached(option: Rung, by_id: Mapping[str, Rung]) -> bool:
    """No earlier rung is needed, or one of them is on record; one that does not fit is no rung."""
    named = [by_id[rung] for rung in option.after if rung in by_id]
    earlier = [rung for rung in named if rung.status != "not-indicated"]
    if not earlier or option.done:
        return True
    return any(rung.done for rung in earlier) or option.status == "eligible"


def _passed(option: Rung, reached: Sequence[Rung]) -> bool:
    """The option was done and a rung after it is open: it has served its purpose.

    A diagnostic rung that must be repeated (a second confirming block) is not passed: every rung
    after it then still lacks it.
    """
    if option.answered:
        return True
    if not option.done:
        return False
    # What is in the body is not put in again: what may be wanted of it is another rung (revision).
    if option.rung == "implant":
        return True
    after = [o for o in reached if option.id in o.after and option.alternative >= o.alternative]
    if option.answered is False:
        # What was done after it may have been done to the joint as it was before an operation.
        return any(later.status == "eligible" for later in after)
    # A test whose result does not open the next rung yet has not served its purpose.
    test = option.rung == "diagnostic" or option.status == "eligible"
    return any(later.done or later.status != "needs-more" or not test for later in after)


def ladder_note(option: Rung, names: Mapping[str, str], by_id: Mapping[str, Rung]) -> str | None:
    """`after a positive genicular nerve block`, where an earlier rung is still to be climbed."""
    fitting = [r for r in option.after if r in by_id and by_id[r].status != "not-indicated"]
    if not fitting or option.done or any(by_id[rung].done for rung in fitting):
        return None
    return "After " + " or ".join(names[rung].lower() for rung in fitting[:2]) + "."
