"""Every policy at once, for the terminal: option by option, who could be asked on which day."""

from __future__ import annotations

import datetime

from rich.text import Text

from painpath.planning.asking import PolicyAnswer, PolicyOption
from painpath.planning.next_step import OPEN
from painpath.planning.plan import Plan
from painpath.report.cover import shortened
from painpath.report.layout import Sheet
from painpath.report.words import day_words, place_words

_AXES = {"clinical": "By clinical criteria", "coverage": "", "guideline": "Guidelines: "}
_POSITIONS = {
    "criteria": "criteria not known",
    "covered": "covered",
    "not-covered": "not covered",
    "investigational": "held investigational",
    "silent": "not named",
    "recommends": "recommends it",
    "advises-against": "advises against it",
}
_OTHER = {
    "needs-more": "needs more",
    "not-met": "criteria not met",
    "contraindicated": "contraindicated",
}

_WHEN = 20
"""Columns of the day."""

Row = tuple[PolicyAnswer, PolicyOption]


def when_words(plan: Plan, option: PolicyOption) -> str:
    """`today`, `from 12 Jan 2027`, `needs 2 things`, `not covered`."""
    if option.from_date is not None:
        today = option.from_date == plan.as_of
        return "today" if today else f"from {day_words(option.from_date)}"
    if option.status == "needs-more" and option.open:
        return f"needs {len(option.open)} thing{'s' if len(option.open) > 1 else ''}"
    if option.status is not None:
        return _OTHER[option.status]
    return _POSITIONS.get(option.position, option.position)


def who_words(answer: PolicyAnswer, option: PolicyOption, name: str | None = None) -> str:
    """The policy's name (or a shorter one), with what a reader must know beside it."""
    marks = []
    if answer.standing != "in-force":
        marks.append(answer.standing)
    if answer.partial:
        marks.append("read in part")
    if option.prior_authorisation and option.status in OPEN:
        marks.append("ask first")
    if answer.review == "unverified":
        marks.append("unverified")
    marks += [d for d in answer.documents if d not in answer.name]
    return (name or answer.name) + (f" ({', '.join(marks)})" if marks else "")


def by_option(plan: Plan) -> list[tuple[str, list[Row]]]:
    """Rows for each option of each problem, in the order of the plan; routes are left out."""
    groups: list[tuple[str, list[Row]]] = []
    for problem in plan.problems:
        for option in problem.options:
            rows = [
                (answer, each)
                for answer in plan.policies
                for each in answer.options
                if (each.problem, each.side, each.region, each.option)
                == (problem.id, problem.side, problem.region, option.id)
            ]
            if rows and option.part_of is None:
                where = place_words(problem.side, problem.region)
                groups.append((f"{option.name} · {where}" if where else option.name, rows))
    return groups


def policy_tables(sheet: Sheet, plan: Plan) -> None:
    """One small table an option: when, and who."""
    if not plan.policies:
        return
    sheet.blank()
    sheet.line(Text(f"WHOM TO ASK  as of {day_words(plan.as_of)}", style="bold"))
    for title, rows in by_option(plan):
        sheet.line(Text(title, style="bold"), indent=2)
        short = shortened({answer.policy: answer.name for answer, _ in rows})
        for axis, lead in _AXES.items():
            lines: dict[str, list[str]] = {}
            mine = [row for row in rows if row[0].axis == axis]
            for answer, option in sorted(mine, key=_order):
                names = lines.setdefault(when_words(plan, option), [])
                names.append(who_words(answer, option, short[answer.policy]))
            for when, names in lines.items():
                who = Text(lead, style="dim")
                if axis != "clinical":
                    who.append(" · ".join(names), style="default")
                sheet.row(when, who, indent=4, label_width=_WHEN)


def _order(row: Row) -> tuple[datetime.date, int, int, str]:
    """Today, dates, what is lacking least, then positions."""
    answer, option = row
    ranks = ("needs-more", "not-met", "contraindicated", None)
    rank = ranks.index(option.status) if option.status in ranks else -1
    return option.from_date or datetime.date.max, rank, len(option.open), answer.name
