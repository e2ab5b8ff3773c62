"""Words, marks and dates shared by everything a person reads. No medical rule."""

from __future__ import annotations

import datetime

from painpath.planning.asking import PriorAuthorisation
from painpath.planning.missing import things
from painpath.planning.plan import OptionResult, PatientResult, PossibleOption, ProblemResult

MARKS = {"met": "✓", "unknown": "?", "not-met": "✗", "not-applicable": "–"}

STATUS_MARKS = {
    "eligible": "✓",
    "wait": "◷",
    "needs-more": "?",
    "not-met": "✗",
    "contraindicated": "■",
    "not-indicated": "–",
}

_SEX = {"female": ("woman", "girl"), "male": ("man", "boy")}
_ADULT_AT = 18


def day_words(day: datetime.date | str | None) -> str:
    """`12 Oct 2026`; a partial date stays partial (`Oct 2026`, `2026`)."""
    if day is None:
        return "no date"
    text = day if isinstance(day, str) else day.isoformat()
    if ".." in text:
        first, last = text.split("..")
        return f"{day_words(first)} to {day_words(last)}"
    parts = text.split("-")
    if len(parts) == 1:
        return parts[0]
    month = datetime.date(2000, int(parts[1]), 1).strftime("%b")
    if len(parts) == 2:
        return f"{month} {parts[0]}"
    return f"{int(parts[2])} {month} {parts[0]}"


def span_words(first: str | None, until: str | None) -> str:
    """`6 May 2024`, or `6 May 2024 to 15 Dec 2025` for what went on for a while."""
    return f"{day_words(first)} to {day_words(until)}" if until else day_words(first)


def ago_words(text: str | None, as_of: datetime.date) -> str | None:
    """`5 weeks ago`, from a full or partial date."""
    if text is None or ".." in text:
        return None
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        years = as_of.year - parts[0]
        return f"about {years} years ago" if years > 1 else None
    then = datetime.date(parts[0], parts[1], parts[2] if len(parts) == 3 else 15)
    days = (as_of - then).days
    if days < 0:
        return None
    if days < 14:
        return "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"
    if days < 70:
        return f"{days // 7} weeks ago"
    months = (as_of.year - then.year) * 12 + as_of.month - then.month - (as_of.day < then.day)
    if months < 24:
        return f"{months} months ago"
    return f"{months // 12} years ago"


def not_before(option: OptionResult) -> datetime.date | None:
    """The day until which time is lacking too, of an option that needs more."""
    return max((c.due for c in option.criteria if c.verdict == "not-met" and c.due), default=None)


def status_words(option: OptionResult) -> str:
    """The status as a person says it; never "denied" or "failed"."""
    match option.status:
        case "eligible":
            return "Eligible"
        case "wait":
            return f"Wait until {day_words(option.earliest_date)}"
        case "needs-more":
            n = things(option)
            words = f"Needs {n} thing{'s' if n != 1 else ''}" if n else "Needs more"
            day = not_before(option)
            return f"{words}, from {day_words(day)}" if day is not None else words
        case "not-met":
            return "Criteria not met"
        case "contraindicated":
            return "Contraindicated"
        case _:
            return "Does not fit"


def possible_words(each: PossibleOption) -> str:
    """Status of one reading of a request, with the reason that it gives itself."""
    status = each.status.replace("-", " ")
    if each.status == "wait" and each.earliest_date is not None:
        status = f"wait until {day_words(each.earliest_date)}"
    return f"{status}. {each.why}" if each.why else status


def authorisation_words(answer: PriorAuthorisation) -> str:
    """One line: whether to ask first, whom, since when, and how much the record still lacks."""
    if answer.required is None:
        return answer.why
    if not answer.required:
        return f"not needed{f' in {answer.state}' if answer.state else ''}, by the lists on file"
    word = "needed" if answer.effect == "required" else "needed, or the claim is reviewed"
    parts = [f"{word} ({answer.name}"]
    if answer.since is not None:
        parts[0] += f", since {day_words(answer.since)}"
    parts[0] += ")"
    if answer.where:
        parts.append(f"to {answer.where}")
    if answer.together:
        parts.append(f"list together {', '.join(answer.together)}")
    missing = sum(item.state in ("missing", "not-met") for item in answer.items)
    if missing:
        parts.append(f"{missing} item{'s' if missing > 1 else ''} not on record yet")
    return " · ".join(parts)


def patient_words(patient: PatientResult) -> str:
    """`woman, 68`."""
    words = []
    if patient.sex in _SEX:
        adult, child = _SEX[patient.sex]
        words.append(child if patient.age is not None and patient.age < _ADULT_AT else adult)
    if patient.age is not None:
        words.append(str(patient.age))
    if patient.deceased:
        words.append("deceased")
    return ", ".join(words)


def place_words(side: str | None, region: str | None) -> str:
    """`right knee`, `low back`."""
    said = {
        "cervical": "neck",
        "thoracic": "mid back",
        "lumbar": "low back",
        "sacroiliac": "sacroiliac joint",
    }
    where = said.get(region or "", (region or "").replace("-", " "))
    which = "both sides" if side == "both" else side or ""
    return f"{which} {where}".strip()


def problem_place(problem: ProblemResult) -> str:
    """`RIGHT KNEE`."""
    return place_words(problem.side, problem.region).upper()


def since_words(problem: ProblemResult, as_of: datetime.date) -> str | None:
    """`since 12 Aug 2025 (14 months ago)`."""
    if problem.since is None:
        return None
    ago = ago_words(problem.since, as_of)
    return f"since {day_words(problem.since)}" + (f" ({ago})" if ago else "")


def number(value: float | None) -> str:
    """At most one decimal, none when whole: 45, 28.8; never 179.99999820."""
    if value is None:
        return "unknown"
    return f"{round(value, 1):g}"
