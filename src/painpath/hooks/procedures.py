"""A pain procedure that is being ordered or booked: what its judgement says that changes the act.

The judgement is the plan's own (`RequestResult`); here it is only worded.
"""

from __future__ import annotations

from collections.abc import Sequence

from painpath.hooks.cards import Indicator, Suggestion
from painpath.hooks.making import (
    CardMaker,
    Notice,
    brief,
    graded,
    quoted,
    shortened,
    within,
)
from painpath.hooks.patient_view import AT_ONCE
from painpath.hooks.request import Resource
from painpath.knowledge.rules import as_tuple
from painpath.planning.bearing import concerning
from painpath.planning.plan import (
    CriterionResult,
    OptionResult,
    ProblemResult,
    RequestResult,
    SafetyItem,
)
from painpath.report.phrases import asked, comes_first
from painpath.report.words import authorisation_words, day_words

_GOES_ON = ("eligible", "wait", "needs-more", "not-met")
"""Statuses in which the procedure may still be done, so that drugs matter."""


def order_notices(
    maker: CardMaker, request: RequestResult, draft: Resource, short: Sequence[str]
) -> list[Notice]:
    """The cards for one draft order: at most one of its standing, and one of drugs to hold."""
    found = []
    named = None if request.ref in maker.request.unnamed else draft
    standing = _standing(maker, request, named, short)
    if standing is not None:
        found.append(standing)
    elif request.prior_authorisation is not None and request.prior_authorisation.required:
        found.append(_ask_first(maker, request))
    if request.status in _GOES_ON:
        found += _holds(maker, request)
    return found


def appointment_notices(maker: CardMaker, request: RequestResult) -> list[Notice]:
    """The cards for one appointment: drugs to hold by date, and what speaks against the day."""
    found = []
    if request.status in ("wait", "contraindicated"):
        standing = _standing(maker, request, None, ())
        found += [standing] if standing is not None else []
    return [*found, *_holds(maker, request)]


# -- how it stands --


def _standing(
    maker: CardMaker, request: RequestResult, draft: Resource | None, short: Sequence[str]
) -> Notice | None:
    name = brief(_name(maker, request))
    open_ = [c for c in request.criteria if c.decisive and c.verdict in ("unknown", "not-met")]
    lines = [_criterion(c) for c in open_]
    suggestions = _better(maker, request, draft)
    indicator: Indicator = "warning"
    kind = "criteria"
    match request.status:
        case "contraindicated":
            kind = "contraindicated"
            indicator = "critical" if _grave(maker, request) else "warning"
            summary = f"{name}: contraindicated. {request.why or ''}"
            # What is merely not known matters no more.
            lines = [_criterion(c) for c in open_ if c.verdict == "not-met" and c.due is None]
            lines.insert(0, request.why or "")
            if not suggestions and draft is not None:
                suggestions = [maker.remove(draft)]
        case "not-indicated":
            kind = "does-not-fit"
            summary = f"{name} does not fit. {request.why or ''}"
            lines = [request.why or ""]
            if not _cites(maker, request, open_):
                # No rule speaks against it: the record may merely lack the reason for it.
                indicator = "info"
        case "not-met":
            first = f": the policy asks for {within(open_[0].text)}" if open_ else ""
            summary = f"{name}, criteria not met{first}"
        case "wait":
            kind = "too-early"
            day = day_words(request.earliest_date)
            summary = f"{name} on {day_words(request.on)} is too early: possible from {day}"
            if draft is not None and request.earliest_date is not None:
                suggestions = [maker.later(draft, request.earliest_date.isoformat(), day)]
        case "needs-more":
            kind, indicator = "needs-more", "info"
            asks = list(dict.fromkeys(asked(c.ask)[0] for c in open_ if c.ask))
            if not asks and not request.why:
                return None
            what = asks[0] if asks else request.why or ""
            more = f" (and {len(asks) - 1} more)" if len(asks) > 1 else ""
            summary = f"{name} needs more: {what}{more}"
        case _ if _is_open(maker, request.better):
            kind, indicator = "better", "info"
            summary = (
                f"{brief(maker.known.name(request.better))} is the next step, before {within(name)}"
            )
        case _:
            return None
    if request.better is not None:
        lines.append(f"Better fitting next step: {maker.known.name(request.better)}")
    ahead = request.prior_authorisation
    if ahead is not None and ahead.required:
        lines.append(f"Prior authorisation: {authorisation_words(ahead)}")
    if short and request.status == "needs-more":
        lines.append(f"Not sent, so not looked at: {', '.join(short)}")
    return maker.notice(
        kind,
        f"{request.ref}/{request.option or request.code}",
        f"{request.status}|{request.earliest_date}|{','.join(c.id for c in open_)}",
        summary,
        shortened(lines),
        indicator=indicator,
        cites=_cites(maker, request, open_),
        suggestions=suggestions,
        draft=request.ref,
    )


def _criterion(criterion: CriterionResult) -> str:
    told = graded(f"The policy asks for: {criterion.text}", criterion.review)
    if criterion.due is not None:
        return f"{told} Reached on {day_words(criterion.due)}."
    if criterion.verdict == "unknown" and criterion.ask:
        return f"{told} {criterion.ask}."
    found = next(iter(criterion.evidence), None)
    if found is not None:
        return f"{told} On record: {quoted(found.text)}, {day_words(found.date)}."
    return f"{told} {quoted(criterion.why)}" if criterion.why else told


def _grave(maker: CardMaker, request: RequestResult) -> bool:
    """What speaks against it cannot wait, or stops every such procedure."""
    flags = concerning(maker.plan.red_flags, request.problem or "")
    return any(flag.urgency == AT_ONCE for flag in flags) or any(
        item.level == "stop" for item in request.safety
    )


def _cites(maker: CardMaker, request: RequestResult, open_: Sequence[CriterionResult]) -> list[str]:
    """Sources of what decides: criteria, red flag, safety, or why the option does not fit."""
    cites = [cite for criterion in open_ for cite in criterion.cite]
    if request.status == "contraindicated":
        flags = concerning(maker.plan.red_flags, request.problem or "")
        stops = [item for item in request.safety if item.level == "stop"]
        first = [f.cite for f in flags] + [item.cite for item in stops]
        cites = [cite for each in first for cite in each] + cites
    if request.status == "not-indicated":
        option = maker.known.options.get(request.option or "")
        cites += [
            cite
            for against in (option.not_for if option is not None else ())
            if against.why == request.why
            for cite in as_tuple(against.cite)
        ]
    pair = _find(maker, request.better)
    cites += [cite for c in (pair[1].criteria if pair else ()) if c.decisive for cite in c.cite]
    return cites


# -- another step --


def _better(maker: CardMaker, request: RequestResult, draft: Resource | None) -> list[Suggestion]:
    pair = _find(maker, request.better)
    if draft is None or pair is None or pair[1].status not in ("eligible", "needs-more"):
        return []
    return [maker.instead(draft, *pair)]


def _is_open(maker: CardMaker, option: str | None) -> bool:
    pair = _find(maker, option)
    return pair is not None and pair[1].status == "eligible"


def _find(maker: CardMaker, option: str | None) -> tuple[ProblemResult, OptionResult] | None:
    """The problem of which an option is the next step."""
    for problem in maker.plan.problems:
        for each in problem.options:
            if each.id == option and problem.next_step == option:
                return problem, each
    return None


# -- before it --


def _ask_first(maker: CardMaker, request: RequestResult) -> Notice:
    answer = request.prior_authorisation
    assert answer is not None
    lines = [answer.why, authorisation_words(answer)]
    lines += [f"Goes on the request: {i.text}" for i in answer.items if i.state == "missing"]
    return maker.notice(
        "prior-authorisation",
        f"{request.ref}/{request.option or request.code}",
        f"{answer.programme}",
        f"{brief(_name(maker, request))}: ask {answer.name or 'the payer'} for prior authorisation",
        shortened(lines),
        indicator="info",
        cites=answer.cite,
        draft=request.ref,
    )


def _holds(maker: CardMaker, request: RequestResult) -> list[Notice]:
    """One card for all drugs that have to be handled before the needle."""
    items = [item for item in request.safety if item.drug is not None and comes_first(item)]
    if not items:
        return []
    held = [item for item in items if item.level in ("stop", "hold")]
    lines = []
    for item in items:
        lines.append(graded(item.text, item.review))
        lines += item.ask
    first = (held or items)[0]
    more = f" (and {len(items) - 1} more)" if len(items) > 1 else ""
    return [
        maker.notice(
            "hold",
            f"{request.ref}/{request.option or request.code}",
            ",".join(f"{i.drug}:{i.level}:{i.hold_from}" for i in items),
            f"Before {within(brief(_name(maker, request)))}: {_what(first)}{more}",
            shortened(lines),
            indicator="warning" if held else "info",
            cites=first.cite,
            draft=request.ref,
        )
    ]


def _what(item: SafetyItem) -> str:
    """`warfarin, last dose on 4 Nov 2026`, or the beginning of the sentence."""
    if item.last_dose_on is not None and item.hold_from is not None and item.drug is not None:
        drug = item.text.partition(":")[0].lower()
        return f"{drug}, last dose on {day_words(item.last_dose_on)}"
    return within(item.text)


def _name(maker: CardMaker, request: RequestResult) -> str:
    return maker.known.name(request.option, request.code or "")
