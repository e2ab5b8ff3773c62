"""What was done for a problem, and procedures whose code leaves open what they were."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from painpath.knowledge import schema
from painpath.knowledge.rules import as_tuple
from painpath.planning.bearing import near
from painpath.planning.facts import FactBook, denied
from painpath.planning.plan import Evidence, UnclassifiedResult


class Performed:
    """The procedures of one record that were done by a day."""

    def __init__(
        self,
        book: FactBook,
        concepts: dict[str, schema.Concept],
        names: dict[str, str],
        day: datetime.date,
    ) -> None:
        """Facts known by `day`; `names` are those of concepts as they stand inside a sentence."""
        self._book = book
        self._concepts = concepts
        self._names = names
        self._day = day

    def of(self, row: dict[str, Any], concepts: Sequence[str]) -> list[Evidence]:
        """Procedures that may be of this problem and were done by the day, the latest first."""
        facts = [
            fact["fact"]
            for fact in self._book.of_concepts(concepts)
            if fact["kind"] != "order"
            and not denied(fact, self._concepts)
            and (fact["start_lo"] is None or fact["start_lo"] <= self._day)
            and near(fact, row)
        ]
        return self._book.evidence(facts)

    def unclassified(
        self, row: dict[str, Any], options: Iterable[schema.Option]
    ) -> list[UnclassifiedResult]:
        """What was done here, and its code does not say which of these options it was."""
        fit = list(options)
        results = []
        for concept in self._concepts.values():
            if concept.category != "procedure" or not concept.may_be:
                continue
            possible = [o for o in fit if set(as_tuple(o.done)) & set(concept.may_be)]
            evidence = self.of(row, [concept.id]) if possible else []
            if evidence:
                names = " or ".join(self._names[name] for name in concept.may_be)
                results.append(
                    UnclassifiedResult(
                        concept=concept.id,
                        name=concept.name,
                        options=[option.id for option in possible],
                        evidence=evidence,
                        ask=f"Record whether it was: {names} (who did it)",
                    )
                )
        return results
