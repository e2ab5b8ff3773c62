"""Facts that PainPath works out itself before the rules are asked: the opioid dose of the day."""

from __future__ import annotations

import datetime

import pyarrow as pa

from painpath.knowledge.vocabulary import Vocabulary
from painpath.opioids import OpioidLoad
from painpath.records.record import Record

_DOSE = "opioid-mme-per-day"
COMPUTED = "(computed)"


def with_opioid_dose(
    record: Record, load: OpioidLoad, vocabulary: Vocabulary, day: datetime.date
) -> pa.Table:
    """The record's facts with the computed dose added, so that rules on it can fire.

    Nothing is added without a dose: no opioids, or none whose dose can be worked out.
    """
    facts = record.facts
    if not load.mme_per_day or _DOSE not in vocabulary.concepts:
        return facts
    concept = facts.schema.field("concept").type
    row = {
        "fact": facts.num_rows,
        "patient": 0,
        "concept": None,
        "kind": "observation",
        "start_lo": day,
        "start_hi": day,
        "end_lo": day,
        "end_hi": day,
        "open": False,
        "recorded": day,
        "value": float(load.mme_per_day),
        "region": 0,
        "side": 0,
        "level": 0,
        "about": None,
        "origin": "computed",
        "ref": COMPUTED,
        "text": f"{load.mme_per_day:g} MME/day by {load.rule_set} factors",
    }
    columns = []
    for field in facts.schema:
        if field.name == "concept":
            names = facts.column("concept").combine_chunks().dictionary
            key = pa.array([vocabulary.concepts.index(_DOSE)], type=concept.index_type)
            columns.append(pa.DictionaryArray.from_arrays(key, names))
        elif pa.types.is_dictionary(field.type):
            columns.append(
                pa.array([row[field.name]], type=pa.string()).dictionary_encode().cast(field.type)
            )
        else:
            columns.append(pa.array([row[field.name]], type=field.type))
    added = pa.Table.from_arrays(columns, schema=facts.schema)
    return pa.concat_tables([facts, added]).unify_dictionaries().combine_chunks()
