"""Side, region and level: by code, body site, claim modifier, words, reason."""

from __future__ import annotations

from typing import Any

import pytest

from painpath.knowledge import levels
from tests.records.builders import BOTH, LEFT, RIGHT, has
from tests.records.small import CPT, ICD, SNOMED, coded, condition, facts, only, procedure, region

KNEE = coded(ICD, "M17.9", "Osteoarthritis of knee, unspecified")
QUALIFIER = {
    "url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier",
    "valueCodeableConcept": coded(SNOMED, "24028007", "Right"),
}

PLACES = [
    ({"bodySite": [coded(SNOMED, "24028007")]}, RIGHT),
    ({"bodySite": [coded(SNOMED, "7771000")]}, LEFT),
    ({"bodySite": [coded(SNOMED, "51440002")]}, BOTH),
    (
        {
            "bodySite": [
                {
                    "coding": [
                        {"system": SNOMED, "code": "72696002"},
                        {"system": SNOMED, "code": "7771000"},
                    ]
                }
            ]
        },
        LEFT,
    ),
    ({"bodySite": [coded(SNOMED, "6757004")]}, RIGHT),
    ({"bodySite": [coded(SNOMED, "82169009")]}, LEFT),
    ({"bodySite": [coded(SNOMED, "6757004"), coded(SNOMED, "82169009")]}, BOTH),
    ({"bodySite": [{"text": "Right knee"}]}, RIGHT),
    ({"bodySite": [coded("urn:local", "1", "Bilateral knees")]}, BOTH),
    ({"bodySite": [{"text": "both knees"}]}, BOTH),
    # mCODE writes the side as an extension of the site.
    ({"bodySite": [{**coded(SNOMED, "72696002"), "extension": [QUALIFIER]}]}, RIGHT),
    ({}, 0),
]


@pytest.mark.parametrize(("rest", "side"), PLACES)
def test_side_of_a_condition(rest: dict[str, Any], side: int) -> None:
    assert has(only(condition(KNEE, **rest)), side=side, region=region("knee"))


@pytest.mark.parametrize(("code", "side"), [("M17.11", RIGHT), ("M17.12", LEFT), ("M17.0", BOTH)])
def test_side_in_the_code(code: str, side: int) -> None:
    assert only(condition(coded(ICD, code)))["side"] == side


def test_code_outweighs_site() -> None:
    fact = only(condition(coded(ICD, "M17.11"), bodySite=[coded(SNOMED, "82169009")]))
    assert fact["side"] == RIGHT


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("right knee osteoarthritis", RIGHT),
        ("Left-sided knee osteoarthritis", LEFT),
        ("Bilateral knee osteoarthritis", BOTH),
        ("knee osteoarthritis, right and left", BOTH),
        ("knee osteoarthritis in a right-handed man", 0),
        ("knee osteoarthritis, brighter", 0),
        ("knee osteoarthritis, left over from a fall", 0),
        ("knee osteoarthritis RLE", RIGHT),
        ("LLE: knee osteoarthritis", LEFT),
    ],
)
def test_side_in_words(text: str, side: int) -> None:
    assert only(condition({"text": text}))["side"] == side


@pytest.mark.parametrize(
    ("modifier", "side"),
    [("RT", RIGHT), ("LT", LEFT), ("50", BOTH)],
)
def test_side_by_claim_modifier(modifier: str, side: int) -> None:
    code = {"coding": [{"system": CPT, "code": "64454"}, {"system": CPT, "code": modifier}]}
    assert only(procedure(code))["side"] == side
    glued = coded(CPT, f"64454-{modifier}")
    assert only(procedure(glued))["side"] == side


def test_region_by_code() -> None:
    assert only(procedure(coded(CPT, "64483")))["region"] == region("lumbar-sacral")
    assert only(procedure(coded(CPT, "62321")))["region"] == region("cervical-thoracic")
    assert only(condition(coded(ICD, "M54.12")))["region"] == region("cervical")


def test_site_narrows_a_wide_region() -> None:
    fact = only(procedure(coded(CPT, "62321"), bodySite=[coded(SNOMED, "122494005")]))
    assert fact["region"] == region("cervical")


def test_level_in_words() -> None:
    fact = only(procedure(coded(CPT, "64483", "Right L5-S1 transforaminal injection")))
    assert has(fact, level=levels.parse("L5-S1"), side=RIGHT, region=region("lumbar"))
    by_site = only(procedure(coded(CPT, "62321"), bodySite=[{"text": "C7-T1"}]))
    assert has(by_site, level=levels.parse("C7-T1"), region=region("cervical"))


def test_level_tells_the_region_where_nothing_else_does() -> None:
    fact = only(procedure(coded(CPT, "64493"), bodySite=[{"text": "L4-5"}]))
    assert fact["region"] == region("lumbar")


def test_reason_tells_the_place_of_a_procedure() -> None:
    rows = facts(
        condition(coded(ICD, "M17.11"), id="c1"),
        procedure(coded(CPT, "64493"), reasonCode=[coded(ICD, "M54.12")], id="x"),
        procedure(coded(CPT, "64454"), reasonReference=[{"reference": "Condition/c1"}], id="y"),
    )
    assert has(rows[1], region=region("cervical"))
    assert has(rows[2], region=region("knee"), side=RIGHT)
