"""Drugs that an antithrombotic table knows, as the `k_hold` table."""

from __future__ import annotations

import pyarrow as pa

from painpath.engine.columns import INT, table
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import expand


def hold_rows(knowledge: Knowledge) -> list[tuple[int, int]]:
    """(rule set, row in it) of every antithrombotic row; the position is the `hold` key."""
    return [
        (set_index, row)
        for set_index, rule_set in enumerate(knowledge.hold_rule_sets)
        for row in range(len(rule_set.holds))
    ]


def hold_table(knowledge: Knowledge, concept_key: dict[str, int]) -> pa.Table:
    """Drug concepts of the antithrombotic tables, and how many days a stopped dose still counts."""
    concepts = {concept.id: concept for concept in knowledge.concepts}
    rows: list[tuple[object, ...]] = []
    for key, (set_index, row) in enumerate(hold_rows(knowledge)):
        hold = knowledge.hold_rule_sets[set_index].holds[row]
        hours = [cell.hours or 0.0 for cell in (hold.low, hold.intermediate, hold.high)]
        reach = int(-(-max(hours) // 24))
        drugs = [name for name in expand((hold.drug,), concepts) if name in concept_key]
        rows.extend((key, concept_key[name], reach) for name in drugs)
    return table({"hold": INT, "concept": INT, "reach": INT}, rows)
