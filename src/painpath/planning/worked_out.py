"""What PainPath works out of a record before any rule is asked: doses, and what orders foretell."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.vocabulary import Vocabulary
from painpath.opioids import OpioidLoad, opioid_load
from painpath.planning.computed import ComputedFact, Forecast, opioid_dose
from painpath.planning.facts import Shortlist
from painpath.planning.plan import SteroidResult
from painpath.planning.steroids import SteroidCalculator
from painpath.records.facts import Prescription


class WorkedOut(msgspec.Struct, frozen=True):
    """Doses of a day, and the facts that rules are asked of."""

    opioids: OpioidLoad
    steroids: SteroidResult
    facts: Sequence[ComputedFact]


class Workings:
    """Works out one patient after the other with one knowledge."""

    def __init__(self, knowledge: Knowledge, vocabulary: Vocabulary) -> None:
        self._steroids = SteroidCalculator(knowledge, vocabulary)
        self._forecast = Forecast(knowledge)

    def looks_at(self) -> tuple[str, ...]:
        """The concepts of facts that any of it draws on."""
        return (*self._steroids.looks_at(), *self._forecast.looks_at())

    def of(
        self,
        prescriptions: Sequence[Prescription],
        facts: Shortlist,
        day: datetime.date,
        mme_rules: str,
    ) -> WorkedOut:
        """Everything for one patient on a day.

        Args:
            prescriptions: all of them.
            facts: all facts of the concepts of `looks_at`.
            day: the day asked about.
            mme_rules: the opioid factors.
        """
        load = opioid_load(prescriptions, day, mme_rules)
        result, doses = self._steroids.load(prescriptions, facts.known_by(day), day)
        found = [*opioid_dose(load, day), *doses, *self._forecast.findings(facts, day)]
        return WorkedOut(load, result, found)
