"""The referral letter: what is known, what was tried, what is asked for and why, what is open.

It fits on one page: each part shows what matters most, and says how much more the plan has.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.paperwork import background
from painpath.paperwork.fitting import Part, fitted
from painpath.paperwork.parties import Parties
from painpath.paperwork.quoting import Quoter
from painpath.paperwork.tried import Tried, tried
from painpath.planning.plan import CriterionResult, OptionResult, Plan, ProblemResult, ScoreResult
from painpath.records.originals import Originals
from painpath.records.record import Record
from painpath.report.criteria import grouped
from painpath.report.phrases import asked
from painpath.report.scores import score_words, value_words
from painpath.report.words import day_words, not_before, place_words, since_words

TO = "To a qualified pain specialist"

_MOST_KNOWN = 6
_MOST_TRIED = 7
_MOST_MET = 6
_MOST_OPEN = 6
_MOST_CAUTIONS = 4


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter of one page."""

    to: str = TO
    date: str
    parties: Parties
    about: str
    """`Right knee: persistent pain after knee replacement`."""
    flags: list[str]
    """Red flags: they come before everything."""
    request: list[str]
    """What is asked for, in sentences."""
    parts: list[Part]
    notice: str
    version: str


def letter(
    plan: Plan,
    problem: ProblemResult,
    option: OptionResult | None,
    record: Record,
    knowledge: Knowledge,
    who: Parties,
    originals: Originals,
) -> Letter:
    """The letter for one problem, asking for one option or for an opinion."""
    flags = background.red_flags(plan)
    if flags:
        option = None
    quote = Quoter(knowledge, originals)
    request = _request(problem, option, knowledge, bool(flags))
    parts = [
        _known(plan, problem, quote),
        _tried(tried(plan, record, knowledge)),
        *_why(option, quote),
        _safety(plan, option, record, originals),
        _questions(plan, problem, option),
    ]
    head = [value for _, value in who.head() if value]
    above = [*flags, " ".join(request)]
    return Letter(
        date=day_words(plan.as_of),
        parties=who,
        about=about(problem),
        flags=flags,
        request=request,
        parts=fitted([part for part in parts if part.lines], above, head),
        notice=plan.notice,
        version=plan.version,
    )


def about(problem: ProblemResult) -> str:
    """`Right knee: persistent pain after knee replacement`."""
    place = place_words(problem.side, problem.region)
    name = problem.name
    return f"{place[:1].upper()}{place[1:]}: {name[:1].lower()}{name[1:]}" if place else name


def _request(
    problem: ProblemResult,
    option: OptionResult | None,
    knowledge: Knowledge,
    flagged: bool,
) -> list[str]:
    if flagged:
        return [
            "Act on the red flag first; it does not wait for this letter.",
            "No elective procedure is asked for. Please advise on the pain once it is settled.",
        ]
    told = ["Please see this patient and advise."]
    if option is None:
        if problem.weak:
            told.append("The cause of the pain is not known yet; we ask for your assessment.")
        else:
            told.append("No procedure is open by the record; we ask for your opinion.")
        return told
    told = [f"Please see this patient about: {option.name}."]
    by = f"the criteria of {_policy(option, knowledge)}" if option.policy else "the criteria"
    match option.status:
        case "eligible":
            told.append(f"By the record, {by} are met.")
        case "wait":
            told.append(
                f"By the record, {by} are met from {day_words(option.earliest_date)}, not before."
            )
        case "needs-more":
            day = not_before(option)
            when = f", and are met from {day_words(day)} at the earliest" if day else ""
            told.append(f"By the record, {by} still need what is listed as missing below{when}.")
        case "contraindicated":
            told.append(f"By the record something speaks against it today. {option.why or ''}")
        case "not-met":
            told.append(f"By the record, {by} are not met today; we ask for your opinion.")
        case _:
            told.append(f"By the record it does not fit this pain. {option.why or ''}")
    return [sentence.strip() for sentence in told]


def _policy(option: OptionResult, knowledge: Knowledge) -> str:
    return next((p.name for p in knowledge.policies if p.id == option.policy), option.policy or "")


def _known(plan: Plan, problem: ProblemResult, quote: Quoter) -> Part:
    since = since_words(problem, plan.as_of)
    lines = [f"Pain {since}" if since else "Start of the pain: not recorded"]
    if problem.pain is not None:
        lines[0] += f"; {problem.pain.text} ({day_words(problem.pain.date)})"
    lines += [quote.short(item) for item in problem.evidence[:3]]
    lines += [_score(s) for s in plan.scores if s.id != "pain-score"]
    if plan.opioids.mme_per_day:
        dose = f"{round(plan.opioids.mme_per_day, 1):g}"
        lines.append(
            f"Opioids: {'at least ' if plan.opioids.incomplete else ''}{dose} MME a day"
            f" ({plan.opioids.rule_set})"
        )
    others = [about(each) for each in plan.problems if each is not problem]
    if others:
        lines = [*lines[: _MOST_KNOWN - 1], f"Also on record: {'; '.join(others[:3])}"]
    return _capped("What is known", lines, _MOST_KNOWN, gives=3)


def _score(score: ScoreResult) -> str:
    """The score; how it changed only if it was taken before."""
    return score_words(score) if score.before is not None else f"{score.name} {value_words(score)}"


def _tried(found: Sequence[Tried]) -> Part:
    lines = [
        each.line() + (": effect not recorded" if each.effect is None else "") for each in found
    ]
    if not lines:
        lines = ["No treatment of this pain is on record."]
    return _capped("What was tried, and its effect", lines, _MOST_TRIED, gives=2)


def _why(option: OptionResult | None, quote: Quoter) -> list[Part]:
    if option is None or not option.criteria:
        return []
    groups = grouped(option.criteria)
    missing = [_missing(c) for c in groups.open if c.verdict == "unknown"]
    unmet = [c.text + (f" (met from {day_words(c.due)})" if c.due else "") for c in groups.open]
    unmet = [text for text, c in zip(unmet, groups.open, strict=True) if c.verdict == "not-met"]
    met = [_met(c, quote) for c in sorted(groups.met, key=lambda c: not c.evidence)]
    return [
        _capped("Still missing", missing, _MOST_OPEN, gives=5),
        _capped("Not met today", unmet, _MOST_OPEN, gives=4),
        _capped("Why this option: criteria met", met, _MOST_MET, gives=1),
    ]


def _missing(criterion: CriterionResult) -> str:
    if criterion.ask is None:
        return criterion.text
    act, actor = asked(criterion.ask)
    return f"{criterion.text}. {act}" + (f" ({actor})" if actor else "")


def _met(criterion: CriterionResult, quote: Quoter) -> str:
    if not criterion.evidence:
        return criterion.text
    return f"{criterion.text}: {quote.short(criterion.evidence[0])}"


def _safety(plan: Plan, option: OptionResult | None, record: Record, originals: Originals) -> Part:
    medicines = background.medicines(plan, record)
    told = background.cautions(option, plan, listed=bool(medicines))
    part = _capped("Safety", told, _MOST_CAUTIONS)
    always = [
        background.listing("Medicines on the list", medicines),
        background.listing("Allergies", background.allergies(plan, record, originals)),
        background.listing("Implants", background.devices(plan, record)),
    ]
    return Part(part.title, [*part.lines, *always], part.more)


def _questions(plan: Plan, problem: ProblemResult, option: OptionResult | None) -> Part:
    lines = [f"{what.rstrip('.')}: {act}" for what, act in background.questions(option, plan)]
    if problem.ask:
        lines.insert(0, problem.ask)
    return _capped("Open questions", lines, _MOST_OPEN, gives=2)


def _capped(title: str, lines: Sequence[str], most: int, gives: int | None = None) -> Part:
    return Part(title, list(lines[:most]), max(len(lines) - most, 0), gives)
