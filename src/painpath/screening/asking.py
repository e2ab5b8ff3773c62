"""What the knowledge says of criteria that worklists look for."""

from __future__ import annotations

import pyarrow as pa

from painpath.knowledge import schema
from painpath.knowledge.rules import as_tuple
from painpath.screening.known import Known, rows_table


def categories(known: Known) -> dict[str, str]:
    """What a criterion looks at, by its id: document, imaging, ..."""
    found: dict[str, str] = {}
    for criterion in known.rules.criteria:
        of: schema.OneOrMany = getattr(criterion.leaf, "of", [])
        for name in as_tuple(of):
            if name in known.concepts:
                found.setdefault(criterion.leaf.id, known.concepts[name].category)
    return found


def confirms(known: Known) -> pa.Table:
    """Questions by which a policy's rule for a later rung asks whether the earlier was positive."""
    rows = []
    for key, option in enumerate(known.knowledge.options):
        for earlier in as_tuple(option.after):
            if earlier not in known.options:
                continue
            done = set(known.keys(list(as_tuple(known.options[earlier].done))))
            for policy in range(len(known.knowledge.policies)):
                for rule in known.rules_of(policy, key):
                    for leaf in known.index.leaves[rule]:
                        criterion = known.index.criterion(leaf)
                        if not isinstance(criterion.leaf, schema.Blocks | schema.Relief):
                            continue
                        if done & set(known.keys(list(as_tuple(criterion.leaf.of)))):
                            question = criterion.question
                            wide = known.index.wide[question]
                            rows.append((key, policy, known.option_key[earlier], question, wide))
    return rows_table(
        {
            "option": pa.int32(),
            "policy": pa.int32(),
            "earlier": pa.int32(),
            "question": pa.int32(),
            "wide": pa.bool_(),
        },
        sorted(set(rows)),
    )
