"""Drugs that an antithrombotic table knows, as the `k_hold` table."""

from __future__ import annotations

from collections import defaultdict

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
    """Drug concepts of the antithrombotic tables, and how many days a stopped dose still counts.

    That is the longest hold of the drug in the set, so that a row without hours (no interval can be
    named) is looked at as long as its sisters, and the days for which its checks are asked.
    """
    concepts = {concept.id: concept for concept in knowledge.concepts}
    listed = [
        (set_index, knowledge.hold_rule_sets[set_index].holds[row])
        for set_index, row in hold_rows(knowledge)
    ]
    reach: dict[tuple[int, str], int] = defaultdict(int)
    for set_index, hold in listed:
        cells = (hold.low, hold.intermediate, hold.high)
        hours = [cell.hours or 0.0 for cell in cells if cell is not None] or [0.0]
        key = set_index, hold.drug
        reach[key] = max(reach[key], int(-(-max(hours) // 24)) + hold.check_days)
    rows: list[tuple[object, ...]] = []
    for number, (set_index, hold) in enumerate(listed):
        drugs = [name for name in expand((hold.drug,), concepts) if name in concept_key]
        rows.extend((number, concept_key[name], reach[set_index, hold.drug]) for name in drugs)
    return table({"hold": INT, "concept": INT, "reach": INT}, rows)
