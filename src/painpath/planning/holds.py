"""Antithrombotic drugs around one procedure: which row of a hold table, from when, until when."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

import msgspec

from painpath.engine.holds import hold_rows
from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple, expand
from painpath.planning import hold_dates
from painpath.planning.bleeding import BleedingDesk, Site
from painpath.planning.facts import FactBook
from painpath.planning.findings import MET, NOT_MET, UNKNOWN, Findings
from painpath.planning.hold_dates import span
from painpath.planning.hold_words import When, dates, listing, words
from painpath.planning.plan import SafetyItem

LEVELS = {
    "hold": "hold",
    "no-hold": "info",
    "shared-assessment": "caution",
    "level-first": "caution",
    "avoid": "stop",
}
"""Level of a safety item by what its row says to do."""

_STRICTNESS = ("no-hold", "shared-assessment", "hold", "level-first", "avoid")


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


class _Taken(msgspec.Struct, frozen=True):
    """One drug of a table: its rows, the facts that show it, and its last day if it has ended."""

    rows: tuple[int, ...]
    facts: tuple[int, ...]
    last: datetime.date | None


class _Row(msgspec.Struct, frozen=True):
    """The row that applies to a drug, and what would have to be known to be sure of it."""

    hold: schema.Hold
    number: int
    cell: schema.HoldCell
    unsure: bool
    asks: tuple[str, ...]


class Held:
    """What the knowledge says of drugs to hold, for any patient."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.concepts = {concept.id: concept for concept in knowledge.concepts}
        self.default = choose_rule_set(knowledge, None)
        self.listed = hold_rows(knowledge)


class HoldDesk:
    """Drugs to hold, weigh or avoid for the options of one patient."""

    def __init__(
        self,
        held: Held,
        findings: Findings,
        book: FactBook,
        bleeding: BleedingDesk,
        rule_set: schema.HoldRuleSet | None,
    ) -> None:
        self.knowledge = held.knowledge
        self.findings = findings
        self.book = book
        self.bleeding = bleeding
        self.concepts = held.concepts
        default = held.default
        self.rule_sets = [rules for rules in (rule_set, default) if rules is not None]
        if len(self.rule_sets) == 2 and rule_set is default:
            self.rule_sets = self.rule_sets[:1]
        self._listed = held.listed

    def items(
        self, option: schema.Option, complaint: int, site: Site, when: When
    ) -> list[SafetyItem]:
        """Drugs by the chosen rules; one that they do not know goes by the default rules."""
        items: list[SafetyItem] = []
        settled: set[int] = set()
        for rules in self.rule_sets:
            found = self.bleeding.effective(rules.id, option, complaint, site)
            if found is None:
                continue
            for drug, taken in self._taken_by_drug(rules, when.asked).items():
                if not settled.isdisjoint(taken.facts):
                    continue
                row = self._row(rules, complaint, taken, found[0])
                if row is None:
                    # These rules say nothing of the drug in this class.
                    continue
                settled.update(taken.facts)
                item = self._item(rules, drug, taken, row, complaint, found, when)
                if item is not None:
                    items.append(item)
        together = self._combined(items)
        return items if together is None else [*items, together]

    # -- which drugs --

    def _taken_by_drug(self, rules: schema.HoldRuleSet, day: datetime.date) -> dict[str, _Taken]:
        """Drugs of the table that are taken, or were stopped within their longest hold."""
        place = self.knowledge.hold_rule_sets.index(rules)
        grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(self.findings.taken, key=lambda row: row["hold"]):
            set_index, number = self._listed[row["hold"]]
            if set_index == place:
                grouped[rules.holds[number].drug].append(row | {"number": number})
        return {
            drug: _Taken(
                rows=tuple(dict.fromkeys(row["number"] for row in rows)),
                facts=tuple(dict.fromkeys(row["fact"] for row in rows)),
                last=_last_day(rows, day),
            )
            for drug, rows in grouped.items()
        }

    # -- which row --

    def _row(
        self, rules: schema.HoldRuleSet, complaint: int, taken: _Taken, bleeding: str
    ) -> _Row | None:
        """First row whose condition is met; where that is unknown, the strictest among them."""
        candidates: list[int] = []
        asks: list[str] = []
        for number in taken.rows:
            if not rules.holds[number].only_if:
                candidates.append(number)
                break
            owner = f"{rules.id}:{number}"
            outcome = self.findings.fires(complaint, "hold", owner)
            if outcome in (MET, UNKNOWN):
                candidates.append(number)
            if outcome == MET:
                break
            asks += self.findings.open_asks(complaint, "hold", owner)
        candidates = candidates or [taken.rows[-1]]

        cells = {
            number: cell
            for number in candidates
            if (cell := _cell(rules.holds[number], bleeding)) is not None
        }
        if not cells:
            return None

        def strictness(number: int) -> tuple[int, float]:
            return _STRICTNESS.index(cells[number].action), cells[number].hours or 0.0

        chosen = max(cells, key=strictness)
        wanted = tuple(dict.fromkeys(asks))
        return _Row(rules.holds[chosen], chosen, cells[chosen], len(cells) > 1, wanted)

    # -- what it says --

    def _item(
        self,
        rules: schema.HoldRuleSet,
        drug: str,
        taken: _Taken,
        row: _Row,
        complaint: int,
        found: tuple[str, bool],
        when: When,
    ) -> SafetyItem | None:
        bleeding, raised = found
        cell = row.cell
        stopped = taken.last is not None
        if stopped and cell.action in ("no-hold", "shared-assessment"):
            return None
        name = self.concepts[drug].name if drug in self.concepts else drug
        held = cell.action == "hold" and cell.hours is not None
        over = held and taken.last is not None and _is_over(taken.last, cell.hours, when.asked)
        agreed, agreement = self._agreement(rules, complaint, name, cell, over)
        lab, lab_words = self._laboratory(rules, row, bleeding, complaint, when.booked or stopped)
        parts = words(name, cell, taken.last, over, when)
        if row.hold.laboratory and cell.action == "hold":
            parts.append(f"needs {row.hold.laboratory}")
        parts += [text for text in (cell.text, *lab_words) if text]
        risk = f"{bleeding} bleeding risk" + (", raised by patient factors" if raised else "")
        tail = "; longest of the rows that may apply" if row.unsure else ""
        if cell.action == "hold" and not over:
            tail += agreed or "; only with its prescriber's agreement"
        hours = cell.hours if held else None
        on = dates(cell, taken.last, when)
        return SafetyItem(
            id=f"{'held' if over else cell.action}-{drug}",
            level=LEVELS[cell.action] if not over else "caution" if lab else "info",
            text=f"{', '.join(parts)} ({risk}{tail}).",
            hold_days=None if hours is None else round(hours / 24, 2),
            hold_hours=hours,
            restart_hours=cell.restart_hours,
            drug=drug,
            rules=rules.id,
            bleeding=bleeding,
            ask=[*row.asks, *lab, *agreement],
            needs_more=cell.action == "level-first",
            evidence=self.book.evidence(taken.facts),
            review=row.hold.review or rules.review,
            cite=list(as_tuple(row.hold.cite)),
            **on,
        )

    def _agreement(
        self,
        rules: schema.HoldRuleSet,
        complaint: int,
        name: str,
        cell: schema.HoldCell,
        over: bool,
    ) -> tuple[str, list[str]]:
        """Whether the prescriber's decision is on file: words, and what to ask if it is not."""
        keeper = next((each for each in (rules, *self.rule_sets) if each.agreed), None)
        if keeper is None or cell.action == "no-hold" or over:
            return "", []
        if self.findings.fires(complaint, "hold-agreed", keeper.id) == MET:
            return "; the prescriber's decision is on file", []
        return "", [f"Record what the prescriber of {name.lower()} decided: who, when, and what"]

    def _laboratory(
        self,
        rules: schema.HoldRuleSet,
        row: _Row,
        bleeding: str,
        complaint: int,
        readable: bool,
    ) -> tuple[list[str], list[str]]:
        """The check of a row: what to order, and what the record says of it.

        While the drug is taken and no day is booked the value says nothing of the day.
        """
        check = row.cell.check
        if check is None or row.cell.action != "hold":
            return [], []
        ask = getattr(check, "ask", None)
        outcome = None
        if readable:
            owner = f"{rules.id}:{row.number}:{bleeding}"
            outcome = self.findings.fires(complaint, "hold-check", owner)
        if outcome == MET:
            return [], [f"on record: {check.text}"]
        asks = [ask] if ask else []
        return asks, [f"not so on record: {check.text}"] if outcome == NOT_MET else []

    # -- several drugs --

    def _combined(self, items: list[SafetyItem]) -> SafetyItem | None:
        """Two or more of them taken together: the longest hold counts."""
        rules = next((each for each in self.rule_sets if each.combined), None)
        if rules is None or rules.combined is None:
            return None
        weak = set(expand(as_tuple(rules.combined.weak), self.concepts))
        drugs = {item.drug: item for item in items if item.drug and item.level != "stop"}
        drugs = {drug: item for drug, item in drugs.items() if not item.id.startswith("held-")}
        if len(drugs) < 2 or weak.issuperset(drugs):
            return None
        longest = max(drugs.values(), key=lambda item: item.hold_hours or 0.0)
        names = [self.concepts[drug].name.lower() for drug in drugs if drug in self.concepts]
        text = f"{listing(names)} together: {rules.combined.text}"
        hours = longest.hold_hours
        if hours is not None and longest.drug in self.concepts:
            name = self.concepts[longest.drug].name.lower()
            text = f"{text} The longest is {span(hours)} ({name})."
        return SafetyItem(
            id=rules.combined.id,
            level="caution",
            text=text[:1].upper() + text[1:],
            hold_days=longest.hold_days,
            hold_hours=hours,
            hold_from=longest.hold_from,
            last_dose_on=longest.last_dose_on,
            rules=rules.id,
            bleeding=longest.bleeding,
            ask=[rules.combined.ask],
            evidence=[item.evidence[0] for item in drugs.values() if item.evidence],
            review=rules.combined.review,
            cite=list(as_tuple(rules.combined.cite)),
        )


def _cell(hold: schema.Hold, bleeding: str) -> schema.HoldCell | None:
    cell: schema.HoldCell | None = getattr(hold, bleeding)
    return cell


def _last_day(rows: list[dict[str, Any]], day: datetime.date) -> datetime.date | None:
    """Last day of a drug that has ended by `day`, at the latest that the record allows."""
    if any(row["open"] or row["end_hi"] is None or row["end_hi"] >= day for row in rows):
        return None
    last: datetime.date = max(row["end_hi"] for row in rows)
    return last


def _is_over(last: datetime.date, hours: float | None, day: datetime.date) -> bool:
    if hours is None:
        return True
    return day >= hold_dates.clear_on(last, hours) and not hold_dates.hours_still_count(
        last, day, hours
    )
