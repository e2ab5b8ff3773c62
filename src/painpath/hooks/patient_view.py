"""Opening a chart: serious findings; else one option that fits, or the one thing it lacks.

Everything is read off the plan, by the questions of the knowledge's worklists. What is already
ordered, done or in a specialist's hands is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from painpath.hooks.cards import Indicator
from painpath.hooks.making import CardMaker, Notice, brief, graded, quoted, shortened, within
from painpath.planning.missing import open_acts, things
from painpath.planning.plan import (
    CriterionResult,
    OptionResult,
    Plan,
    ProblemResult,
    RedFlagResult,
)
from painpath.report.cover import own_words
from painpath.report.phrases import asked
from painpath.report.words import authorisation_words, day_words, place_words

AT_ONCE = "same day"
"""Urgency of a red flag that cannot wait, as the knowledge words it."""


def notices(maker: CardMaker, facts: pa.Table, short: Sequence[str]) -> list[Notice]:
    """The cards for a patient.

    Args:
        maker: with the plan.
        facts: the record's facts.
        short: what the client did not send, in words.
    """
    plan = maker.plan
    if plan.red_flags:
        # Beside a red flag nothing elective stands.
        return flag_notices(maker)
    untouched = maker.known.untouched(facts, plan.requests, plan.as_of)
    open_ = [
        (problem, option)
        for problem in plan.problems
        if (option := _open_step(plan, problem)) is not None
    ]
    fitting = [
        (problem, option)
        for problem, option in open_
        if option.status == "eligible" and (untouched or _is_stopped_short(maker, problem, option))
    ]
    if fitting:
        return [_fits(maker, fitting, short)]
    # What seems to be missing may merely not have been sent.
    one_short = [] if short else [each for each in open_ if _is_one_short(maker, each[1])]
    return [_one_short(maker, *one_short[0])] if one_short else []


def flag_notices(maker: CardMaker) -> list[Notice]:
    """A card for each serious finding; those with the same act are told once."""
    acts: dict[str, list[RedFlagResult]] = {}
    for flag in maker.plan.red_flags:
        acts.setdefault(flag.act, []).append(flag)
    found = []
    for act, flags in acts.items():
        first = flags[0]
        grave: Indicator = "critical" if first.urgency == AT_ONCE else "warning"
        lines = [graded(f"{first.urgency.capitalize()}: {act}", first.review)]
        lines += [f.text for f in flags[1:]]
        lines += [
            f"On record: {quoted(e.text)}, {day_words(e.date)} ({e.ref})"
            for flag in flags
            for e in flag.evidence[:2]
        ]
        found.append(
            maker.notice(
                "red-flag",
                first.id,
                ",".join(flag.id for flag in flags),
                first.text,
                shortened(lines),
                indicator=grave,
                cites=first.cite,
            )
        )
    return found


def _open_step(plan: Plan, problem: ProblemResult) -> OptionResult | None:
    """The next step, if it was never done and nothing is ordered for the problem."""
    step = next((o for o in problem.options if o.id == problem.next_step), None)
    if step is None or problem.weak or step.done or step.policy is None:
        return None
    ordered = any(
        r.on >= plan.as_of and (r.problem == problem.id or r.option == step.id)
        for r in plan.requests
    )
    return None if ordered else step


def _is_stopped_short(maker: CardMaker, problem: ProblemResult, option: OptionResult) -> bool:
    """The rung before it was done and was good enough, and there it ended."""
    earlier = [o for o in problem.options if o.id in option.after]
    return maker.known.is_later_rung(option.rung) and any(o.done for o in earlier)


def _is_one_short(maker: CardMaker, option: OptionResult) -> bool:
    if option.status != "needs-more" or things(option) != 1:
        return False
    return maker.known.are_documents(_unknown(option))


def _unknown(option: OptionResult) -> list[CriterionResult]:
    return [c for c in option.criteria if c.decisive and c.verdict == "unknown"]


def _fits(
    maker: CardMaker, fitting: Sequence[tuple[ProblemResult, OptionResult]], short: Sequence[str]
) -> Notice:
    problem, option = fitting[0]
    lines = _about(maker, problem, option)
    lines += [f"Also: {o.name} for {_words(p)}. The criteria are met." for p, o in fitting[1:3]]
    if short:
        lines.append(f"Not sent, so not looked at: {', '.join(short)}")
    return maker.notice(
        "option",
        f"{problem.id}/{option.id}",
        ";".join(f"{p.id}/{o.id}" for p, o in fitting),
        f"{brief(option.name)} fits {_words(problem)}: the criteria are met",
        shortened(lines),
        indicator="info",
        cites=_cites(option),
        suggestions=[maker.order(p, o) for p, o in fitting[:2]],
    )


def _one_short(maker: CardMaker, problem: ProblemResult, option: OptionResult) -> Notice:
    act, actor = asked(open_acts(option.criteria)[0])
    lacking = _unknown(option)
    lines = [f"{act[0].upper()}{act[1:]}" + (f" ({actor})" if actor else "")]
    lines += [graded(f"The policy asks for: {c.text}", c.review) for c in lacking]
    lines += _about(maker, problem, option)
    return maker.notice(
        "one-short",
        f"{problem.id}/{option.id}",
        ",".join(c.id for c in lacking),
        f"{brief(option.name)} needs one thing: {act}",
        shortened(lines),
        indicator="info",
        cites=[cite for c in lacking for cite in c.cite] or _cites(option),
    )


def _about(maker: CardMaker, problem: ProblemResult, option: OptionResult) -> list[str]:
    """Why, who pays, what has been asked for, what to hold."""
    plan = maker.plan
    lines = []
    if problem.since is not None:
        lines.append(f"{problem.name} since {day_words(problem.since)}")
    if problem.pain is not None:
        told = quoted(problem.pain.text)
        lines.append(f"{told[:1].upper()}{told[1:]}, {day_words(problem.pain.date)}")
    own = own_words(option, plan.policy)
    lines.append(f"Cover: {own}" if own else f"Decided by: {option.policy or plan.policy.name}")
    asked_first = option.prior_authorisation
    if asked_first is not None and asked_first.required:
        lines.append(f"Prior authorisation: {authorisation_words(asked_first)}")
    lines += [item.text for item in option.safety if item.level in ("stop", "hold")]
    return lines


def _words(problem: ProblemResult) -> str:
    """`persistent pain after knee replacement (right)`."""
    name = within(brief(problem.name))
    return f"{name} ({place_words(problem.side, None)})" if problem.side else name


def _cites(option: OptionResult) -> Iterable[str]:
    """Of what decides, then of the option itself."""
    deciding = [c for c in option.criteria if c.decisive] or option.criteria
    return [*(cite for c in deciding for cite in c.cite), *option.cite]
