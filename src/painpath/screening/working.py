"""What is worked out patient by patient before the engine is asked: doses, what orders foretell."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from painpath.opioids import OpioidLoad
from painpath.opioids.load import DEFAULT_RULES
from painpath.planning.computed import ComputedFact
from painpath.planning.facts import Shortlist
from painpath.planning.worked_out import Workings
from painpath.records import plain, store
from painpath.records.facts import Prescription
from painpath.records.store import Facts
from painpath.screening.known import Known
from painpath.screening.terms import Terms


class Working:
    """Works it out for those of a population in whom there is something to work out."""

    def __init__(self, known: Known, terms: Terms) -> None:
        self._day = terms.as_of
        self._workings = Workings(known.knowledge, known.vocabulary)
        self._concepts = pa.array(known.keys(list(self._workings.looks_at())), pa.int32())

    def out(
        self, facts: Facts, rows: pa.Table, patients: pa.Table
    ) -> tuple[dict[int, OpioidLoad], list[tuple[int, ComputedFact]]]:
        """Opioid doses by patient, and the facts that rules are asked of, each with its patient.

        Args:
            facts: as they are stored.
            rows: the same, numbered through.
            patients: likewise.
        """
        orders = store.listed(facts.tables["prescriptions"], Prescription)
        ids = patients.column("id").to_pylist()
        concept = rows.column("concept").combine_chunks().indices
        touched = rows.filter(pc.is_in(concept, value_set=self._concepts))
        facts_of: dict[int, list[dict[str, Any]]] = {}
        for row in plain.rows(touched):
            facts_of.setdefault(row["patient"], []).append(row)
        concerned = set(facts_of)
        concerned.update(number for number, name in enumerate(ids) if name in orders)
        loads: dict[int, OpioidLoad] = {}
        computed: list[tuple[int, ComputedFact]] = []
        for number in sorted(concerned):
            worked = self._workings.of(
                orders.get(ids[number], ()),
                Shortlist(facts_of.get(number, ())),
                self._day,
                DEFAULT_RULES,
            )
            loads[number] = worked.opioids
            computed += [(number, fact) for fact in worked.facts]
        return loads, computed
