"""Facts that PainPath works out itself before the rules are asked: doses, what orders foretell."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.quantities import parse_duration
from painpath.knowledge.rules import as_tuple, expand
from painpath.knowledge.vocabulary import Vocabulary
from painpath.opioids import OpioidLoad
from painpath.planning.facts import Shortlist
from painpath.records.record import Record

_OPIOID_DOSE = "opioid-mme-per-day"
COMPUTED = "(computed)"


class ComputedFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that no resource states as such."""

    concept: str
    day: datetime.date
    until: datetime.date | None = None
    """Latest day, where the day is not known exactly."""
    value: float | None
    ref: str
    text: str
    region: int = 0
    side: int = 0


class Forecast:
    """Findings that follow from operations on order: a knee that is to be replaced soon."""

    def __init__(self, knowledge: Knowledge) -> None:
        concepts = {concept.id: concept for concept in knowledge.concepts}
        self._entries = [
            (entry.id, expand(as_tuple(entry.of), concepts), parse_duration(entry.within))
            for entry in knowledge.planned
        ]

    def looks_at(self) -> tuple[str, ...]:
        """The concepts of facts that it draws on."""
        return tuple(dict.fromkeys(name for _, names, _ in self._entries for name in names))

    def findings(self, facts: Shortlist, day: datetime.date) -> list[ComputedFact]:
        """Of one patient on a day."""
        found: list[ComputedFact] = []
        for name, concepts, reach in self._entries:
            latest = shifted(day, reach.months) + datetime.timedelta(days=reach.days)
            for fact in facts.of_concepts(concepts):
                on, written = fact["start_lo"], fact["recorded"]
                if fact["kind"] != "order" or on is None or (written is not None and written > day):
                    continue
                if day <= on <= latest:
                    found.append(
                        ComputedFact(
                            concept=name,
                            day=day,
                            value=None,
                            ref=fact["ref"],
                            text=f"{fact['text']}, planned for {on.isoformat()}",
                            region=fact["region"],
                            side=fact["side"],
                        )
                    )
        return found


def shifted(day: datetime.date, months: int) -> datetime.date:
    """The day so many calendar months later (or earlier), or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def opioid_dose(load: OpioidLoad, day: datetime.date) -> list[ComputedFact]:
    """The day's opioid dose; nothing without opioids, or if no dose can be worked out."""
    if not load.mme_per_day:
        return []
    return [
        ComputedFact(
            concept=_OPIOID_DOSE,
            day=day,
            value=float(load.mme_per_day),
            ref=COMPUTED,
            text=f"{load.mme_per_day:g} MME/day by {load.rule_set} factors",
        )
    ]


def with_computed(
    record: Record, computed: Sequence[ComputedFact], vocabulary: Vocabulary
) -> pa.Table:
    """The record's facts with the computed ones added, so that rules on them can fire."""
    return with_computed_of(record.facts, [(0, fact) for fact in computed], vocabulary)


def with_computed_of(
    facts: pa.Table, computed: Sequence[tuple[int, ComputedFact]], vocabulary: Vocabulary
) -> pa.Table:
    """The same for several patients: each computed fact with its patient."""
    known = [(patient, fact) for patient, fact in computed if fact.concept in vocabulary.key]
    if not known:
        return facts
    rows = [
        _row(fact, facts.num_rows + number, patient) for number, (patient, fact) in enumerate(known)
    ]
    columns: list[pa.Array] = []
    for field in facts.schema:
        if field.name == "concept":
            names = facts.column("concept").combine_chunks().dictionary
            keys = [vocabulary.key[fact.concept] for _, fact in known]
            indices = pa.array(keys, type=field.type.index_type)
            columns.append(pa.DictionaryArray.from_arrays(indices, names))
        elif pa.types.is_dictionary(field.type):
            words = pa.array([row[field.name] for row in rows], type=pa.string())
            columns.append(words.dictionary_encode().cast(field.type))
        else:
            columns.append(pa.array([row[field.name] for row in rows], type=field.type))
    added = pa.Table.from_arrays(columns, schema=facts.schema)
    return pa.concat_tables([facts, added]).unify_dictionaries().combine_chunks()


def _row(fact: ComputedFact, number: int, patient: int) -> dict[str, Any]:
    latest = fact.until or fact.day
    return {
        "fact": number,
        "patient": patient,
        "kind": "observation",
        "start_lo": fact.day,
        "start_hi": latest,
        "end_lo": fact.day,
        "end_hi": latest,
        "open": False,
        "recorded": None if fact.until else fact.day,
        "value": fact.value,
        "region": fact.region,
        "side": fact.side,
        "level": 0,
        "about": None,
        "origin": "computed",
        "ref": fact.ref,
        "text": fact.text,
    }
