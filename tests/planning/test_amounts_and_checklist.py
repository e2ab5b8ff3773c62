"""Local-anaesthetic maxima by weight, and what the record should show before scheduling."""

from __future__ import annotations

import pytest

from painpath.planning.plan import ChecklistResult, Plan
from tests.planning.charts import (
    allergy,
    document,
    drug,
    ill,
    plan,
    safety,
    said,
)

DAY = "2026-11-20"


def _mg(made: Plan) -> dict[str, tuple[float, float | None]]:
    return {f"{x.drug} {x.way}": (x.mg, x.mg_to) for x in made.anaesthetic.limits}


def test_maxima_at_50_kg_go_by_weight() -> None:
    found = _mg(plan(said("body-weight", 50, unit="kg")))
    assert found["lidocaine plain"] == (225, None)
    assert found["lidocaine plain, United Kingdom"] == (150, None)
    assert found["lidocaine with epinephrine"] == (350, None)
    assert found["bupivacaine plain"] == (100, 125)
    assert found["bupivacaine with epinephrine"] == (150, None)
    assert found["levobupivacaine plain"] == (100, 125)
    assert found["ropivacaine plain"] == (100, 150)
    assert found["mepivacaine plain"] == (220, 250)
    assert found["chloroprocaine with epinephrine"] == (1000, None)


def test_maxima_at_100_kg_meet_their_ceilings() -> None:
    found = _mg(plan(said("body-weight", 100, unit="kg")))
    assert found["lidocaine plain"] == (300, None)
    assert found["lidocaine plain, United Kingdom"] == (200, None)
    assert found["lidocaine with epinephrine"] == (500, None)
    assert found["bupivacaine plain"] == (175, None)
    assert found["bupivacaine plain, United Kingdom"] == (150, None)
    assert found["bupivacaine with epinephrine"] == (225, None)
    assert found["ropivacaine plain"] == (200, None)


@pytest.mark.parametrize(
    ("weight", "height", "sex", "basis", "kg"),
    [
        (75, 160, "female", "weight", 75),  # body mass index 29.3
        (80, 160, "female", "ideal weight", 55),  # 31.25: 160 less 105
        (80, 160, "male", "ideal weight", 60),  # 160 less 100
        (120, 200, "male", "weight", 120),  # exactly 30 is not above
    ],
)
def test_above_a_body_mass_index_of_30_the_ideal_weight_counts(
    weight: float, height: float, sex: str, basis: str, kg: float
) -> None:
    made = plan(
        said("body-weight", weight, unit="kg"), said("body-height", height, unit="cm"), sex=sex
    )
    assert (made.anaesthetic.basis, made.anaesthetic.weight_kg) == (basis, kg)


def test_a_high_index_without_height_is_asked_about() -> None:
    made = plan(said("body-weight", 120, unit="kg"), said("body-mass-index", 41, unit="kg/m2"))
    assert made.anaesthetic.ask and "ideal weight" in made.anaesthetic.basis


def test_pounds_are_converted_and_the_latest_weight_counts() -> None:
    made = plan(
        said("body-weight", 90, "2025-01-01", "kg"),
        said("body-weight", 110, "2026-10-01", "[lb_av]"),
    )
    assert made.anaesthetic.weight_kg == 49.9


def test_without_a_weight_there_is_no_figure() -> None:
    made = plan(ill("M54.16"))
    assert made.anaesthetic.limits == [] and made.anaesthetic.ask


# --- checklist -----------------------------------------------------------------------------------


def _entry(made: Plan, name: str) -> ChecklistResult | None:
    return next((entry for entry in made.checklist if entry.id == name), None)


@pytest.mark.parametrize(
    ("name", "needed", "settled"),
    [
        ("hold-agreed", [drug("apixaban")], document("antithrombotic-hold-agreed")),
        ("inr-on-the-day", [drug("warfarin")], said("inr", 1.1)),
        ("kidney-function-known", [drug("dabigatran")], said("egfr", 70, unit="mL/min")),
        ("platelets-known", [drug("apixaban")], said("platelets", 200, unit="10*9/L")),
        ("hba1c-known", [ill("E11.9")], said("hba1c", 7.0, unit="%")),
        ("infection-screened", [], said("infection-screen-positive", False)),
        ("allergies-asked", [], allergy("No known allergies")),
        ("allergies-asked", [], allergy("latex")),
        ("sedation-decided", [], said("sedation-planned", False)),
        ("driver-known", [said("sedation-planned", True)], document("driver-arranged")),
        ("naloxone-offered", [drug("oxycodone"), drug("lorazepam")], drug("naloxone nasal spray")),
        ("pdmp-known", [drug("oxycodone")], document("pdmp-review")),
        ("urine-test-known", [drug("oxycodone")], document("urine-drug-test")),
        ("surgery-and-vaccines-asked", [], document("upcoming-surgery-asked")),
        ("antiretrovirals-known", [ill("B20")], drug("ritonavir")),
    ],
)
def test_an_entry_is_missing_until_it_is_on_file(
    name: str, needed: list[dict[str, object]], settled: dict[str, object]
) -> None:
    booked = {"esi-interlaminar": DAY}
    before = _entry(plan(ill("M54.16"), *needed, booked=booked), name)
    after = _entry(plan(ill("M54.16"), *needed, settled, booked=booked), name)
    assert before is not None and (before.state, bool(before.ask)) == ("missing", True)
    assert after is not None and (after.state, after.ask) == ("on-file", None)


@pytest.mark.parametrize(
    "name",
    ["hold-agreed", "inr-on-the-day", "hba1c-known", "driver-known", "naloxone-offered"],
)
def test_what_does_not_concern_the_patient_is_not_listed(name: str) -> None:
    assert _entry(plan(ill("M54.16"), booked={"esi-interlaminar": DAY}), name) is None


@pytest.mark.parametrize(
    ("born", "sex", "listed"),
    [
        ("1990-01-01", "female", True),
        ("1990-01-01", "male", False),
        ("1970-11-01", "female", False),  # 56 today
        ("1970-11-02", "female", True),  # still 55
        ("2014-11-01", "female", True),  # 12 today
        ("2014-11-02", "female", False),
    ],
)
def test_pregnancy_is_asked_of_women_who_may_be(born: str, sex: str, listed: bool) -> None:
    made = plan(ill("M54.16"), booked={"esi-interlaminar": DAY}, born=born, sex=sex)
    assert (_entry(made, "pregnancy-asked") is not None) is listed


@pytest.mark.parametrize(("mme", "listed"), [(49, False), (50, True)])
def test_naloxone_from_50_mme(mme: float, listed: bool) -> None:
    made = plan(
        ill("M54.16"),
        drug("oxycodone"),
        said("opioid-mme-per-day", mme, unit="{MME}/d"),
        booked={"esi-interlaminar": DAY},
    )
    assert (_entry(made, "naloxone-offered") is not None) is listed


# --- rules that make an option need more ---------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "device", "plan_on_file", "asked"),
    [
        ("M47.812", "Z95.0", False, True),  # the neck
        ("M47.812", "Z95.0", True, False),
        ("M47.816", "Z95.0", False, False),  # below the chest: a caution only
        ("M47.816", "Z95.810", False, True),  # a defibrillator
    ],
)
def test_radiofrequency_near_a_cardiac_device_needs_a_plan(
    problem: str, device: str, plan_on_file: bool, asked: bool
) -> None:
    papers = [document("cardiology-device-plan")] if plan_on_file else []
    made = plan(ill(problem), ill(device), *papers, booked={"facet-rfa": DAY})
    items = safety(made, "facet-rfa")
    assert "cardiac-implant-radiofrequency" in items
    open_ = items.get("cardiac-implant-radiofrequency-plan")
    assert (open_ is not None and open_.needs_more) is asked


def test_what_a_device_needs_stands_among_what_is_missing() -> None:
    made = plan(ill("M47.812"), ill("Z95.0"))
    assert any("device checked" in row.ask and "facet-rfa" in row.for_ for row in made.missing)


@pytest.mark.parametrize(("egfr", "warned"), [(29, True), (30, False)])
def test_gadolinium_is_no_way_out_with_poor_kidneys(egfr: float, warned: bool) -> None:
    made = plan(
        ill("M54.16"),
        ill("Z91.041"),
        said("egfr", egfr, unit="mL/min"),
        booked={"esi-interlaminar": DAY},
    )
    items = safety(made, "esi-interlaminar")
    assert "contrast-allergy-gadolinium-epidural" in items
    assert ("contrast-allergy-gadolinium-kidney" in items) is warned
