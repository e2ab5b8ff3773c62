"""How much an option may bleed: its class by each society, and what raises it for this patient."""

from __future__ import annotations

from copy import copy

import msgspec

from painpath.knowledge import levels, schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.findings import MET, Findings
from painpath.planning.plan import BleedingResult, SocietyBleeding

CLASSES = ("low", "intermediate", "high")


class Site(msgspec.Struct, frozen=True):
    """Where a procedure goes, as far as that is known."""

    region: str | None = None
    level: int = 0
    """Mask of spinal levels (`painpath.knowledge.levels`)."""


class BleedingDesk:
    """Bleeding classes for the options of one patient, or (without findings) of nobody yet."""

    def __init__(self, knowledge: Knowledge, findings: Findings | None) -> None:
        self.rule_sets = {rules.id: rules for rules in knowledge.hold_rule_sets}
        self.findings = findings
        self._table = {entry.id: entry.classes for entry in knowledge.bleeding_classes}

    def of(self, findings: Findings) -> BleedingDesk:
        """The same for one patient."""
        other = copy(self)
        other.findings = findings
        return other

    def base(self, rules: str, option: schema.Option, site: Site) -> schema.SocietyClass | None:
        """The row of one rule set for an option there.

        Rows for the level go before rows for the region, those before a row for all; where the
        place is not known, the highest class that the option has anywhere counts.
        """
        rows = self._rows(rules, option)
        level = [row for row in rows if row.levels and _within(site.level, row.levels)]
        local = [row for row in rows if site.region is not None and site.region in row.regions]
        general = [row for row in rows if not row.regions and not row.levels]
        known = general if site.region is not None and general else rows
        chosen = level or local or known
        return max(chosen, key=lambda row: CLASSES.index(row.bleeding), default=None)

    def _rows(self, rules: str, option: schema.Option) -> list[schema.SocietyClass]:
        # A route without a row of its own goes by its parent's.
        rows = self._table.get(option.id) or self._table.get(option.part_of or "") or []
        return [row for row in rows if rules in as_tuple(row.rules)]

    def raised_by(self, rules: str, complaint: int) -> list[str]:
        """What raises the class of this patient by one step."""
        return [
            node.text
            for number, node in enumerate(self.rule_sets[rules].upgrade_when)
            if self.findings is not None
            and self.findings.fires(complaint, "upgrade", f"{rules}:{number}") == MET
            and node.text
        ]

    def effective(
        self, rules: str, option: schema.Option, complaint: int, site: Site
    ) -> tuple[str, bool] | None:
        """The class that decides here, and whether patient factors raised it (by one, to high)."""
        row = self.base(rules, option, site)
        if row is None:
            return None
        index = CLASSES.index(row.bleeding)
        raised = index < len(CLASSES) - 1 and bool(self.raised_by(rules, complaint))
        return CLASSES[index + raised], raised

    def result(
        self, rules: str, option: schema.Option, complaint: int, site: Site
    ) -> BleedingResult | None:
        """The class as a plan shows it, with every society's beside it."""
        row, decided = (
            self.base(rules, option, site),
            self.effective(rules, option, complaint, site),
        )
        if row is None or decided is None:
            return None
        rows = self._rows(rules, option)
        missing = []
        if site.region is None and any(each.regions for each in rows):
            missing.append("spinal region")
        if not site.level and any(each.levels for each in rows):
            missing.append("spinal level")
        societies = []
        for name in self.rule_sets:
            found = self.base(name, option, site)
            if found is not None:
                societies.append(
                    SocietyBleeding(
                        rules=name,
                        bleeding=found.bleeding,
                        note=found.note,
                        review=found.review,
                        cite=list(as_tuple(found.cite)),
                    )
                )
        return BleedingResult(
            bleeding=decided[0],
            base=row.bleeding,
            rules=rules,
            raised_by=self.raised_by(rules, complaint) if decided[1] else [],
            missing=missing,
            societies=societies,
        )


def _within(level: int, names: list[str]) -> bool:
    """Whether a procedure's levels are known and all among the named ones."""
    mask = 0
    for name in names:
        mask |= levels.parse(name)
    return bool(level) and not level & ~mask
