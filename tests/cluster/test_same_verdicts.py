"""Spark answers as DuckDB does: every verdict table, row by row, on generated patients.

A run costs seconds whatever it is asked, so each holds many patients and there are few.
"""

from __future__ import annotations

import datetime
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from painpath.engine.cases import GIVEN, FactRows, interval
from painpath.engine.engine import KINDS, Engine
from painpath.knowledge.store import compiled
from painpath.records.facts import FACTS, PATIENTS
from tests.cluster.engines import assert_same_verdicts
from tests.engine.test_twins import ON, PARTIAL, case_facts, engine

__all__ = ["engine"]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

FEW = settings(
    max_examples=2,
    deadline=None,
    # A smaller example of a difference is not worth minutes.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck],
)
EDGES = ("2024-02-29", "2024-03-31", "2023-02-28", "2024-08-29", "2024-08-31", "2023-08-30")


@FEW
@given(
    records=st.lists(
        st.tuples(
            st.lists(st.booleans().flatmap(lambda sure: case_facts(certain=sure)), max_size=8),
            PARTIAL,
            st.sampled_from([0, 1, 2]),
            st.sampled_from(["1974-08-29", "1959-08", "1960-02-29", "1974", None]),
            st.sampled_from(["female", "male", "other", None]),
        ),
        min_size=20,
        max_size=60,
    )
)
def test_every_kind_of_criterion(spark: Any, engine: Engine, records: list[Any]) -> None:
    facts = FactRows(engine)
    patients, problems = [], []
    for number, (chart, since, side, born, sex) in enumerate(records):
        for fact in chart:
            facts.add(number, fact)
        patients.append(_person(number, born, sex, None))
        began = interval(since) if since else (None, None)
        problems.append(
            {
                "patient": number,
                "problem": 1,
                "side": side,
                "sided": True,
                "weak": False,
                "region": engine.vocabulary.region_bits["knee"],
                "level": 0,
                "since_lo": began[0],
                "since_hi": began[1],
                "evidence": [],
            }
        )
    counts = assert_same_verdicts(
        spark,
        engine,
        facts.table(),
        pa.Table.from_pylist(patients, PATIENTS),
        ON,
        pa.Table.from_pylist(problems, GIVEN),
    )
    assert counts["complaints"] == 2 * len(records)


@FEW
@given(seed=st.integers(0, 2**32 - 1), day=st.sampled_from(EDGES))
def test_the_whole_knowledge(spark: Any, seed: int, day: str) -> None:
    found = compiled()
    whole = Engine(found.knowledge, found.vocabulary, found.rules)
    facts, patients = _population(whole, random.Random(seed), datetime.date.fromisoformat(day), 100)
    counts = assert_same_verdicts(spark, whole, facts, patients, datetime.date.fromisoformat(day))
    assert counts["complaints"] > 110
    assert counts["taken"] > 0
    assert counts["statuses"] > 100


def test_every_kind_is_in_the_whole_knowledge() -> None:
    found = compiled()
    assert {question.kind for question in found.rules.questions} == set(KINDS)


def _person(number: int, born: str | None, sex: str | None, state: str | None) -> dict[str, Any]:
    birth = interval(born) if born else (None, None)
    return {
        "patient": number,
        "id": f"p{number}",
        "birth_lo": birth[0],
        "birth_hi": birth[1],
        "sex": sex,
        "state": state,
        "deceased": False,
    }


def _population(
    whole: Engine, random_: random.Random, day: datetime.date, count: int
) -> tuple[pa.Table, pa.Table]:
    """Patients whose facts are of concepts that some problem or rule looks at, in any place."""
    terms = _concepts(whole)
    regions = list(whole.vocabulary.region_bits.values())
    people, rows = [], []
    for number in range(count):
        born = random_.choice(["1950-02-28", "1960-02-29", "1980-01-31", "2000", "1944-07", None])
        sex = random_.choice(["female", "male", None])
        people.append(_person(number, born, sex, random_.choice(["TX", "AZ", "OH", None])))
        mine: list[int] = []
        home = random_.choice(regions)
        for _ in range(random_.randrange(50)):
            rows.append(_fact(random_, number, len(rows), day, terms, [home, 0, *regions], mine))
            mine.append(len(rows) - 1)
    names = pa.array(whole.vocabulary.concepts, pa.string())
    table = pa.table({field.name: [row[field.name] for row in rows] for field in FACTS})
    columns = [
        pa.DictionaryArray.from_arrays(
            table.column(field.name).combine_chunks().cast("int32"), names
        )
        if field.name == "concept"
        else table.column(field.name).cast(pa.string()).combine_chunks().dictionary_encode()
        if pa.types.is_dictionary(field.type)
        else table.column(field.name)
        for field in FACTS
    ]
    facts = pa.Table.from_arrays(columns, names=FACTS.names).cast(FACTS)
    return facts, pa.Table.from_pylist(people, PATIENTS)


def _concepts(whole: Engine) -> list[int]:
    """Keys of concepts, those by which problems are recognised as often as all others together."""
    key = {name: number for number, name in enumerate(whole.vocabulary.concepts)}
    conditions = [key[c.id] for c in whole.knowledge.concepts if c.category == "condition"]
    others = [key[c.id] for c in whole.knowledge.concepts if c.category != "condition"]
    held = [key[h.drug] for s in whole.knowledge.hold_rule_sets for h in s.holds if h.drug in key]
    relief = [key["relief-percent"], key["relief-duration"]] * 30
    return conditions * max(1, len(others) // len(conditions)) + others + held + relief


def _fact(
    random_: random.Random,
    patient: int,
    number: int,
    day: datetime.date,
    terms: list[int],
    regions: list[int],
    earlier: list[int],
) -> dict[str, Any]:
    start = day - datetime.timedelta(days=random_.choice([0, 1, 28, 29, 30, 31, 89, 182, 183, 365]))
    spread = datetime.timedelta(days=random_.choice([0, 0, 0, 30, 364]))
    is_open = random_.random() < 0.3
    ends = None if is_open else start + datetime.timedelta(days=random_.choice([0, 41, 42, 90]))
    dated = random_.random() < 0.9
    return {
        "fact": number,
        "patient": patient,
        "concept": random_.choice(terms),
        "kind": random_.choice(["condition", "procedure", "order", "observation", "drug"]),
        "start_lo": start if dated else None,
        "start_hi": start + spread if dated else None,
        "end_lo": ends,
        "end_hi": ends,
        "open": is_open,
        "recorded": random_.choice([None, start, start, day + datetime.timedelta(days=1)]),
        "value": random_.choice([None, None, 0.0, 1.0, 4.0, 7.0, 49.0, 50.0, 80.0]),
        "region": random_.choice(regions[:2] * 10 + regions),
        "side": random_.choice([0, 0, 1, 2, 3]),
        "level": random_.choice([0, 0, 0, 1, 6]),
        "about": random_.choice(earlier) if earlier and random_.random() < 0.3 else None,
        "origin": random_.choice(["stated", "stated", "computed"]),
        "ref": f"Thing/{number}",
        "text": "",
    }
