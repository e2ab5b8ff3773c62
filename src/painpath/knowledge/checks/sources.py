"""Sources can be found again: each has an address and a date, and is cited."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import SECTIONS, Knowledge
from painpath.knowledge.rules import as_tuple


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """No address or no date is a warning, never cited a note."""
    cited = {name.split("#")[0] for name in _cited(knowledge)}
    for source in knowledge.sources:
        where = place(knowledge, "sources", source.id)
        lacking = [name for name in ("url", "date") if getattr(source, name) is None]
        if lacking:
            what = f'source "{source.id}" has no {" and no ".join(lacking)}'
            yield Finding("warning", where, f"{what}; add it where the document shows it")
        if source.id not in cited:
            yield Finding("note", where, f'source "{source.id}" is cited nowhere')


def _cited(part: object) -> Iterator[str]:
    """Every citation anywhere in the knowledge."""
    if isinstance(part, Knowledge):
        for section in SECTIONS:
            yield from _cited(getattr(part, section))
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _cited(each)
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            value = getattr(part, name)
            if name == "cite":
                yield from as_tuple(value)
            else:
                yield from _cited(value)
