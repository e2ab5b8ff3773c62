"""Where each thing is read from: the table "Records in" of the contract, row by row."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from painpath.knowledge import levels
from tests.records.small import (
    CPT,
    HCPCS,
    ICD,
    LOINC,
    NUCC,
    OWN,
    PATIENT,
    RXNORM,
    SNOMED,
    coded,
    condition,
    day,
    facts,
    observation,
    only,
    procedure,
    read,
    region,
)

LEFT, RIGHT, BOTH = 1, 2, 3


def row(**expected: Any) -> dict[str, Any]:
    return expected


def has(fact: dict[str, Any], **expected: Any) -> bool:
    """Whether a fact has these values; dates as ISO text."""
    for name, value in expected.items():
        found = fact[name]
        if name in ("start_lo", "start_hi", "end_lo", "end_hi", "recorded") and found is not None:
            found = found.isoformat()
        if isinstance(value, float) and found is not None:
            assert found == pytest.approx(value, abs=1e-3), (name, found)
        else:
            assert found == value, (name, found, value)
    return True


# --- patient ---


def test_patient() -> None:
    (patient,) = read().patients.to_pylist()
    assert patient == {
        "patient": 0,
        "id": "p1",
        "birth_lo": day("1958-03-02"),
        "birth_hi": day("1958-03-02"),
        "sex": "female",
        "state": "AZ",
        "deceased": False,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"birthDate": "1958"}, {"birth_lo": day("1958-01-01"), "birth_hi": day("1958-12-31")}),
        ({"deceasedBoolean": True}, {"deceased": True}),
        ({"deceasedDateTime": "2026-01-01"}, {"deceased": True}),
        ({"gender": "F"}, {"sex": "female"}),
        ({"gender": "Unknown"}, {"sex": "unknown"}),
        ({"gender": None}, {"sex": None}),
        ({"address": [{"state": "arizona"}]}, {"state": "AZ"}),
        (
            {"address": [{"use": "old", "state": "CA"}, {"use": "home", "state": "TX"}]},
            {"state": "TX"},
        ),
        ({"address": []}, {"state": None}),
    ],
)
def test_patient_variants(change: dict[str, Any], expected: dict[str, Any]) -> None:
    import json

    from painpath.records.reading import read_bytes
    from tests.records.small import bundle, vocabulary

    data = bundle(patient={**PATIENT, **change})
    (patient,) = read_bytes(json.dumps(data).encode(), vocabulary()).patients.to_pylist()
    assert {name: patient[name] for name in expected} == expected


# --- payer ---


def test_coverage() -> None:
    organization = {
        "resourceType": "Organization",
        "id": "cms",
        "name": "Noridian",
        "identifier": [{"value": "02101"}],
    }
    coverage = {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "type": {"coding": [{"code": "MCPOL", "display": "managed care policy"}], "text": "Part B"},
        "beneficiary": {"reference": "Patient/p1"},
        "period": {"start": "2024-01", "end": "2026-12-31"},
        "payor": [
            {"reference": "Organization/cms", "display": "Medicare"},
            {"identifier": {"value": "H1234"}},
        ],
        "class": [{"type": coded("x", "plan"), "value": "PLAN7", "name": "Gold plan"}],
    }
    record = read(organization, coverage)
    (entry,) = record.coverages
    for word in ("Medicare", "Noridian", "02101", "H1234", "Part B", "MCPOL", "PLAN7", "Gold plan"):
        assert word in entry.text
    assert (entry.ref, entry.type, entry.active) == ("Coverage/c1", "mcpol", True)
    assert (entry.start, entry.end) == (day("2024-01-01"), day("2026-12-31"))
    assert record.counts["Organization"]["used"] == 1


def test_coverage_that_is_not_active_says_so() -> None:
    (entry,) = read({"resourceType": "Coverage", "status": "draft"}).coverages or (None,)
    assert entry is None
    (entry,) = read(
        {"resourceType": "Coverage", "payor": [{"display": "Aetna"}]},
    ).coverages
    assert entry.active


# --- diagnosis ---

SINCE = [
    ({"onsetDateTime": "2026-05-01"}, ("2026-05-01", "2026-05-01")),
    ({"onsetDateTime": "2026-05"}, ("2026-05-01", "2026-05-31")),
    ({"onsetPeriod": {"start": "2025-01-01", "end": "2025-03-01"}}, ("2025-01-01", "2025-03-01")),
    ({"onsetPeriod": {"start": "2025-01-01"}}, ("2025-01-01", "2025-01-01")),
    ({"onsetAge": {"value": 60, "code": "a"}}, ("2018-03-02", "2019-03-01")),
    (
        {"onsetRange": {"low": {"value": 60, "code": "a"}, "high": {"value": 61, "code": "a"}}},
        ("2018-03-02", "2020-03-01"),
    ),
    ({"onsetString": "2019"}, ("2019-01-01", "2019-12-31")),
    ({"onsetString": "in childhood"}, (None, None)),
    # Only when it was recorded is known: it began some time before.
    ({"recordedDate": "2026-05-01"}, ("1958-03-02", "2026-05-01")),
    ({}, (None, None)),
]


@pytest.mark.parametrize(("when", "expected"), SINCE)
def test_onset(when: dict[str, Any], expected: tuple[str | None, str | None]) -> None:
    fact = only(condition(coded(ICD, "M54.16", "Radiculopathy, lumbar region"), **when))
    assert has(fact, start_lo=expected[0], start_hi=expected[1])
    assert has(
        fact,
        concept="lumbar-radiculopathy",
        kind="condition",
        region=region("lumbar"),
        ref="Condition/1",
        text="M54.16 Radiculopathy, lumbar region",
    )


ENDS = [
    ({}, True, None),
    ({"clinicalStatus": coded("x", "active")}, True, None),
    ({"clinicalStatus": coded("x", "recurrence")}, True, None),
    ({"clinicalStatus": coded("x", "relapse")}, True, None),
    ({"clinicalStatus": coded("x", "inactive")}, False, None),
    ({"clinicalStatus": coded("x", "remission")}, False, None),
    ({"clinicalStatus": {"text": "Resolved"}}, False, None),
    ({"abatementDateTime": "2026-06-01"}, False, "2026-06-01"),
    ({"abatementPeriod": {"end": "2026-06-01"}}, False, "2026-06-01"),
    ({"abatementString": "2026"}, False, "2026-01-01"),
    (
        {"clinicalStatus": coded("x", "active"), "abatementDateTime": "2026-06-01"},
        False,
        "2026-06-01",
    ),
]


@pytest.mark.parametrize(("rest", "is_open", "end"), ENDS)
def test_abatement(rest: dict[str, Any], is_open: bool, end: str | None) -> None:
    fact = only(condition(coded(ICD, "E11.9"), onsetDateTime="2020-01-01", **rest))
    assert has(fact, open=is_open, end_lo=end)


def test_recorded_is_kept_beside_onset() -> None:
    fact = only(
        condition(
            coded(ICD, "E11.9"), onsetDateTime="2020-01-01", recordedDate="2021-06-01T10:00:00Z"
        )
    )
    assert has(fact, start_lo="2020-01-01", recorded="2021-06-01")


@pytest.mark.parametrize("status", ["entered-in-error", "refuted"])
def test_refuted_is_no_fact(status: str) -> None:
    record = read(condition(coded(ICD, "E11.9"), verificationStatus=coded("x", status)))
    assert record.facts.num_rows == 0
    assert record.counts["Condition"] == {"used": 0, "ignored": 0, "skipped": 1}
    assert record.skipped[0].why == f"verificationStatus is {status}"


def test_provisional_is_said_in_the_text() -> None:
    fact = only(condition(coded(ICD, "E11.9", "DM"), verificationStatus=coded("x", "provisional")))
    assert fact["text"] == "E11.9 DM (provisional)"


def test_unknown_code_is_ignored_but_counted_if_it_looks_like_pain() -> None:
    record = read(
        condition(coded(ICD, "M79.7", "Fibromyalgia")),
        condition(coded(ICD, "I10", "Hypertension")),
        condition(coded(SNOMED, "82423001", "Chronic pain")),
        procedure(coded(CPT, "99213", "Office visit")),
    )
    assert record.counts["Condition"]["ignored"] == 3
    assert set(record.unknown_codes) == {
        (ICD, "M79.7", "Fibromyalgia"),
        (SNOMED, "82423001", "Chronic pain"),
    }


def test_words_count_only_where_no_code_is_known() -> None:
    text = {"text": "Cervical radiculopathy, left"}
    fact = only(condition({**coded("urn:local", "77"), **text}))
    assert has(fact, concept="cervical-radiculopathy", side=LEFT, region=region("cervical"))
    known = only(condition({**coded(ICD, "M54.16"), **text}))
    assert known["concept"] == "lumbar-radiculopathy"


def test_two_codings_of_one_thing_are_one_fact() -> None:
    code = {
        "coding": [
            {"system": SNOMED, "code": "239873007"},
            {"system": ICD, "code": "M17.11"},
            {"system": "urn:local", "code": "9"},
        ]
    }
    assert has(only(condition(code)), concept="knee-osteoarthritis", side=RIGHT)


# --- side, region, level ---

KNEE = coded(ICD, "M17.9", "Osteoarthritis of knee, unspecified")
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
    "status", ["not-done", "entered-in-error", "preparation", "on-hold", "stopped"]
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


def claim(*items: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "item": list(items),
        **rest,
    }


def item(code: str, *modifiers: str, on: str | None = "2026-01-10") -> dict[str, Any]:
    day = {"servicedDate": on} if on else {}
    return {
        "productOrService": coded(CPT, code),
        "modifier": [coded(CPT, modifier) for modifier in modifiers],
        **day,
    }


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
    assert {r["concept"] for r in rows} == {"facet-injection", "facet-mbb-diagnostic"}
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


# --- scores ---


def score(value: Any, code: str = "72514-3", kind: str = "valueQuantity") -> dict[str, Any]:
    return observation(coded(LOINC, code, "Pain"), **{kind: value})


SCORES = [
    (score({"value": 7, "unit": "{score}"}), 7.0, "stated"),
    (score({"value": 7.5}), 7.5, "stated"),
    (score(7, kind="valueInteger"), 7.0, "stated"),
    (score("7", kind="valueString"), 7.0, "stated"),
    (score("7/10", kind="valueString"), 7.0, "stated"),
    (score("7 out of 10", kind="valueString"), 7.0, "stated"),
    (score("6,5", kind="valueString"), 6.5, "stated"),
    (score({"value": 8}, "38208-5"), 8.0, "stated"),
    (score({"value": 70}, "38221-8"), 7.0, "scaled"),
    (score({"value": 70, "unit": "mm"}, "38214-3"), 7.0, "scaled"),
    (
        score({"coding": [{"code": "LA6114-8", "display": "5"}]}, kind="valueCodeableConcept"),
        5.0,
        "stated",
    ),
]


@pytest.mark.parametrize(("resource", "value", "origin"), SCORES)
def test_pain_score(resource: dict[str, Any], value: float, origin: str) -> None:
    assert has(
        only(resource),
        concept="pain-score",
        kind="observation",
        value=value,
        origin=origin,
        start_lo="2026-02-01",
    )


def test_comparator_is_kept_with_a_note() -> None:
    record = read(score({"value": 5, "comparator": "<"}))
    assert record.facts.to_pylist()[0]["value"] == 5
    assert "<" in record.skipped[0].why
    assert record.counts["Observation"]["used"] == 1


@pytest.mark.parametrize(
    "rest",
    [
        {},
        {"valueString": "moderate"},
        {"dataAbsentReason": coded("x", "unknown")},
        {"valueQuantity": {"value": 7, "unit": "mg/L"}},
    ],
)
def test_score_without_usable_value_is_skipped(rest: dict[str, Any]) -> None:
    record = read(observation(coded(LOINC, "72514-3"), **rest))
    assert record.facts.num_rows == 0 or rest.get("valueQuantity")
    assert record.skipped or rest.get("valueQuantity")


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered"])
def test_observations_that_do_not_count(status: str) -> None:
    assert facts({**score({"value": 7}), "status": status}) == []


@pytest.mark.parametrize(
    ("rest", "start"),
    [
        ({"effectivePeriod": {"start": "2026-02-01", "end": "2026-02-03"}}, "2026-02-01"),
        ({"effectiveInstant": "2026-02-01T10:00:00Z"}, "2026-02-01"),
        ({"effectiveTiming": {"event": ["2026-02-01"]}}, "2026-02-01"),
        ({"issued": "2026-02-02T10:00:00Z"}, "2026-02-02"),
        ({}, None),
    ],
)
def test_when_observed(rest: dict[str, Any], start: str | None) -> None:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(LOINC, "72514-3"),
        "valueInteger": 4,
        **rest,
    }
    assert has(only(resource), start_lo=start)


def test_components() -> None:
    panel = observation(
        coded(LOINC, "91148-7"),
        component=[
            {"code": coded(LOINC, "72514-3"), "valueInteger": 6},
            {"code": coded(LOINC, "91147-9"), "valueQuantity": {"value": 5.3}},
            {"code": coded(LOINC, "1-1"), "valueInteger": 1},
        ],
    )
    assert [(r["concept"], r["value"]) for r in facts(panel)] == [("pain-score", 6.0), ("peg", 5.3)]


def test_instrument_without_loinc() -> None:
    fact = only(observation(coded(OWN, "peg"), valueQuantity={"value": 6}))
    assert has(fact, concept="peg", value=6.0)


def answers(*items: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "authored": "2026-02-01T08:00:00Z",
        "item": list(items),
        **rest,
    }


QUESTIONS = [
    answers({"linkId": "/44261-6", "answer": [{"valueDecimal": 12}]}),
    answers({"linkId": "44261-6", "answer": [{"valueInteger": 12}]}),
    answers({"linkId": "g", "item": [{"linkId": "/g/44261-6", "answer": [{"valueString": "12"}]}]}),
    answers(
        {"linkId": "x", "definition": "http://loinc.org/44261-6", "answer": [{"valueDecimal": 12}]}
    ),
    answers({"linkId": "phq-9", "answer": [{"valueQuantity": {"value": 12}}]}),
    answers(
        {
            "linkId": "44261-6",
            "answer": [
                {
                    "valueCoding": {
                        "code": "LA1",
                        "display": "twelve",
                        "extension": [
                            {
                                "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue",
                                "valueDecimal": 12,
                            }
                        ],
                    }
                }
            ],
        }
    ),
    answers(
        {
            "linkId": "q",
            "answer": [
                {
                    "valueBoolean": True,
                    "item": [{"linkId": "44261-6", "answer": [{"valueInteger": 12}]}],
                }
            ],
        }
    ),
    answers(
        {"linkId": "9", "answer": [{"valueInteger": 12}]},
        contained=[
            {
                "resourceType": "Questionnaire",
                "id": "q",
                "item": [{"linkId": "9", "code": [{"system": LOINC, "code": "44261-6"}]}],
            }
        ],
    ),
]


@pytest.mark.parametrize("response", QUESTIONS)
def test_questionnaire_response(response: dict[str, Any]) -> None:
    fact = only(response)
    assert has(fact, concept="phq-9", value=12.0, start_lo="2026-02-01", kind="observation")


def test_questionnaire_of_the_record_gives_the_codes() -> None:
    questionnaire = {
        "resourceType": "Questionnaire",
        "url": "http://example.org/q",
        "item": [
            {
                "linkId": "a",
                "item": [{"linkId": "9", "code": [{"system": LOINC, "code": "44261-6"}]}],
            }
        ],
    }
    response = answers(
        {"linkId": "9", "answer": [{"valueInteger": 3}]}, questionnaire="http://example.org/q|1.0"
    )
    assert has(only(questionnaire, response), concept="phq-9", value=3.0)


def test_item_named_as_the_result_of_an_instrument() -> None:
    named = answers({"linkId": "7", "text": "Pain total score", "answer": [{"valueInteger": 3}]})
    assert facts(named) == []


def test_unanswered_questions_are_no_facts() -> None:
    assert facts(answers({"linkId": "44261-6"})) == []


# --- laboratory ---

LABORATORY = [
    ("4548-4", {"value": 7.1, "unit": "%"}, "hba1c", 7.1),
    ("59261-8", {"value": 53, "unit": "mmol/mol"}, "hba1c", 7.0),
    ("6301-6", {"value": 1.4, "unit": "{INR}"}, "inr", 1.4),
    ("34714-6", {"value": 1.4, "code": "1"}, "inr", 1.4),
    ("777-3", {"value": 210, "unit": "10*3/uL"}, "platelets", 210.0),
    ("777-3", {"value": 210000, "unit": "/uL"}, "platelets", 210.0),
    ("777-3", {"value": 210, "unit": "K/uL"}, "platelets", 210.0),
    ("62238-1", {"value": 55, "unit": "mL/min/{1.73_m2}"}, "egfr", 55.0),
    ("33914-3", {"value": 55, "unit": "mL/min/1.73m2"}, "egfr", 55.0),
    ("2160-0", {"value": 1.1, "unit": "mg/dL"}, "creatinine", 1.1),
    ("2160-0", {"value": 97.2, "unit": "umol/L"}, "creatinine", 1.0995),
    ("2160-0", {"value": 97.2, "unit": "\u00b5mol/L"}, "creatinine", 1.0995),
    ("1988-5", {"value": 12, "unit": "mg/L"}, "crp", 12.0),
    ("1988-5", {"value": 1.2, "unit": "mg/dL"}, "crp", 12.0),
]


@pytest.mark.parametrize(("code", "quantity", "concept", "value"), LABORATORY)
def test_laboratory(code: str, quantity: dict[str, Any], concept: str, value: float) -> None:
    fact = only(observation(coded(LOINC, code), valueQuantity=quantity))
    assert has(fact, concept=concept, value=value)


def test_unit_that_cannot_be_converted() -> None:
    record = read(
        observation(coded(LOINC, "1988-5"), valueQuantity={"value": 1, "unit": "furlong"})
    )
    assert record.facts.num_rows == 0
    assert record.skipped[0].why == "unit cannot be converted to mg/L"


# --- relief ---


def relief(value: float, on: str, **rest: Any) -> dict[str, Any]:
    return observation(
        coded(OWN, "relief-percent"), on, valueQuantity={"value": value, "unit": "%"}, **rest
    )


@pytest.mark.parametrize("field", ["partOf", "focus"])
def test_relief_is_about_its_procedure(field: str) -> None:
    rows = facts(
        procedure(coded(CPT, "64483")),
        relief(80, "2026-02-10", **{field: [{"reference": "Procedure/1"}]}),
    )
    assert has(
        rows[1], concept="relief-percent", value=80.0, about=rows[0]["fact"], origin="stated"
    )


@pytest.mark.parametrize(
    ("quantity", "end"),
    [
        ({"value": 3, "unit": "months"}, "2026-04-10"),
        ({"value": 3, "code": "mo"}, "2026-04-10"),
        ({"value": 2, "unit": "wk"}, "2026-01-24"),
        ({"value": 10, "code": "d"}, "2026-01-20"),
        ({"value": 1, "unit": "year"}, "2027-01-10"),
    ],
)
def test_relief_duration_runs_from_the_procedure(quantity: dict[str, Any], end: str) -> None:
    rows = facts(
        procedure(coded(CPT, "64483")),
        observation(
            coded(OWN, "relief-duration"),
            "2026-12-01",
            valueQuantity=quantity,
            partOf=[{"reference": "Procedure/1"}],
        ),
    )
    assert has(rows[1], concept="relief-duration", about=0, start_lo="2026-01-10", end_lo=end)
    assert rows[1]["value"] == (day(end) - day("2026-01-10")).days


def test_relief_about_nothing_is_noted() -> None:
    record = read(relief(80, "2026-02-10", partOf=[{"reference": "Procedure/9"}]))
    assert record.facts.to_pylist()[0]["about"] is None
    assert "points to nothing" in record.skipped[0].why


def test_outcome_states_relief() -> None:
    rows = facts(procedure(coded(CPT, "64483"), outcome={"text": "80 % pain relief at discharge"}))
    assert has(rows[1], concept="relief-percent", value=80.0, about=0, start_lo="2026-01-10")


# --- conservative care ---


def test_care_by_procedure() -> None:
    fact = only(
        procedure(
            coded(SNOMED, "91251008"),
            None,
            performedPeriod={"start": "2026-01-01", "end": "2026-02-12"},
        )
    )
    assert has(fact, kind="care", start_lo="2026-01-01", end_lo="2026-02-12")


def order(code: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": code,
        **rest,
    }


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ({"occurrencePeriod": {"start": "2026-01-01", "end": "2026-02-12"}}, "care"),
        ({"status": "completed", "authoredOn": "2026-01-01"}, "care"),
        ({"authoredOn": "2026-01-01"}, "order"),
        ({"intent": "proposal", "occurrencePeriod": {"start": "2026-01-01"}}, "order"),
    ],
)
def test_care_by_service_request(rest: dict[str, Any], kind: str) -> None:
    assert has(only(order(coded(CPT, "97110"), **rest)), kind=kind, start_lo="2026-01-01")


def plan(**detail: Any) -> dict[str, Any]:
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "period": {"start": "2026-01-01"},
        "activity": [{"detail": {"code": coded(SNOMED, "229070002"), **detail}}],
    }


@pytest.mark.parametrize(
    ("detail", "kind", "is_open", "end"),
    [
        ({"status": "in-progress"}, "care", True, None),
        (
            {
                "status": "completed",
                "scheduledPeriod": {"start": "2026-01-01", "end": "2026-02-01"},
            },
            "care",
            False,
            "2026-02-01",
        ),
        ({"status": "not-started"}, "order", False, None),
        ({"status": "cancelled"}, "order", False, None),
    ],
)
def test_care_plan(detail: dict[str, Any], kind: str, is_open: bool, end: str | None) -> None:
    assert has(only(plan(**detail)), concept="home-exercise", kind=kind, open=is_open, end_lo=end)


# --- imaging ---


def test_imaging_study() -> None:
    study = {
        "resourceType": "ImagingStudy",
        "status": "available",
        "started": "2026-01-05T09:00:00Z",
        "modality": [{"code": "MR"}],
        "description": "MRI of lumbar spine",
    }
    assert has(
        only(study),
        concept="spine-mri-ct",
        kind="imaging",
        start_lo="2026-01-05",
        region=region("lumbar"),
    )
    by_series = {
        "resourceType": "ImagingStudy",
        "started": "2026-01-05",
        "series": [
            {
                "modality": {"code": "DX"},
                "bodySite": {"system": SNOMED, "code": "72696002", "display": "knee"},
                "laterality": {"code": "R"},
            }
        ],
    }
    assert has(only(by_series), concept="knee-radiograph", side=RIGHT)
    by_code = {
        "resourceType": "ImagingStudy",
        "procedureCode": [coded(CPT, "72148")],
        "started": "2026-01-05",
    }
    assert has(only(by_code), region=region("lumbar"))


def report(**rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": coded(CPT, "72148", "MRI lumbar"),
        "effectiveDateTime": "2026-01-05",
        **rest,
    }


def test_report_is_imaging_on_file() -> None:
    assert has(only(report()), concept="spine-mri-ct", kind="imaging", start_lo="2026-01-05")


def test_conclusion_names_findings_and_denies_others() -> None:
    text = (
        "INDICATION: diabetes. FINDINGS: Lumbar spinal stenosis at L4-5. No evidence of discitis."
    )
    rows = facts(report(conclusion=text))
    assert [r["concept"] for r in rows] == ["spine-mri-ct", "lumbar-stenosis"]
    assert has(rows[1], kind="imaging", level=levels.parse("L4-5"), region=region("lumbar"))
    assert rows[1]["text"] == "Lumbar spinal stenosis at L4-5"


def test_conclusion_codes() -> None:
    rows = facts(report(conclusionCode=[coded(SNOMED, "18347007")]))
    assert [r["concept"] for r in rows] == ["spine-mri-ct", "lumbar-stenosis"]


@pytest.mark.parametrize("kind", ["text/plain", "text/html; charset=utf-8"])
def test_presented_form(kind: str) -> None:
    text = "<p>Lumbar stenosis</p>" if "html" in kind else "Lumbar stenosis"
    form = {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}
    assert "lumbar-stenosis" in [r["concept"] for r in facts(report(presentedForm=[form]))]


def test_presented_pdf_is_not_opened() -> None:
    form = {"contentType": "application/pdf", "data": base64.b64encode(b"lumbar stenosis").decode()}
    assert [r["concept"] for r in facts(report(presentedForm=[form]))] == ["spine-mri-ct"]


def test_observations_inside_a_report() -> None:
    inside = {**score({"value": 7}), "id": "o"}
    rows = facts({**report(), "contained": [inside]})
    assert [r["concept"] for r in rows] == ["spine-mri-ct", "pain-score"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("Yes, three", 1.0), ("not present", 0.0), ("denied", 0.0), ("2 of 5", 2.0), ("mild", None)],
)
def test_findings_in_words(text: str, value: float | None) -> None:
    fact = only(observation(coded(OWN, "three-positive-si-tests"), valueString=text))
    assert fact["value"] == value


@pytest.mark.parametrize(
    "rest",
    [
        {"valueString": "not assessed"},
        {"valueString": "unknown"},
        {"valueCodeableConcept": coded(SNOMED, "261665006")},
        {"dataAbsentReason": coded("x", "not-performed")},
    ],
)
def test_findings_not_looked_for_are_no_findings(rest: dict[str, Any]) -> None:
    record = read(observation(coded(OWN, "three-positive-si-tests"), **rest))
    assert record.facts.num_rows == 0
    assert "not known" in record.skipped[0].why


def test_imaging_by_procedure() -> None:
    assert has(only(procedure(coded(CPT, "72148"))), kind="imaging", concept="spine-mri-ct")


# --- drugs ---

ELIQUIS = coded(RXNORM, "1364445", "apixaban 5 MG Oral Tablet [Eliquis]")


def request(**rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-01-01",
        "medicationCodeableConcept": ELIQUIS,
        **rest,
    }


def drug(name: str, **rest: Any) -> dict[str, Any]:
    return {"resourceType": name, "medicationCodeableConcept": ELIQUIS, **rest}


BOUNDS = {"timing": {"repeat": {"boundsPeriod": {"start": "2026-01-02", "end": "2026-02-01"}}}}
LENGTH = {"timing": {"repeat": {"boundsDuration": {"value": 4, "unit": "weeks"}}}}
SUPPLY = {"expectedSupplyDuration": {"value": 30, "unit": "days"}, "numberOfRepeatsAllowed": 1}
DRUGS = [
    (request(), "2026-01-01", None, True),
    (request(status="on-hold"), "2026-01-01", None, False),
    (request(dosageInstruction=[BOUNDS]), "2026-01-02", "2026-02-01", False),
    (request(dosageInstruction=[LENGTH]), "2026-01-01", "2026-01-29", False),
    (request(dispenseRequest=SUPPLY), "2026-01-01", None, True),
    (request(status="completed", dispenseRequest=SUPPLY), "2026-01-01", "2026-03-02", False),
    (request(status="stopped"), "2026-01-01", None, False),
    (
        drug("MedicationStatement", status="active", effectivePeriod={"start": "2025-01-01"}),
        "2025-01-01",
        None,
        True,
    ),
    (
        drug(
            "MedicationStatement",
            status="completed",
            effectivePeriod={"start": "2025-01-01", "end": "2025-06-30"},
        ),
        "2025-01-01",
        "2025-06-30",
        False,
    ),
    (
        drug("MedicationStatement", status="active", dateAsserted="2026-01-01"),
        "1958-03-02",
        None,
        True,
    ),
    (
        drug(
            "MedicationDispense",
            status="completed",
            whenHandedOver="2026-01-01",
            daysSupply={"value": 30, "unit": "days"},
        ),
        "2026-01-01",
        "2026-01-31",
        False,
    ),
    (
        drug(
            "MedicationAdministration", status="completed", effectiveDateTime="2026-01-01T08:00:00Z"
        ),
        "2026-01-01",
        "2026-01-01",
        False,
    ),
]


@pytest.mark.parametrize(("resource", "start", "end", "is_open"), DRUGS)
def test_drug(resource: dict[str, Any], start: str, end: str | None, is_open: bool) -> None:
    fact = only(resource)
    assert has(
        fact, concept="apixaban", kind="drug", start_lo=start, open=is_open, text=fact["text"]
    )
    assert (fact["end_hi"] and fact["end_hi"].isoformat()) == end
    assert "Eliquis" in fact["text"]


NO_DRUGS = [
    request(status="entered-in-error"),
    request(status="cancelled"),
    request(status="draft"),
    request(intent="proposal"),
    request(doNotPerform=True),
    drug("MedicationStatement", status="not-taken"),
    drug("MedicationStatement", status="intended"),
    drug("MedicationAdministration", status="not-done"),
]


@pytest.mark.parametrize("resource", NO_DRUGS)
def test_drugs_not_taken(resource: dict[str, Any]) -> None:
    record = read(resource)
    assert record.facts.num_rows == 0
    assert record.prescriptions == ()
    assert record.skipped


def test_drug_by_ingredient_code_and_by_text() -> None:
    by_code = only(request(medicationCodeableConcept=coded(RXNORM, "1364430")))
    assert by_code["concept"] == "apixaban"
    by_text = only(request(medicationCodeableConcept={"text": "Eliquis 5 mg twice daily"}))
    assert by_text["concept"] == "apixaban"


def test_every_ingredient_of_a_combination() -> None:
    name = "Acetaminophen 325 MG / Hydrocodone Bitartrate 10 MG Oral Tablet"
    rows = facts(request(medicationCodeableConcept=coded(RXNORM, "856999", name)))
    assert {r["concept"] for r in rows} == {"acetaminophen", "opioid"}


MEDICATION = {"resourceType": "Medication", "id": "m1", "code": ELIQUIS}
REFERENCES = ["Medication/m1", "http://server/fhir/Medication/m1", "Medication/m1/_history/2"]


@pytest.mark.parametrize("reference", REFERENCES)
def test_medication_by_reference(reference: str) -> None:
    resource = request(medicationCodeableConcept=None, medicationReference={"reference": reference})
    record = read(MEDICATION, resource)
    assert record.facts.to_pylist()[0]["concept"] == "apixaban"
    assert record.counts["Medication"]["used"] == 1


def test_contained_medication() -> None:
    resource = request(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m1"},
        contained=[MEDICATION],
    )
    assert only(resource)["concept"] == "apixaban"


def test_dangling_medication_is_noted() -> None:
    named = read(
        request(
            medicationCodeableConcept=None,
            medicationReference={"reference": "Medication/9", "display": "Eliquis"},
        )
    )
    assert named.facts.num_rows == 1
    nameless = read(
        request(medicationCodeableConcept=None, medicationReference={"reference": "Medication/9"})
    )
    assert nameless.counts["MedicationRequest"]["skipped"] == 1
    assert any("names no drug" in s.why for s in nameless.skipped)


def test_prescription_has_what_a_dose_needs() -> None:
    dosage = {
        "text": "1-2 tablets every 4 to 6 hours as needed",
        "timing": {"repeat": {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}},
        "asNeededBoolean": True,
        "route": {"text": "oral"},
        "doseAndRate": [
            {"doseRange": {"low": {"value": 1, "unit": "tablet"}, "high": {"value": 2}}}
        ],
        "maxDosePerPeriod": {
            "numerator": {"value": 6, "unit": "tablet"},
            "denominator": {"value": 1, "unit": "d"},
        },
    }
    (prescription,) = read(
        request(
            dosageInstruction=[dosage],
            dispenseRequest={"quantity": {"value": 60, "unit": "tablet"}, **SUPPLY},
            priorPrescription={"reference": "MedicationRequest/0"},
        )
    ).prescriptions
    assert prescription.ref == "MedicationRequest/1"
    assert prescription.codes == ((RXNORM, "1364445", "apixaban 5 MG Oral Tablet [Eliquis]"),)
    assert (prescription.start, prescription.end, prescription.open) == (
        day("2026-01-01"),
        None,
        True,
    )
    assert (prescription.quantity, prescription.quantity_unit) == (60, "tablet")
    assert (prescription.days_supply, prescription.prior) == (30, "MedicationRequest/0")
    (dose,) = prescription.dosages
    assert (dose.dose_low, dose.dose_high, dose.dose_unit) == (1, 2, "tablet")
    assert (dose.frequency, dose.period, dose.period_max, dose.period_unit) == (1, 4, 6, "h")
    assert (dose.as_needed, dose.max_per_day, dose.max_per_day_unit, dose.route) == (
        True,
        6,
        "tablet",
        "oral",
    )


def test_prescription_of_an_unknown_drug_is_kept() -> None:
    record = read(request(medicationCodeableConcept={"text": "Fentanyl 25 mcg/h patch"}))
    assert record.facts.num_rows == 0
    assert record.prescriptions[0].text == "Fentanyl 25 mcg/h patch"


# --- requests ---


def test_requested_procedure() -> None:
    record = read(
        order(
            coded(CPT, "64483", "TFESI"),
            id="7",
            occurrenceDateTime="2026-11-10",
            bodySite=[{"text": "right L5-S1"}],
        )
    )
    (asked,) = record.requests
    assert asked.ref == "ServiceRequest/7"
    assert (asked.code, asked.concepts, asked.on) == (
        "64483",
        ("esi-transforaminal",),
        day("2026-11-10"),
    )
    assert (asked.side, asked.level, asked.region) == (
        RIGHT,
        levels.parse("L5-S1"),
        region("lumbar"),
    )
    assert has(record.facts.to_pylist()[0], kind="order", start_lo="2026-11-10")


@pytest.mark.parametrize("status", ["active", "draft", "on-hold"])
@pytest.mark.parametrize("intent", ["proposal", "plan", "order"])
def test_requests_that_are_judged(status: str, intent: str) -> None:
    assert len(read(order(coded(CPT, "64483"), status=status, intent=intent)).requests) == 1


@pytest.mark.parametrize(
    "rest",
    [
        {"status": "completed"},
        {"status": "revoked"},
        {"status": "entered-in-error"},
        {"doNotPerform": True},
    ],
)
def test_requests_that_are_over(rest: dict[str, Any]) -> None:
    assert read(order(coded(CPT, "64483"), **rest)).requests == ()


def test_appointment() -> None:
    visit = {
        "resourceType": "Appointment",
        "status": "booked",
        "serviceType": [coded(CPT, "64483")],
        "start": "2026-11-10T09:00:00-07:00",
        "participant": [{"actor": {"reference": "Patient/p1"}}],
    }
    (asked,) = read(visit).requests
    assert (asked.on, asked.status) == (day("2026-11-10"), "booked")
    assert read({**visit, "status": "cancelled"}).requests == ()


def test_appointment_gives_its_request_the_day() -> None:
    visit = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-11-10",
        "basedOn": [{"reference": "ServiceRequest/7"}],
    }
    (asked,) = read(order(coded(CPT, "64483"), id="7"), visit).requests
    assert (asked.ref, asked.on) == ("ServiceRequest/7", day("2026-11-10"))


# --- documents and findings ---

FINDINGS = [
    (observation(coded(OWN, "psych-clearance"), valueBoolean=True), "psych-clearance", 1.0),
    (observation(coded(OWN, "psych-clearance"), valueBoolean=False), "psych-clearance", 0.0),
    (observation(coded(OWN, "three-positive-si-tests")), "three-positive-si-tests", None),
    (
        observation(coded(OWN, "three-positive-si-tests"), valueString="yes"),
        "three-positive-si-tests",
        1.0,
    ),
    (
        observation(
            coded(OWN, "three-positive-si-tests"), valueCodeableConcept=coded(SNOMED, "373067005")
        ),
        "three-positive-si-tests",
        0.0,
    ),
    (
        observation(
            coded(OWN, "three-positive-si-tests"), valueCodeableConcept={"text": "Positive"}
        ),
        "three-positive-si-tests",
        1.0,
    ),
    (
        observation(coded(OWN, "three-positive-si-tests"), valueQuantity={"value": 3}),
        "three-positive-si-tests",
        3.0,
    ),
    (procedure(coded(CPT, "90791")), "psych-clearance", None),
    (
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "type": coded(CPT, "90791"),
            "date": "2026-01-10",
        },
        "psych-clearance",
        None,
    ),
    (
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "description": "Psychological evaluation",
            "date": "2026-01-10",
        },
        "psych-clearance",
        None,
    ),
    (
        {
            "resourceType": "DiagnosticReport",
            "status": "final",
            "code": coded(OWN, "psych-clearance"),
            "effectiveDateTime": "2026-01-10",
        },
        "psych-clearance",
        None,
    ),
]


@pytest.mark.parametrize(("resource", "concept", "value"), FINDINGS)
def test_findings_and_documents(
    resource: dict[str, Any], concept: str, value: float | None
) -> None:
    fact = only(resource)
    assert has(fact, concept=concept, value=value)
    assert fact["start_lo"] is not None


def test_coded_answer_names_a_concept() -> None:
    fact = only(
        observation(coded(LOINC, "75323-6"), valueCodeableConcept=coded(SNOMED, "44054006"))
    )
    assert has(fact, concept="diabetes", kind="observation", value=None)


def test_answer_about_the_family_is_not_about_the_patient() -> None:
    question = coded(LOINC, "54123-9", "Family member diagnosis")
    assert facts(observation(question, valueCodeableConcept=coded(SNOMED, "44054006"))) == []


def test_answer_in_words_names_a_finding() -> None:
    answer = {"text": "three positive SI tests"}
    fact = only(observation(coded(LOINC, "1-1"), valueCodeableConcept=answer))
    assert fact["concept"] == "three-positive-si-tests"


# --- allergies, devices, specialists ---


def allergy(code: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "patient": {"reference": "Patient/p1"},
        "code": code,
        **rest,
    }


def test_allergy() -> None:
    fact = only(allergy(coded(SNOMED, "293637006"), recordedDate="2020-01-01"))
    assert has(fact, concept="contrast-allergy", kind="allergy", open=True, start_lo="2020-01-01")
    assert only(allergy({"text": "Iodinated contrast"}))["concept"] == "contrast-allergy"
    ended = only(allergy(coded(SNOMED, "293637006"), clinicalStatus=coded("x", "resolved")))
    assert ended["open"] is False


def test_allergy_to_a_drug_is_not_taking_it() -> None:
    assert facts(allergy(coded(RXNORM, "1364430"))) == []


def test_refuted_allergy() -> None:
    assert (
        facts(allergy(coded(SNOMED, "293637006"), verificationStatus=coded("x", "refuted"))) == []
    )


DEVICE = {
    "resourceType": "Device",
    "id": "d1",
    "status": "active",
    "type": coded(SNOMED, "14106009", "Pacemaker"),
}


def test_device() -> None:
    assert has(only(DEVICE), concept="cardiac-implant", kind="device", open=True)
    assert only({**DEVICE, "status": "inactive"})["open"] is False
    named = {"resourceType": "Device", "deviceName": [{"name": "dual-chamber pacemaker"}]}
    assert only(named)["concept"] == "cardiac-implant"


def test_device_use() -> None:
    use = {
        "resourceType": "DeviceUseStatement",
        "status": "active",
        "device": {"reference": "Device/d1"},
        "timingPeriod": {"start": "2024-05-01"},
    }
    rows = facts(DEVICE, use)
    assert has(
        rows[1],
        concept="cardiac-implant",
        start_lo="2024-05-01",
        open=True,
        ref="DeviceUseStatement/2",
    )


@pytest.mark.parametrize(
    "code", ["208VP0014X", "208VP0000X", "207LP2900X", "2081P2900X", "2084P2900X"]
)
def test_specialist(code: str) -> None:
    qualified = {"resourceType": "Practitioner", "qualification": [{"code": coded(NUCC, code)}]}
    assert has(only(qualified), concept="pain-specialist", kind="specialist")
    role = {"resourceType": "PractitionerRole", "specialty": [coded(NUCC, code)]}
    assert has(only(role), concept="pain-specialist")


def test_hcpcs_drug_code() -> None:
    assert only(procedure(coded(HCPCS, "J7321")))["concept"] == "hyaluronate"
