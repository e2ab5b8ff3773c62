"""What must be held, weighed or stopped for before a needle, for one option and problem."""

from __future__ import annotations

from copy import copy

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.bleeding import BleedingDesk, Site
from painpath.planning.facts import FactBook
from painpath.planning.findings import MET, UNKNOWN, Findings
from painpath.planning.hold_words import When
from painpath.planning.holds import (
    Held,
    HoldDesk,
    UnknownRuleSetError,
    choose_rule_set,
)
from painpath.planning.plan import BleedingResult, SafetyItem

__all__ = [
    "SafetyDesk",
    "SafetyRules",
    "Site",
    "UnknownRuleSetError",
    "When",
    "choose_rule_set",
    "merged",
]

_MEMORY = 10_000
"""Options at as many places are kept."""

_OPEN_QUESTION = "Not settled by the record: "


class SafetyRules:
    """What is the same for every patient: which rules are about which option, what is held."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.default = choose_rule_set(knowledge, None)
        self.held = Held(knowledge)
        self.bleeding = BleedingDesk(knowledge, None)
        self._about: dict[tuple[str, Site], list[schema.SafetyRule]] = {}

    def about(self, option: schema.Option, site: Site) -> list[schema.SafetyRule]:
        """The rules about this option, there."""
        key = option.id, site
        found = self._about.get(key)
        if found is None:
            found = [r for r in self.knowledge.safety if self._concerns(r, option, site)]
            if len(self._about) < _MEMORY:
                self._about[key] = found
        return found

    def _concerns(self, rule: schema.SafetyRule, option: schema.Option, site: Site) -> bool:
        if not concerns(rule, option):
            return False
        if not rule.bleeding:
            return True
        row = self.bleeding.base(self.default.id, option, site) if self.default else None
        return row is not None and row.bleeding in rule.bleeding


class SafetyDesk:
    """Safety items for the options of one patient."""

    def __init__(
        self,
        rules: SafetyRules,
        findings: Findings,
        book: FactBook,
        rule_set: schema.HoldRuleSet | None,
    ) -> None:
        self.rules = rules
        self.findings = findings
        self.book = book
        self.rule_set = rule_set
        self.default = rules.default
        self.bleeding = rules.bleeding.of(findings)
        self.holds = HoldDesk(rules.held, findings, book, self.bleeding, rule_set)

    def of(self, findings: Findings) -> SafetyDesk:
        """A desk for another patient of the same book, with what the knowledge says in common."""
        other = copy(self)
        other.findings = findings
        other.bleeding = self.bleeding.of(findings)
        other.holds = copy(self.holds)
        other.holds.findings, other.holds.bleeding = findings, other.bleeding
        return other

    def items(
        self, option: schema.Option, complaint: int, site: Site, when: When
    ) -> list[SafetyItem]:
        """Everything that applies, the gravest first."""
        found = [
            *self._rules(option, complaint, site),
            *self.holds.items(option, complaint, site, when),
        ]
        return sorted(found, key=_gravity)

    def bleeding_of(
        self, option: schema.Option, complaint: int, site: Site
    ) -> BleedingResult | None:
        """The option's bleeding class here, by the chosen rules or else the default ones."""
        for rules in (self.rule_set, self.default):
            if rules is not None:
                found = self.bleeding.result(rules.id, option, complaint, site)
                if found is not None:
                    return found
        return None

    # -- rules --

    def _rules(self, option: schema.Option, complaint: int, site: Site) -> list[SafetyItem]:
        items: list[SafetyItem] = []
        for rule in self.rules.about(option, site):
            fired = self.findings.fires(complaint, "safety", rule.id)
            review = rule.review or "secondary"
            if fired == MET:
                level = rule.level
                if level == "stop" and review == "unverified":
                    level = "caution"
                items.append(self._item(rule, level, rule.text, complaint, review, certain=True))
            elif fired == UNKNOWN and (
                rule.unknown == "ask" or self._partly_known(complaint, rule)
            ):
                text = f"{_OPEN_QUESTION}{rule.text}"
                items.append(self._item(rule, "caution", text, complaint, review, certain=False))
        return items

    def _partly_known(self, complaint: int, rule: schema.SafetyRule) -> bool:
        """Something was found that may or may not be what the rule is about."""
        return self.findings.half_found(complaint, "safety", rule.id)

    def _item(
        self,
        rule: schema.SafetyRule,
        level: str,
        text: str,
        complaint: int,
        review: str,
        *,
        certain: bool,
    ) -> SafetyItem:
        facts = self.findings.condition_evidence(complaint, "safety", rule.id)
        asks = [rule.ask] if rule.ask and certain else []
        if not certain:
            asks = self.findings.open_asks(complaint, "safety", rule.id)
        return SafetyItem(
            id=rule.id,
            level=level,
            text=text,
            evidence=self.book.evidence(facts),
            review=review,
            cite=list(as_tuple(rule.cite)),
            ask=asks,
            # Only a rule whose source was read decides a status.
            needs_more=rule.needs_more and review != "unverified",
        )


def concerns(rule: schema.SafetyRule, option: schema.Option) -> bool:
    """Whether a safety rule names this option or one of its tags."""
    if set(rule.without) & set(option.tags):
        return False
    if rule.options or rule.tags:
        named = option.id in rule.options or option.part_of in rule.options
        return named or bool(set(rule.tags) & set(option.tags))
    return True


def _gravity(item: SafetyItem) -> tuple[int, bool]:
    """The gravest first, and what the record shows before what it leaves open."""
    order = {"stop": 0, "hold": 1, "caution": 2, "info": 3}
    return order[item.level], item.text.startswith(_OPEN_QUESTION)


def merged(items: list[SafetyItem]) -> list[SafetyItem]:
    """The same items over several options, once each: the gravest reading of each."""
    best: dict[str, SafetyItem] = {}
    for item in items:
        # A drug is one line, whichever way the options ask to handle it.
        key = item.drug or item.id
        held = best.get(key)
        if held is None or _strength(item) < _strength(held):
            best[key] = item
    return sorted(best.values(), key=_gravity)


def _strength(item: SafetyItem) -> tuple[tuple[int, bool], float]:
    return _gravity(item), -(item.hold_hours or 0.0)
