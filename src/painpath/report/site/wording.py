"""Words of the reference pages: positions, silence, thresholds, facts of a worked case. No rule."""

from __future__ import annotations

from painpath.knowledge import schema
from painpath.knowledge.checks.reading_level import grade
from painpath.knowledge.instruments import Instrument, Score
from painpath.knowledge.rules import as_tuple, default_absent
from painpath.report.instruments import missing_words
from painpath.report.knowledge import threshold_words
from painpath.report.words import day_words

_POSITIONS = {
    "criteria": "if criteria are met",
    "covered": "covered",
    "not-covered": "not covered",
    "investigational": "investigational",
    "silent": "names it nowhere",
    "recommends": "recommends",
    "advises-against": "advises against",
}
_AXES = {"clinical": "clinical", "coverage": "payer", "guideline": "guideline"}
_EFFECTS = {
    "required": "not paid without it",
    "or-review": "voluntary, but a claim without it is reviewed before payment",
    "ask": "by a list of the payer's own that is not on file",
}
_SHORT = frozenset({"drg", "scs", "pns", "sij"})
_SILENCE = {
    "unknown": "asked for",
    "met": "taken as met",
    "not-met": "taken as not met",
    "not-applicable": "does not apply",
}


def position(name: str) -> str:
    """A position as a person says it."""
    return _POSITIONS[name]


def axis(name: str) -> str:
    """Who speaks."""
    return _AXES[name]


def silence(leaf: schema.Leaf) -> str:
    """What it means that the record says nothing."""
    return _SILENCE[leaf.absent or default_absent(leaf)]


def numbers(leaf: schema.Leaf) -> str:
    """The thresholds of a criterion; a tick where it only asks whether."""
    kinds = getattr(leaf, "kinds", 1)
    words = threshold_words(leaf)
    return f"{kinds} kinds, {words}" if kinds > 1 else words


def family(name: str) -> str:
    """`drg-stimulation` as a heading: `DRG stimulation`."""
    first, *rest = name.replace("-", " ").split(" ")
    return " ".join([first.upper() if first in _SHORT else first.capitalize(), *rest])


def as_list(value: schema.OneOrMany) -> list[str]:
    """One or many as many."""
    return list(as_tuple(value))


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 case`, `3 cases`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def reading_grade(text: schema.PatientText) -> float:
    """School grade of the whole text."""
    return grade(" ".join((text.what, text.on_the_day, text.until_then, text.call_if)))


def case_facts(fact: schema.CaseFact) -> str:
    """`right lumbar, 5 Jan 2026 to 2 Feb 2026, value 7, relief 50 % on 1 Mar 2026`."""
    parts = []
    if fact.side or fact.region:
        parts.append(" ".join(word for word in (fact.side, fact.region) if word))
    if fact.level:
        parts.append(fact.level)
    if fact.at:
        until = " and going on" if fact.open else ""
        if fact.until:
            until = f" to {day_words(fact.until)}"
        parts.append(day_words(fact.at) + until)
    if fact.value is not None:
        value = fact.value
        said = ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"
        parts.append(f"value {said}")
    for relief in fact.relief:
        percent = "" if relief.percent is None else f" {relief.percent:g} %"
        lasted = f" for {relief.lasted}" if relief.lasted else ""
        parts.append(f"relief{percent}{lasted} on {day_words(relief.at)}")
    if fact.noted:
        parts.append("known from a status code")
    return ", ".join(parts)


def missing_answers(score: Score, instrument: Instrument) -> str:
    """What becomes of unanswered items."""
    return missing_words(score, len(score.of) or len(instrument.items))


def effect(kind: str) -> str:
    """What a prior-authorisation programme means for a claim."""
    return _EFFECTS[kind]
