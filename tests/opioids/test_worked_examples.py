"""The 36 worked examples of the calculation rule, under both tables of factors.

Each is asked in four ways: drug by name or by RxNorm code, directions as text or as FHIR elements.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from painpath.records.facts import Prescription
from tests.opioids.orders import dosage, item, order

EXAMPLES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("worked_examples.yaml").read_text(encoding="utf-8")
)["examples"]
each_example = pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{e['n']}-{e['drug'].split()[0].split('/')[0]}" for e in EXAMPLES]
)
both_tables = pytest.mark.parametrize("rules", ["cdc-2022", "cdc-2016"])


def written(example: dict[str, Any], how: str, named: bool) -> Prescription:
    quantity, unit, days = example["quantity"]
    if how == "text":
        line = dosage(text=example["sig"])
    else:
        dose, dose_unit, times, hours, *more = example["structured"]
        said = {"dose_low": dose, "dose_high": dose, "dose_unit": dose_unit, "frequency": times}
        said |= {"period": hours, "period_unit": "h", **(more[0] if more else {})}
        line = dosage(**said)
    return order(
        example["drug"] if named else "",
        line,
        code=None if named else example["code"],
        quantity=quantity,
        quantity_unit=unit,
        days_supply=days,
    )


def test_all_thirty_six_are_here() -> None:
    assert [example["n"] for example in EXAMPLES] == list(range(1, 37))


@each_example
@both_tables
@pytest.mark.parametrize("how", ["text", "structured"])
@pytest.mark.parametrize("named", [True, False], ids=["by name", "by code"])
def test_worked_example(example: dict[str, Any], rules: str, how: str, named: bool) -> None:
    got = item(written(example, how, named), rules)
    assert got.mme_per_day == example["mme" if rules == "cdc-2022" else "mme_2016"]
    assert got.daily_dose == example["daily"]
    assert got.unit == example.get("unit", "mg")
    assert got.why is None


@each_example
def test_what_was_dispensed_stands_beside_it(example: dict[str, Any]) -> None:
    got = item(written(example, "text", named=True))
    assert got.dispensed_mme_per_day == example.get("dispensed", example["mme"])
    warned = any("days' supply give" in flag for flag in got.flags)
    assert warned == ("dispensed" in example)


@each_example
def test_a_factor_from_the_older_file_is_marked(example: dict[str, Any]) -> None:
    got = item(written(example, "text", named=True))
    assert any("not in the 2022 table" in flag for flag in got.flags) == ("fallback" in example)


@pytest.mark.parametrize(
    ("n", "working"),
    [
        (5, "1 tablet (5 mg) x 6/day (shortest interval) x 1.5"),
        (3, "15 mL (7.5 mg) x 4/day x 1"),
        (10, "2 tablets (10 mg) x 4/day (upper end of the dose) x 1.5"),
        (29, "2 tablets (60 mg) x 6/day (upper end of the dose), at most 8 tablets/day, x 0.15"),
        (33, "2 patches (100 mcg/h) x 2.4"),
    ],
)
def test_the_working_can_be_read(n: int, working: str) -> None:
    assert item(written(EXAMPLES[n - 1], "text", named=True)).working == working
