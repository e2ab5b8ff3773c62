"""Procedures, and claims as their fallback."""

from __future__ import annotations

from typing import Any

import pytest

from painpath.knowledge import levels
from tests.records.builders import LEFT, RIGHT, claim, has, item
from tests.records.small import CPT, ICD, SNOMED, coded, condition, facts, only, procedure, read

# --- procedure ---


def test_procedure() -> None:
    fact = only(procedure(coded(CPT, "64483", "TFESI"), "2026-01-10T09:00:00-07:00"))
    assert has(
        fact,
        concept="esi-transforaminal",
        kind="procedure",
        start_lo="2026-01-10",
        start_hi="2026-01-10",
        end_lo="2026-01-10",
        open=False,
        text="64483 TFESI",
    )


@pytest.mark.parametrize(
    ("when", "start", "end"),
    [
        (
            {"performedPeriod": {"start": "2026-01-01", "end": "2026-02-12"}},
            "2026-01-01",
            "2026-02-12",
        ),
        ({"performedPeriod": {"start": "2026-01-01"}}, "2026-01-01", "2026-01-01"),
        ({"performedString": "2026-01-01"}, "2026-01-01", "2026-01-01"),
        ({"performedAge": {"value": 60, "unit": "years"}}, "2018-03-02", "2018-03-02"),
        ({}, None, None),
    ],
)
def test_performed(when: dict[str, Any], start: str | None, end: str | None) -> None:
    fact = only(procedure(coded(CPT, "64483"), on=None, **when))
    assert has(fact, start_lo=start, end_lo=end)


def test_care_in_progress_is_open() -> None:
    fact = only(
        procedure(
            coded(CPT, "97110"), None, status="in-progress", performedPeriod={"start": "2026-01-01"}
        )
    )
    assert has(fact, kind="care", open=True, start_lo="2026-01-01", end_lo=None)


@pytest.mark.parametrize(
    "status",
    ["not-done", "entered-in-error", "cancelled", "refuted", "preparation", "on-hold", "stopped"],
)
def test_procedures_that_did_not_happen(status: str) -> None:
    record = read(procedure(coded(CPT, "64483"), status=status))
    assert record.facts.num_rows == 0
    assert record.skipped[0].why == f"status is {status}"


def test_procedure_known_by_words_and_by_diagnosis_code() -> None:
    assert only(procedure({"text": "Left TKA"}))["concept"] == "knee-arthroplasty"
    status = only(condition(coded(ICD, "Z96.651")))
    assert has(status, concept="knee-arthroplasty", kind="condition", side=RIGHT)


@pytest.mark.parametrize(
    ("note", "side", "level"),
    [
        ("Right L5-S1 TFESI under fluoroscopy", RIGHT, "L5-S1"),
        ("left-sided L4-5", LEFT, "L4-5"),
        ("Tolerated well, the patient left at noon", 0, ""),
        ("right L4-5, then left L4-5", 0, "L4-5"),
    ],
)
def test_note_of_a_procedure_tells_level_and_side(note: str, side: int, level: str) -> None:
    fact = only(procedure(coded(CPT, "64483"), note=[{"text": note}]))
    assert has(fact, side=side, level=levels.parse(level))


# --- claims ---


def test_claim_items_are_procedures() -> None:
    rows = facts(claim(item("64483", "RT"), item("99213")))
    assert len(rows) == 1
    assert has(rows[0], kind="procedure", side=RIGHT, start_lo="2026-01-10", ref="Claim/1")


def test_claim_that_repeats_a_procedure_counts_once_and_gives_its_side() -> None:
    rows = facts(procedure(coded(CPT, "64483")), claim(item("64483", "LT")))
    assert len(rows) == 1
    assert has(rows[0], ref="Procedure/1", side=LEFT)


def test_claims_for_the_other_side_or_another_day_count() -> None:
    rows = facts(
        procedure(coded(CPT, "64454"), bodySite=[coded(SNOMED, "6757004")]),
        claim(item("64454", "RT"), item("64454", "LT"), item("64454", "RT", on="2026-03-01")),
    )
    assert [(r["side"], r["start_lo"].isoformat()) for r in rows] == [
        (RIGHT, "2026-01-10"),
        (LEFT, "2026-01-10"),
        (RIGHT, "2026-03-01"),
    ]


def test_modifier_decides_the_concept() -> None:
    rows = facts(claim(item("64493", "KX", "RT")))
    assert {r["concept"] for r in rows} == {"facet-mbb-diagnostic"}
    assert {r["concept"] for r in facts(claim(item("64493")))} == {"facet-injection"}


def test_benefit_repeats_its_claim() -> None:
    benefit = {**claim(item("64483", on="2026-02-20")), "resourceType": "ExplanationOfBenefit"}
    with_claim = {**benefit, "claim": {"reference": "Claim/1"}}
    assert len(facts(claim(item("64483")), with_claim)) == 1
    alone = facts(with_claim | {"claim": {"reference": "Claim/elsewhere"}})
    assert has(alone[0], ref="ExplanationOfBenefit/1", start_lo="2026-02-20")


def test_claim_with_a_billed_period_only() -> None:
    period = {"billablePeriod": {"start": "2026-01-01", "end": "2026-01-31"}}
    assert has(
        facts(claim(item("64483", on=None), **period))[0],
        start_lo="2026-01-01",
        start_hi="2026-01-31",
    )


@pytest.mark.parametrize("rest", [{"use": "preauthorization"}, {"status": "cancelled"}])
def test_claims_for_what_was_not_done(rest: dict[str, Any]) -> None:
    assert facts(claim(item("64483"), **rest)) == []


def test_claims_do_not_diagnose() -> None:
    bill = claim({"productOrService": coded(SNOMED, "44054006"), "servicedDate": "2026-01-01"})
    assert facts(bill) == []
