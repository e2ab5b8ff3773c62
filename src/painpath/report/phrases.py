"""Sentences of the plan, shortened or gathered for reading. No medical rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from painpath.planning.plan import (
    Missing,
    OptionResult,
    ProblemResult,
    RedFlagResult,
    SafetyItem,
)
from painpath.report.words import day_words, status_words

AREAS = ("physical", "medication", "psychological", "opioid-safety", "self-management", "referral")
CARE_STATES = {
    "ongoing": " (ongoing)",
    "tried": " (tried)",
    "consider": "",
    "advised-against": " (advised against)",
}
SAFETY_MARKS = {"stop": "■", "hold": "■", "caution": "!", "info": "·"}
_OPEN_QUESTION = "Not settled by the record: "
_ACTOR = re.compile(r"^(?P<ask>.*\S) \((?P<actor>[^()]+)\)\.?$", re.DOTALL)
_CLAUSE_ENDS = ("; ", ". ", " when ", " (", ", in a group")
_LONGEST_CLAUSE = 72
_WEEKS_A_YEAR = 52


def answer_words(
    problem: ProblemResult, step: OptionResult | None, flags: Sequence[RedFlagResult]
) -> str:
    """One sentence: what comes next for this problem."""
    if step is None:
        return _no_step(problem, flags)
    match step.status:
        case "eligible":
            return f"Next: {step.name}. The criteria are met."
        case "wait":
            return f"Next: {step.name}, from {day_words(step.earliest_date)}."
        case _:
            return f"Next: {step.name}. {status_words(step)}."


def _no_step(problem: ProblemResult, flags: Sequence[RedFlagResult]) -> str:
    if any(not flag.problems or problem.id in flag.problems for flag in flags):
        return "No elective procedure now: the red flag comes first."
    if problem.note:
        return problem.note
    if problem.weak:
        return f"The cause is not known yet. {problem.ask or ''}".rstrip()
    stopped = [o for o in problem.options if o.status == "contraindicated"]
    if stopped:
        return f"No procedure now. {stopped[0].why or 'A contraindication stands.'}"
    if not problem.options:
        return "No interventional option on file fits this problem."
    return "No option is open now; what is not met stands below."


def open_question(item: SafetyItem) -> str | None:
    """What the record leaves open, if the item is such a question."""
    if not item.text.startswith(_OPEN_QUESTION):
        return None
    return item.text.removeprefix(_OPEN_QUESTION)


def comes_first(item: SafetyItem) -> bool:
    """To be known before any detail: what stops, and every drug that is to be handled."""
    return item.level in ("stop", "hold") or (item.level == "caution" and item.drug is not None)


def asked(text: str) -> tuple[str, str | None]:
    """`Order a CRP (referring clinician)` -> the act and who does it."""
    found = _ACTOR.match(text)
    return (found["ask"], found["actor"]) if found else (text.rstrip("."), None)


def by_actor(rows: Iterable[Missing]) -> dict[str | None, list[tuple[str, Missing]]]:
    """Acts by who does them, in the order of the plan."""
    groups: dict[str | None, list[tuple[str, Missing]]] = {}
    for row in rows:
        ask, actor = asked(row.ask)
        groups.setdefault(actor, []).append((ask, row))
    return groups


def unmet_words(*criteria: str) -> str:
    """`asked for is “Taking part in a trial”`: said as a demand, or it reads as a fact."""
    verb = "is" if len(criteria) == 1 else "are"
    return f"asked for {verb} {' and '.join(f'“{text}”' for text in criteria)}"


def months_words(months: float) -> str:
    """`6 months`, `1 month`; less than a month in weeks."""
    if months < 1:
        weeks = round(months * _WEEKS_A_YEAR / 12)
        return f"{weeks} week{'s' if weeks != 1 else ''}"
    return f"{months:g} month{'s' if months != 1 else ''}"


def first_clause(text: str) -> str:
    """Enough to recognise the advice; the page has the whole."""
    for end in _CLAUSE_ENDS:
        text = text.split(end)[0]
    text = text.rstrip(".")
    if len(text) <= _LONGEST_CLAUSE:
        return text
    return f"{text[:_LONGEST_CLAUSE].rsplit(' ', 1)[0].rstrip(',')} …"
