"""Every option that pierces the skin has a bleeding class, and levels of the table can be read."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge import levels
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple

_NEEDLE = "needle"


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """A needle without a class of the default rule set would go without any hold."""
    default = next((rules.id for rules in knowledge.hold_rule_sets if rules.default), None)
    classed = {
        entry.id
        for entry in knowledge.bleeding_classes
        if any(default in as_tuple(row.rules) for row in entry.classes)
    }
    for option in knowledge.options:
        if default is None or _NEEDLE not in option.tags or {option.id, option.part_of} & classed:
            continue
        where = place(knowledge, "options", option.id)
        what = (
            f'option "{option.id}" has the tag {_NEEDLE} and no bleeding class by "{default}";'
            " add it to bleeding_classes"
        )
        yield Finding("error", where, what)
    for entry in knowledge.bleeding_classes:
        where = place(knowledge, "bleeding_classes", entry.id)
        for row in entry.classes:
            for name in row.levels:
                if not levels.parse(name):
                    what = f'"{name}" is no spinal level such as L4-L5; correct it'
                    yield Finding("error", where, what)
