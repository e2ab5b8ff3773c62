"""Writes the lower part of `docs/clarifications.md` from the `reading:` fields of the knowledge.

python docs/build_clarifications.py          writes the page
python docs/build_clarifications.py --check  only says whether it is up to date
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from generated import write_or_check

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, leaves

PAGE = Path(__file__).with_name("clarifications.md")
MARK = "<!-- Everything below is written by docs/build_clarifications.py. -->"
AXES = {"clinical": "Clinical criteria", "coverage": "Payers", "guideline": "Guidelines"}


def page(known: Knowledge, by_hand: str) -> str:
    """The whole page: what is written by hand, then every reading."""
    blocks = [by_hand.rstrip(), MARK]
    for axis, title in AXES.items():
        found = [policy for policy in known.policies if policy.axis == axis]
        blocks += _section(title, (block for policy in found if (block := _policy(policy))))
    blocks += _section("Prior authorisation", _programmes(known))
    blocks += _section("Safety, red flags and care", _others(known))
    blocks += _section("Instruments", _instruments(known))
    return "\n\n".join(blocks) + "\n"


def _section(title: str, blocks: Iterator[str]) -> list[str]:
    found = list(blocks)
    return [f"## {title}", *found] if found else []


def _policy(policy: schema.Policy) -> str:
    lines = []
    if policy.reading:
        lines.append(f"- The policy as a whole: {_flat(policy.reading)}{_cited(policy.cite)}")
    if policy.ages and policy.ages.reading:
        cited = _cited(policy.ages.cite or policy.cite)
        lines.append(f"- Ages: {_flat(policy.ages.reading)}{cited}")
    for rule in policy.rules:
        lines += _leaves(rule.criteria, rule.cite or policy.cite)
    if not lines:
        return ""
    return "\n".join([f"### {policy.id}", "", f"{policy.name}.", "", *dict.fromkeys(lines)])


def _programmes(known: Knowledge) -> Iterator[str]:
    for each in known.authorisation:
        lines = []
        if each.reading:
            lines.append(f"- The programme as a whole: {_flat(each.reading)}{_cited(each.cite)}")
        lines += [
            f"- {service.name}: {_flat(service.reading)}{_cited(service.cite or each.cite)}"
            for service in each.services
            if service.reading
        ]
        if lines:
            yield "\n".join([f"### {each.id}", "", f"{each.name}.", "", *lines])


def _others(known: Knowledge) -> Iterator[str]:
    for item in known.safety:
        yield from _item(item.id, item.text, item.when, item.cite)
    for flag in known.red_flags:
        yield from _item(flag.id, flag.text, flag.when, flag.cite)
    for advice in known.care:
        yield from _item(advice.id, advice.text, [*advice.when, *advice.unless], advice.cite)
    for rules in known.hold_rule_sets:
        nodes = [node for hold in rules.holds for node in hold.only_if]
        nodes += [*rules.upgrade_when, *([rules.agreed] if rules.agreed else [])]
        yield from _item(rules.id, f"{rules.name}.", nodes, rules.cite)
    for entry in known.checklist:
        yield from _item(entry.id, f"{entry.text}.", [*entry.when, *entry.known], entry.cite)


def _instruments(known: Knowledge) -> Iterator[str]:
    for instrument in known.instruments:
        cited = [(instrument.reading, instrument.cite)]
        cited += [(score.reading, score.cite or instrument.cite) for score in instrument.scores]
        lines = [f"- {_flat(text)}{_cited(cite)}" for text, cite in cited if text]
        if lines:
            yield "\n".join([f"### {instrument.id}", "", f"{instrument.name}.", "", *lines])


def _item(
    key: str, text: str, nodes: Sequence[schema.Node], cite: schema.OneOrMany
) -> Iterator[str]:
    lines = _leaves(nodes, cite)
    if lines:
        yield "\n".join([f"### {key}", "", text, "", *dict.fromkeys(lines)])


def _leaves(nodes: Sequence[schema.Node], cite: schema.OneOrMany) -> list[str]:
    return [
        f"- `{leaf.id}` ({leaf.text}): {_flat(leaf.reading)}{_cited(leaf.cite or cite)}"
        for leaf in leaves(nodes)
        if leaf.reading
    ]


def _cited(cite: schema.OneOrMany) -> str:
    return f" [{', '.join(as_tuple(cite))}]" if cite else ""


def _flat(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    raise SystemExit(write_or_check(PAGE, MARK, page))
