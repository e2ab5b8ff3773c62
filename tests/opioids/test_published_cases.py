"""Cases that others published with their expected totals (read from shared test data).

They were computed with the factors from before 2022: every one of them is met by `cdc-2016`, and
each that `cdc-2022` answers differently stands in `DIFFERENT_SINCE` with the reason.
"""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any

import pytest

from painpath.opioids import OpioidLoad, opioid_load
from painpath.opioids.doses import DoseReader
from painpath.opioids.loading import opioid_knowledge
from tests.opioids.orders import dosage, from_fhir, load, order

ROOT = Path(
    os.environ.get("PAINPATH_TESTDATA")
    or Path(__file__).resolve().parents[3] / "shared" / "testdata"
)
FOLDER = ROOT / "opioid-mme-r4"
EXPECTED = FOLDER / "expected_mme.json"

pytestmark = pytest.mark.skipif(
    not EXPECTED.exists(), reason=f"published test records are not at {FOLDER}"
)

DIFFERENT_SINCE: dict[str, tuple[float, str]] = {
    "864706": (282.0, "methadone: flat 4.7 instead of the tier of 10 at 60 mg/day"),
    "1237050": (54.0, "mucosal spray: 0.18 per mcg as the CDC file lists oral sprays, not 0.16"),
}
"""RxNorm code of a published case to its value under the 2022 table, and why it differs."""


def published() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return data


def cases(section: str) -> list[dict[str, Any]]:
    return published()[section] if EXPECTED.exists() else []


def of_patient(case: str, rules: str) -> OpioidLoad:
    """All orders of one published patient, on the last day on which one of them begins."""
    orders = []
    for file in sorted((FOLDER / "MMECalculatorTests" / case).glob("*.json")):
        resource = json.loads(file.read_text(encoding="utf-8"))
        if resource["resourceType"] == "MedicationRequest":
            orders.append(from_fhir(resource))
    days = [o.start for o in orders if o.start is not None]
    return opioid_load(orders, max(days, default=datetime.date(2020, 7, 1)), rules)


@pytest.mark.parametrize("rules", ["cdc-2016", "cdc-2022"])
@pytest.mark.parametrize(
    "case", cases("medication_requests"), ids=[c["case"] for c in cases("medication_requests")]
)
def test_patients(case: dict[str, Any], rules: str) -> None:
    got = of_patient(case["case"], rules)
    # No opioid is 0 here, where the published calculator gives no result.
    assert got.mme_per_day == (case["expected_mme_per_day"] or 0.0)
    assert not got.incomplete


def test_the_published_results_are_the_ones_typed() -> None:
    for case in cases("medication_requests"):
        file = (
            FOLDER / "MMECalculatorTests" / case["case"] / f"GuidanceResponse-{case['case']}.json"
        )
        if file.exists():
            response = json.loads(file.read_text(encoding="utf-8"))
            total = response["contained"][0]["parameter"][0]["valueQuantity"]["value"]
            assert total == case["expected_mme_per_day"]


@pytest.mark.parametrize("rules", ["cdc-2016", "cdc-2022"])
@pytest.mark.parametrize("named", [True, False], ids=["by name", "by code"])
@pytest.mark.parametrize("case", cases("drug_level"), ids=[c["drug"] for c in cases("drug_level")])
def test_drugs(case: dict[str, Any], named: bool, rules: str) -> None:
    number, unit = case["dose"].split()
    line = dosage(
        dose=float(number),
        dose_unit=unit,
        frequency=case["doses_per_day"],
        period=1,
        period_unit="d",
    )
    # The published name of the ropivacaine mixture does not say its strength; its code does.
    prescription = order(case["drug"] if named else "", line, code=case["rxnorm"])
    expected = case["expected"]
    if rules == "cdc-2022" and case["rxnorm"] in DIFFERENT_SINCE:
        expected = DIFFERENT_SINCE[case["rxnorm"]][0]
    assert load(prescription, rules=rules).mme_per_day == expected


def test_each_difference_is_a_difference() -> None:
    known = {case["rxnorm"]: case["expected"] for case in cases("drug_level")}
    for code, (value, why) in DIFFERENT_SINCE.items():
        assert known[code] != value
        assert why


@pytest.mark.parametrize(
    "case",
    cases("doses_per_day"),
    ids=[f"{c['frequency']} per {c['period']}" for c in cases("doses_per_day")],
)
def test_doses_per_day(case: dict[str, Any]) -> None:
    period, unit = case["period"].split()
    said = dosage(frequency=case["frequency"], period=float(period), period_unit=unit)
    times, _, _ = DoseReader(opioid_knowledge()).times_per_day(said)
    if case["expected"] is None:
        assert times is None
    else:
        assert float(times or 0) == pytest.approx(case["expected"], abs=1e-8)
