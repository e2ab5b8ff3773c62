"""A patient's line on the list of the day: who comes, what is next, what is open, what to hold."""

from __future__ import annotations

import datetime

import msgspec

from painpath.planning.plan import OptionResult, Plan, ProblemResult, RequestResult, SafetyItem
from painpath.report.phrases import answer_words, comes_first
from painpath.report.words import STATUS_MARKS, day_words, place_words, status_words
from painpath.serve.forms.asking import Done
from painpath.serve.forms.schedule import done_in

_MOST = 3
"""Acts shown on a line; the page has the rest."""
_NEAREST = ("eligible", "wait", "needs-more", "contraindicated", "not-met", "none")
FARTHEST = len(_NEAREST)


class Step(msgspec.Struct, frozen=True):
    """What comes next for one pain problem."""

    place: str
    problem: str
    option: str | None
    status: str
    """Of the option, or `none`."""
    mark: str
    words: str
    reason: str


class Coming(msgspec.Struct, frozen=True):
    """A procedure that is booked or ordered."""

    on: datetime.date
    what: str
    status: str
    mark: str
    words: str
    past: bool
    """Its day has passed and it is still open."""


class Line(msgspec.Struct, frozen=True):
    """One patient."""

    flags: list[str]
    coming: list[Coming]
    steps: list[Step]
    hold: list[str]
    missing: list[str]
    """Acts, each with who does it: `Order a CRP (referring clinician)`."""
    more_missing: int
    since: datetime.date | None
    """The first day on which a next step is possible: the plan's day if one is eligible."""
    trouble: str | None = None
    """Why there is no plan."""
    done: list[Done] = []
    """What was done: forms are due after it."""


def line(plan: Plan, names: dict[str, str]) -> Line:
    """The line of a plan; `names` are those of the options."""
    steps = [_step(problem, plan) for problem in plan.problems]
    near = {problem.next_step for problem in plan.problems} - {None}
    asks = [
        row.ask.rstrip(".")
        for row in plan.missing
        if near & set(row.for_) or {problem.id for problem in plan.problems} & set(row.for_)
    ]
    return Line(
        flags=[f"{flag.text.rstrip('.')}. {flag.act}" for flag in plan.red_flags],
        coming=[_coming(request, plan, names) for request in sorted(plan.requests, key=_day)],
        steps=steps,
        hold=_holds(plan),
        missing=asks[:_MOST],
        more_missing=max(len(asks) - _MOST, 0),
        since=_since(plan),
        done=done_in(plan),
    )


_DECODER = msgspec.json.Decoder(Line)


def to_bytes(one: Line) -> bytes:
    """As it is kept."""
    return msgspec.json.encode(one)


def from_bytes(kept: bytes) -> Line:
    """As it was."""
    return _DECODER.decode(kept)


def trouble(why: str) -> Line:
    """The line of a patient who cannot be planned."""
    return Line([], [], [], [], [], 0, None, why)


def distance(one: Line) -> int:
    """How far the nearest next step is."""
    return min((_NEAREST.index(step.status) for step in one.steps), default=FARTHEST)


def _day(request: RequestResult) -> datetime.date:
    return request.on


def _step(problem: ProblemResult, plan: Plan) -> Step:
    step = next((o for o in problem.options if o.id == problem.next_step), None)
    status = step.status if step is not None else "none"
    return Step(
        place=place_words(problem.side, problem.region).capitalize(),
        problem=problem.name,
        option=step.name if step is not None else None,
        status=status,
        mark=STATUS_MARKS.get(status, "–"),
        words=status_words(step) if step is not None else "No step now",
        reason=_reason(step) if step is not None else _no_step(problem, plan),
    )


def _no_step(problem: ProblemResult, plan: Plan) -> str:
    """Why nothing comes next; on a line nothing stands below."""
    return (
        answer_words(problem, None, plan.red_flags).split("; what is not met")[0].rstrip(".") + "."
    )


def _reason(step: OptionResult) -> str:
    """One reason: what is open, or that all is met."""
    if step.status == "eligible":
        return "The criteria are met."
    if step.why:
        return step.why
    open_ = [c for c in step.criteria if c.decisive and c.verdict != "met"]
    return open_[0].text if open_ else ""


def _coming(request: RequestResult, plan: Plan, names: dict[str, str]) -> Coming:
    words = {
        "eligible": "criteria met",
        "wait": f"too early, from {day_words(request.earliest_date)}",
        "needs-more": "something is missing",
        "not-met": "criteria not met",
        "contraindicated": "contraindicated",
        "not-indicated": "does not fit",
    }.get(request.status, request.status.replace("-", " "))
    if request.better is not None:
        words += f"; better: {names.get(request.better, request.better)}"
    return Coming(
        on=request.on,
        what=names.get(request.option or "", request.code or ""),
        status=request.status,
        mark=STATUS_MARKS.get(request.status, "–"),
        words=words,
        past=request.on < plan.as_of,
    )


def _holds(plan: Plan) -> list[str]:
    """Drugs to be handled: of a booked procedure with its dates, else as they stand."""
    found: dict[str, str] = {}
    booked = [item for request in plan.requests for item in request.safety]
    for item in [*booked, *plan.safety]:
        if comes_first(item):
            found.setdefault(item.drug or item.id, _short(item))
    return list(found.values())


def _short(item: SafetyItem) -> str:
    """`Warfarin: hold 5 days before, no dose from 5 Nov 2026 on`: without the bleeding class."""
    text = item.text.split(" (")[0]
    if item.restart_on is not None:
        text += f"; restart {day_words(item.restart_on)}"
    return text


def _since(plan: Plan) -> datetime.date | None:
    days = []
    for problem in plan.problems:
        step = next((o for o in problem.options if o.id == problem.next_step), None)
        if step is not None and step.status == "eligible":
            days.append(plan.as_of)
        elif step is not None and step.status == "wait" and step.earliest_date is not None:
            days.append(step.earliest_date)
    return min(days, default=None)
