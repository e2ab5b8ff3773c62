"""Thresholds of named criteria and families of concepts, taken from the knowledge files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.quantities import Duration, parse_duration, parse_number
from painpath.knowledge.rules import leaves

_COMPARISONS = ("at_least", "more_than", "at_most", "less_than")


class Limit(msgspec.Struct, frozen=True):
    """The numbers of one criterion."""

    comparison: str = ""
    value: float = 0.0
    duration: Duration | None = None
    lasting: Duration | None = None
    within: Duration | None = None
    number: int = 1
    kinds: int = 1
    spacing: int = 0
    gap: int = 0
    of: tuple[str, ...] = ()

    def passes(self, value: float) -> bool:
        """Whether a value is within the limit."""
        if self.comparison == "at_least":
            return value >= self.value
        if self.comparison == "more_than":
            return value > self.value
        if self.comparison == "at_most":
            return value <= self.value
        return value < self.value


class Numbers:
    """What the truth takes from the knowledge: numbers, concept families, states, option tags."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._includes = {concept.id: concept.includes for concept in knowledge.concepts}
        self._families: dict[tuple[str, ...], frozenset[str]] = {}
        self._limits: dict[tuple[str, str], Limit] = {}
        alike: dict[Limit, Limit] = {}
        self._states: dict[str, frozenset[str]] = {}
        self._youngest: dict[str, int] = {}
        for policy in knowledge.policies:
            if policy.ages is not None and policy.ages.from_ is not None:
                self._youngest[policy.id] = policy.ages.from_
            self._states[policy.id] = frozenset(
                state for document in policy.documents for state in document.states
            )
            for rule in policy.rules:
                for leaf in leaves(rule.criteria):
                    limit = _limit(leaf)
                    # Equal limits are one object: the same question is then asked once.
                    self._limits.setdefault((policy.id, leaf.id), alike.setdefault(limit, limit))
        self.options = frozenset(option.id for option in knowledge.options)
        self.tags = {option.id: frozenset(option.tags) for option in knowledge.options}
        self.fits = {
            option.id: frozenset(fit.problem for fit in option.fits) for option in knowledge.options
        }
        self.stops = {rule.id: frozenset(rule.tags) for rule in knowledge.safety}
        self.interventional = frozenset(
            name for option in knowledge.options for name in self.family(*_many(option.done))
        )

    def limit(self, policy: str, criterion: str) -> Limit:
        """The numbers of a policy's criterion."""
        return self._limits[policy, criterion]

    def knows(self, policy: str) -> bool:
        """Whether the policy is on file."""
        return policy in self._states

    def youngest(self, policy: str) -> int:
        """Age from which the policy is written for."""
        return self._youngest.get(policy, 0)

    def states(self, policy: str) -> frozenset[str]:
        """States that the policy's documents name."""
        return self._states[policy]

    def family(self, *concepts: str) -> frozenset[str]:
        """The concepts and all that they include."""
        found = self._families.get(concepts)
        if found is None:
            seen: set[str] = set()
            waiting = list(concepts)
            while waiting:
                name = waiting.pop()
                if name not in seen:
                    seen.add(name)
                    waiting += self._includes.get(name, ())
            found = self._families[concepts] = frozenset(seen)
        return found


def _many(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _limit(leaf: Any) -> Limit:
    comparison, raw = next(
        ((c, v) for c in _COMPARISONS if (v := getattr(leaf, c, None)) is not None), ("", None)
    )
    duration = None
    value = 0.0
    if raw is not None and leaf.__struct_config__.tag in ("lasted", "elapsed"):
        duration = parse_duration(str(raw))
    elif raw is not None:
        value = parse_number(raw)

    def span(name: str) -> Duration | None:
        written = getattr(leaf, name, None)
        return parse_duration(written) if written else None

    spacing, gap = span("spacing"), span("gap")
    return Limit(
        comparison=comparison,
        value=value,
        duration=duration,
        lasting=span("lasting"),
        within=span("within"),
        number=getattr(leaf, "number", 1) or 1,
        kinds=getattr(leaf, "kinds", 1) or 1,
        spacing=spacing.days if spacing else 0,
        gap=gap.days if gap else 0,
        of=_many(getattr(leaf, "of", ()) or ()),
    )
