"""Our three-valued logic and uncertain dates against the official CQL test suite.

Every case of four of its files is either asked of our engine or stands in `exclusions` with the
reason why it cannot be. The suite is not part of this repository: set PAINPATH_TESTDATA to the
folder that holds `cql-tests`.
"""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.engine.small import Bench, Chart
from tests.oracle.exclusions import EXCLUDED
from tests.oracle.operands import NotExpressibleError
from tests.oracle.translate import Used, translate, translate_logic

DATA = Path(os.environ.get("PAINPATH_TESTDATA", Path(__file__).parents[3] / "shared" / "testdata"))
FOLDER = DATA / "cql-tests" / "tests" / "cql"
READ = {
    "CqlLogicalOperatorsTest": translate_logic,
    "CqlNullologicalOperatorsTest": translate_logic,
    "CqlIntervalOperatorsTest": translate,
    "CqlDateTimeOperatorsTest": translate,
}
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the CQL test suite is not at {FOLDER}"
)


class Case(NamedTuple):
    """One test of the suite; `output` None: the expression is invalid."""

    file: str
    group: str
    name: str
    expression: str
    output: str | None

    def __str__(self) -> str:
        return f"{self.file.removeprefix('Cql').removesuffix('Test')}-{self.group}-{self.name}"


def read_cases() -> Iterator[Case]:
    space = "{http://hl7.org/fhirpath/tests}"
    for file in READ if FOLDER.is_dir() else ():
        for group in ET.parse(FOLDER / f"{file}.xml").getroot().iter(f"{space}group"):
            for test in group.iter(f"{space}test"):
                expression = " ".join((test.findtext(f"{space}expression") or "").split())
                output = test.findtext(f"{space}output")
                yield Case(
                    file,
                    group.attrib["name"],
                    test.attrib["name"],
                    expression,
                    None if output is None else output.strip(),
                )


def reasons(case: Case) -> list[str]:
    """Why a case is excluded; none if it is to be used, more than one if listed twice."""
    listed = EXCLUDED[case.file].get(case.group, {})
    return [
        reason
        for reason, patterns in listed.items()
        for pattern in patterns
        if fnmatchcase(case.name, pattern)
    ]


def used(case: Case) -> Used | None:
    if case.output is None:
        return None
    try:
        return READ[case.file](case.expression, case.output)
    except NotExpressibleError:
        return None


CASES = list(read_cases())
USED = [(case, made) for case in CASES if not reasons(case) and (made := used(case)) is not None]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, list[int | None]]:
    """Every question of every used case, judged in one evaluation."""
    trees = list({json.dumps(ask.tree): ask.tree for _, made in USED for ask in made.asks}.values())
    number = {json.dumps(tree): i for i, tree in enumerate(trees)}
    bench = Bench(json.dumps(knowledge(trees)))
    asks = [(str(case), ask) for case, made in USED for ask in made.asks]
    charts = [
        Chart(facts=ask.facts, on=ask.on.isoformat(), side=None, sided=False) for _, ask in asks
    ]
    found: dict[str, list[int | None]] = {}
    for (case, ask), (complaint,) in zip(asks, bench.ask_all(charts), strict=True):
        outcome = complaint.outcome.get(number[json.dumps(ask.tree)])
        found.setdefault(case, []).append(None if outcome is None else outcome["now"])
    return found


def knowledge(trees: list[Any]) -> dict[str, Any]:
    """One option per question."""
    base = {"name": "N", "family": "f", "rung": "initial", "done": "left"}
    policy = {"id": "p", "name": "P", "issuer": "i", "payer": "clinical", "axis": "clinical"}
    problem = {"id": "ache", "name": "A", "patient_name": "a", "pain_type": "mixed"}
    return {
        "regions": [{"id": "knee", "name": "Knee"}],
        "concepts": [{"id": c, "name": c, "category": "finding"} for c in ("left", "right")],
        "problems": [problem | {"recognise": [{"all": ["left"]}]}],
        "options": [
            base | {"id": f"o{i}", "fits": [{"problem": "ache"}]} for i in range(len(trees))
        ],
        "policies": [
            policy
            | {
                "rules": [
                    {
                        "options": [f"o{i}"],
                        "position": "criteria",
                        "statement": "s",
                        "criteria": [tree],
                    }
                    for i, tree in enumerate(trees)
                ]
            }
        ],
    }


@pytest.mark.parametrize(("case", "made"), USED, ids=[str(case) for case, _ in USED])
def test_the_engine_agrees_with_cql(
    case: Case, made: Used, verdicts: dict[str, list[int | None]]
) -> None:
    found = verdicts[str(case)]
    assert made.holds(found), f"{case.expression} is {case.output}; the engine says {found}"


def test_every_case_is_used_or_excluded_for_one_reason() -> None:
    counted = {case: len(reasons(case)) for case in CASES}
    assert [str(case) for case, count in counted.items() if count > 1] == []
    neither = {case for case, count in counted.items() if count == 0} - {case for case, _ in USED}
    assert sorted(map(str, neither)) == []
    assert len(USED) + sum(counted.values()) == len(CASES)


def test_every_exclusion_excludes_something() -> None:
    patterns = {
        (file, group, pattern)
        for file, groups in EXCLUDED.items()
        for group, listed in groups.items()
        for names in listed.values()
        for pattern in names
    }
    matched = {
        (case.file, case.group, pattern)
        for case in CASES
        for file, group, pattern in patterns
        if (case.file, case.group) == (file, group) and fnmatchcase(case.name, pattern)
    }
    assert patterns - matched == set()


def test_all_of_the_logic_is_used() -> None:
    assert sum(case.file == "CqlLogicalOperatorsTest" for case, _ in USED) == 39
