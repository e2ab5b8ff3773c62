"""Corticosteroid over all routes, summed as methylprednisolone."""

from __future__ import annotations

from typing import Any

import pytest

from painpath.planning.plan import Plan
from tests.planning.charts import RXNORM, done, drug, given, ill, ordered, plan, safety, said

WOMAN: dict[str, Any] = {"sex": "female", "born": "1950-01-01"}
PAST = [ill("M54.16"), ill("Z78.0")]


# drug and mg given once; mg of methylprednisolone by the equivalents of the sources
@pytest.mark.parametrize(
    ("text", "mg", "equal"),
    [
        ("methylprednisolone acetate 40 MG/ML injection", 40, 40),
        ("triamcinolone acetonide 40 MG/ML injection", 40, 40),
        ("dexamethasone sodium phosphate 10 MG/ML injection", 15, 80),
        ("betamethasone 6 MG/ML injection", 12, 80),  # by 0.6, the larger of two accounts
        ("hydrocortisone 100 MG injection", 100, 20),
        ("prednisolone 25 MG injection", 25, 20),
    ],
)
def test_a_dose_as_methylprednisolone(text: str, mg: float, equal: float) -> None:
    made = plan(ill("M54.16"), given(text, mg, "2026-03-01"))
    assert made.steroids.mg_12_months == equal
    assert made.steroids.items[0].mg == mg


def test_a_dose_in_millilitres_needs_the_strength() -> None:
    known = plan(given("triamcinolone 40 MG/ML injection", 2, "2026-03-01", "mL"))
    unknown = plan(given("triamcinolone injection", 2, "2026-03-01", "mL"))
    assert known.steroids.mg_12_months == 80 and not known.steroids.incomplete
    assert unknown.steroids.mg_12_months == 0 and unknown.steroids.incomplete
    assert unknown.steroids.items[0].why


@pytest.mark.parametrize(
    "text",
    [
        "triamcinolone acetonide 0.1 % topical cream",
        "fluticasone 50 MCG nasal spray",
        "prednisolone 1 % ophthalmic suspension",
        "hydrocortisone 1 % ointment",
    ],
)
def test_what_stays_on_the_skin_or_in_the_eye_is_not_counted(text: str) -> None:
    assert plan(drug(text)).steroids.items == []


def _course(text: str, code: str, start: str, end: str, sig: str) -> dict[str, Any]:
    bounds = {"repeat": {"boundsPeriod": {"start": start, "end": end}}}
    return {
        "resourceType": "MedicationRequest",
        "id": f"course-{start}",
        "status": "completed",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code}], "text": text},
        "authoredOn": start,
        "dosageInstruction": [{"text": sig, "timing": bounds}],
    }


FIVE_DAYS = {"value": 5, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}


@pytest.mark.parametrize(
    ("more", "days"),
    [
        ({"status": "active", "dispenseRequest": {"expectedSupplyDuration": FIVE_DAYS}}, 5),
        ({"dispenseRequest": {"expectedSupplyDuration": FIVE_DAYS}}, 5),
        (
            {
                "dispenseRequest": {
                    "expectedSupplyDuration": FIVE_DAYS,
                    "numberOfRepeatsAllowed": 1,
                }
            },
            10,
        ),
        (
            {
                "resourceType": "MedicationDispense",
                "whenHandedOver": "2026-03-01",
                "daysSupply": FIVE_DAYS,
            },
            5,
        ),
    ],
)
def test_a_course_without_an_end_lasts_as_long_as_its_supply(
    more: dict[str, Any], days: int
) -> None:
    course = _course("prednisone 20 MG tablet", "312615", "2026-03-01", "", "1 tablet daily")
    course["dosageInstruction"] = [{"text": "take 1 tablet daily"}]
    (item,) = plan(course | more).steroids.items
    assert (item.mg, item.methylprednisolone_mg) == (20 * days, 16 * days)


def test_a_course_by_mouth_is_counted_day_by_day() -> None:
    course = _course(
        "prednisone 10 MG Oral Tablet", "8640", "2025-10-28", "2025-11-05", "take 1 tablet daily"
    )
    made = plan(course)
    # Of nine days, 8 mg each, those from 2 to 5 November lie within 12 months before 1 November.
    assert made.steroids.mg_12_months == 32
    assert made.steroids.mg_3_years == 72


@pytest.mark.parametrize(("day", "total"), [("2025-11-01", 0), ("2025-11-02", 40)])
def test_a_dose_leaves_the_year_on_its_own_day(day: str, total: float) -> None:
    made = plan(given("triamcinolone 40 MG/ML injection", 40, day))
    assert made.steroids.mg_12_months == total


def _warned(made: Plan) -> bool:
    return "steroid-total-year-postmenopausal" in safety(made, "esi-interlaminar")


@pytest.mark.parametrize(("mg", "warned"), [(199, False), (200, True), (201, True)])
def test_two_hundred_in_a_year_after_the_menopause(mg: float, warned: bool) -> None:
    """Joint, epidural and tablets together: 80 + 60 + the rest."""
    record = [
        given("triamcinolone 40 MG/ML injection", 80, "2026-02-01"),
        given("dexamethasone 10 MG/ML injection", 11.25, "2026-05-01"),
        given("methylprednisolone 40 MG/ML injection", mg - 140, "2026-08-01"),
    ]
    made = plan(*PAST, *record, booked={"esi-interlaminar": "2026-11-20"}, **WOMAN)
    assert made.steroids.mg_12_months == mg
    assert _warned(made) is warned


def test_the_window_moves_with_the_booked_day() -> None:
    record = [
        given("triamcinolone 40 MG/ML injection", 100, day) for day in ("2025-11-25", "2026-06-01")
    ]
    near = plan(*PAST, *record, booked={"esi-interlaminar": "2026-11-24"}, **WOMAN)
    later = plan(*PAST, *record, booked={"esi-interlaminar": "2026-11-25"}, **WOMAN)
    assert _warned(near) and not _warned(later)


def test_an_injection_without_a_dose_leaves_the_sum_open() -> None:
    made = plan(
        *PAST, done("62323", "2026-03-01"), booked={"esi-interlaminar": "2026-11-20"}, **WOMAN
    )
    assert made.steroids.mg_12_months == 0 and made.steroids.incomplete
    assert "steroid-dose-unrecorded" in safety(made, "esi-interlaminar")


def test_the_dose_of_the_same_day_belongs_to_the_injection() -> None:
    made = plan(
        *PAST,
        done("62323", "2026-03-01"),
        given("triamcinolone 40 MG/ML injection", 40, "2026-03-01"),
    )
    assert made.steroids.mg_12_months == 40 and not made.steroids.incomplete


def test_a_recorded_equivalent_of_the_day_is_not_counted_twice() -> None:
    made = plan(
        said("steroid-injection-dose", 40, "2026-03-01", "mg"),
        given("triamcinolone 40 MG/ML injection", 40, "2026-03-01"),
    )
    assert made.steroids.mg_12_months == 40


def test_order_and_administration_of_one_dose_are_one() -> None:
    administered = given("triamcinolone 40 MG/ML injection", 40, "2026-03-01")
    order = {
        "resourceType": "MedicationRequest",
        "id": "order-1",
        "status": "completed",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"text": "triamcinolone 40 MG/ML injection"},
        "authoredOn": "2026-02-20",
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 40, "unit": "mg"}}]}],
    }
    administered["request"] = {"reference": "MedicationRequest/order-1"}
    assert plan(administered, order).steroids.mg_12_months == 40


# --- replacement on order ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "written", "stopped"),
    [
        ("2027-02-01", "2026-10-01", True),  # three months to the day
        ("2027-02-02", "2026-10-01", False),
        ("2026-10-31", "2026-10-01", False),  # the day has passed
        ("2026-12-01", "2026-11-02", False),  # not yet written
    ],
)
def test_no_steroid_into_a_knee_that_is_to_be_replaced(
    on: str, written: str, stopped: bool
) -> None:
    right = {"coding": [{"system": "http://snomed.info/sct", "code": "6757004"}]}
    made = plan(ill("M17.11"), ordered("27447", on, written, bodySite=[right]))
    option = next(
        o for p in made.problems for o in p.options if o.id == "intra-articular-steroid-injection"
    )
    assert ("steroid-before-joint-replacement" in {item.id for item in option.safety}) is stopped
