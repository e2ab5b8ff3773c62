"""The plan in a terminal: the answer first, then the reasons, then what to do before and beside."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from painpath.planning.missing import leading
from painpath.planning.plan import CareResult, Missing, Plan, ProblemResult, SafetyItem
from painpath.report.layout import Sheet
from painpath.report.phrases import (
    AREAS,
    CARE_STATES,
    SAFETY_MARKS,
    answer_words,
    by_actor,
    comes_first,
    first_clause,
    open_question,
)
from painpath.report.policies import policy_tables
from painpath.report.terminal_figures import amounts, score_lines
from painpath.report.terminal_problem import (
    STYLES,
    problem_block,
    refs,
    status_mark,
)
from painpath.report.terminal_request import request_block
from painpath.report.words import day_words, number, patient_words, problem_place

_MOST_SAFETY = 5
_MOST_MISSING = 5
_STATUS_WIDTH = 40
"""Columns of a status, and of the marks and dots before it, in the overview."""


def render(plan: Plan, console: Console, *, verbose: bool = False) -> None:
    """Print a plan. `verbose` opens every criterion of every option."""
    sheet = Sheet(console)
    _head(sheet, plan)
    _red_flags(sheet, plan)
    _overview(sheet, plan)
    told: set[str] = set()
    for request in plan.requests:
        request_block(sheet, request, plan, told)
    if plan.patient.deceased:
        sheet.blank()
        died = "The record says that this patient has died; nothing is proposed."
        sheet.line(Text(died, style="bold"))
    elif not plan.problems:
        sheet.blank()
        sheet.line(Text("No pain problem was recognised in this record."))
        sheet.line(Text("See `painpath knowledge list problems` for those that are known."))
    for problem in plan.problems:
        sheet.blank()
        problem_block(sheet, problem, plan, told, verbose=verbose)
    policy_tables(sheet, plan)
    _safety(sheet, plan, verbose=verbose)
    if verbose:
        amounts(sheet, plan)
    _alongside(sheet, plan, verbose=verbose)
    _block(sheet, "SCORES", score_lines(plan, verbose=verbose))
    _missing(sheet, plan, verbose=verbose)
    _foot(sheet, plan)
    sheet.show()


def _head(sheet: Sheet, plan: Plan) -> None:
    patient = plan.patient
    parts = [Text.assemble(("Patient ", "dim"), (patient.id, "bold"))]
    payer = plan.policy.name + (f" ({patient.state})" if patient.state else "")
    about = (patient_words(patient), f"as of {day_words(plan.as_of)}", payer)
    sheet.flow([*parts, *(Text(words) for words in about if words)])


def _red_flags(sheet: Sheet, plan: Plan) -> None:
    if plan.red_flags:
        sheet.blank()
    for flag in plan.red_flags:
        sheet.line(Text(f"■ RED FLAG  {flag.text}", style="bold red"))
        sheet.row("", Text(f"{flag.act} ({flag.urgency})"), refs(flag.evidence))


def _overview(sheet: Sheet, plan: Plan) -> None:
    """Before any detail: of several problems each answer in one line, and what is to be held."""
    if len(plan.problems) > 1:
        for place, problem in enumerate(plan.problems, 1):
            _answer(sheet, str(place), problem, plan)
    for item in plan.safety:
        if comes_first(item):
            sheet.row(
                "", Text(item.text.split(" (")[0]), mark=_safety_mark(item), indent=0, label_width=1
            )


def _answer(sheet: Sheet, label: str, problem: ProblemResult, plan: Plan) -> None:
    step = next((o for o in problem.options if o.id == problem.next_step), None)
    place = problem_place(problem)
    lead = f"{place} {problem.name}".strip()
    if step is None:
        answer = answer_words(problem, step, plan.red_flags)
        sheet.row(label, Text.assemble((lead, "bold"), f": {answer}"), indent=0, label_width=1)
        return
    if place and len(lead) + len(step.name) > sheet.width - _STATUS_WIDTH:
        lead = place
    text = Text.assemble((lead, "bold"), f" → {step.name}")
    sheet.row(label, text, status_mark(step), leader=True, indent=0, label_width=1)


# --- before and beside ---------------------------------------------------------------------------


def _safety(sheet: Sheet, plan: Plan, *, verbose: bool) -> None:
    graver = [item for item in plan.safety if item.level != "info" or verbose]
    if not graver:
        return
    sheet.blank()
    sheet.line(Text("BEFORE ANY NEEDLE", style="bold"))
    shown = graver if verbose else graver[:_MOST_SAFETY]
    for item in shown:
        safety_row(sheet, item)
    if len(graver) > len(shown):
        more = f"{len(graver) - len(shown)} more (-v)"
        sheet.row("", Text(more, style="dim"), mark=Text("…", style="dim"), indent=0, label_width=1)


def safety_row(sheet: Sheet, item: SafetyItem) -> None:
    """What to hold, weigh or find out; an open question has the mark of one."""
    question = open_question(item)
    text = Text(item.text)
    if question is not None:
        text = Text(f"Not in the record: {question}")
    source = item.cite[0].split("#")[0] if item.cite else ""
    text.append(f"  {source} [{item.review}]", style="dim")
    right = refs(item.evidence, 1)
    sheet.row("", text, right, mark=_safety_mark(item), indent=0, label_width=1)


def _safety_mark(item: SafetyItem) -> Text:
    mark = SAFETY_MARKS[item.level] if open_question(item) is None else "?"
    return Text(mark, style=STYLES[item.level])


def _alongside(sheet: Sheet, plan: Plan, *, verbose: bool) -> None:
    """One line an area: what is in place or was tried, then what to consider."""
    lines: list[Text] = []
    left = 0
    for area in AREAS:
        items = [i for i in plan.alongside if i.area == area and i.stance == "for"]
        shown = items if verbose else _telling(items)
        left += len(items) - len(shown)
        words = [_care(item, verbose=verbose) for item in shown]
        if area == "opioid-safety" and plan.opioids.items:
            load = plan.opioids
            words.insert(0, f"opioids {number(load.mme_per_day)} MME/day ({load.rule_set})")
        if words:
            lines.append(Text.assemble((f"{area.replace('-', ' ')}: ", "dim"), " · ".join(words)))
    if left and lines:
        lines.append(Text(f"{left} more (-v)", style="dim"))
    if lines:
        sheet.blank()
        _block(sheet, "ALONGSIDE", lines)


def _telling(items: Sequence[CareResult]) -> list[CareResult]:
    """Of an area the first that is in place or was tried, and the first to consider."""
    told = [
        next((i for i in items if (i.state == "consider") is new), None) for new in (False, True)
    ]
    return [item for item in told if item is not None]


def _block(sheet: Sheet, title: str, lines: Sequence[Text]) -> None:
    for place, line in enumerate(lines):
        sheet.row("" if place else title, line, indent=0, label_width=len("ALONGSIDE"))


def _care(item: CareResult, *, verbose: bool) -> str:
    words = item.text.rstrip(".") if verbose else first_clause(item.text)
    return words + CARE_STATES[item.state]


def _missing(sheet: Sheet, plan: Plan, *, verbose: bool) -> None:
    """Who settles what, those of the next steps first; the rest is counted."""
    rows = plan.missing
    if not rows:
        return
    steps = {leading(problem) for problem in plan.problems} | {p.id for p in plan.problems}
    near = [row for row in rows if steps & set(row.for_)]
    shown = rows if verbose else near[:_MOST_MISSING]
    lines = []
    for actor, group in by_actor(shown).items():
        words = " · ".join(_act(ask, row) for ask, row in group)
        lines.append(Text.assemble((f"{actor}: ", "dim"), words) if actor else Text(words))
    left = len(rows) - len(shown)
    if left:
        none = "" if near else "nothing for the next step; "
        lines.append(Text(f"{none}{left} more for other options (-v)", style="dim"))
    if not plan.alongside:
        sheet.blank()
    _block(sheet, "MISSING", lines)


def _act(ask: str, row: Missing) -> str:
    """`HbA1c of the last 3 months (settles 2 criteria)`."""
    return f"{ask} (settles {row.settles} criteria)" if row.settles > 1 else ask


def _foot(sheet: Sheet, plan: Plan) -> None:
    sheet.blank()
    if plan.skipped:
        first = plan.skipped[0]
        parts = f"{len(plan.skipped)} part{'s' if len(plan.skipped) > 1 else ''} of the record"
        words = f"{parts} could not be used, e.g. {first.ref}: {first.why}"
        sheet.line(Text(words, style="dim"))
    if plan.failures:
        names = ", ".join(f.ref for f in plan.failures)
        words = f"Not evaluated: {names}; criteria that need it are unknown."
        sheet.line(Text(words, style="red"))
    how = "Every criterion: -v; timeline and sources: --format html"
    sheet.line(Text(f"{plan.notice} {how}", style="dim"))
