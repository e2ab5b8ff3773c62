"""Synthetic facts for the verdict benchmark: pain patients with about 60 facts each.

A few hundred patients are drawn by seed, then repeated with new keys, so that a million patients
cost no more to make than to load.
"""

from __future__ import annotations

import datetime
import random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.facts import FACTS, PATIENTS

FACTS_PER_PATIENT = 60
DISTINCT = 500
AS_OF = datetime.date(2026, 11, 1)

_STORIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("lumbar-radiculopathy", "lumbar", ("esi-transforaminal", "spine-mri-ct")),
    ("lumbar-facet-pain", "lumbar", ("facet-mbb-diagnostic", "facet-rfa")),
    ("knee-osteoarthritis", "knee", ("genicular-nerve-block", "knee-radiograph")),
    ("knee-pain", "knee", ("knee-arthroplasty", "crp", "esr", "knee-radiograph")),
    ("pain-after-spine-surgery", "lumbar", ("spine-surgery", "psych-clearance", "scs-trial")),
    ("sacroiliac-pain", "sacroiliac", ("sij-injection-diagnostic",)),
)
# What else stands in a pain patient's chart, by how often: mostly things that few rules look at.
_BACKGROUND = (
    ("pain-score", 8),
    ("physical-therapy", 2),
    ("home-exercise", 1),
    ("nsaid", 2),
    ("gabapentinoid", 1),
    ("acetaminophen", 1),
    ("apixaban", 1),
    ("hba1c", 2),
    ("egfr", 3),
    ("creatinine", 4),
    ("platelets", 3),
    ("inr", 1),
    ("phq-9", 1),
    ("gad-7", 1),
    ("odi", 1),
    ("diabetes", 1),
    ("low-back-pain", 1),
    ("neck-pain", 1),
    ("pain-specialist", 1),
)
_VALUES = {
    "pain-score": (3, 9),
    "hba1c": (5, 11),
    "phq-9": (0, 20),
    "odi": (10, 70),
    "crp": (1, 20),
    "esr": (2, 50),
    "egfr": (30, 110),
    "platelets": (90, 400),
    "inr": (1, 3),
}


def _day(random_: random.Random) -> datetime.date:
    return AS_OF - datetime.timedelta(days=random_.randrange(1, 900))


def _patient(random_: random.Random, number: int, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    keys = {name: key for key, name in enumerate(vocabulary.concepts)}
    problem, region, specific = random_.choice(_STORIES)
    side = random_.choice((1, 2))
    rows: list[dict[str, Any]] = []

    def add(
        concept: str,
        *,
        here: bool,
        about: int | None = None,
        value: float | None = None,
        at: datetime.date | None = None,
        is_open: bool = False,
    ) -> int:
        day = at or _day(random_)
        low, high = _VALUES.get(concept, (0, 0))
        if value is None and high:
            value = float(random_.randint(low, high))
        end = None if is_open else day + datetime.timedelta(days=random_.choice((0, 0, 60)))
        key = len(rows)
        rows.append(
            {
                "fact": number * FACTS_PER_PATIENT + key,
                "patient": number,
                "concept": keys[concept],
                "kind": 0,
                "start_lo": day,
                "start_hi": day,
                "end_lo": end,
                "end_hi": end,
                "open": is_open,
                "recorded": day,
                "value": value,
                "region": vocabulary.region_bits[region] if here else 0,
                "side": side if here else 0,
                "level": 0,
                "about": about,
                "origin": 0,
                "ref": "",
                "text": "",
            }
        )
        return number * FACTS_PER_PATIENT + key

    add(
        problem,
        here=True,
        is_open=True,
        at=AS_OF - datetime.timedelta(days=random_.randrange(20, 900)),
    )
    for concept in specific:
        for _ in range(random_.randint(1, 3)):
            day = _day(random_)
            done = add(concept, here=True, at=day)
            if concept not in _VALUES:
                later = min(day + datetime.timedelta(days=random_.randrange(1, 200)), AS_OF)
                percent = float(random_.choice((30, 49, 50, 80, 90)))
                add("relief-percent", here=False, about=done, value=percent, at=later)
    while len(rows) < FACTS_PER_PATIENT:
        concept = random_.choices(*zip(*_BACKGROUND, strict=True))[0]
        add(concept, here=False, is_open=random_.random() < 0.3)
    return rows[:FACTS_PER_PATIENT]


def _base(vocabulary: Vocabulary, seed: int) -> tuple[pa.Table, pa.Table]:
    random_ = random.Random(seed)
    rows = [row for number in range(DISTINCT) for row in _patient(random_, number, vocabulary)]
    names = {"concept": list(vocabulary.concepts), "kind": ["procedure"], "origin": ["stated"]}
    columns = []
    for field in FACTS:
        values = [row[field.name] for row in rows]
        if field.name in names:
            indices = pa.array(values, type=field.type.index_type)
            columns.append(pa.DictionaryArray.from_arrays(indices, pa.array(names[field.name])))
        else:
            columns.append(pa.array(values, type=field.type))
    patients = [
        {
            "patient": number,
            "id": f"p{number}",
            "birth_lo": datetime.date(1930 + number % 60, 1, 1),
            "birth_hi": datetime.date(1930 + number % 60, 1, 1),
            "sex": ("female", "male")[number % 2],
            "state": ("TX", "WA", "OH", None)[number % 4],
            "deceased": False,
        }
        for number in range(DISTINCT)
    ]
    return pa.Table.from_arrays(columns, schema=FACTS), pa.Table.from_pylist(
        patients, schema=PATIENTS
    )


def batches(
    vocabulary: Vocabulary, patients: int, size: int, seed: int = 7
) -> list[tuple[pa.Table, pa.Table]]:
    """Batches of `size` patients with their facts, `patients` in all; made before timing."""
    facts, people = _base(vocabulary, seed)
    made: list[tuple[pa.Table, pa.Table]] = []
    copies = size // DISTINCT
    many_facts, many_people = [], []
    for copy in range(copies):
        many_facts.append(_shift(facts, copy))
        many_people.append(_shift_column(people, "patient", copy * DISTINCT))
    batch = (
        pa.concat_tables(many_facts).combine_chunks(),
        pa.concat_tables(many_people).combine_chunks(),
    )
    made.extend([batch] * (patients // size))
    return made


def _shift(facts: pa.Table, copy: int) -> pa.Table:
    stride = DISTINCT * FACTS_PER_PATIENT
    for name, offset in (
        ("patient", DISTINCT * copy),
        ("fact", stride * copy),
        ("about", stride * copy),
    ):
        facts = _shift_column(facts, name, offset)
    return facts


def _shift_column(table: pa.Table, name: str, offset: int) -> pa.Table:
    index = table.schema.get_field_index(name)
    field = table.schema.field(index)
    moved = pc.add(table.column(index), pa.scalar(offset, type=field.type)).cast(field.type)
    return table.set_column(index, field, moved)
