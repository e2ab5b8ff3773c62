"""One id, one question: a criterion id that stands for two different ones in a policy misleads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import leaves

_SPOKEN = ("id", "text", "cite", "review", "reading", "ask")
"""What may differ from rule to rule: how it is worded and where it is written."""


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """The same id with other parameters in one policy is an error."""
    for policy in knowledge.policies:
        known: dict[str, dict[str, Any]] = {}
        told: set[str] = set()
        for rule in policy.rules:
            for leaf in leaves(rule.criteria):
                asked = _parameters(leaf)
                first = known.setdefault(leaf.id, asked)
                differ = [key for key in {**first, **asked} if first.get(key) != asked.get(key)]
                if differ and leaf.id not in told:
                    told.add(leaf.id)
                    where = place(knowledge, "policies", policy.id, leaf.id)
                    what = (
                        f'criterion "{leaf.id}" stands twice in "{policy.id}" with different '
                        f"{', '.join(differ)}; give the second an id of its own"
                    )
                    yield Finding("error", where, what)


def _parameters(leaf: schema.Leaf) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(leaf)
    return {key: value for key, value in plain.items() if key not in _SPOKEN}
