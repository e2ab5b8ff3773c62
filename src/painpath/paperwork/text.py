"""Letter and checklist as plain text, for the terminal and for a fax cover."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from painpath.paperwork.checklist import ABSENT, Checklist, Line
from painpath.paperwork.letter import Letter
from painpath.paperwork.parties import Parties
from painpath.report.words import MARKS

_WIDTH = 88


def letter_text(made: Letter) -> str:
    """The letter."""
    out = [made.to, f"{made.date}", "", *_head(made.parties), "", f"About: {made.about}", ""]
    for flag in made.flags:
        out += [*_wrapped(f"■ RED FLAG: {flag}"), ""]
    out += [*_wrapped(" ".join(made.request)), ""]
    for part in made.parts:
        out.append(part.title.upper())
        for line in part.lines:
            out += _wrapped(line, first="- ", rest="  ")
        if part.more:
            out.append(f"  and {part.more} more in the plan")
        out.append("")
    out += ["Signed: ______________________   Date: ______________", ""]
    out += _wrapped(f"Prepared from the record by PainPath {made.version}. {made.notice}")
    return "\n".join(out) + "\n"


def checklist_text(made: Checklist) -> str:
    """The checklist."""
    where = f", {made.place}" if made.place else ""
    out = ["Prior-authorisation checklist", "", *_head(made.parties), ""]
    for flag in made.flags:
        out += [*_wrapped(f"■ RED FLAG, ACT ON IT FIRST: {flag}"), ""]
    out += _wrapped(f"Asked for: {made.option_name}{where}")
    out += _wrapped(f"For: {made.problem}")
    documents = f" ({', '.join(made.policy_documents)})" if made.policy_documents else ""
    out += _wrapped(f"Checked against: {made.policy_name}{documents}, as of {made.as_of}")
    if made.payer_says:
        out += _wrapped(f"The payer's own position: {made.payer_says}")
    out += _wrapped(f"Status: {made.status}" + (f". {made.why}" if made.why else ""))
    if made.codes:
        out += _wrapped(f"Procedure codes it may be: {', '.join(made.codes)}")
    out.append("")
    out += _block("WHAT IS MISSING, AND WHO CAN SUPPLY IT", _supplies(made))
    out += _block("NOT MET ON THIS RECORD", _lines(made.unmet))
    out += _block("PROVEN BY THE CHART", _lines(made.met))
    out += _block("ALSO CHECK (DECIDES NOTHING ALONE)", _lines(made.also))
    out += _block("THE REQUEST", [line for told in made.send for line in _bullet(told)])
    out += _block(
        "WHAT GOES ON IT",
        [line for what, state in made.items for line in _bullet(f"{what}: {state}")],
    )
    out += _block("SAFETY", [line for told in made.safety for line in _bullet(told)])
    sources = [
        line
        for s in made.sources
        for line in _bullet(
            f"{s.id}: {s.title}{f', {s.date}' if s.date else ''} [{s.review}]"
            + (f" {s.url}" if s.url else "")
        )
    ]
    out += _block("SOURCES", sources)
    out += _wrapped(f"Prepared from the record by PainPath {made.version}. {made.notice}")
    return "\n".join(out) + "\n"


def _head(who: Parties) -> Iterator[str]:
    for label, value in who.head():
        yield from _wrapped(f"{label}: {value or 'not in the record'}")


def _supplies(made: Checklist) -> list[str]:
    lines: list[str] = []
    for supply in made.supplies:
        lines += _wrapped(f"{supply.act} ({supply.actor})", first="☐ ", rest="  ")
        settles = "; ".join(dict.fromkeys(supply.settles))
        lines += _wrapped(f"for: {settles}", first="    ", rest="    ")
    return lines or ["Nothing that decides is missing from the record."]


def _lines(criteria: Iterable[Line]) -> list[str]:
    lines: list[str] = []
    for c in criteria:
        due = f" (met from {c.due})" if c.due else ""
        lines += _wrapped(f"{c.text}{due}", first=f"{MARKS[c.verdict]} ", rest="  ")
        for quote in c.quotes:
            lines += _wrapped(quote.line(), first="    ", rest="    ")
        if c.verdict != "met" and c.why:
            lines += _wrapped(c.why, first="    ", rest="    ")
        elif c.verdict == "met" and not c.quotes:
            lines += _wrapped(ABSENT, first="    ", rest="    ")
        if c.act:
            who = f" ({c.actor})" if c.actor else ""
            lines += _wrapped(f"To settle it: {c.act}{who}", first="    ", rest="    ")
        lines += _wrapped(f"[{', '.join(c.cite)}; {c.review}]", first="    ", rest="    ")
    return lines


def _block(title: str, lines: list[str]) -> list[str]:
    return [title, *lines, ""] if lines else []


def _bullet(text: str) -> list[str]:
    return _wrapped(text, first="- ", rest="  ")


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
