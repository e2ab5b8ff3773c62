"""Every criterion kind against its plain twin, on generated records.

Where everything is known the SQL and the twin agree exactly. Where a date is partial or a side is
not recorded, a verdict the SQL is sure of must hold in every world the record allows.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from painpath.engine.cases import GIVEN, FactRows, answers_by_complaint, interval
from painpath.engine.engine import Engine
from painpath.knowledge import schema
from painpath.knowledge.loading import SECTIONS, Knowledge, convert_file
from painpath.knowledge.rules import leaves
from painpath.knowledge.store import compile_knowledge
from painpath.records.facts import PATIENTS
from tests.engine.twin import Fact, Patient, judge, worlds

FILE = Path(__file__).with_name("kinds.yaml")
ON = datetime.date(2024, 8, 29)  # half a year after a leap day
SIDES = {None: 0, "left": 1, "right": 2, "both": 3}


@pytest.fixture(scope="module")
def engine() -> Engine:
    content, _ = convert_file(FILE.read_text(), FILE.name)
    knowledge = Knowledge(**{name: tuple(getattr(content, name)) for name in SECTIONS})
    ready = compile_knowledge(knowledge)
    return Engine(ready.knowledge, ready.vocabulary, ready.rules)


def criteria(engine: Engine) -> dict[str, tuple[schema.Leaf, int]]:
    return {c.leaf.id: (c.leaf, c.question) for c in engine.rules.criteria}


def answers(
    engine: Engine,
    records: list[tuple[list[schema.CaseFact], str | None, str, str | None, str | None]],
) -> list[dict[str, int]]:
    """The engine's verdicts for several records at once: (facts, since, side, born, sex)."""
    rows = FactRows(engine)
    patients, complaints = [], []
    for number, (facts, since, side, born, sex) in enumerate(records):
        for fact in facts:
            rows.add(number, fact)
        birth = interval(born) if born else (None, None)
        patients.append(
            {
                "patient": number,
                "id": str(number),
                "birth_lo": birth[0],
                "birth_hi": birth[1],
                "sex": sex,
                "state": None,
                "deceased": False,
            }
        )
        began = interval(since) if since else (None, None)
        complaints.append(
            {
                "patient": number,
                "problem": 1,
                "side": SIDES[side],
                "sided": True,
                "weak": False,
                "region": engine.vocabulary.region_bits["knee"],
                "level": 0,
                "since_lo": began[0],
                "since_hi": began[1],
                "evidence": [],
            }
        )
    verdicts = engine.evaluate(
        rows.table(),
        pa.Table.from_pylist(patients, schema=PATIENTS),
        ON,
        given=pa.Table.from_pylist(complaints, schema=GIVEN),
    )
    assert not verdicts.failures
    patient_of = {
        row["complaint"]: row["patient"]
        for row in verdicts.complaints.to_pylist()
        if row["problem"] == 1
    }
    found = {
        (patient_of.get(key), question): row["verdict"]
        for (key, question), row in answers_by_complaint(
            engine.rules, verdicts.complaints, verdicts.answers
        ).items()
    }
    asked = criteria(engine)
    return [
        {
            name: found.get((number, question), engine.rules.questions[question].absent)
            for name, (_, question) in asked.items()
        }
        for number in range(len(records))
    ]


EDGES = [
    "2024-08-29",
    "2024-08-28",
    "2024-08-15",
    "2024-08-16",
    "2024-08-14",
    "2024-08-01",
    "2024-07-31",
    "2024-06-01",
    "2024-05-31",
    "2024-05-29",
    "2024-05-30",
    "2024-02-29",
    "2024-02-28",
    "2024-03-01",
    "2023-08-29",
    "2023-08-28",
    "2023-08-30",
    "2023-01-01",
    "2022-02-28",
]
FULL = st.sampled_from(EDGES)
PARTIAL = st.sampled_from([*EDGES[:8], "2024", "2024-02", "2024-08", "2023", "2023-08", None])
CONCEPTS = [
    "finding",
    "other-finding",
    "event",
    "score",
    "therapy-a",
    "therapy-b",
    "block",
    "ablation",
    "dose",
]


@st.composite
def reliefs(draw: st.DrawFn, after: str) -> list[schema.CaseRelief]:
    days = [day for day in EDGES if day >= after] or [after]
    chosen = draw(st.lists(st.sampled_from(days), max_size=3, unique=True))
    percents = st.sampled_from([0.0, 49.0, 50.0, 51.0, 79.0, 80.0, 100.0])
    return [schema.CaseRelief(percent=draw(percents), at=day) for day in chosen]


@st.composite
def case_facts(draw: st.DrawFn, *, certain: bool) -> schema.CaseFact:
    concept = draw(st.sampled_from(CONCEPTS))
    at = draw(FULL if certain else PARTIAL)
    value: float | None = None
    if concept == "score":
        value = draw(st.sampled_from([4.0, 5.0, 6.0, None]))
    elif concept == "dose":
        value = draw(st.sampled_from([40.0, 80.0, 120.0, 199.0, 200.0, None]))
    elif concept in ("finding", "other-finding"):
        value = draw(st.sampled_from([None, 0.0, 1.0]))
    is_open = concept.startswith(("therapy", "finding", "other")) and draw(st.booleans())
    until = None
    if at and len(at) == 10 and not is_open and draw(st.booleans()):
        until = draw(st.sampled_from([day for day in EDGES if day >= at]))
    relief = []
    if concept in ("block", "ablation") and at:
        relief = draw(reliefs(after=interval(at)[1].isoformat()))
    places = st.sampled_from(["left", "right", "both"])
    regions = st.sampled_from(["knee", "lumbar"])
    return schema.CaseFact(
        concept=concept,
        at=at,
        until=until,
        open=is_open,
        value=value,
        side=draw(places if certain else st.one_of(st.none(), places)),
        region=draw(regions if certain else st.one_of(st.none(), regions)),
        relief=relief,
    )


ROUNDS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@ROUNDS
@given(
    records=st.lists(
        st.tuples(
            st.lists(case_facts(certain=True), max_size=7),
            st.one_of(st.none(), FULL),
            st.sampled_from(["left", "right"]),
            st.sampled_from(["1974-08-29", "1974-08-30", "1959-08-29", "1960-02-29", None]),
            st.sampled_from(["female", "male", "other", None]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_known_facts_give_exactly_the_twins_verdict(engine: Engine, records: list) -> None:
    for record, found in zip(records, answers(engine, records), strict=True):
        facts, since, side, born, sex = record
        patient = Patient(
            ON,
            datetime.date.fromisoformat(since) if since else None,
            side,
            datetime.date.fromisoformat(born) if born else None,
            sex,
        )
        world = next(worlds(facts, since, ON))[0]
        for name, (leaf, _) in criteria(engine).items():
            assert found[name] == judge(leaf, world, patient), name


World = tuple[list[Fact], datetime.date | None]


def worlds_of_the_sure(engine: Engine, records: list) -> Iterator[tuple[str, int, int, World]]:
    """Each sure verdict, in each world that a record allows: the criterion, the verdict, the twin's
    verdict there, the world. An age is sure or not by the birth date, which has no worlds here."""
    for record, found in zip(records, answers(engine, records), strict=True):
        facts, since, side, _, sex = record
        for name, (leaf, _) in criteria(engine).items():
            if found[name] == 1 or isinstance(leaf, schema.Age):
                continue
            for world, onset in worlds(facts, since, ON):
                twin = judge(leaf, world, Patient(ON, onset, side, None, sex))
                yield name, found[name], twin, (world, onset)


@pytest.mark.slow
@ROUNDS
@given(
    records=st.lists(
        st.tuples(
            st.lists(case_facts(certain=False), max_size=3),
            PARTIAL,
            st.sampled_from(["left", "right"]),
            st.sampled_from(["1974", "1959-08", None]),
            st.just("female"),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_sure_verdict_holds_in_every_world(engine: Engine, records: list) -> None:
    for name, sure, twin, world in worlds_of_the_sure(engine, records):
        assert twin in (sure, 1), (name, world)


@st.composite
def procedures(draw: st.DrawFn, concept: str) -> list[schema.CaseFact]:
    """The same procedure up to three times about one month, some of which is known no better.

    Two that are written with the same month are taken for one, so none is written twice.
    """
    days = ["2024-02", "2024-02-28", "2024-02-29", "2024-03-05", "2024-03", "2024-05-31", "2024"]
    found = []
    for at in draw(st.lists(st.sampled_from(days), min_size=1, max_size=3, unique=True)):
        reported = [*days[2:4], "2024-06-01", "2024-08-28", "2024-08-29"]
        first = max(interval(at)[0].isoformat(), "2024-02-28")
        relief = [
            schema.CaseRelief(percent=draw(st.sampled_from([49.0, 90.0])), at=day)
            for day in draw(st.lists(st.sampled_from(reported), max_size=3, unique=True))
            if day >= first
        ]
        fact = schema.CaseFact(concept=concept, at=at, side="left", region="knee", relief=relief)
        found.append(fact)
    return found


@pytest.mark.slow
@ROUNDS
@given(
    records=st.lists(
        st.tuples(
            st.sampled_from(["block", "ablation"]).flatmap(procedures),
            st.just("2023-01-01"),
            st.just("left"),
            st.none(),
            st.none(),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_which_was_the_last_is_not_guessed(engine: Engine, records: list) -> None:
    """Where a partial date leaves the order open, the verdict holds in every order."""
    for name, sure, twin, world in worlds_of_the_sure(engine, records):
        if isinstance(criteria(engine)[name][0], schema.Relief | schema.Blocks):
            assert twin == sure, (name, world)


def test_every_kind_is_asked(engine: Engine) -> None:
    kinds = {c.leaf.__struct_config__.tag for c in engine.rules.criteria}
    every = {leaf.__struct_config__.tag for leaf in schema.Leaf.__args__}
    assert kinds == every
    assert len(list(leaves(engine.knowledge.policies[0].rules[0].criteria))) == len(
        engine.rules.criteria
    )
