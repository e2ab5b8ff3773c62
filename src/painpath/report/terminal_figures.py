"""Figures in a terminal: scores, steroid so far, anaesthetic maxima, what is not yet on file."""

from __future__ import annotations

from rich.text import Text

from painpath.planning.plan import Plan
from painpath.report.layout import Sheet
from painpath.report.scores import score_words
from painpath.report.words import number

_MOST_SCORES = 4


def score_lines(plan: Plan, *, verbose: bool) -> list[Text]:
    """The newest scores; pain itself stands at the head of its problem."""
    found = [score for score in plan.scores if score.id != "pain-score"]
    shown = found if verbose else found[:_MOST_SCORES]
    lines = [Text(score_words(score)) for score in shown]
    if len(found) > len(shown):
        lines.append(Text(f"{len(found) - len(shown)} more (-v)", style="dim"))
    return lines


def amounts(sheet: Sheet, plan: Plan) -> None:
    """Steroid so far, anaesthetic maxima, and what is not on file: only where all is shown."""
    steroids = plan.steroids
    if steroids.items:
        more = ", doses missing" if steroids.incomplete else ""
        mg = number(steroids.mg_12_months)
        _told(sheet, f"steroid in 12 months {mg} mg as methylprednisolone{more}")
    anaesthetic = plan.anaesthetic
    if anaesthetic.limits:
        each = ", ".join(
            f"{limit.name.lower()} {limit.way} {number(limit.mg)} mg"
            for limit in anaesthetic.limits
        )
        kg = f"{number(anaesthetic.weight_kg)} kg ({anaesthetic.basis})"
        words = f"local anaesthetic at most, at {kg}: {each}"
        if anaesthetic.less_percent is not None:
            words += f"; {number(anaesthetic.less_percent)} % less for {anaesthetic.less_for}"
        _told(sheet, words)
    missing = [item for item in plan.checklist if item.state == "missing"]
    if missing:
        sheet.blank()
        sheet.line(Text("NOT ON FILE BEFORE SCHEDULING", style="bold"))
    for item in missing:
        text = Text(f"{item.text} → {item.ask}")
        sheet.row("", text, mark=Text("?", style="yellow"), indent=0, label_width=1)


def _told(sheet: Sheet, words: str) -> None:
    sheet.row("", Text(words), mark=Text("·", style="dim"), indent=0, label_width=1)
