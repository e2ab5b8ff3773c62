"""What the page shows of each problem, arranged for reading. No medical rule."""

from __future__ import annotations

import math

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.planning.plan import (
    CriterionResult,
    OptionResult,
    Plan,
    PositionResult,
    ProblemResult,
)
from painpath.report.words import day_words, problem_place, status_words

_VERDICT_ORDER = {"unknown": 0, "not-met": 1, "met": 2, "not-applicable": 3}
_OPEN = ("eligible", "wait", "needs-more")


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
    step: OptionResult | None
    ladder: list[Rung]
    options: list[OptionResult]
    refused: list[OptionResult]


class Page(msgspec.Struct, frozen=True):
    """Everything the template needs beside the plan itself."""

    problems: list[ProblemView]
    names: dict[str, str]
    sources: list[SourceLink]
    sheets: list[PatientSheet]


def page(plan: Plan, knowledge: Knowledge) -> Page:
    """Arrange a plan."""
    names = {option.id: option.name for option in knowledge.options}
    return Page(
        problems=[_problem(problem, number) for number, problem in enumerate(plan.problems, 1)],
        names=names,
        sources=_sources(plan, knowledge),
        sheets=_sheets(plan, knowledge),
    )


def sorted_criteria(option: OptionResult) -> list[CriterionResult]:
    """What decides: unknown first, then not met, then met. Then ways that are not needed."""
    return sorted(
        option.criteria, key=lambda c: (not c.decides, spare(c), _VERDICT_ORDER[c.verdict])
    )


def spare(criterion: CriterionResult) -> bool:
    """Open, but the status does not hang on it: another way is met or nearer."""
    return (
        criterion.decides and not criterion.decisive and criterion.verdict in ("unknown", "not-met")
    )


def _problem(problem: ProblemResult, number: int) -> ProblemView:
    by_id = {option.id: option for option in problem.options}
    step = by_id.get(problem.next_step or "")
    ordered = [
        msgspec.structs.replace(option, criteria=sorted_criteria(option))
        for option in problem.options
    ]
    fitting = [o for o in ordered if o.status in _OPEN or o.done]
    rest = [o for o in ordered if o not in fitting]
    fitting.sort(key=lambda o: o.id != problem.next_step)
    return ProblemView(
        problem=problem,
        anchor=f"problem-{number}",
        answer=_answer(problem, step),
        step=step,
        ladder=_ladder(problem, step),
        options=fitting,
        refused=rest,
    )


def _answer(problem: ProblemResult, step: OptionResult | None) -> str:
    """One sentence on top of everything."""
    if problem.weak:
        return "The cause is not known yet. " + (problem.ask or "")
    if step is None:
        stopped = [o for o in problem.options if o.status == "contraindicated"]
        if stopped:
            return f"No procedure now: {stopped[0].why or 'a contraindication stands'}"
        if not problem.options:
            return "No interventional option on file fits this problem."
        return "No option is open now; see below what each would need."
    match step.status:
        case "eligible":
            return f"Next: {step.name}. The criteria are met."
        case "wait":
            return f"Next: {step.name}, from {day_words(step.earliest_date)}."
        case _:
            return f"Next: {step.name}. {status_words(step)}."


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
    later = [o for o in problem.options if chain[-1].id in o.after and o not in chain]
    chain += later[:1]
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
    options = {option.id: option for option in knowledge.options}
    sheets = []
    for problem in plan.problems:
        step = next((o for o in problem.options if o.id == problem.next_step), None)
        if step is None:
            continue
        text = options[step.id].patient
        if text is None:
            continue
        outlook, later = step.outlook, None
        if outlook is None:
            follow = next((o for o in problem.options if step.id in o.after and o.outlook), None)
            if follow is not None:
                outlook, later = follow.outlook, _patient_name(options[follow.id])
        place = problem_place(problem).lower()
        words = None
        helped = compared = None
        if outlook is not None:
            helped = _of_hundred(outlook.responders_percent)
            when = f"{outlook.at_months:g} month{'s' if outlook.at_months != 1 else ''}"
            words = f"had {outlook.response} at {when}"
            if outlook.comparator_percent is not None:
                compared = _of_hundred(outlook.comparator_percent)
        sheets.append(
            PatientSheet(
                problem=f"{problem.patient_name} ({place})" if place else problem.patient_name,
                option_name=text.name,
                text=text,
                status=_status_for_patients(step),
                helped=helped,
                compared=compared,
                comparator=outlook.comparator if outlook else None,
                outlook=words,
                later=later,
            )
        )
    return sheets


def _patient_name(option: schema.Option) -> str:
    return option.patient.name if option.patient is not None else option.name


def _of_hundred(percent: float) -> int:
    return math.floor(percent + 0.5)


def _status_for_patients(step: OptionResult) -> str:
    match step.status:
        case "eligible":
            return "Your record shows what is asked for. Talk with your clinician about it."
        case "wait":
            return f"It may be possible from {day_words(step.earliest_date)}."
        case _:
            return "Some things have to be found out first. Your clinician has the list."


_POSITIONS = {
    "criteria": "if criteria are met",
    "covered": "covered",
    "not-covered": "not covered",
    "investigational": "held to be investigational",
    "silent": "not named",
    "recommends": "recommended",
    "advises-against": "advised against",
}


def position_words(position: PositionResult) -> str:
    """The status where criteria were applied, else the stated position."""
    if position.position == "criteria" and position.status:
        if position.status == "wait":
            return f"wait until {day_words(position.earliest_date)}"
        return {
            "eligible": "criteria met",
            "needs-more": "needs more",
            "not-met": "criteria not met",
            "contraindicated": "contraindicated",
        }[position.status]
    return _POSITIONS[position.position]
