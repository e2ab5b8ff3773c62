"""Scores, laboratory values and relief: values, units, what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from painpath import planner
from painpath.records.values import convert
from tests.records.builders import answers, has, relief, score
from tests.records.small import (
    CPT,
    LOINC,
    OWN,
    coded,
    day,
    facts,
    observation,
    only,
    procedure,
    read,
)

# --- scores ---


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


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (score({"value": -1}), "-1 is less than this can be"),
        (score({"value": 150}), "150 is more than this can be"),
        (score("15", kind="valueString"), "15 is more than this can be"),
        (score({"value": 700}, "38221-8"), "70 is more than this can be"),
        (relief(101, "2026-02-10"), "101 is more than this can be"),
    ],
)
def test_impossible_values_are_no_facts(resource: dict[str, Any], why: str) -> None:
    record = read(resource)
    assert record.facts.num_rows == 0
    assert why in [skipped.why for skipped in record.skipped]


@pytest.mark.parametrize("percent", [0, 100, -20])
def test_no_relief_all_relief_and_more_pain_are_facts(percent: float) -> None:
    assert has(only(relief(percent, "2026-02-10")), concept="relief-percent", value=percent)


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
    ("4548-4", {"value": 7.1, "unit": "% of total Hgb"}, "hba1c", 7.1),
    ("59261-8", {"value": 53, "unit": "mmol/mol"}, "hba1c", 7.0),
    ("6301-6", {"value": 1.4, "unit": "{INR}"}, "inr", 1.4),
    ("34714-6", {"value": 1.4, "code": "1"}, "inr", 1.4),
    ("777-3", {"value": 210, "unit": "10*3/uL"}, "platelets", 210.0),
    ("777-3", {"value": 210000, "unit": "/uL"}, "platelets", 210.0),
    ("777-3", {"value": 210, "unit": "K/uL"}, "platelets", 210.0),
    ("777-3", {"value": 210, "unit": "x10E3/uL"}, "platelets", 210.0),
    ("777-3", {"value": 210, "unit": "X10^9/L"}, "platelets", 210.0),
    ("777-3", {"value": 210, "unit": "10(3)/mcL"}, "platelets", 210.0),
    ("777-3", {"value": 210, "unit": "Thou/mcL"}, "platelets", 210.0),
    ("62238-1", {"value": 55, "unit": "mL/min/{1.73_m2}"}, "egfr", 55.0),
    ("33914-3", {"value": 55, "unit": "mL/min/1.73m2"}, "egfr", 55.0),
    ("2160-0", {"value": 1.1, "unit": "mg/dL"}, "creatinine", 1.1),
    ("2160-0", {"value": 97.2, "unit": "umol/L"}, "creatinine", 1.0995),
    ("2160-0", {"value": 97.2, "unit": "\u00b5mol/L"}, "creatinine", 1.0995),
    ("2345-7", {"value": 10, "unit": "mmol/L", "code": "mmol/L"}, "glucose", 180.16),
    ("2345-7", {"value": 0.9, "unit": "g/L"}, "glucose", 90.0),
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


@pytest.mark.parametrize(
    ("code", "quantity", "unit"),
    [
        # Each substance has its own factor: what is not on file for one is not borrowed.
        ("3094-0", {"value": 5, "unit": "mmol/L"}, "mg/dL"),
        ("2345-7", {"value": 90, "unit": "umol/L"}, "mg/dL"),
        ("1988-5", {"value": 90, "unit": "nmol/L"}, "mg/L"),
        ("777-3", {"value": 90, "unit": "mmol/mol"}, "10*9/L"),
        # A Quick value in percent is no INR.
        ("6301-6", {"value": 90, "unit": "%"}, "1"),
    ],
)
def test_a_value_without_a_way_to_its_unit_is_not_used_and_listed(
    code: str, quantity: dict[str, Any], unit: str
) -> None:
    record = read(observation(coded(LOINC, code), valueQuantity=quantity))
    assert record.facts.num_rows == 0
    assert [s.why for s in record.skipped] == [f"unit cannot be converted to {unit}"]


def test_a_value_in_words_goes_the_same_way() -> None:
    fact = only(observation(coded(LOINC, "2345-7"), valueString="10 mmol/L"))
    assert has(fact, concept="glucose", value=180.16)
    record = read(observation(coded(LOINC, "3094-0"), valueString="5 mmol/L"))
    assert record.facts.num_rows == 0


def test_the_factors_on_file_are_those_of_their_substances() -> None:
    about = {each.id: each for each in planner().vocabulary.about}
    assert convert(100, "umol/L", about["creatinine"]) == pytest.approx(1.1312)
    assert convert(7, "mmol/L", about["glucose"]) == pytest.approx(126.1, abs=0.05)
    assert convert(100, "umol/L", about["glucose"]) is None
    assert convert(53, "mmol/mol", about["hba1c"]) == pytest.approx(7.0, abs=0.05)
    assert convert(48, "mmol/mol", about["hba1c"]) == pytest.approx(6.5, abs=0.05)


# --- relief ---


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
