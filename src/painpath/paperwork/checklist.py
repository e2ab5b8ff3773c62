"""What a payer asks for an option, what the chart proves, what is missing and who can supply it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.option_codes import OptionCodes
from painpath.knowledge.rules import as_tuple
from painpath.paperwork.background import red_flags
from painpath.paperwork.parties import Parties
from painpath.paperwork.quoting import Quote, Quoter
from painpath.planning.asking import AuthorisationItemResult, PriorAuthorisation
from painpath.planning.plan import CriterionResult, OptionResult, Plan, ProblemResult
from painpath.records.originals import Originals
from painpath.report.cover import own_words
from painpath.report.criteria import grouped
from painpath.report.html.view import SourceLink
from painpath.report.phrases import asked, open_question
from painpath.report.words import authorisation_words, day_words, place_words, status_words

ABSENT = "Nothing in the record speaks against it."
"""For a criterion that is met because nothing was found."""

_ITEM_WORDS = {
    "on-record": "on record",
    "missing": "not on record yet",
    "not-met": "not met on this record",
    "not-applicable": "does not apply",
    "add": "to be added by hand",
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion with what the chart has for it."""

    id: str
    text: str
    verdict: str
    quotes: list[Quote]
    why: str | None
    act: str | None
    """What would settle it."""
    actor: str | None
    """Who can do that."""
    due: str | None
    reading: str | None
    review: str
    cite: list[str]


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is missing, and who can supply it."""

    act: str
    actor: str
    settles: list[str]


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """The request for one option, held against one policy."""

    as_of: str
    version: str
    notice: str
    parties: Parties
    option: str
    option_name: str
    flags: list[str]
    """Red flags: nothing elective is asked for before they are settled."""
    problem_id: str
    problem: str
    place: str
    status: str
    policy: str | None
    policy_name: str
    policy_documents: list[str]
    payer_says: str | None
    """The payer's own position: the criteria may be another's where it has none."""
    statement: str | None
    why: str | None
    codes: list[str]
    """Procedure codes that the option may be billed by."""
    diagnoses: list[Quote]
    missing: list[Line]
    unmet: list[Line]
    met: list[Line]
    also: list[Line]
    supplies: list[Supply]
    send: list[str]
    """Whether to ask first, whom, and what holds for the request."""
    items: list[tuple[str, str]]
    """What goes on the request, and whether the record has it."""
    safety: list[str]
    sources: list[SourceLink]
    complete: bool
    """Nothing that decides, and no item of the request, is missing from the record."""


def checklist(
    plan: Plan,
    problem: ProblemResult,
    option: OptionResult,
    knowledge: Knowledge,
    who: Parties,
    originals: Originals,
) -> Checklist:
    """The checklist of one option of a plan, under the policy that the plan was made by."""
    quote = Quoter(knowledge, originals)
    groups = grouped(option.criteria)
    position = next((p for p in option.coverage if p.policy == option.policy), None)
    policy = next((p for p in knowledge.policies if p.id == option.policy), None)
    first = [_line(c, quote) for c in groups.open]
    missing = [line for line in first if line.verdict == "unknown"]
    asks = option.prior_authorisation
    made = Checklist(
        as_of=day_words(plan.as_of),
        version=plan.version,
        notice=plan.notice,
        parties=who,
        option=option.id,
        option_name=option.name,
        flags=red_flags(plan),
        problem_id=problem.id,
        problem=problem.name,
        place=place_words(problem.side, problem.region),
        status=status_words(option),
        policy=option.policy,
        policy_name=policy.name if policy else "no policy on file states criteria for this",
        policy_documents=position.documents if position else [],
        payer_says=own_words(option, plan.policy),
        statement=position.statement if position else None,
        why=option.why,
        codes=sorted(OptionCodes(knowledge).of(option.id, problem.region)),
        diagnoses=quote.all(problem.evidence),
        missing=missing,
        unmet=[line for line in first if line.verdict == "not-met"],
        met=[_line(c, quote) for c in groups.met],
        also=[_line(c, quote) for c in groups.check],
        supplies=_supplies(missing, option, asks),
        send=_send(asks, who),
        items=[(item.text, _ITEM_WORDS[item.state]) for item in (asks.items if asks else [])],
        safety=[open_question(s) or s.text for s in option.safety if s.level != "info"],
        sources=[],
        complete=not missing
        and not any(item.needs_more for item in option.safety)
        and not any(item.state == "missing" for item in (asks.items if asks else [])),
    )
    cited: list[Sequence[str]] = [c.cite for c in option.criteria]
    cited += [as_tuple(policy.cite)] if policy else []
    cited += [asks.cite] if asks and asks.programme else []
    return msgspec.structs.replace(made, sources=sources(cited, knowledge))


def sources(cited: Iterable[Sequence[str]], knowledge: Knowledge) -> list[SourceLink]:
    """The cited sources with their addresses, in order of first mention."""
    names = dict.fromkeys(name.split("#")[0] for group in cited for name in group)
    known = {source.id: source for source in knowledge.sources}
    return [
        SourceLink(s.id, s.title, s.url, s.date, s.review)
        for s in (known[name] for name in names if name in known)
    ]


def _line(criterion: CriterionResult, quote: Quoter) -> Line:
    act, actor = asked(criterion.ask) if criterion.ask else (None, None)
    return Line(
        id=criterion.id,
        text=criterion.text,
        verdict=criterion.verdict,
        quotes=quote.all(criterion.evidence),
        why=criterion.why,
        act=act if criterion.verdict != "met" else None,
        actor=actor if criterion.verdict != "met" else None,
        due=day_words(criterion.due) if criterion.due else None,
        reading=criterion.reading,
        review=criterion.review,
        cite=criterion.cite,
    )


def _supplies(
    missing: Sequence[Line], option: OptionResult, asks: PriorAuthorisation | None
) -> list[Supply]:
    """Acts, each once, with the criteria or items that they settle."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in missing:
        key = (line.act or f"Record: {line.text}", line.actor or "treating clinician")
        found.setdefault(key, []).append(line.text)
    for item in option.safety:
        if item.needs_more:
            for ask in item.ask:
                act, actor = asked(ask)
                key = (act, actor or "treating clinician")
                found.setdefault(key, []).append(open_question(item) or item.text)
    known = {line.id for line in missing}
    for wanted in asks.items if asks else []:
        if _lacks(wanted, known):
            key = (f"Put on record: {wanted.text}", "prior-authorisation coordinator")
            found.setdefault(key, []).append("an item of the request")
    if asks is not None and asks.ask:
        act, actor = asked(asks.ask)
        found.setdefault((act, actor or "front desk"), []).append("whether to ask first")
    return [Supply(act=act, actor=actor, settles=what) for (act, actor), what in found.items()]


def _lacks(item: AuthorisationItemResult, known: set[str]) -> bool:
    """An item that is missing and that no criterion above asks for already."""
    return item.state == "missing" and not known & set(item.criteria)


def _send(asks: PriorAuthorisation | None, who: Parties) -> list[str]:
    if asks is None or who.payer_why.startswith("no Coverage"):
        return ["Not known whether the payer wants to be asked first: no payer is on record."]
    lead = "" if asks.required is None else "Prior authorisation: "
    told = [lead + authorisation_words(asks)]
    if len({place.required for place in asks.by_place}) > 1:
        words = {True: "needed", False: "not needed", None: "not known"}
        places = "; ".join(f"{p.name}: {words[p.required]}" for p in asks.by_place)
        told.append(f"{places[:1].upper()}{places[1:]}")
    told += [asks.condition] if asks.condition else []
    told += [f"Decision: {asks.decision}"] if asks.decision else []
    if asks.valid_days:
        told.append(f"An affirmation holds {asks.valid_days} days.")
    return told + asks.notes
