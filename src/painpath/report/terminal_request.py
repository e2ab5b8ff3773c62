"""A procedure that is ordered or booked, in a terminal: judged on its own day."""

from __future__ import annotations

from rich.text import Text

from painpath.planning.plan import Plan, RequestResult
from painpath.report.layout import Sheet
from painpath.report.phrases import SAFETY_MARKS
from painpath.report.terminal_problem import (
    STYLES,
    ask_first,
    criterion_row,
    open_and_decisive,
    refs,
)
from painpath.report.words import STATUS_MARKS, day_words, possible_words


def request_block(sheet: Sheet, request: RequestResult, plan: Plan, told: set[str]) -> None:
    """A procedure that is ordered or booked, judged on its own day."""
    names = {o.id: o.name for problem in plan.problems for o in problem.options}
    name = names.get(request.option or "", request.option or request.code or "")
    words = request.status.replace("-", " ").upper()
    if request.status == "wait" and request.earliest_date:
        words = f"WAIT UNTIL {day_words(request.earliest_date).upper()}"
    status = Text(f"{STATUS_MARKS[request.status]} {words}", style=STYLES[request.status])
    code = f" ({request.code})" if request.code else ""
    title = Text(f"{name}{code} on {day_words(request.on)}", style="bold")
    sheet.blank()
    sheet.row("Booked", title, status, indent=0, leader=True)
    pressing = [item for item in request.safety if item.level in ("stop", "hold")]
    if request.why and request.why not in {item.text for item in pressing}:
        # What is unsafe stands below with its evidence, once.
        sheet.row("", Text(request.why))
    for criterion in filter(open_and_decisive, request.criteria):
        criterion_row(sheet, criterion)
        told.add(criterion.id)
    for item in pressing:
        mark = Text(SAFETY_MARKS[item.level], style=STYLES[item.level])
        sheet.row("", Text(item.text), refs(item.evidence, 1), mark=mark)
    for each in request.one_of:
        mark = Text(STATUS_MARKS[each.status], style=STYLES[each.status])
        title = Text.assemble(names.get(each.option, each.option), ": ", possible_words(each))
        sheet.row("", title, mark=mark)
        for criterion in filter(open_and_decisive, each.criteria):
            criterion_row(sheet, criterion)
            told.add(criterion.id)
    ask_first(sheet, request.prior_authorisation)
    if request.better:
        better = names.get(request.better, request.better)
        sheet.row("", Text(f"Better fitting next step: {better}", style="bold"))
