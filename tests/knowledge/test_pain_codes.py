"""Every code of the coding tables leads to its problem; ambiguous ones leave it open."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import msgspec
import pytest

from painpath.engine.engine import Engine
from painpath.knowledge.checks.codes import verhoeff_valid
from painpath.knowledge.rules import build_rules
from painpath.knowledge.store import compiled
from painpath.records.population import read_population
from tests.knowledge import pain_codes
from tests.records.small import ICD, PATIENT, SNOMED, bundle, coded, condition

CASES: list[tuple[str, str]] = [
    (problem, code)
    for table in (pain_codes.ICD, pain_codes.SNOMED, pain_codes.WEAK)
    for problem, codes in table.items()
    for code in codes.split()
]
NOT_PAIN = pain_codes.NOT_PAIN.split()
EVERYONE = [code for _, code in [*CASES, *pain_codes.TOGETHER, *pain_codes.STALE]] + NOT_PAIN


def system(code: str) -> str:
    return SNOMED if code.isdigit() else ICD


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """For each set of codes the problems of a patient who has them, recognised all at once."""
    ready = compiled()
    plain = msgspec.structs.replace(
        ready.knowledge,
        options=(),
        policies=(),
        safety=(),
        red_flags=(),
        hold_rule_sets=(),
        care=(),
    )
    rules = build_rules(plain, ready.vocabulary)
    folder = _records(tmp_path_factory.mktemp("records"))
    found: dict[str, set[str]] = {codes: set() for codes in EVERYONE}
    people = list(dict.fromkeys(EVERYONE))
    for batch in read_population(folder, ready.vocabulary, size=len(people) + 1):
        rows = batch.patients.num_rows
        verdicts = Engine(plain, ready.vocabulary, rules).evaluate(
            batch.facts, batch.patients, [datetime.date(2026, 6, 1)] * rows
        )
        names = batch.patients.column("id").to_pylist()
        for row in verdicts.complaints.to_pylist():
            if row["problem"]:
                codes = people[int(names[row["patient"]].removeprefix("p"))]
                found[codes].add(rules.problem_ids[row["problem"]])
    return found


def _records(folder: Path) -> Path:
    for number, codes in enumerate(dict.fromkeys(EVERYONE)):
        conditions = [
            condition(
                coded(system(code), code),
                onsetDateTime="2026-01-01",
                clinicalStatus={"coding": [{"code": "active"}]},
            )
            for code in codes.split()
        ]
        record = bundle(*conditions, patient={**PATIENT, "id": f"p{number}"})
        (folder / f"{number:04}.json").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize(("problem", "code"), CASES)
def test_code_recognises_its_problem(
    problem: str, code: str, problems: dict[str, set[str]]
) -> None:
    assert problem in problems[code]


@pytest.mark.parametrize("code", " ".join(pain_codes.WEAK.values()).split())
def test_weak_codes_never_name_a_mechanism(code: str, problems: dict[str, set[str]]) -> None:
    weak = {problem.id for problem in compiled().knowledge.problems if problem.weak}
    assert problems[code] <= weak


@pytest.mark.parametrize(("problem", "codes"), pain_codes.TOGETHER)
def test_codes_that_count_together(problem: str, codes: str, problems: dict[str, set[str]]) -> None:
    assert problem in problems[codes]


@pytest.mark.parametrize(("problem", "codes"), pain_codes.STALE)
def test_wear_of_a_replaced_joint_is_stale(
    problem: str, codes: str, problems: dict[str, set[str]]
) -> None:
    assert problem not in problems[codes]


@pytest.mark.parametrize("code", NOT_PAIN)
def test_codes_that_are_no_pain_problem(code: str, problems: dict[str, set[str]]) -> None:
    assert problems[code] == set()


@pytest.mark.parametrize("code", pain_codes.OPIOID_USE.split())
def test_opioid_use_is_known(code: str) -> None:
    assert compiled().vocabulary.lookup(system(code), code)


def test_snomed_identifiers_keep_their_check_digit() -> None:
    typed = [code for codes in EVERYONE for code in codes.split() if code.isdigit()]
    assert len(set(typed)) > 110
    assert all(map(verhoeff_valid, typed))
    # One digit off: spinal stenosis in the cervical region is 83561009.
    assert not verhoeff_valid("83561006")


def test_ambiguous_codes_name_both_diseases_in_their_question() -> None:
    asks = {p.id: p.ask or "" for p in compiled().knowledge.problems}
    assert "sacroiliac joint or tailbone" in asks["sacroiliac-or-coccyx-pain"].lower()
    assert (
        "pudendal or a nerve of the abdominal wall"
        in asks["pudendal-or-abdominal-wall-neuralgia"].lower()
    )
