"""One pain problem in a terminal: next step with its reasons, what follows, what else, what not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from painpath.planning.asking import PriorAuthorisation
from painpath.planning.missing import later, nearest
from painpath.planning.next_step import OPEN
from painpath.planning.payer import CLINICAL
from painpath.planning.plan import (
    CriterionResult,
    Evidence,
    OptionResult,
    Plan,
    PolicyChoice,
    ProblemResult,
    SafetyItem,
)
from painpath.report import cover
from painpath.report.criteria import grouped, spare
from painpath.report.layout import Sheet
from painpath.report.phrases import answer_words, open_question, unmet_words
from painpath.report.words import (
    MARKS,
    STATUS_MARKS,
    authorisation_words,
    day_words,
    problem_place,
    since_words,
    span_words,
    status_words,
)

STYLES = {
    "eligible": "bold green",
    "wait": "bold cyan",
    "needs-more": "bold yellow",
    "not-met": "bold",
    "contraindicated": "bold red",
    "not-indicated": "dim",
    "met": "green",
    "unknown": "yellow",
    "stop": "bold red",
    "hold": "bold yellow",
    "caution": "yellow",
    "info": "dim",
}
OPEN_VERDICTS = ("unknown", "not-met")
_MOST_REASONS = 4
_MOST_MET = 2
_MOST_ELSE = 3
_MOST_REFUSED = 2
_MOST_DAYS = 3
_WIDEST_REFS = 44


def problem_block(
    sheet: Sheet, problem: ProblemResult, plan: Plan, told: set[str], *, verbose: bool
) -> None:
    """Everything about one problem; `verbose` opens every criterion of every option.

    `told` holds the criteria that were shown as open further up; they are not listed again.
    """
    name = f"{problem_place(problem)}  {problem.name}".lstrip()
    head = [Text(name, style="bold")]
    since = since_words(problem, plan.as_of)
    if since:
        head.append(Text(since))
    if problem.pain is not None:
        head.append(Text(f"{problem.pain.text} ({day_words(problem.pain.date)})"))
    sheet.flow(head)
    if problem.weak and problem.ask:
        sheet.row("", Text(f"Cause not known. {problem.ask}", style="yellow"))
    by_id = {option.id: option for option in problem.options}
    step = by_id.get(problem.next_step or "")
    shown: set[str] = set()
    if step is not None:
        shown |= {step.id, *_then(sheet, problem, step, told)}
    said = "" if step is not None or problem.weak else answer_words(problem, step, plan.red_flags)
    if said:
        sheet.row("Next", Text(said, style="bold"))
    near = None if plan.red_flags else nearest(problem)
    if near is not None:
        shown.add(near.id)
        _closed(sheet, problem, near, told)
    _possible(sheet, problem, shown)
    if not plan.red_flags:
        # Beside a red flag the reason stands above, once.
        _refused(sheet, problem, shown, said)
    if near is not None:
        _cover(sheet, near, plan.policy)
    if step is not None:
        _cover(sheet, step, plan.policy)
        ask_first(sheet, step.prior_authorisation)
    if verbose:
        for option in problem.options:
            _opened(sheet, option)


def _then(sheet: Sheet, problem: ProblemResult, step: OptionResult, told: set[str]) -> set[str]:
    """The next step and what it leads to; returns the ids of the latter."""
    sheet.row("Next", Text(step.name, style="bold"), status_mark(step), leader=True)
    led = {item.ref for o in problem.options if o.id in step.after for item in o.done}
    _reasons(sheet, step, {item.ref for item in problem.evidence}, led, told)
    later = [
        option
        for option in problem.options
        if step.id in option.after and option.id != step.id and option.status != "not-indicated"
    ]
    for option in later:
        follows = not step.done and not option.done
        note = "after that" if follows else status_words(option).lower()
        sheet.row("Then", Text.assemble(option.name, (f" ({note})", "dim")))
    return {option.id for option in later}


def _closed(sheet: Sheet, problem: ProblemResult, near: OptionResult, told: set[str]) -> None:
    """Nothing is open: the option that would come first, and what is not met."""
    sheet.row("", Text(near.name, style="bold"), status_mark(near), leader=True)
    _reasons(sheet, near, {item.ref for item in problem.evidence}, set(), told)


def status_mark(option: OptionResult) -> Text:
    """`? NEEDS 2 THINGS`."""
    words = f"{STATUS_MARKS[option.status]} {status_words(option).upper()}"
    return Text(words, style=STYLES[option.status])


def _reasons(
    sheet: Sheet, option: OptionResult, known: set[str], led: set[str], told: set[str]
) -> None:
    """What is open, one line an act; then the met criteria that tell most.

    `known` are the references of the problem itself: a criterion met by the diagnosis alone tells
    less than one met by a score or a course of care. `led` are those of the rungs that led here,
    such as a positive block: they tell most.
    """
    # The same request may settle several criteria.
    acts = {c.ask or c.id: c for c in reversed(option.criteria) if open_and_decisive(c)}
    open_ones = list(reversed(acts.values()))
    if open_ones and {c.id for c in open_ones} <= told:
        mark = Text(MARKS[open_ones[0].verdict], style=STYLES[open_ones[0].verdict])
        sheet.row("", Text("for the reasons above", style="dim"), mark=mark)
        open_ones = []
    told |= {c.id for c in open_ones}
    for criterion in open_ones[:_MOST_REASONS]:
        criterion_row(sheet, criterion)
    if len(open_ones) > _MOST_REASONS:
        more = f"{len(open_ones) - _MOST_REASONS} more (-v)"
        sheet.row("", Text(more, style="dim"), mark=Text("…", style="dim"))
    for item in option.safety:
        if item.needs_more:
            sheet.row("", _wanted(item), mark=Text(MARKS["unknown"], style=STYLES["unknown"]))
    met = [c for c in option.criteria if c.decides and c.verdict == "met"]
    telling = sorted(met, key=lambda c: _telling({item.ref for item in c.evidence}, known, led))
    # Of two wordings of one question the longer says it all.
    telling = [c for c in telling if not any(o.text.startswith(c.text + ",") for o in telling)]
    for criterion in telling[:_MOST_MET]:
        criterion_row(sheet, criterion)
    if len(met) > _MOST_MET:
        more = f"{len(met) - _MOST_MET} more met (-v)"
        sheet.row("", Text(more, style="dim"), mark=Text(MARKS["met"], style="dim"))


def _telling(evidence: set[str], known: set[str], led: set[str]) -> int:
    """What a met criterion tells, by its evidence; the lower the more."""
    if evidence & led:
        return 0
    return 2 if evidence <= known else 1


def _wanted(item: SafetyItem) -> Text:
    """What safety asks for beyond the criteria."""
    asks = "; ".join(item.ask)
    return Text.assemble(open_question(item) or item.text, (f" → {asks}" if asks else "", "yellow"))


def open_and_decisive(criterion: CriterionResult) -> bool:
    """The status hangs on it and it is not met."""
    return criterion.decisive and criterion.verdict in OPEN_VERDICTS


def criterion_row(sheet: Sheet, criterion: CriterionResult, *, full: bool = False) -> None:
    """One criterion; `full` adds what was looked for and every piece of evidence."""
    text = Text(criterion.text)
    if spare(criterion):
        text.append(" [not needed, another way is nearer]", style="dim")
    if criterion.review == "unverified":
        text.append(" [source unverified: also check]", style="dim")
    elif not criterion.decides:
        text.append(" [also check]", style="dim")
    if criterion.verdict in OPEN_VERDICTS and criterion.ask:
        text.append(f" → {criterion.ask}", style="yellow")
    elif criterion.verdict == "not-met" and criterion.due:
        text.append(f" → from {day_words(criterion.due)}", style="cyan")
    if full and criterion.why:
        text.append(f" {criterion.why}", style="dim")
    mark = Text(MARKS[criterion.verdict], style=STYLES.get(criterion.verdict, ""))
    sheet.row("", text, None if full else refs(criterion.evidence), mark=mark)
    if full:
        for item in criterion.evidence:
            words = f"{item.ref}: {item.text} ({span_words(item.date, item.until)})"
            sheet.row("", Text(words, style="dim"), indent=4)


def refs(evidence: Iterable[Evidence], most: int = 2) -> Text:
    """`Procedure/12, MedicationRequest/4 +1`."""
    names = list(dict.fromkeys(item.ref for item in evidence))
    if len(", ".join(names[:most])) > _WIDEST_REFS:
        most = 1
    more = f" +{len(names) - most}" if len(names) > most else ""
    return Text(", ".join(map(_short, names[:most])) + more, style="dim")


def _short(ref: str) -> str:
    """`Condition/22bbe238…`: long ids would leave no room for the words."""
    kind, slash, key = ref.partition("/")
    return f"{kind}{slash}{key[:8]}…" if len(ref) > _WIDEST_REFS else ref


# --- beside the next step ------------------------------------------------------------------------


def _possible(sheet: Sheet, problem: ProblemResult, shown: set[str]) -> None:
    """What else is open, and what was done."""
    rest = [o for o in problem.options if o.id not in shown and o.part_of is None]
    possible = [o for o in rest if o.status in OPEN and not o.set_aside and not _used(o, problem)]
    # A rung above one that is itself still open is not an alternative of its own.
    possible = [o for o in possible if o.done or not _above(o, possible)]
    if possible:
        names = [
            Text.assemble(o.name, (f" ({status_words(o).lower()})", "dim"))
            for o in possible[:_MOST_ELSE]
        ]
        if len(possible) > _MOST_ELSE:
            names.append(Text(f"{len(possible) - _MOST_ELSE} more", style="dim"))
        sheet.row("Else" if problem.next_step else "Other", Text(" · ").join(names))
    for option in rest:
        if option.done and option not in possible:
            text = Text.assemble(option.name, (f" ({day_words(option.done[0].date)})", "dim"))
            sheet.row("Done", text, refs(option.done))
    for group in problem.unclassified:
        days = ", ".join(day_words(item.date) for item in group.evidence[:_MOST_DAYS])
        more = len(group.evidence) - _MOST_DAYS
        days += f" and {more} more" if more > 0 else ""
        text = Text.assemble(group.name, (f" ({days})", "dim"), (f" → {group.ask}", "yellow"))
        mark = Text(MARKS["unknown"], style=STYLES["unknown"])
        sheet.row("Done", text, refs(group.evidence), mark=mark)


def _refused(sheet: Sheet, problem: ProblemResult, shown: set[str], said: str) -> None:
    """Why not what was expected: a line a reason, the first few; `said` above is not said again."""
    rest = [o for o in problem.options if o.id not in shown and o.part_of is None]
    refused = [o for o in rest if o.status not in OPEN and not o.done]
    # A rung whose turn has not come is not refused.
    refused = [o for o in refused if o.status != "not-met" or not later(o, rest)]
    reasons = _by_reason(refused)
    for reason, options in list(reasons.items())[:_MOST_REFUSED]:
        names = Text(" · ".join(option.name for option in options))
        words = "for the reason above" if reason in said else reason
        sheet.row("Not", Text(": ").join([names, Text(words, style="dim")]))


def _used(option: OptionResult, problem: ProblemResult) -> bool:
    """A rung that is on record and has led on is history, not an alternative."""
    return bool(option.done) and any(
        option.id in o.after for o in problem.options if o.done or o.id == problem.next_step
    )


def _above(option: OptionResult, others: Sequence[OptionResult]) -> bool:
    return option.status != "eligible" and any(o.id in option.after and not o.done for o in others)


def _by_reason(refused: Sequence[OptionResult]) -> dict[str, list[OptionResult]]:
    """Options by the sentence that speaks against them, what is unsafe and unfit first."""
    order = {"contraindicated": 0, "not-indicated": 1, "not-met": 2}
    reasons: dict[str, list[OptionResult]] = {}
    for option in sorted(refused, key=lambda o: order[o.status]):
        reasons.setdefault(_refusal(option), []).append(option)
    return reasons


def _refusal(option: OptionResult) -> str:
    if option.why:
        # What comes after a semicolon is for the page.
        return option.why.split("; ")[0].rstrip(".")
    lacking = [c for c in option.criteria if c.verdict == "not-met" and c.decisive]
    word = status_words(option).lower()
    if not lacking:
        return word
    found = next((item.text for item in lacking[0].evidence), None)
    return f"{word}: {unmet_words(lacking[0].text)}" + (f"; on record: {found}" if found else "")


def _cover(sheet: Sheet, option: OptionResult, policy: PolicyChoice) -> None:
    """Payers, guidelines and trials, a line each, never added up."""
    lines = [
        ("", cover.own_words(option, policy)),
        ("others: ", cover.other_words(option, policy.id)),
        ("guidelines: ", cover.guideline_words(option)),
        ("evidence: ", cover.evidence_words(option)),
    ]
    told = [(name, words) for name, words in lines if words]
    for number, (name, words) in enumerate(told):
        text = Text(name, style="dim") + Text(words, style="default" if not name else "dim")
        sheet.row("" if number else "Cover", text)


def ask_first(sheet: Sheet, answer: PriorAuthorisation | None) -> None:
    """Prior authorisation, where a payer is on record."""
    if answer is not None and answer.payer != CLINICAL:
        sheet.row("Ask", Text(f"Prior authorisation: {authorisation_words(answer)}", style="dim"))


def _opened(sheet: Sheet, option: OptionResult) -> None:
    """Every criterion of one option."""
    sheet.blank()
    sheet.row("", Text(option.name, style="bold"), status_mark(option), leader=True)
    if option.why:
        sheet.row("", Text(option.why, style="dim"))
    groups = grouped(option.criteria)
    for criterion in (*groups.open, *groups.met, *groups.check, *groups.spare):
        criterion_row(sheet, criterion, full=True)
