"""The calculation rule: what counts, what is missing, what is never converted."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest

from painpath.opioids import opioid_load
from painpath.records.facts import DoseInstruction, Prescription
from tests.opioids.orders import DAY, START, dosage, every, item, load, order

OXYCODONE = "oxycodone 5 mg tablet"
MORPHINE = "morphine 15 mg tablet"
days = datetime.timedelta


# --- missing is missing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (dosage(dose=1, dose_unit="tablet"), "no timing on the order"),
        (dosage(dose=1, dose_unit="tablet", frequency=2), "no timing on the order"),
        (dosage(dose=1, dose_unit="tablet", frequency=1, period=6), "no timing on the order"),
        (
            dosage(dose=1, dose_unit="tablet", frequency=10, period=1, period_unit="mg"),
            "no timing on the order",
        ),
        (
            dosage(dose=1, dose_unit="tablet", as_needed=True),
            "no timing on the order: as needed, without an interval or a daily maximum",
        ),
        (dosage(frequency=1, period=6, period_unit="h"), "no dose on the order"),
        (dosage(text="take as directed"), "no dose on the order"),
        (dosage(text="one tablet by mouth"), "no timing on the order"),
        (every(6, 1, "squirt"), 'the unit "squirt" is not known'),
        (every(6, 1, "dose"), "the dose is given in doses, not in a unit of the product"),
        (every(6, 5, "mL"), "the dose is a volume, the strength is per unit"),
        (every(6, 0, "tablet"), "the dose is 0"),
        (every(6, -1, "tablet"), "the dose is -1"),
        (every(0, 1, "tablet"), "no timing on the order"),
        (every(-6, 1, "tablet"), "no timing on the order"),
        (every(1e-300, 1, "tablet"), "no timing on the order"),
        (every(6, 1e308, "tablet"), "the dose is larger than any that can be meant"),
    ],
)
def test_what_is_missing_is_said(line: DoseInstruction, why: str) -> None:
    got = load(order(OXYCODONE, line))
    assert got.items[0].mme_per_day is None
    assert got.items[0].why == why
    assert got.mme_per_day is None
    assert got.band is None
    assert got.incomplete


def test_no_directions() -> None:
    assert item(order(OXYCODONE)).why == "no directions on the order"


def test_a_total_with_a_gap_is_a_lower_bound() -> None:
    got = load(order(OXYCODONE, every(6, 1, "tablet")), order(MORPHINE, "one tablet by mouth"))
    assert got.mme_per_day == 30
    assert got.incomplete
    assert got.flags == ("not every opioid could be computed: at least 30 MME/day",)


def test_no_opioid_is_zero() -> None:
    got = load(order("ibuprofen 600 mg tablet", "1 tab tid"))
    assert (got.mme_per_day, got.items, got.band, got.incomplete) == (0.0, (), "none", False)


def test_text_fills_what_the_structure_leaves_out() -> None:
    timing = order(OXYCODONE, dosage(dose=1, dose_unit="tablet", text="every 6 hours as needed"))
    dose = order(OXYCODONE, dosage(text="2 tablets", frequency=1, period=6, period_unit="h"))
    assert item(timing).mme_per_day == 30
    assert item(dose).mme_per_day == 60


def test_quantity_and_days_supply_come_last() -> None:
    got = item(
        order(OXYCODONE, "as directed", quantity=120, quantity_unit="tablet", days_supply=30)
    )
    assert got.mme_per_day == 30
    assert got.working == "120 tablets / 30 days (20 mg/day) x 1.5"
    assert any("computed from quantity and days' supply" in flag for flag in got.flags)


def test_structure_and_text_that_differ_are_shown() -> None:
    line = every(12, 1, "tablet", text="1 tablet every 6 hours")
    got = item(order(OXYCODONE, line))
    assert got.mme_per_day == 15
    assert any("the text reads as 20 mg a day" in flag for flag in got.flags)


# --- the most that may be taken -------------------------------------------------------------------


def test_a_cap_in_the_text_wins_over_the_structure() -> None:
    line = dosage(
        dose_low=1,
        dose_high=2,
        dose_unit="tablet",
        frequency=1,
        period=4,
        period_unit="h",
        as_needed=True,
        text="1-2 tabs q4h PRN, max 8/day",
    )
    assert item(order(OXYCODONE, line)).mme_per_day == 60


@pytest.mark.parametrize(
    ("line", "mme"),
    [
        (every(4, 1, "tablet", max_per_day=4), 30),
        (every(4, 1, "tablet", max_per_day=20, max_per_day_unit="mg"), 30),
        (every(6, 1, "tablet", max_per_day=8), 30),
        (every(6, 1, "tablet", max_per_day=0), 30),
        (every(6, 1, "tablet", text="max 0 per day"), 30),
        (dosage(dose=1, dose_unit="tablet", as_needed=True, max_per_day=4), 30),
        (dosage(text="1-2 tablets as needed, max 6 tablets per day"), 45),
        (dosage(text="1 tab up to 4 times a day as needed"), 30),
        (dosage(text="take up to 6 tablets daily"), 45),
        (every(4, 1, "tablet", frequency_max=2), 90),
        (every(4, 1, "tablet", period_max=6), 45),
        (every(6, 1, "tablet", period_max=4), 45),
        (dosage(dose=1, dose_unit="tablet", times_of_day=2), 15),
        (dosage(dose=1, dose_unit="tablet", when_count=3), 22.5),
        (every(24, 1, "tablet", times_of_day=2), 15),
        (every(168, 1, "tablet", times_of_day=1), 1.1),
        (dosage(dose=1, dose_unit="{tab}", frequency=3, period=1, period_unit="d"), 22.5),
        (dosage(dose=1, dose_unit="TAB", frequency=2, period=1, period_unit="wk"), 2.1),
        (dosage(dose=1, dose_unit="tablet", frequency=10, period=1, period_unit="mo"), 2.5),
        # FHIR: without a frequency it happens once a period.
        (dosage(dose=1, dose_unit="tablet", period=8, period_unit="h"), 22.5),
        # The timing's code, whatever the text leaves out.
        (dosage(dose=1, dose_unit="tablet", timing="BID", text="Take 1 tablet by mouth"), 15),
        (dosage(dose=1, dose_unit="tablet", timing="BED"), 7.5),
        (dosage(dose=1, dose_unit="tablet", timing="AM"), 7.5),
        (dosage(text="1 tab(s), Oral, BID, 60 tab(s), 0 Refill(s)"), 15),
    ],
)
def test_the_most_a_day(line: DoseInstruction, mme: float) -> None:
    assert item(order(OXYCODONE, line)).mme_per_day == mme


def test_a_limit_on_acetaminophen_is_none_on_the_opioid() -> None:
    text = "1 tablet every 6 hours. Do not exceed 3 g of acetaminophen in 24 hours"
    assert item(order("oxycodone-acetaminophen 5-325 mg tablet", text)).mme_per_day == 30


def test_a_cap_without_a_unit_is_not_applied_to_milligrams() -> None:
    got = item(order(OXYCODONE, "5 mg every 4 hours, max 4/day"))
    assert got.mme_per_day == 45
    assert "the daily maximum of 4 has no unit: not applied" in got.flags


def test_dosage_lines_are_added_and_said_so() -> None:
    got = item(order(OXYCODONE, "1 tablet in the morning", "2 tablets at bedtime"))
    assert got.mme_per_day == 22.5
    assert any("2 dosage lines added up" in flag for flag in got.flags)


def test_of_lines_that_follow_one_another_only_those_of_the_day_count() -> None:
    first = every(6, 1, "tablet", start=START, end=DAY - datetime.timedelta(days=1))
    second = every(12, 1, "tablet", start=DAY, end=DAY + datetime.timedelta(days=9))
    got = item(order(OXYCODONE, first, second))
    assert (got.mme_per_day, got.flags) == (15, ())
    assert item(order(OXYCODONE, first, every(12, 1, "tablet", start=START))).mme_per_day == 15


def test_a_dose_in_words_only_and_in_parts_of_the_day() -> None:
    got = item(order(OXYCODONE, "1 tab in the morning and 2 tabs at bedtime"))
    assert got.mme_per_day == 22.5
    assert got.working == "(1 tablet (5 mg) x 1/day + 2 tablets (10 mg) x 1/day) x 1.5"


# --- units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drug", "line", "mme"),
    [
        ("morphine oral solution", every(4, 5000, "ug"), 30),
        ("morphine oral solution", every(4, 5000, "mcg"), 30),
        ("morphine oral solution", every(4, 0.005, "g"), 30),
        ("oxycodone 5 mg/5 mL solution", every(6, 2, "[tsp_us]"), 60),
        ("fentanyl 200 mcg buccal tablet", every(6, 1, "tablet"), 104),
        ("fentanyl buccal tablet", every(6, 200, "ug"), 104),
        ("fentanyl buccal tablet", every(6, 0.2, "mg"), 104),
    ],
)
def test_units_are_converted(drug: str, line: DoseInstruction, mme: float) -> None:
    assert item(order(drug, line)).mme_per_day == mme


def test_a_number_without_a_unit_counts_tablets_unless_it_may_be_the_content() -> None:
    bare = dosage(dose=1, frequency=1, period=4, period_unit="h")
    assert item(order(OXYCODONE, bare)).mme_per_day == 45
    content = dosage(dose=10, frequency=1, period=4, period_unit="h")
    assert item(order(OXYCODONE, content)).why == (
        "the dose has no unit: 10 may be tablets or a content"
    )


def test_the_hour_is_exact() -> None:
    # 0.667 mg/mL: 60.03 mg would print as 60.0, never as 60.03000000000001.
    got = item(order("", every(8, 30, "mL"), code=1044427))
    assert (got.daily_dose, got.mme_per_day) == (60.03, 60.0)


# --- patches --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        dosage(text="1 patch every 72 h"),
        dosage(text="1 patch every 48 hours"),
        dosage(text="apply 1 patch as directed"),
        every(72, 25, "mcg/h"),
        every(72, 25, "ug/h"),
        every(72, 0.025, "mg/h"),
        every(72, 25, "mcg"),
        dosage(dose=1, dose_unit="patch"),
        dosage(dose=1, dose_unit="patch", frequency=1, period=12, period_unit="d"),
    ],
)
def test_a_patch_counts_by_its_hourly_rate_only(line: DoseInstruction) -> None:
    got = item(order("fentanyl 25 mcg/hr patch", line))
    assert (got.mme_per_day, got.daily_dose, got.unit) == (60, 25, "mcg/h")


def test_patches_add_up() -> None:
    got = load(
        order("fentanyl 25 mcg/hr patch", "1 patch every 72 h"),
        order("fentanyl 50 mcg/hr patch", "1 patch every 72 h"),
    )
    assert got.mme_per_day == 180


def test_patches_known_only_by_what_was_dispensed() -> None:
    said = order("fentanyl 25 mcg/hr patch", quantity=10, quantity_unit="patch", days_supply=30)
    got = item(said)
    assert got.mme_per_day == 60
    assert got.working == "10 patches / 30 days, each worn 72 h (25 mcg/h) x 2.4"


def test_a_patch_without_a_rate_has_no_figure() -> None:
    got = item(order("fentanyl patch", "1 patch every 72 h"))
    assert (got.mme_per_day, got.why) == (None, "the release rate of the patch is not stated")
    named = item(order("fentanyl patch", "1 patch (25 mcg/hr) every 72 h"))
    assert named.mme_per_day == 60


# --- never converted ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drug", "line"),
    [
        ("morphine 10 mg/mL injection", "2 mg every 4 hours"),
        ("fentanyl 0.004 MG/ML / ropivacaine 2 MG/ML Injectable Solution", "1 injection"),
        ("morphine", every(4, 2, "mg", route="Intravenous route")),
        ("hydromorphone PCA 0.2 mg/mL", "per protocol"),
        ("morphine", dosage(text="2 mg IV every 4 hours")),
        ("morphine intrathecal pump", "0.5 mg per day"),
        ("hydromorphone", every(4, 2, "mg", route="Intrathecal")),
        ("morphine", every(4, 2, "mg", route="47625008")),
        ("morphine", every(4, 2, "mg", route="72607000")),
    ],
)
def test_injected_and_spinal_opioids(drug: str, line: DoseInstruction | str) -> None:
    got = load(order(drug, line), order(OXYCODONE, "1 tab q6h"))
    assert got.items[0].mme_per_day is None
    assert "never converted" in (got.items[0].why or "")
    assert (got.mme_per_day, got.incomplete) == (30, False)
    assert any("never converted" in flag for flag in got.flags)


def test_only_an_injection_is_null_never_zero() -> None:
    got = load(order("morphine 10 mg/mL injection", "2 mg every 4 hours"))
    assert (got.mme_per_day, got.incomplete) == (None, False)


@pytest.mark.parametrize(
    "drug",
    [
        "buprenorphine 20 mcg/hr patch",
        "Suboxone 8 mg / 2 mg sublingual film",
        "buprenorphine 450 mcg buccal film (BELBUCA)",
    ],
)
def test_buprenorphine_is_flagged_and_adds_nothing(drug: str) -> None:
    got = load(order(drug, "1 daily"), order(OXYCODONE, "1 tab q6h"))
    assert got.mme_per_day == 30
    assert not got.incomplete
    assert got.items[0].mme_per_day is None
    assert any(flag.startswith("Buprenorphine present, MME not defined") for flag in got.flags)


def test_antidiarrhoeal_opioids_count_nothing() -> None:
    got = load(order("diphenoxylate-atropine 2.5-0.025 mg tablet", "1 tab qid"))
    assert (got.mme_per_day, got.items[0].mme_per_day, got.incomplete) == (0.0, 0.0, False)


def test_cough_syrup_counts() -> None:
    got = item(order("codeine-guaifenesin 10-100 mg/5 mL oral solution", "10 mL every 4 hours"))
    assert got.mme_per_day == 18


def test_fentanyl_of_unknown_form_has_no_figure() -> None:
    got = item(order("fentanyl 100 mcg", "1 every 4 hours"))
    assert (got.mme_per_day, got.why) == (
        None,
        "no factor for fentanyl as a form that is not stated",
    )


def test_a_drug_no_table_lists_is_no_zero() -> None:
    got = load(order("levomethadyl 10 MG/ML Oral Solution", "1 mL daily", code=311297))
    assert got.mme_per_day is None
    assert got.items[0].why == "No factor is published for levomethadyl"


# --- tables, tiers, bands -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mg", "factor"),
    [(20, 4), (20.5, 8), (40, 8), (40.5, 10), (60, 10), (60.5, 12), (5, 4)],
)
def test_methadone_tiers_of_2016(mg: float, factor: float) -> None:
    prescription = order("methadone oral solution", every(24, mg, "mg"))
    assert item(prescription, "cdc-2016").factor == factor
    assert item(prescription, "cdc-2022").factor == 4.7


def test_a_tier_goes_by_all_orders_of_the_drug() -> None:
    got = load(
        order("methadone 10 mg tablet", "1 tab tid"),
        order("methadone 5 mg tablet", "3 tabs at bedtime"),
        rules="cdc-2016",
    )
    assert [entry.factor for entry in got.items] == [10, 10]
    assert got.mme_per_day == 450


@pytest.mark.parametrize(
    ("mg", "band"),
    [
        (0.1, "under-50"),
        (49.9, "under-50"),
        (49.94, "under-50"),
        (49.95, "50-to-under-90"),  # prints as 50.0: what is printed and its band agree
        (50, "50-to-under-90"),
        (89.9, "50-to-under-90"),
        (90, "90-or-more"),
        (90.1, "90-or-more"),
    ],
)
def test_bands_include_their_lower_end(mg: float, band: str) -> None:
    assert load(order("morphine oral solution", every(24, mg, "mg"))).band == band


def test_an_unknown_rule_set_is_said() -> None:
    with pytest.raises(ValueError, match='no rule set "cdc-1999"'):
        load(order(OXYCODONE, "1 tab q6h"), rules="cdc-1999")


def test_every_item_is_cited() -> None:
    got = item(order(OXYCODONE, "1 tab q6h"))
    assert got.cite == ("mme-cdc-2022-table", "mme-rxnorm")


# --- which orders count ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["stopped", "completed", "cancelled", "on-hold", "draft", "entered-in-error", "ended"]
)
def test_only_active_orders(status: str) -> None:
    assert load(order(OXYCODONE, "1 tab q6h", status=status)).items == ()


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (DAY, None, True),
        (DAY + days(1), None, False),
        (None, None, True),
        (DAY - days(30), DAY, True),
        (DAY - days(30), DAY - days(1), False),
    ],
)
def test_active_on_the_day(
    start: datetime.date | None, end: datetime.date | None, counts: bool
) -> None:
    got = load(order(OXYCODONE, "1 tab q6h", start=start, end=end))
    assert bool(got.items) == counts


def test_looking_back_counts_what_has_ended_since() -> None:
    ended = order(
        OXYCODONE, "1 tab q6h", status="completed", start=DAY - days(9), end=DAY + days(9)
    )
    assert opioid_load([ended], DAY).mme_per_day == 0
    assert opioid_load([ended], DAY, history=True).mme_per_day == 30


def test_supply_that_has_run_out_is_flagged_not_dropped() -> None:
    got = item(order(OXYCODONE, "1 tab q6h", days_supply=5))
    assert got.mme_per_day == 30
    assert any(
        flag.startswith("the supply, without refills, ran out on 2026-03-06") for flag in got.flags
    )


@pytest.mark.parametrize(("intent", "counts"), [("order", 1), ("plan", 1), ("proposal", 0)])
def test_intent(intent: str, counts: int) -> None:
    assert len(load(order(OXYCODONE, "1 tab q6h", intent=intent)).items) == counts


def test_a_single_administration_is_no_daily_dose() -> None:
    given = order(OXYCODONE, "1 tab q6h", kind="MedicationAdministration", status="completed")
    assert load(given).items == ()


# --- renewals and repeats -------------------------------------------------------------------------


def refill(ref: str, start: datetime.date, **said: Any) -> Prescription:
    return order(OXYCODONE, "1 tab q6h", ref=ref, start=start, **said)


@pytest.mark.parametrize(
    ("gap", "total"),
    [(-6, 60), (-5, 30), (0, 30), (3, 30)],
)
def test_a_renewal_is_not_counted_twice(gap: int, total: float) -> None:
    """The later order starts so many days after the earlier one's supply of 30 days ends."""
    first = DAY - days(30)
    got = load(
        refill("MedicationRequest/old", first, days_supply=30),
        refill("MedicationRequest/new", first + days(30 + gap), days_supply=30),
        on=DAY + days(5),
    )
    assert got.mme_per_day == total
    if total == 30:
        old = got.items[0]
        assert old.why == "renewed by MedicationRequest/new; counted there"
        assert not old.counted
        assert any("rule unverified" in flag for flag in old.flags)
    else:
        assert any(
            flag.startswith("2 orders of the same product, all counted") for flag in got.flags
        )


def test_a_linked_renewal_needs_no_dates() -> None:
    got = load(
        refill("MedicationRequest/old", DAY - days(9)),
        refill("MedicationRequest/new", DAY, prior="MedicationRequest/old"),
    )
    assert got.mme_per_day == 30


def test_two_strengths_are_two_orders() -> None:
    got = load(order(OXYCODONE, "1 tab q6h"), order("oxycodone 10 mg tablet", "1 tab q6h"))
    assert got.mme_per_day == 90


def test_a_list_entry_and_a_dispense_tell_of_the_order() -> None:
    got = load(
        order(OXYCODONE, "1 tab q6h", ref="MedicationRequest/1"),
        order(OXYCODONE, "1 tab q6h", ref="MedicationStatement/1", kind="MedicationStatement"),
        order(
            OXYCODONE,
            "1 tab q6h",
            ref="MedicationDispense/1",
            kind="MedicationDispense",
            status="completed",
            days_supply=30,
        ),
    )
    assert got.mme_per_day == 30
    assert [entry.counted for entry in got.items] == [True, False, False]


def test_a_dispense_counts_where_the_order_has_no_dose() -> None:
    dispense = order(
        OXYCODONE,
        ref="MedicationDispense/1",
        kind="MedicationDispense",
        status="completed",
        quantity=120,
        quantity_unit="tablet",
        days_supply=30,
    )
    got = load(order(OXYCODONE, "as directed"), dispense)
    assert (got.mme_per_day, got.incomplete) == (30, False)
    late = msgspec.structs.replace(dispense, start=DAY - days(31))
    assert load(late).items == ()
