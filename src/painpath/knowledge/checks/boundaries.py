"""Every threshold stands in a worked case of its policy, met on one side and not met on the other.

The tests make patients at every threshold of the kinds they can build
(tests/engine/test_boundaries_base.py); a case written from the source shows that the number itself
was copied rightly, which no generated patient can.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import leaves

SIGNS = {"at_least": "at least", "more_than": "more than", "at_most": "at most", "less_than": "<"}
_WINDOWS = ("lasting", "within", "spacing")


def threshold(leaf: schema.Leaf) -> str | None:
    """What the criterion compares with, in words; None where it compares with nothing."""
    said = [
        f"{words} {value}"
        for sign, words in SIGNS.items()
        if (value := getattr(leaf, sign, None)) is not None
    ]
    said += [f"{name} {value}" for name in _WINDOWS if (value := getattr(leaf, name, None))]
    return ", ".join(said) or None


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """A threshold that no case of its policy shows is a note."""
    for policy in knowledge.policies:
        shown: dict[str, set[str]] = defaultdict(set)
        for case in policy.cases:
            for name, verdict in case.verdicts.items():
                shown[name].add(verdict)
        seen: set[str] = set()
        for rule in policy.rules:
            for leaf in leaves(rule.criteria):
                said = threshold(leaf)
                if said is None or leaf.role == "advice" or leaf.id in seen:
                    continue
                seen.add(leaf.id)
                if shown[leaf.id] & {"met", "not-met"}:
                    continue
                where = place(knowledge, "policies", policy.id, leaf.id)
                what = f'criterion "{leaf.id}" of "{policy.id}" ({said}) stands in no case'
                yield Finding("note", where, what)
