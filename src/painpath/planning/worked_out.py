"""What PainPath works out of a record before any rule is asked: doses, and what orders foretell."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.opioids import OpioidLoad, opioid_load
from painpath.planning.computed import ComputedFact, opioid_dose, planned
from painpath.planning.facts import FactBook, known_by
from painpath.planning.plan import SteroidResult
from painpath.planning.steroids import SteroidCalculator
from painpath.records.record import Record


class WorkedOut(msgspec.Struct, frozen=True):
    """Doses of a day, and the facts that rules are asked of."""

    opioids: OpioidLoad
    steroids: SteroidResult
    facts: Sequence[ComputedFact]


def work_out(
    record: Record,
    knowledge: Knowledge,
    steroids: SteroidCalculator,
    day: datetime.date,
    mme_rules: str,
) -> WorkedOut:
    """Everything for one patient on a day."""
    load = opioid_load(record.prescriptions, day, mme_rules)
    known = FactBook(known_by(record.facts, day))
    result, doses = steroids.load(record.prescriptions, known, day)
    facts = [*opioid_dose(load, day), *doses, *planned(record, knowledge, day)]
    return WorkedOut(load, result, facts)
