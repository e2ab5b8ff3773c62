"""Opioids being ordered: the dose before and after."""

from __future__ import annotations

import copy

import pytest

from tests.hooks.asking import Json, asked, cards, draft, example, medication, ordered

ON_45 = example("example-01")
"""Takes 45 MME a day."""
ON_NONE = example("example-06")


def oxycodone(per_day: int, tablets: float, key: str = "m1", **more: object) -> Json:
    """Tablets of 5 mg; each is 7.5 MME."""
    order = medication(
        key, "oxycodone hydrochloride 5 MG Oral Tablet", "1049621", per_day, tablets, "tablet"
    )
    return {**order, **more}


def told(
    record: tuple[Json, ...], *orders: Json, hook: str = "order-sign", at: int = 1
) -> list[Json]:
    selected = tuple(f"MedicationRequest/{o['id']}" for o in orders[:at])
    context = ordered(*orders, selected=selected if hook == "order-select" else None)
    return cards(asked(hook, record, context))


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_dose_that_rises_into_a_higher_band(hook: str) -> None:
    (card,) = told(ON_45, oxycodone(2, 2), hook=hook)
    assert card["source"]["topic"]["code"] == "opioid-dose"
    assert card["summary"] == "Opioid dose 45 → 75 MME a day (50 to under 90 MME/day)"
    assert card["indicator"] == "warning"
    assert "2 tablets (10 mg) x 2/day x 1.5" in card["detail"]
    assert "naloxone" in card["detail"]
    assert card["source"]["url"]


@pytest.mark.parametrize(
    ("per_day", "tablets", "after"),
    [(6, 1, None), (2, 3, None), (7, 1, "52.5"), (12, 1, "90"), (11, 1, "82.5")],
)
def test_the_first_opioid(per_day: int, tablets: float, after: str | None) -> None:
    found = told(ON_NONE, oxycodone(per_day, tablets))
    assert (after is not None) == bool(found)
    if after is not None:
        assert found[0]["summary"].startswith(f"Opioid dose 0 → {after} MME a day")


def test_at_fifty_exactly_the_band_begins() -> None:
    drug = {
        "coding": [
            {
                "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                "code": "892672",
                "display": "morphine sulfate 10 MG Oral Tablet",
            }
        ],
        "text": "morphine sulfate 10 MG Oral Tablet",
    }

    def morphine(mg: float) -> list[Json]:
        order = medication("m1", "morphine", "1", 1, mg, "mg")
        return told(ON_NONE, {**order, "medicationCodeableConcept": drug})

    assert morphine(49) == []
    (card,) = morphine(50)
    assert card["summary"].startswith("Opioid dose 0 → 50 MME")


def test_an_order_that_replaces_another_does_not_count_twice() -> None:
    taken = [r for r in ON_45 if r["resourceType"] == "MedicationRequest"]
    opioid = next(r for r in taken if "oxycodone" in str(r))
    same = {**copy.deepcopy(opioid), "status": "draft"}
    assert told(ON_45, same) == []
    renewed = oxycodone(2, 3, priorPrescription={"reference": f"MedicationRequest/{opioid['id']}"})
    assert told(ON_45, renewed) == []


def test_a_dose_in_a_high_band_that_rises_within_it_is_noted() -> None:
    high = (*ON_NONE, {**oxycodone(8, 1, "old"), "status": "active"})
    (card,) = told(high, oxycodone(2, 1, dosageInstruction=_once_daily(1)))
    assert card["indicator"] == "info"
    assert card["summary"].startswith("Opioid dose 60 → 67.5 MME a day")


def _once_daily(tablets: float) -> list[Json]:
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
    dose = {"doseQuantity": {"value": tablets, "unit": "tablet"}}
    return [{"timing": {"repeat": repeat}, "doseAndRate": [dose]}]


def test_a_dose_without_directions_is_told_on_signing_only() -> None:
    order = oxycodone(1, 1, dosageInstruction=[{"text": "as directed"}])
    (card,) = told(ON_NONE, order)
    assert card["indicator"] == "info"
    assert card["summary"].startswith("The daily opioid dose is not known with this order")
    assert told(ON_NONE, order, hook="order-select") == []


def test_an_order_that_is_no_opioid_is_silent() -> None:
    ibuprofen = medication("m1", "ibuprofen 600 MG Oral Tablet", "197806", 3, 1, "tablet")
    assert told(ON_45, ibuprofen) == []


def test_what_is_not_selected_counts_but_is_not_the_reason_for_a_card() -> None:
    first, second = oxycodone(4, 1), oxycodone(4, 1, "m2")
    (card,) = told(ON_NONE, first, second, hook="order-select")
    assert card["summary"].startswith("Opioid dose 0 → 60 MME")
    other = draft("NutritionOrder", "n1")
    context = ordered(other, second, selected=("NutritionOrder/n1",))
    assert cards(asked("order-select", ON_NONE, context)) == []


def test_a_medication_in_a_resource_of_its_own() -> None:
    order = oxycodone(10, 1)
    drug = order.pop("medicationCodeableConcept")
    order["contained"] = [{"resourceType": "Medication", "id": "med", "code": drug}]
    order["medicationReference"] = {"reference": "#med"}
    (card,) = told(ON_NONE, order)
    assert card["summary"].startswith("Opioid dose 0 → 75 MME")
