"""What must be held, weighed or stopped for before a needle, for one option and problem."""

from __future__ import annotations

import math
from collections import defaultdict

from painpath.engine.holds import hold_rows
from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.facts import FactBook
from painpath.planning.findings import MET, UNKNOWN, Findings
from painpath.planning.plan import SafetyItem

_OPEN_QUESTION = "Not settled by the record: "
_CLASSES = ("low", "intermediate", "high")
_ACTIONS = ("hold-", "no-hold-", "shared-assessment-", "avoid-")
_LEVELS = {"hold": "hold", "no-hold": "info", "shared-assessment": "caution", "avoid": "stop"}


class UnknownRuleSetError(ValueError):
    """The antithrombotic rule set asked for is not known; the message lists those that are."""


def choose_rule_set(knowledge: Knowledge, asked: str | None) -> schema.HoldRuleSet | None:
    """The antithrombotic rule set by id, or the default one.

    Raises:
        UnknownRuleSetError: if there is none of that name.
    """
    sets = knowledge.hold_rule_sets
    if asked is None:
        return next((s for s in sets if s.default), sets[0] if sets else None)
    for rule_set in sets:
        if rule_set.id == asked:
            return rule_set
    known = ", ".join(s.id for s in sets)
    raise UnknownRuleSetError(f'hold rules "{asked}" are not known; known are: {known}')


class SafetyDesk:
    """Safety items for the options of one patient."""

    def __init__(
        self,
        knowledge: Knowledge,
        findings: Findings,
        book: FactBook,
        rule_set: schema.HoldRuleSet | None,
    ) -> None:
        self.knowledge = knowledge
        self.findings = findings
        self.book = book
        self.rule_set = rule_set
        self.names = {concept.id: concept.name for concept in knowledge.concepts}

    def items(self, option: schema.Option, complaint: int, region: str | None) -> list[SafetyItem]:
        """Everything that applies, the gravest first."""
        found = [*self._rules(option, complaint), *self._holds(option, complaint, region)]
        return sorted(found, key=_gravity)

    # -- rules --

    def _rules(self, option: schema.Option, complaint: int) -> list[SafetyItem]:
        items: list[SafetyItem] = []
        for rule in self.knowledge.safety:
            if not concerns(rule, option):
                continue
            fired = self.findings.fires(complaint, "safety", rule.id)
            review = rule.review or "secondary"
            if fired == MET:
                level = rule.level
                if level == "stop" and review == "unverified":
                    level = "caution"
                items.append(self._item(rule.id, level, rule.text, complaint, review, rule.cite))
            elif fired == UNKNOWN and (
                rule.unknown == "ask" or self._partly_known(complaint, rule)
            ):
                text = f"{_OPEN_QUESTION}{rule.text}"
                items.append(self._item(rule.id, "caution", text, complaint, review, rule.cite))
        return items

    def _partly_known(self, complaint: int, rule: schema.SafetyRule) -> bool:
        """Something was found that may or may not be what the rule is about."""
        return self.findings.half_found(complaint, "safety", rule.id)

    def _item(
        self,
        key: str,
        level: str,
        text: str,
        complaint: int,
        review: str,
        cite: schema.OneOrMany,
    ) -> SafetyItem:
        facts = self.findings.condition_evidence(complaint, "safety", key)
        return SafetyItem(
            id=key,
            level=level,
            text=text,
            hold_days=None,
            hold_hours=None,
            restart_hours=None,
            evidence=self.book.evidence(facts),
            review=review,
            cite=list(as_tuple(cite)),
        )

    # -- antithrombotics --

    def _holds(self, option: schema.Option, complaint: int, region: str | None) -> list[SafetyItem]:
        """Drugs to hold by the chosen rules; a drug they do not know goes by the default rules."""
        items: list[SafetyItem] = []
        settled: set[int] = set()
        default = choose_rule_set(self.knowledge, None)
        for rule_set in dict.fromkeys(r.id for r in (self.rule_set, default) if r is not None):
            rules = next(r for r in self.knowledge.hold_rule_sets if r.id == rule_set)
            found = self._bleeding_class(rules, option, complaint, region)
            if found is None:
                continue
            for drug, (rows, facts) in self._taken_by_drug(rules).items():
                if settled.isdisjoint(facts):
                    settled.update(facts)
                    items.append(self._hold(rules, drug, rows, facts, complaint, found))
        return items

    def _bleeding_class(
        self, rules: schema.HoldRuleSet, option: schema.Option, complaint: int, region: str | None
    ) -> tuple[str, bool] | None:
        """Bleeding class of the option here, and whether patient factors raised it.

        A row for the region goes before a row for all; where the region is not known, the highest
        class that the option has anywhere counts.
        """
        rows = [row for row in rules.classes if option.id in row.options]
        # A route without a row of its own goes by its parent's.
        rows = rows or [row for row in rules.classes if option.part_of in row.options]
        if not rows:
            return None
        local = [row for row in rows if region is not None and region in row.regions]
        general = [row for row in rows if not row.regions]
        chosen = local or (general if region is not None and general else rows)
        index = max(_CLASSES.index(row.bleeding) for row in chosen)
        raised = index < len(_CLASSES) - 1 and any(
            self.findings.fires(complaint, "upgrade", f"{rules.id}:{number}") == MET
            for number in range(len(rules.upgrade_when))
        )
        return _CLASSES[index + raised], raised

    def _hold(
        self,
        rules: schema.HoldRuleSet,
        drug: str,
        rows: list[int],
        facts: list[int],
        complaint: int,
        found: tuple[str, bool],
    ) -> SafetyItem:
        bleeding, raised = found
        number, unsure = self._choose_row(rules, complaint, rows, bleeding)
        hold = rules.holds[number]
        cell: schema.HoldCell = getattr(hold, bleeding)
        return SafetyItem(
            id=f"hold-{drug}" if cell.action == "hold" else f"{cell.action}-{drug}",
            level=_LEVELS[cell.action],
            text=self._hold_text(drug, cell, hold, bleeding, raised, unsure),
            hold_days=None if cell.hours is None else _whole(cell.hours / 24),
            hold_hours=cell.hours,
            restart_hours=cell.restart_hours,
            evidence=self.book.evidence(facts),
            review=hold.review or rules.review,
            cite=list(as_tuple(hold.cite)),
        )

    def _taken_by_drug(self, rules: schema.HoldRuleSet) -> dict[str, tuple[list[int], list[int]]]:
        """Drug -> rows of the table (in order) and the facts that show it is taken."""
        place = self.knowledge.hold_rule_sets.index(rules)
        listed = hold_rows(self.knowledge)
        grouped: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for row in sorted(self.findings.taken, key=lambda row: row["hold"]):
            set_index, number = listed[row["hold"]]
            if set_index != place:
                continue
            rows, facts = grouped[rules.holds[number].drug]
            if number not in rows:
                rows.append(number)
            if row["fact"] not in facts:
                facts.append(row["fact"])
        return dict(grouped)

    def _choose_row(
        self, rules: schema.HoldRuleSet, complaint: int, rows: list[int], bleeding: str
    ) -> tuple[int, bool]:
        """First row whose condition is met; where that is unknown, the longest hold among them."""
        candidates: list[int] = []
        for number in rows:
            hold = rules.holds[number]
            if not hold.only_if:
                candidates.append(number)
                break
            outcome = self.findings.fires(complaint, "hold", f"{rules.id}:{number}")
            if outcome == MET:
                candidates.append(number)
                break
            if outcome == UNKNOWN:
                candidates.append(number)
        if not candidates:
            return rows[-1], False

        def strictness(number: int) -> tuple[int, float]:
            cell: schema.HoldCell = getattr(rules.holds[number], bleeding)
            order = ("no-hold", "shared-assessment", "hold", "avoid")
            return order.index(cell.action), cell.hours or 0.0

        return max(candidates, key=strictness), len(candidates) > 1

    def _hold_text(
        self,
        drug: str,
        cell: schema.HoldCell,
        hold: schema.Hold,
        bleeding: str,
        raised: bool,
        unsure: bool,
    ) -> str:
        name = self.names.get(drug, drug)
        parts: list[str] = []
        match cell.action:
            case "hold":
                parts.append(f"{name}: hold {span(cell.hours or 0)} before")
                if cell.restart_hours is not None:
                    parts.append(f"restart {span(cell.restart_hours)} after")
            case "no-hold":
                parts.append(f"{name}: no hold needed")
            case "shared-assessment":
                parts.append(f"{name}: decide with its prescriber whether to hold")
            case _:
                parts.append(f"{name}: procedure advised against while it acts")
        if hold.laboratory and cell.action == "hold":
            parts.append(f"needs {hold.laboratory}")
        if cell.text:
            parts.append(cell.text)
        risk = f"{bleeding} bleeding risk" + (", raised by patient factors" if raised else "")
        tail = "; longest of the rows that may apply" if unsure else ""
        agree = "; only with its prescriber's agreement" if cell.action == "hold" else ""
        return f"{', '.join(parts)} ({risk}{tail}{agree})."


def concerns(rule: schema.SafetyRule, option: schema.Option) -> bool:
    """Whether a safety rule is about this option."""
    if rule.options or rule.tags:
        named = option.id in rule.options or option.part_of in rule.options
        return named or bool(set(rule.tags) & set(option.tags))
    return True


def span(hours: float) -> str:
    """`3 days`, `24 h`, `12 h`."""
    if hours >= 48 and hours % 24 == 0:
        return f"{int(hours // 24)} days"
    return f"{_whole(hours):g} h"


def _whole(number: float) -> float:
    return float(math.trunc(number)) if number == math.trunc(number) else round(number, 2)


def _gravity(item: SafetyItem) -> tuple[int, bool]:
    """The gravest first, and what the record shows before what it leaves open."""
    order = {"stop": 0, "hold": 1, "caution": 2, "info": 3}
    return order[item.level], item.text.startswith(_OPEN_QUESTION)


def merged(items: list[SafetyItem]) -> list[SafetyItem]:
    """The same items over several options, once each: the gravest reading of each."""
    best: dict[str, SafetyItem] = {}
    for item in items:
        # A drug is one line, whichever way the options ask to handle it.
        key = item.evidence[0].ref if item.id.startswith(_ACTIONS) and item.evidence else item.id
        held = best.get(key)
        if held is None or _strength(item) < _strength(held):
            best[key] = item
    return sorted(best.values(), key=_gravity)


def _strength(item: SafetyItem) -> tuple[tuple[int, bool], float]:
    return _gravity(item), -(item.hold_hours or 0.0)
