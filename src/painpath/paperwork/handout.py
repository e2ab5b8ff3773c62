"""The handout for the patient: one page in large print for each next step. Plain words only."""

from __future__ import annotations

import re

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.planning.plan import Plan
from painpath.report.html import view
from painpath.report.html.view import PatientSheet
from painpath.report.phrases import comes_first
from painpath.report.words import day_words

DISCLAIMER = (
    "This page gives facts, not medical advice."
    " Talk with your care team before you change anything."
)

_CLAUSES = re.compile(r", (?!or )|; ")


class NoTextError(ValueError):
    """No next step of the plan has a text for patients."""


class Section(msgspec.Struct, frozen=True):
    """A heading with its text."""

    title: str
    text: str


class People(msgspec.Struct, frozen=True):
    """How many of 100 people, for the picture."""

    count: int
    words: str
    study: str | None = None
    """Whom the figure is from, where the study says so."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One step in plain words."""

    title: str
    lead: str
    before: list[Section]
    chance: str | None
    """Sentence above the pictures."""
    people: list[People]
    after: list[Section]


class Handout(msgspec.Struct, frozen=True, kw_only=True):
    """All pages of one patient."""

    patient: str
    date: str
    pages: list[Page]
    version: str
    disclaimer: str = DISCLAIMER


def handout(plan: Plan, knowledge: Knowledge, patient: str) -> Handout:
    """The pages of a plan.

    Raises:
        NoTextError: if there is nothing to say in plain words.
    """
    sheets = view.page(plan, knowledge).sheets
    if not sheets:
        raise NoTextError("no next step of this plan has a text for patients")
    return Handout(
        patient=patient,
        date=day_words(plan.as_of),
        pages=[_page(sheet, _drugs(plan)) for sheet in sheets],
        version=plan.version,
    )


def _drugs(plan: Plan) -> list[str]:
    """Names of drugs that need a decision before the day."""
    return [
        item.text.split(":")[0].lower() for item in plan.safety if item.drug and comes_first(item)
    ]


def _page(sheet: PatientSheet, drugs: list[str]) -> Page:
    name = sheet.option_name
    after = [
        Section("On the day", sheet.text.on_the_day),
        Section("Until then", sheet.text.until_then),
    ]
    if drugs:
        named = " and ".join(drugs)
        text = f"You take {named}. Do not stop it on your own. Ask who will tell you what to do."
        after.append(Section("Your medicine", text))
    after.append(Section("Call your clinic if", sheet.text.call_if))
    later = f"If the test helps, the next step may be: {sheet.later}. " if sheet.later else ""
    people = []
    if sheet.helped is not None:
        people.append(_helped(sheet.helped, sheet.outlook or ""))
    if sheet.compared is not None:
        people.append(People(sheet.compared, f"{sheet.compared} of 100 with {sheet.comparator}."))
    return Page(
        title=f"{name[:1].upper()}{name[1:]}",
        lead=f"This page is about your {sheet.problem}. {sheet.status}",
        before=[Section("What it is", sheet.text.what)],
        chance=f"{later}This is what a study found." if people else None,
        people=people,
        after=after,
    )


def _helped(count: int, outlook: str) -> People:
    """`had most of the pain gone, in a small trial; it was ... at 3 months`, in short sentences."""
    said, _, after = outlook.rpartition(" at ")
    gist, *rest = _CLAUSES.split(said, maxsplit=1)
    study = ". ".join(f"{part[:1].upper()}{part[1:]}" for part in "; ".join(rest).split("; "))
    return People(
        count, f"After {after}, {count} of 100 people {gist}.", f"{study}." if rest else None
    )
