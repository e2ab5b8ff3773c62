"""Every criterion in the knowledge, with the element it stands in."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import place
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import leaves


def criteria(knowledge: Knowledge) -> Iterator[tuple[str, schema.Leaf, schema.OneOrMany]]:
    """(where, criterion, citation it inherits)."""
    for section, key, leaf, cite in _found(knowledge):
        yield place(knowledge, section, key, leaf.id), leaf, cite


def _found(knowledge: Knowledge) -> Iterator[tuple[str, str, schema.Leaf, schema.OneOrMany]]:
    for policy in knowledge.policies:
        for rule in policy.rules:
            for leaf in leaves(rule.criteria):
                yield "policies", policy.id, leaf, rule.cite or policy.cite
    for item in knowledge.safety:
        for leaf in leaves(item.when):
            yield "safety", item.id, leaf, item.cite
    for flag in knowledge.red_flags:
        for leaf in leaves(flag.when):
            yield "red_flags", flag.id, leaf, flag.cite
    for advice in knowledge.care:
        for leaf in leaves([*advice.when, *advice.unless]):
            yield "care", advice.id, leaf, advice.cite
    for rules in knowledge.hold_rule_sets:
        for hold in rules.holds:
            for leaf in leaves(hold.only_if):
                yield "hold_rule_sets", rules.id, leaf, hold.cite
            cells = (hold.low, hold.intermediate, hold.high)
            for leaf in leaves([cell.check for cell in cells if cell and cell.check]):
                yield "hold_rule_sets", rules.id, leaf, hold.cite
        for leaf in leaves([*rules.upgrade_when, *([rules.agreed] if rules.agreed else [])]):
            yield "hold_rule_sets", rules.id, leaf, rules.cite
    for entry in knowledge.checklist:
        for leaf in leaves([*entry.when, *entry.known]):
            yield "checklist", entry.id, leaf, entry.cite
