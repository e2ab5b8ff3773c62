"""What the page shows of each problem, arranged for reading. No medical rule."""

from __future__ import annotations

import datetime
import math
import re

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.planning.missing import leading
from painpath.planning.plan import (
    CareResult,
    Missing,
    OptionResult,
    OutlookResult,
    Plan,
    PositionResult,
    ProblemResult,
)
from painpath.report.phrases import AREAS, answer_words, asked, by_actor, months_words
from painpath.report.words import day_words, place_words, status_words

_OPEN = ("eligible", "wait", "needs-more")
_LONGEST_LADDER = 5
_MOST_ASKS = 3
"""Named beside the answer; the criteria have them all."""
_AXES = {"clinical": 0, "coverage": 1, "guideline": 2}

Acts = list[tuple[str | None, list[tuple[str, Missing]]]]


class Rung(msgspec.Struct, frozen=True):
    """A step of the ladder: done, now, or locked with what unlocks it."""

    name: str
    state: str
    note: str


class SourceLink(msgspec.Struct, frozen=True):
    """A cited source with its address."""

    id: str
    title: str
    url: str | None
    date: str | None
    review: str


class PatientSheet(msgspec.Struct, frozen=True):
    """The plain-language page for one problem."""

    problem: str
    option_name: str
    text: schema.PatientText
    status: str
    helped: int | None
    compared: int | None
    comparator: str | None
    outlook: str | None
    later: str | None
    """Name of the treatment that the outlook is about, where the step itself is only a test."""


class ProblemView(msgspec.Struct, frozen=True):
    """One problem on the page."""

    problem: ProblemResult
    anchor: str
    answer: str
    asks: list[tuple[str | None, list[str]]]
    """What the next step still needs, by who settles it: the first few of what it counts."""
    more_asks: int
    step: OptionResult | None
    ladder: list[Rung]
    first: str | None
    """The option that is open on the page: the next step, or the nearest where nothing is open."""
    options: list[OptionResult]
    refused: list[OptionResult]


class Page(msgspec.Struct, frozen=True):
    """Everything the template needs beside the plan itself."""

    problems: list[ProblemView]
    names: dict[str, str]
    policies: dict[str, str]
    """Names of the policies that decide here."""
    hold_rules: str
    """Whose hold times they are."""
    sources: list[SourceLink]
    sheets: list[PatientSheet]
    strip: list[str]
    """Safety items that stand in the strip: not repeated beneath the options."""
    missing: list[tuple[str, Acts]]
    """What the next steps want, then the rest; each by who settles it."""
    care: list[tuple[str, list[CareResult]]]
    against: list[CareResult]
    booked: datetime.date | None
    """Day of the first booked procedure: the day that dates are counted from."""


def page(plan: Plan, knowledge: Knowledge) -> Page:
    """Arrange a plan."""
    return Page(
        problems=[
            _problem(problem, number, plan) for number, problem in enumerate(plan.problems, 1)
        ],
        names={option.id: option.name for option in knowledge.options},
        policies=_policies(plan, knowledge),
        hold_rules=next(
            (each.name for each in knowledge.hold_rule_sets if each.id == plan.hold_rules), ""
        ),
        sources=_sources(plan, knowledge),
        sheets=_sheets(plan, knowledge),
        strip=[item.id for item in plan.safety],
        missing=_missing(plan),
        care=_care(plan),
        against=[item for item in plan.alongside if item.stance != "for"],
        booked=min((r.on for r in plan.requests if r.on >= plan.as_of), default=None),
    )


def _policies(plan: Plan, knowledge: Knowledge) -> dict[str, str]:
    """Names by id of the policies whose criteria stand beneath the options."""
    used = {option.policy for problem in plan.problems for option in problem.options}
    return {policy.id: policy.name for policy in knowledge.policies if policy.id in used}


def _missing(plan: Plan) -> list[tuple[str, Acts]]:
    near = {leading(problem) for problem in plan.problems} | {p.id for p in plan.problems}
    first = [row for row in plan.missing if near & set(row.for_)]
    rest = [row for row in plan.missing if row not in first]
    parts = [("For the next step", first), ("For other options", rest)]
    return [(title, list(by_actor(rows).items())) for title, rows in parts if rows]


def _care(plan: Plan) -> list[tuple[str, list[CareResult]]]:
    """Care by area, what is in place or was tried first."""
    areas = []
    for area in AREAS:
        items = [i for i in plan.alongside if i.area == area and i.stance == "for"]
        if items:
            name = area.replace("-", " ")
            areas.append((name, sorted(items, key=lambda item: item.state == "consider")))
    return areas


def by_axis(option: OptionResult, payer: str) -> list[PositionResult]:
    """Clinical criteria, the patient's payer, other payers, guidelines; silent ones last."""
    return sorted(
        option.coverage,
        key=lambda p: (_AXES.get(p.axis, 1), p.payer != payer, p.position == "silent"),
    )


def _problem(problem: ProblemResult, number: int, plan: Plan) -> ProblemView:
    by_id = {option.id: option for option in problem.options}
    step = by_id.get(problem.next_step or "")
    # Where nothing is open, the nearest option opens all the same, to show what is not met.
    first = None if plan.red_flags else leading(problem)
    fitting = [o for o in problem.options if o.status in _OPEN or o.done or o.id == first]
    rest = [o for o in problem.options if o not in fitting and (not first or o.part_of != first)]
    asks = _asks(step)
    fitting.sort(key=lambda o: o.id != first)
    return ProblemView(
        problem=problem,
        anchor=f"problem-{number}",
        answer=answer_words(problem, step, plan.red_flags),
        asks=_by_actor(asks[:_MOST_ASKS]),
        more_asks=max(len(asks) - _MOST_ASKS, 0),
        step=step,
        ladder=_ladder(problem, step),
        first=first,
        options=fitting,
        refused=rest,
    )


def _asks(step: OptionResult | None) -> list[str]:
    """Acts that would settle what the next step needs; each once."""
    if step is None or step.status != "needs-more":
        return []
    open_ = [c.ask for c in step.criteria if c.verdict == "unknown" and c.decisive and c.ask]
    open_ += [ask for item in step.safety if item.needs_more for ask in item.ask]
    return list(dict.fromkeys(open_))


def _by_actor(asks: list[str]) -> list[tuple[str | None, list[str]]]:
    acts: dict[str | None, list[str]] = {}
    for ask, actor in map(asked, asks):
        acts.setdefault(actor, []).append(ask)
    return list(acts.items())


def _ladder(problem: ProblemResult, step: OptionResult | None) -> list[Rung]:
    """The pathway of the next step: what leads to it and what it leads to."""
    if step is None:
        return []
    by_id = {o.id: o for o in problem.options if o.status != "not-indicated"}
    chain = [step]
    while chain[0].after:
        earlier = next((by_id[rung] for rung in chain[0].after if rung in by_id), None)
        if earlier is None or earlier in chain:
            break
        chain.insert(0, earlier)
    while len(chain) < _LONGEST_LADDER:
        later = [o for o in problem.options if chain[-1].id in o.after and o not in chain]
        if not later:
            break
        chain.append(later[0])
    rungs = []
    for option in chain:
        if option.id == step.id:
            rungs.append(Rung(option.name, "now", status_words(option)))
        elif option.done:
            rungs.append(Rung(option.name, "done", f"done {day_words(option.done[0].date)}"))
        else:
            rungs.append(Rung(option.name, "locked", option.why or status_words(option)))
    return rungs


def _sources(plan: Plan, knowledge: Knowledge) -> list[SourceLink]:
    cited: dict[str, None] = {}
    for problem in plan.problems:
        for option in problem.options:
            groups = [option.cite, *(c.cite for c in option.criteria)]
            groups += [item.cite for item in option.safety]
            groups += [row.cite for row in option.evidence]
            groups += [position.cite for position in option.coverage]
            groups += [option.outlook.cite] if option.outlook else []
            groups += [option.prior_authorisation.cite] if option.prior_authorisation else []
            cited.update(dict.fromkeys(name.split("#")[0] for group in groups for name in group))
    cited.update(dict.fromkeys(n.split("#")[0] for a in plan.policies for n in a.cite))
    asked = [r.prior_authorisation.cite for r in plan.requests if r.prior_authorisation]
    cited.update(dict.fromkeys(name.split("#")[0] for cite in asked for name in cite))
    around = [flag.cite for flag in plan.red_flags] + [item.cite for item in plan.alongside]
    around += [item.cite for item in plan.safety] + [score.cite for score in plan.scores]
    around += [entry.cite for entry in plan.checklist]
    around += [dose.cite for dose in plan.steroids.items]
    around += [item.cite for item in plan.anaesthetic.limits]
    cited.update(dict.fromkeys(name.split("#")[0] for cite in around for name in cite))
    known = {source.id: source for source in knowledge.sources}
    return [
        SourceLink(s.id, s.title, s.url, s.date, s.review)
        for s in (known[name] for name in sorted(cited) if name in known)
    ]


def _sheets(plan: Plan, knowledge: Knowledge) -> list[PatientSheet]:
    """One sheet an option: problems with the same next step share it."""
    options = {option.id: option for option in knowledge.options}
    steps: dict[str, list[tuple[ProblemResult, OptionResult]]] = {}
    for problem in plan.problems:
        for step in problem.options:
            if step.id == problem.next_step and options[step.id].patient is not None:
                steps.setdefault(step.id, []).append((problem, step))
    placed = {problem.id for problem in knowledge.problems if problem.region}
    return [_sheet(shared, options, placed) for shared in steps.values()]


def _sheet(
    shared: list[tuple[ProblemResult, OptionResult]],
    options: dict[str, schema.Option],
    placed: set[str],
) -> PatientSheet:
    problem, step = shared[0]
    text = options[step.id].patient
    assert text is not None
    outlook, later = step.outlook, None
    if outlook is None:
        follow = next((o for o in problem.options if step.id in o.after and o.outlook), None)
        if follow is not None:
            outlook, later = follow.outlook, _patient_name(options[follow.id])
    percent = outlook.comparator_percent if outlook is not None else None
    return PatientSheet(
        problem=" and your ".join(
            dict.fromkeys(_patient_problem(each, each.id in placed) for each, _ in shared)
        ),
        option_name=text.name,
        text=text,
        status=_status_for_patients(step),
        helped=_of_hundred(outlook.responders_percent) if outlook is not None else None,
        compared=_of_hundred(percent) if percent is not None else None,
        comparator=outlook.comparator if outlook is not None else None,
        outlook=_outlook_for_patients(outlook) if outlook is not None else None,
        later=later,
    )


def _patient_problem(problem: ProblemResult, placed: bool) -> str:
    """`knee pain (right side)`: it follows "your", so it has no article.

    Where the problem is always at one place its name says so in words patients use.
    """
    name = re.sub(r"^(an?|the) ", "", problem.patient_name)
    place = place_words(problem.side, None if placed else problem.region)
    if placed and place in ("left", "right"):
        place += " side"
    return f"{name} ({place})" if place else name


def _outlook_for_patients(outlook: OutlookResult) -> str:
    return f"had {outlook.response} at {months_words(outlook.at_months)}"


def _patient_name(option: schema.Option) -> str:
    return option.patient.name if option.patient is not None else option.name


def _of_hundred(percent: float) -> int:
    return math.floor(percent + 0.5)


def _status_for_patients(step: OptionResult) -> str:
    match step.status:
        case "eligible":
            return "By your record it may fit you. Talk with your clinician about it."
        case "wait":
            return f"The first day it may be possible is {day_words(step.earliest_date)}."
        case _:
            return "Some things have to be found out first. Your clinician has the list."
