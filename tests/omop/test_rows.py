"""What a row says: dates, modifiers, codes, values, drugs, payers, people."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

import painpath
from tests.omop.small import (
    concept,
    condition,
    drug,
    facts,
    measured,
    observed,
    only,
    person,
    procedure,
    read,
)

DAY = datetime.date
RADICULOPATHY = "lumbar-radiculopathy"
BLOCK = "esi-transforaminal"
RIGHT, LEFT, BOTH = 2, 1, 3


def whys(record: painpath.Record) -> list[tuple[str, str]]:
    return [(note.ref, note.why) for note in record.skipped]


# -- dates --


def test_a_row_is_called_by_its_table_and_id(tmp_path: Path) -> None:
    record = read(tmp_path, condition_occurrence=[condition(condition_occurrence_id=123)])
    assert only(record, RADICULOPATHY)["ref"] == "condition_occurrence/123"


@pytest.mark.parametrize(
    "written", ["2026-01-10", "2026-01-10 08:30:00", "2026-01-10T08:30:00", "20260110"]
)
def test_dates_are_read_however_they_are_written(tmp_path: Path, written: str) -> None:
    record = read(tmp_path, condition_occurrence=[condition(condition_start_date=written)])
    assert only(record, RADICULOPATHY)["start_lo"] == DAY(2026, 1, 10)
    assert whys(record) == []


def test_a_datetime_counts_where_there_is_no_date(tmp_path: Path) -> None:
    row = condition(condition_start_date=None, condition_start_datetime="2026-01-10 23:30:00")
    record = read(tmp_path, condition_occurrence=[row])
    assert only(record, RADICULOPATHY)["start_hi"] == DAY(2026, 1, 10)


@pytest.mark.parametrize("written", ["0001-01-01", "9999-12-31", "1899-12-31", "soon"])
def test_an_absurd_date_is_listed_and_the_row_stays(tmp_path: Path, written: str) -> None:
    record = read(tmp_path, condition_occurrence=[condition(condition_start_date=written)])
    assert only(record, RADICULOPATHY)["start_lo"] is None
    why = "condition_start_date is not a plausible date"
    assert ("condition_occurrence/1", why) in whys(record)


def test_a_missing_date_is_listed(tmp_path: Path) -> None:
    record = read(tmp_path, condition_occurrence=[condition(condition_start_date=None)])
    assert ("condition_occurrence/1", "condition_start_date is empty") in whys(record)


@pytest.mark.parametrize(
    ("end", "visit_end", "ended"),
    [
        ("2026-01-10", None, False),  # one date in both columns: the day of the record
        ("2026-01-12", "2026-01-12", False),  # the end of the visit
        ("2026-04-01", "2026-01-12", True),
        ("2026-04-01", None, True),
        ("2026-01-09", None, False),  # before the start
    ],
)
def test_when_a_condition_ended(
    tmp_path: Path, end: str, visit_end: str | None, ended: bool
) -> None:
    visits = {
        "visit_occurrence": [
            {
                "visit_occurrence_id": 7,
                "person_id": 1,
                "visit_start_date": "2026-01-10",
                "visit_end_date": visit_end,
            }
        ]
    }
    row = condition(condition_end_date=end, visit_occurrence_id=7)
    record = read(tmp_path, condition_occurrence=[row], **visits if visit_end else {})
    fact = only(record, RADICULOPATHY)
    assert (fact["end_lo"] is not None, fact["open"]) == (ended, not ended)


def test_care_lasts_from_the_date_to_the_end_date(tmp_path: Path) -> None:
    row = procedure(
        procedure_source_value="97110",
        procedure_date="2026-01-05",
        procedure_end_date="2026-03-01",
    )
    fact = only(read(tmp_path, procedure_occurrence=[row]), "physical-therapy")
    assert (fact["kind"], fact["start_lo"], fact["end_hi"]) == (
        "care",
        DAY(2026, 1, 5),
        DAY(2026, 3, 1),
    )


# -- procedures --


@pytest.mark.parametrize(
    ("modifier", "side"),
    [("RT", RIGHT), ("lt", LEFT), ("50", BOTH), ("59, RT", RIGHT), ("59-LT", LEFT), (None, 0)],
)
def test_modifiers_as_the_source_writes_them(
    tmp_path: Path, modifier: str | None, side: int
) -> None:
    row = procedure(modifier_source_value=modifier)
    assert only(read(tmp_path, procedure_occurrence=[row]), BLOCK)["side"] == side


@pytest.mark.parametrize(
    ("code", "vocabulary", "side"),
    [("RT", "HCPCS", RIGHT), ("50", "CPT4", BOTH), ("7771000", "SNOMED", LEFT)],
)
def test_modifiers_by_their_concept(tmp_path: Path, code: str, vocabulary: str, side: int) -> None:
    record = read(
        tmp_path,
        concept=[concept(900, vocabulary, code)],
        procedure_occurrence=[procedure(modifier_concept_id=900)],
    )
    assert only(record, BLOCK)["side"] == side


def test_the_older_name_of_the_modifier_column_is_known(tmp_path: Path) -> None:
    row = procedure(qualifier_source_value="RT")
    assert only(read(tmp_path, procedure_occurrence=[row]), BLOCK)["side"] == RIGHT


def test_what_is_only_ordered_is_not_done(tmp_path: Path) -> None:
    row = procedure(procedure_type_concept_id=32833, procedure_date="2026-12-01")
    record = read(tmp_path, procedure_occurrence=[row])
    assert [fact["kind"] for fact in facts(record)] == ["order"]
    assert [request.on for request in record.requests] == [DAY(2026, 12, 1)]


def test_a_bill_for_what_is_on_record_counts_once_and_tells_the_side(tmp_path: Path) -> None:
    rows = [
        procedure(procedure_type_concept_id=32817),
        procedure(
            procedure_occurrence_id=2, procedure_type_concept_id=32810, modifier_source_value="RT"
        ),
    ]
    fact = only(read(tmp_path, procedure_occurrence=rows), BLOCK)
    assert (fact["ref"], fact["side"]) == ("procedure_occurrence/1", RIGHT)


def test_a_bill_alone_is_a_procedure(tmp_path: Path) -> None:
    row = procedure(procedure_type_concept_id=32810)
    assert only(read(tmp_path, procedure_occurrence=[row]), BLOCK)["kind"] == "procedure"


# -- codes --

_ICD = concept(1, "ICD10CM", "M54.16", "Radiculopathy, lumbar region")
_SNOMED_KNEE = concept(2, "SNOMED", "239873007", "Osteoarthritis of knee")
_LOCAL = concept(3, "Epic", "E-17", "A diagnosis of ours")


def _coded(concept: int, source: int, value: str | None = None) -> Any:
    return condition(
        condition_concept_id=concept,
        condition_source_concept_id=source,
        condition_source_value=value,
    )


@pytest.mark.parametrize(
    ("row", "found"),
    [
        # The source code says more than the standard concept it was mapped to.
        (_coded(2, 1), {RADICULOPATHY}),
        # A source code that nobody knows: the standard concept.
        (_coded(2, 3), {"knee-osteoarthritis"}),
        (_coded(2, 0, "E-17"), {"knee-osteoarthritis"}),
        # No source concept: a source value that is a code, with and without its dot.
        (_coded(2, 0, "M54.16"), {RADICULOPATHY}),
        (_coded(0, 0, "M5416"), {RADICULOPATHY}),
        (_coded(0, 0, "ICD10CM:M54.16"), {RADICULOPATHY}),
        (_coded(0, 0, "M54.16 - Radiculopathy, lumbar region"), {RADICULOPATHY}),
        # Digits may be the source's own number; in SNOMED CT these are an elbow's.
        (_coded(2, 0, "202855006"), {"knee-osteoarthritis"}),
        # Words where there is no code.
        (_coded(0, 0, "Lumbar radiculopathy"), {RADICULOPATHY}),
    ],
)
def test_the_source_code_first_the_standard_concept_otherwise(
    tmp_path: Path, row: Any, found: set[str]
) -> None:
    record = read(tmp_path, concept=[_ICD, _SNOMED_KNEE, _LOCAL], condition_occurrence=[row])
    concepts = {fact["concept"] for fact in facts(record)}
    assert found <= concepts
    assert ("knee-osteoarthritis" in concepts) == ("knee-osteoarthritis" in found)


def test_a_source_concept_without_a_standard_one_is_mapped_by_the_vocabulary(
    tmp_path: Path,
) -> None:
    record = read(
        tmp_path,
        concept=[_SNOMED_KNEE, _LOCAL],
        concept_relationship=[
            {"concept_id_1": 3, "concept_id_2": 2, "relationship_id": "Maps to"},
            {"concept_id_1": 3, "concept_id_2": 3, "relationship_id": "Mapped from"},
        ],
        condition_occurrence=[_coded(0, 3)],
    )
    assert only(record, "knee-osteoarthritis")


def test_the_vocabulary_of_the_code_decides_whatever_the_table(tmp_path: Path) -> None:
    record = read(
        tmp_path,
        observation=[
            observed(observation_source_value="M54.16"),
            observed(observation_id=2, observation_source_value="64483"),
        ],
    )
    assert only(record, RADICULOPATHY)["kind"] == "condition"
    assert only(record, BLOCK)["kind"] == "procedure"


def test_words_behind_a_code_tell_the_side(tmp_path: Path) -> None:
    row = procedure(procedure_source_value="64483 injection, L5-S1, right")
    fact = only(read(tmp_path, procedure_occurrence=[row]), BLOCK)
    assert (fact["side"], fact["text"]) == (RIGHT, "64483 injection, L5-S1, right")


def test_a_procedure_code_of_another_vocabulary_stays_a_procedure(tmp_path: Path) -> None:
    record = read(
        tmp_path,
        concept=[concept(40, "ICD10PCS", "3E0R33Z"), concept(41, "CPT4", "64483")],
        procedure_occurrence=[
            procedure(
                procedure_source_value="3E0R33Z",
                procedure_source_concept_id=40,
                procedure_concept_id=41,
            )
        ],
    )
    assert only(record, BLOCK)["kind"] == "procedure"


def test_ids_that_went_through_a_floating_point_column_are_ids(tmp_path: Path) -> None:
    row = condition(condition_source_value=None, condition_source_concept_id=1.0)
    record = read(
        tmp_path,
        person=[person(person_id=1.0, gender_concept_id=8532.0, year_of_birth=1960.0)],
        concept=[_ICD],
        condition_occurrence=[row],
    )
    assert only(record, RADICULOPATHY)


def test_a_concept_id_that_the_vocabulary_lacks_is_listed(tmp_path: Path) -> None:
    row = condition(condition_concept_id=77)
    record = read(tmp_path, concept=[_ICD], condition_occurrence=[row])
    assert only(record, RADICULOPATHY)
    why = "concept id 77 is not in the table concept; the rest of the row is used"
    assert whys(record) == [("condition_occurrence/1", why)]


# -- values --


def test_a_score_with_its_unit(tmp_path: Path) -> None:
    record = read(
        tmp_path,
        concept=[concept(8554, "UCUM", "%", "percent")],
        measurement=[
            measured(measurement_source_value="72514-3", value_as_number=7),
            measured(
                measurement_id=2,
                measurement_source_value="4548-4",
                value_as_number=7.1,
                unit_concept_id=8554,
            ),
        ],
    )
    assert only(record, "pain-score")["value"] == 7.0
    assert only(record, "hba1c")["value"] == 7.1


@pytest.mark.parametrize(
    ("unit", "number", "value"),
    [("mg/L", 12.0, 12.0), ("mg/dL", 1.2, 12.0), ("nmol/L", 114.3, None)],
)
def test_units_are_converted_to_that_of_the_concept(
    tmp_path: Path, unit: str, number: float, value: float | None
) -> None:
    row = measured(
        measurement_source_value="1988-5", value_as_number=number, unit_source_value=unit
    )
    record = read(tmp_path, measurement=[row])
    found = [fact["value"] for fact in facts(record) if fact["concept"] == "crp"]
    assert found == ([] if value is None else [value])
    assert bool(whys(record)) == (value is None)


def test_a_number_that_is_none_is_listed(tmp_path: Path) -> None:
    row = measured(measurement_source_value="72514-3", value_as_number="high")
    record = read(tmp_path, measurement=[row])
    assert ("measurement/1", "value_as_number is not a number") in whys(record)


@pytest.mark.parametrize(("answer", "value"), [("yes", 1.0), ("no", 0.0)])
def test_a_coded_answer(tmp_path: Path, answer: str, value: float) -> None:
    code = {"yes": "373066001", "no": "373067005"}[answer]
    record = read(
        tmp_path,
        concept=[concept(5, "SNOMED", code, answer)],
        observation=[observed(observation_source_value="psych-clearance", value_as_concept_id=5)],
    )
    assert only(record, "psych-clearance")["value"] == value


def test_relief_is_about_the_procedure_that_the_event_names(tmp_path: Path) -> None:
    for field, concepts in (
        (1147082, []),
        (6, [concept(6, "CDM", "CDM1", "procedure_occurrence.procedure_occurrence_id")]),
    ):
        row = observed(
            observation_source_value="relief-percent",
            value_as_number=80,
            unit_source_value="%",
            observation_event_id=4,
            obs_event_field_concept_id=field,
        )
        record = read(
            tmp_path,
            procedure_occurrence=[procedure(procedure_occurrence_id=4)],
            observation=[row],
            **{"concept": concepts} if concepts else {},
        )
        done = only(record, BLOCK)
        assert only(record, "relief-percent")["about"] == done["fact"]


def test_an_allergy_is_no_drug_that_is_taken(tmp_path: Path) -> None:
    record = read(
        tmp_path,
        concept=[
            concept(8, "SNOMED", "294932002", "Allergy to contrast media"),
        ],
        observation=[observed(observation_concept_id=8)],
    )
    assert {fact["kind"] for fact in facts(record)} == {"allergy"}


# -- drugs --


def _course(record: painpath.Record) -> tuple[Any, Any, bool]:
    (order,) = record.prescriptions
    return order.start, order.end, order.open


@pytest.mark.parametrize(
    ("columns", "end"),
    [
        ({"end": "2026-03-01"}, DAY(2026, 3, 1)),
        ({"end": "2026-01-01"}, None),  # repeats the start: not known
        ({"end": None}, None),
        ({"end": "2026-01-01", "verbatim_end_date": "2026-02-01"}, DAY(2026, 2, 1)),
        ({"end": "2026-01-30", "days_supply": 30, "refills": 2}, DAY(2026, 3, 31)),
        ({"end": "2026-01-30", "days_supply": 30, "refills": 0}, DAY(2026, 1, 30)),
    ],
)
def test_until_when_a_drug_is_taken(tmp_path: Path, columns: Any, end: DAY | None) -> None:
    rest = {name: value for name, value in columns.items() if name != "end"}
    row = drug(drug_exposure_end_date=columns["end"], **rest)
    assert _course(read(tmp_path, drug_exposure=[row])) == (DAY(2026, 1, 1), end, end is None)


def test_what_is_dispensed_lasts_for_its_supply(tmp_path: Path) -> None:
    row = drug(drug_type_concept_id=32825, days_supply=14, drug_exposure_end_date="2026-01-14")
    (order,) = read(tmp_path, drug_exposure=[row]).prescriptions
    assert (order.kind, order.days_supply) == ("MedicationDispense", 14.0)


def test_what_is_given_once_is_not_going_on(tmp_path: Path) -> None:
    row = drug(drug_type_concept_id=32818, drug_exposure_end_date="2026-01-01")
    (order,) = read(tmp_path, drug_exposure=[row]).prescriptions
    assert (order.kind, order.open, order.end) == (
        "MedicationAdministration",
        False,
        DAY(2026, 1, 1),
    )


def test_a_dose_is_worked_out_of_directions_and_of_quantity(tmp_path: Path) -> None:
    doses = []
    for columns in (
        {"sig": "Take 1 tablet every 6 hours"},
        {"quantity": 120, "days_supply": 30, "drug_exposure_end_date": "2026-01-30"},
    ):
        record = read(tmp_path, drug_exposure=[drug(**columns)])
        made = painpath.plan(record, as_of=DAY(2026, 1, 15))
        doses.append(made.opioids.mme_per_day)
    assert doses[0] == doses[1] == 30.0


def test_a_drug_that_is_called_as_a_concept_of_ours_keeps_its_name(tmp_path: Path) -> None:
    (order,) = read(tmp_path, drug_exposure=[drug(drug_source_value="oxycodone")]).prescriptions
    assert (order.text, order.codes) == ("oxycodone", ())


def test_a_package_is_read_by_the_drug_it_maps_to_and_its_ingredient(tmp_path: Path) -> None:
    record = read(
        tmp_path,
        concept=[
            concept(20, "NDC", "00003089421", "a package"),
            concept(21, "RxNorm", "9999999", "a clinical drug", "Clinical Drug"),
            concept(22, "RxNorm", "1364430", "", "Ingredient"),
        ],
        concept_ancestor=[{"ancestor_concept_id": 22, "descendant_concept_id": 21}],
        drug_exposure=[drug(drug_source_value=None, drug_source_concept_id=20, drug_concept_id=21)],
    )
    assert only(record, "apixaban")["kind"] == "drug"


# -- people and payers --


@pytest.mark.parametrize(
    ("columns", "low", "high"),
    [
        ({}, DAY(1960, 1, 1), DAY(1960, 12, 31)),
        ({"month_of_birth": 3}, DAY(1960, 3, 1), DAY(1960, 3, 31)),
        ({"month_of_birth": 3, "day_of_birth": 2}, DAY(1960, 3, 2), DAY(1960, 3, 2)),
        ({"year_of_birth": None, "birth_datetime": "1959-05-06 00:00:00"}, DAY(1959, 5, 6), None),
    ],
)
def test_birth_as_far_as_it_is_known(
    tmp_path: Path, columns: Any, low: DAY, high: DAY | None
) -> None:
    (row,) = read(tmp_path, person=[person(**columns)]).patients.to_pylist()
    assert (row["birth_lo"], row["birth_hi"]) == (low, high or low)


def test_sex_state_clinic_clinician_and_death(tmp_path: Path) -> None:
    record = read(
        tmp_path,
        person=[person(gender_concept_id=8507, location_id=4, care_site_id=5, provider_id=6)],
        location=[{"location_id": 4, "state": "AZ"}],
        care_site=[{"care_site_id": 5, "care_site_name": "Clinic 5"}],
        provider=[{"provider_id": 6, "provider_name": None}],
        death=[{"person_id": 1, "death_date": "2026-05-01"}],
    )
    (row,) = record.patients.to_pylist()
    assert (row["sex"], row["state"], row["deceased"]) == ("male", "AZ", True)
    assert (row["clinic"], row["clinician"]) == ("Clinic 5", "provider/6")


def _payer(**columns: Any) -> Any:
    own = {
        "payer_plan_period_id": 9,
        "person_id": 1,
        "payer_plan_period_start_date": "2026-01-01",
        "payer_plan_period_end_date": "2026-12-31",
    }
    return own | columns


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        ([], {"payer_source_value": "Medicare Part B"}),
        ([concept(30, "SOPT", "1", "MEDICARE")], {"payer_concept_id": 30}),
        ([], {"plan_source_value": "Medicare Part B"}),
    ],
)
def test_the_payer_is_that_of_the_day(tmp_path: Path, rows: list[Any], columns: Any) -> None:
    record = read(
        tmp_path,
        condition_occurrence=[condition()],
        payer_plan_period=[_payer(**columns)],
        **{"concept": rows} if rows else {},
    )
    made = painpath.plan(record, as_of=DAY(2026, 11, 1))
    assert made.policy.payer == "medicare"
    assert made.policy.why.startswith("payer_plan_period/9: ")
    assert painpath.plan(record, as_of=DAY(2027, 1, 1)).policy.payer != "medicare"
