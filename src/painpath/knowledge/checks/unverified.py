"""What nobody has verified: everything graded `review: unverified`, counted and listed.

It never decides a status; the list is the work that is left.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import SECTIONS, Knowledge


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """One note an item."""
    for section in SECTIONS:
        for item in getattr(knowledge, section):
            for part in _unverified(item):
                inner = getattr(part, "id", None) if part is not item else None
                where = place(knowledge, section, item.id, inner)
                yield Finding("note", where, f"{_singular(section)} {item.id}: {_said(part)}")


def _unverified(part: object) -> Iterator[msgspec.Struct]:
    """Parts with the grade of their own; what lies within one is not listed again."""
    if isinstance(part, msgspec.Struct):
        if getattr(part, "review", None) == "unverified":
            yield part
            return
        for name in part.__struct_fields__:
            yield from _unverified(getattr(part, name))
    elif isinstance(part, list):
        for each in part:
            yield from _unverified(each)


def _said(part: msgspec.Struct) -> str:
    """What a person has to look up."""
    match part:
        case schema.Codes():
            return f"codes {', '.join(map(str, part.codes))}"
        case schema.Document():
            return f"document {part.id} of {part.contractor}"
        case schema.HoldRuleSet() | schema.Policy() | schema.Concept() | schema.Problem():
            return part.name
        case schema.Hold():
            return f"hold of {part.drug}"
        case schema.NotFor():
            return part.why
        case schema.Rule():
            return part.statement
        case schema.Outlook():
            return f"{part.responders_percent:g} % {part.response} at {part.at_months:g} months"
        case schema.SocietyClass():
            return f"{part.bleeding} bleeding risk by {part.rules}"
    for name in ("text", "title", "name"):
        value = getattr(part, name, None)
        if value:
            return str(value)
    return type(part).__name__.lower()


def _singular(section: str) -> str:
    words = {"policies": "policy", "safety": "safety", "care": "care"}
    return words.get(section, section.removesuffix("s").replace("_", " "))
