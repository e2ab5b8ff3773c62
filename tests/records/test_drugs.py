"""Drugs: which, from when to when, and prescriptions for the dose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.builders import BOUNDS, ELIQUIS, LENGTH, SUPPLY, drug, has, request
from tests.records.small import RXNORM, coded, day, facts, only, read

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
    request(doNotPerform=True),
    drug("MedicationStatement", status="not-taken"),
    drug("MedicationStatement", status="intended"),
    drug("MedicationAdministration", status="not-done"),
    *(
        drug(name, status=status)
        for name in ("MedicationStatement", "MedicationDispense", "MedicationAdministration")
        for status in ("cancelled", "not-done", "entered-in-error")
    ),
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


def test_a_dosage_line_keeps_its_own_days_timing_code_and_first_readable_dose() -> None:
    line = {
        "text": "Take by mouth",
        "timing": {**BOUNDS["timing"], "code": {"coding": [{"code": "BID"}]}},
        "doseAndRate": [
            {"type": {"text": "calculated"}},
            {"type": {"text": "ordered"}, "doseQuantity": {"value": 2, "unit": "tablet"}},
        ],
    }
    (dose,) = read(request(dosageInstruction=[line])).prescriptions[0].dosages
    assert (dose.text, dose.timing, dose.dose_high) == ("Take by mouth", "BID", 2)
    assert (str(dose.start), str(dose.end)) == ("2026-01-02", "2026-02-01")
