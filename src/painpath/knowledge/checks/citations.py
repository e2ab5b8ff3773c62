"""Every rule cites a source, and one that exists."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.checks.walk import criteria
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """No citation, or one that leads nowhere, is an error."""
    sources = {source.id for source in knowledge.sources}

    def cited(where: str, what: str, cite: schema.OneOrMany) -> Iterator[Finding]:
        named = as_tuple(cite)
        if not named:
            yield Finding("error", where, f"{what} has no citation; add cite")
        for name in named:
            if name.split("#")[0] not in sources:
                yield Finding("error", where, f'{what} cites "{name}", which is no source')

    for where, leaf, inherited in criteria(knowledge):
        yield from cited(where, f'criterion "{leaf.id}"', leaf.cite or inherited)
    for concept in knowledge.concepts:
        where = place(knowledge, "concepts", concept.id)
        for way in concept.conversions:
            yield from cited(where, f'conversion of "{concept.id}" from {way.unit}', way.cite)
    for option in knowledge.options:
        where = place(knowledge, "options", option.id)
        cites = [row.cite for row in option.outlook] + [row.cite for row in option.evidence]
        for cite in cites:
            yield from cited(where, f'evidence of "{option.id}"', cite)
        for against in option.not_for:
            yield from cited(where, f'not_for of "{option.id}"', against.cite or option.cite)
    for policy in knowledge.policies:
        where = place(knowledge, "policies", policy.id)
        if policy.ages is not None:
            yield from cited(where, f'ages of "{policy.id}"', policy.ages.cite or policy.cite)
        for rule in policy.rules:
            yield from cited(where, f"rule for {', '.join(rule.options)}", rule.cite or policy.cite)
    cited_sections = (
        "safety",
        "red_flags",
        "care",
        "checklist",
        "drug_products",
        "steroid_equivalents",
        "planned",
        "worklists",
        "form_schedules",
        "diaries",
        "help_lines",
        "answer_alerts",
    )
    for section in (*cited_sections, "anaesthetic_maxima", "anaesthetic_weight"):
        for item in getattr(knowledge, section):
            yield from cited(place(knowledge, section, item.id), f'"{item.id}"', item.cite)
    for rules in knowledge.hold_rule_sets:
        for hold in rules.holds:
            where = place(knowledge, "hold_rule_sets", rules.id)
            yield from cited(where, f'hold of "{hold.drug}"', hold.cite or rules.cite)
        if rules.combined is not None:
            where = place(knowledge, "hold_rule_sets", rules.id)
            yield from cited(where, f'"{rules.combined.id}"', rules.combined.cite)
    for entry in knowledge.bleeding_classes:
        where = place(knowledge, "bleeding_classes", entry.id)
        for row in entry.classes:
            yield from cited(where, f'bleeding class of "{entry.id}"', row.cite)
