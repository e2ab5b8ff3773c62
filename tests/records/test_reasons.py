"""What care was for: care for another disease, advice and plans are no care that was tried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.builders import order, plan, request
from tests.records.small import (
    CPT,
    ICD,
    OWN,
    RXNORM,
    SNOMED,
    coded,
    condition,
    facts,
    only,
    procedure,
    read,
)

PREDIABETES = coded(SNOMED, "15777000", "Prediabetes")
EXERCISE = coded(SNOMED, "229070002", "Home exercise")
TO_FIRST = {"reference": "Condition/1"}

OTHER: list[Any] = [
    PREDIABETES,
    coded(ICD, "E11.9"),
    {"text": "Hyperlipidemia"},
    coded(ICD, "I10", "Essential hypertension"),
]
COUNTED: list[Any] = [
    coded(ICD, "M54.50"),
    coded(ICD, "M99.9"),  # pain as far as its letter tells, no concept
    coded(SNOMED, "1"),  # nobody can read it
    {"text": "Sprain of ankle"},
    {"text": "Stiff after the operation"},
    {"text": "right knee problem"},
    coded(SNOMED, "90560007", "Gout"),
]


@pytest.mark.parametrize("reason", OTHER)
def test_care_for_another_disease_is_not_pain_care(reason: dict[str, Any]) -> None:
    for resource in (
        {**plan(), "addresses": [TO_FIRST]},
        procedure(EXERCISE, reasonReference=[TO_FIRST]),
        procedure(EXERCISE, reasonCode=[reason]),
        order(EXERCISE, status="completed", reasonCode=[reason]),
        plan(reasonCode=[reason]),
    ):
        record = read(condition(reason, onsetDateTime="2020"), resource)
        kinds = {row["kind"] for row in record.facts.to_pylist()}
        assert not kinds & {"care", "order"}
        assert any("for another disease" in skipped.why for skipped in record.skipped)
        assert record.counts[resource["resourceType"]]["skipped"] == 1


@pytest.mark.parametrize("reason", COUNTED)
def test_care_counts_where_its_reason_may_hurt(reason: dict[str, Any]) -> None:
    for resource in (
        {**plan(), "addresses": [TO_FIRST]},
        procedure(EXERCISE, reasonCode=[reason]),
    ):
        record = read(condition(reason, onsetDateTime="2020"), resource)
        assert "care" in {row["kind"] for row in record.facts.to_pylist()}


def test_one_reason_that_hurts_is_enough() -> None:
    reasons = [PREDIABETES, coded(ICD, "M54.50", "Low back pain")]
    assert only(procedure(EXERCISE, reasonCode=reasons))["kind"] == "care"


def test_care_without_a_reason_counts() -> None:
    assert only(plan())["kind"] == "care"


def test_a_reason_that_is_not_in_the_record_counts_by_its_words() -> None:
    gone = {"reference": "Condition/none"}
    assert only({**plan(), "addresses": [gone]})["kind"] == "care"
    assert facts({**plan(), "addresses": [{**gone, "display": "Prediabetes"}]}) == []


def test_a_drug_for_another_disease_is_safety_but_no_trial() -> None:
    duloxetine = {"medicationCodeableConcept": {"text": "duloxetine 30 mg"}}
    epilepsy = coded(ICD, "G40.909", "Epilepsy")
    assert only(request(**duloxetine))["kind"] == "drug"
    # G is the letter of nerve diseases: what may hurt counts.
    assert only(request(**duloxetine, reasonCode=[epilepsy]))["kind"] == "drug"
    anxiety = coded(ICD, "F41.1", "Generalised anxiety")
    row = only(request(**duloxetine, reasonCode=[anxiety]))
    assert row["kind"] == "drug-not-tried"
    assert row["open"]
    assert len(read(request(**duloxetine, reasonCode=[anxiety])).prescriptions) == 1


def test_a_proposed_drug_is_an_order() -> None:
    for intent in ("proposal", "option"):
        record = read(request(intent=intent))
        assert [row["kind"] for row in record.facts.to_pylist()] == ["order"]
        assert record.prescriptions == ()


def test_a_planned_drug_may_be_taken_but_was_not_tried() -> None:
    assert only(request(intent="plan"))["kind"] == "drug-not-tried"
    assert only(request(intent="plan", reportedBoolean=True))["kind"] == "drug"


def test_a_recommendation_among_the_drugs_is_an_order() -> None:
    said = coded(RXNORM, "1010600", "Physical therapy and home exercise recommendation")
    rows = facts(request(medicationCodeableConcept=said, status="completed"))
    assert {row["concept"] for row in rows} == {"physical-therapy", "home-exercise"}
    assert {row["kind"] for row in rows} == {"order"}


# --- one code, two purposes ---

BLOCK = "64493"
SAID = [
    ("Diagnostic medial branch block, L4-L5", True),
    ("Medial branch block", True),
    ("Diagnostic block of the L4-5 facets", True),
    ("Facet injection, diagnostic", True),
    # The descriptor of the code names both.
    ("Injection, diagnostic or therapeutic agent, paravertebral facet joint", False),
    ("Therapeutic facet joint injection", False),
    ("Facet joint injection", False),
    ("Injection, not diagnostic", False),
]


@pytest.mark.parametrize(("text", "diagnostic"), SAID)
def test_words_tell_a_diagnostic_block(text: str, diagnostic: bool) -> None:
    expected = "facet-mbb-diagnostic" if diagnostic else "facet-injection"
    row = only(procedure({"coding": [{"system": CPT, "code": BLOCK}], "text": text}))
    assert row["concept"] == expected
    noted = procedure(coded(CPT, BLOCK), note=[{"text": text}])
    assert only(noted)["concept"] == expected


def test_modifier_tells_a_diagnostic_block() -> None:
    modified = {"coding": [{"system": CPT, "code": BLOCK}, {"code": "KX"}]}
    assert only(procedure(modified))["concept"] == "facet-mbb-diagnostic"
    assert only(procedure(coded(CPT, f"{BLOCK}-KX")))["concept"] == "facet-mbb-diagnostic"


def test_relief_on_the_same_day_alone_does_not_make_a_block_diagnostic() -> None:
    """Payers count a line without KX as therapeutic, however well it worked."""
    relief = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(OWN, "relief-percent"),
        "effectiveDateTime": "2026-01-01",
        "valueQuantity": {"value": 90, "unit": "%"},
        "partOf": [{"reference": "Procedure/1"}],
    }
    rows = facts(procedure(coded(CPT, BLOCK), performedDateTime="2026-01-01"), relief)
    assert {row["concept"] for row in rows} == {"facet-injection", "relief-percent"}
