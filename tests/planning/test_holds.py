"""Antithrombotic drugs around a booked procedure, against tables written by hand."""

from __future__ import annotations

import datetime

import pytest

from painpath.planning.plan import SafetyItem
from tests.planning.charts import about, document, drug, ill, plan, safety, said

D = datetime.date.fromisoformat
LOW, INTERMEDIATE, HIGH = "sacral-lateral-branch-block", "esi-interlaminar", "scs-trial"
DAY = "2026-12-20"

# RxNorm ingredient, name; hours of hold at low, intermediate and high risk (or what is said
# instead); restart in hours at high risk.
ASRA: dict[str, tuple[str, str, object, object, object, float | None]] = {
    "diclofenac": ("3355", "diclofenac", "no-hold", "no-hold", 24, 24),
    "ketorolac": ("35827", "ketorolac", "no-hold", "no-hold", 24, 24),
    "ibuprofen": ("5640", "ibuprofen", "no-hold", "no-hold", 24, 24),
    "etodolac": ("24605", "etodolac", "no-hold", "no-hold", 48, 24),
    "indomethacin": ("5781", "indomethacin", "no-hold", "no-hold", 48, 24),
    "naproxen": ("7258", "naproxen", "no-hold", "no-hold", 96, 24),
    "meloxicam": ("41493", "meloxicam", "no-hold", "no-hold", 96, 24),
    "nabumetone": ("31448", "nabumetone", "no-hold", "no-hold", 144, 24),
    "oxaprozin": ("32613", "oxaprozin", "no-hold", "no-hold", 240, 24),
    "piroxicam": ("8356", "piroxicam", "no-hold", "no-hold", 240, 24),
    "celecoxib": ("140587", "celecoxib", "no-hold", "no-hold", "no-hold", None),
    "cilostazol": ("21107", "cilostazol", "no-hold", "no-hold", 48, 24),
    "dipyridamole": ("3521", "dipyridamole", "no-hold", "no-hold", 48, 24),
    "warfarin": ("11289", "warfarin", "shared-assessment", 120, 120, 6),
    "acenocoumarol": ("154", "acenocoumarol", "shared-assessment", 72, 72, 24),
    "enoxaparin": ("67108", "enoxaparin", 24, 24, 24, 24),
    "dalteparin": ("67109", "dalteparin", 24, 24, 24, 24),
    "fondaparinux": ("321208", "fondaparinux", "shared-assessment", 96, 96, 24),
    "apixaban": ("1364430", "apixaban", "shared-assessment", 72, 72, 24),
    "rivaroxaban": ("1114195", "rivaroxaban", "shared-assessment", 72, 72, 24),
    "edoxaban": ("1599538", "edoxaban", "shared-assessment", 72, 72, 24),
    "clopidogrel": ("32968", "clopidogrel", "no-hold", 168, 168, 24),
    "prasugrel": ("613391", "prasugrel", "no-hold", 240, 240, 24),
    "ticagrelor": ("1116632", "ticagrelor", "no-hold", 168, 168, 24),
    "ticlopidine": ("10594", "ticlopidine", "shared-assessment", 336, 336, None),
    "cangrelor": ("1656052", "cangrelor", "shared-assessment", 3, 3, 24),
    "argatroban": ("15202", "argatroban", "avoid", "avoid", "avoid", None),
    "alteplase": ("8410", "alteplase", 48, 48, 48, None),
}


def _said(item: SafetyItem | None) -> object:
    assert item is not None
    return item.hold_hours if item.hold_hours is not None else item.id.removesuffix(f"-{item.drug}")


@pytest.mark.parametrize("name", ASRA)
def test_holds_of_the_pain_guideline(name: str) -> None:
    code, text, low, intermediate, high, restart = ASRA[name]
    made = plan(ill("M54.16"), drug(text, code), booked={LOW: DAY, INTERMEDIATE: DAY, HIGH: DAY})
    found = {option: about(made, option, name) for option in (LOW, INTERMEDIATE, HIGH)}
    assert [_said(found[option]) for option in found] == [low, intermediate, high]
    item = found[HIGH]
    assert item is not None and item.restart_hours == restart and item.rules == "asra"


# Hours, first day without a dose, last dose, restart after 24 h; the procedure is on 20 December.
DATES = [
    ("ibuprofen", HIGH, 24, "2026-12-19", "2026-12-18", "2026-12-21"),
    ("apixaban", INTERMEDIATE, 72, "2026-12-17", "2026-12-16", "2026-12-21"),
    ("clopidogrel", INTERMEDIATE, 168, "2026-12-13", "2026-12-12", "2026-12-21"),
    ("prasugrel", INTERMEDIATE, 240, "2026-12-10", "2026-12-09", "2026-12-21"),
    ("cangrelor", INTERMEDIATE, 3, "2026-12-20", "2026-12-19", "2026-12-21"),
]


@pytest.mark.parametrize(("name", "option", "hours", "begins", "last", "restart"), DATES)
def test_a_hold_is_counted_back_from_the_booked_day(
    name: str, option: str, hours: float, begins: str, last: str, restart: str
) -> None:
    item = about(plan(ill("M54.16"), drug(name), booked={option: DAY}), option, name)
    assert item is not None and item.hold_hours == hours
    assert (item.hold_from, item.last_dose_on) == (D(begins), D(last))
    assert item.restart_on == D(restart)
    assert item.clear_on is None


def test_counting_back_passes_the_end_of_a_leap_february() -> None:
    made = plan(ill("M54.16"), drug("apixaban"), booked={INTERMEDIATE: "2028-03-02"})
    item = about(made, INTERMEDIATE, "apixaban")
    assert item is not None
    assert (item.hold_from, item.last_dose_on) == (D("2028-02-28"), D("2028-02-27"))


@pytest.mark.parametrize(
    ("day", "clear"),
    [
        ("2026-11-03", "2026-11-04"),  # no dose from 31 October on: that day has passed
        ("2026-11-04", None),  # no dose from today on
        ("2026-11-05", None),
    ],
)
def test_a_hold_that_should_have_begun_names_the_first_day_in_time(
    day: str, clear: str | None
) -> None:
    item = about(
        plan(ill("M54.16"), drug("apixaban"), booked={INTERMEDIATE: day}), INTERMEDIATE, "apixaban"
    )
    assert item is not None
    assert item.clear_on == (D(clear) if clear else None)
    assert ("that day has passed" in item.text) is (clear is not None)


def test_without_a_booked_day_there_are_hours_and_no_dates() -> None:
    made = plan(ill("M54.16"), drug("clopidogrel"))
    option = next(o for o in made.problems[0].options if o.id == INTERMEDIATE)
    item = next(i for i in option.safety if i.drug == "clopidogrel")
    assert (item.hold_days, item.hold_hours) == (7, 168)
    assert (item.hold_from, item.last_dose_on, item.restart_on) == (None, None, None)


# --- a drug that was stopped recently ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "until", "day", "level"),
    [
        # three whole days without a dose: none on the 2nd, 3rd, 4th; free on the 5th
        ("apixaban", "2026-11-01", "2026-11-04", "hold"),
        ("apixaban", "2026-11-01", "2026-11-05", None),
        ("clopidogrel", "2026-11-01", "2026-11-08", "hold"),
        ("clopidogrel", "2026-11-01", "2026-11-09", None),
        # three hours, taken on the 1st at an unknown hour: on the 2nd the hour may still count
        ("cangrelor", "2026-11-01", "2026-11-02", "hold"),
        ("cangrelor", "2026-11-01", "2026-11-03", None),
        ("piroxicam", "2026-11-01", "2026-11-02", None),  # no hold at intermediate risk
    ],
)
def test_a_hold_counts_from_the_last_dose(
    name: str, until: str, day: str, level: str | None
) -> None:
    made = plan(ill("M54.16"), drug(name, until=until), booked={INTERMEDIATE: day}, on="2026-11-02")
    item = about(made, INTERMEDIATE, name)
    assert (item.level if item else None) == level
    if item is not None and item.hold_hours is not None:
        days = int(item.hold_hours // 24) + 1
        assert item.last_dose_on == D(until)
        assert item.clear_on == D(until) + datetime.timedelta(days=days)


def test_a_drug_taken_on_the_day_itself_has_not_been_stopped() -> None:
    day = "2026-11-05"
    made = plan(ill("M54.16"), drug("apixaban", until=day), booked={INTERMEDIATE: day}, on=day)
    item = about(made, INTERMEDIATE, "apixaban")
    assert item is not None
    assert (item.hold_from, item.last_dose_on) == (D("2026-11-02"), D("2026-11-01"))


def test_a_stop_dated_by_its_month_counts_from_the_end_of_it() -> None:
    made = plan(
        ill("M54.16"),
        drug("clopidogrel", until="2026-10"),
        booked={INTERMEDIATE: "2026-11-07", "62323": "2026-11-08"},
    )
    item = about(made, INTERMEDIATE, "clopidogrel")
    assert item is not None and item.last_dose_on == D("2026-10-31")
    assert about(made, "62323", "clopidogrel") is None


def test_a_drug_that_is_still_taken_elsewhere_on_the_list_is_not_stopped() -> None:
    made = plan(
        ill("M54.16"),
        drug("apixaban", until="2026-10-30"),
        drug("apixaban"),
        booked={INTERMEDIATE: DAY},
    )
    item = about(made, INTERMEDIATE, "apixaban")
    assert item is not None and item.hold_from == D("2026-12-17")


# --- INR -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inr", "on", "asks", "words"),
    [
        (1.2, "2026-11-10", False, "on record: INR at most 1.2"),
        (1.3, "2026-11-10", True, "not so on record: INR at most 1.2"),
        (1.2, "2026-11-09", False, "on record: INR at most 1.2"),
        (1.2, "2026-11-08", True, "needs INR"),
    ],
)
def test_warfarin_needs_an_inr_of_the_day_or_the_day_before(
    inr: float, on: str, asks: bool, words: str
) -> None:
    made = plan(
        ill("M54.16"),
        drug("warfarin", until="2026-11-04"),
        said("inr", inr, on),
        booked={INTERMEDIATE: "2026-11-10"},
        on="2026-11-10",
    )
    item = about(made, INTERMEDIATE, "warfarin")
    assert item is not None and words in item.text
    assert any("INR" in ask for ask in item.ask) is asks
    assert item.level == ("caution" if asks else "info")  # five whole days are over


def test_while_warfarin_is_taken_an_inr_of_today_says_nothing() -> None:
    made = plan(ill("M54.16"), drug("warfarin"), said("inr", 2.5))
    option = next(o for o in made.problems[0].options if o.id == INTERMEDIATE)
    item = next(i for i in option.safety if i.drug == "warfarin")
    assert "on record" not in item.text and any("INR" in ask for ask in item.ask)


# --- kidneys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("egfr", "hours"),
    [(29.9, None), (30, 144), (49.9, 144), (50, 120), (79.9, 120), (80, 96)],
)
@pytest.mark.parametrize("what", ["egfr", "creatinine-clearance"])
def test_dabigatran_goes_by_kidney_function(what: str, egfr: float, hours: float | None) -> None:
    made = plan(
        ill("M54.16"),
        drug("dabigatran 150 mg", "1037042"),
        said(what, egfr, "2026-10-20", "mL/min"),
        booked={INTERMEDIATE: DAY},
    )
    item = about(made, INTERMEDIATE, "dabigatran")
    assert item is not None and item.hold_hours == hours
    assert not any("eGFR" in ask for ask in item.ask)
    request = next(r for r in made.requests if r.code == INTERMEDIATE)
    if hours is None:
        assert item.needs_more and item.id == "level-first-dabigatran" and item.level == "caution"
        assert request.status != "eligible"


@pytest.mark.parametrize(
    ("on", "hours", "asks"),
    [
        ("2026-09-21", 120, False),
        ("2026-09-20", 144, True),
        ("2026-09", 144, True),  # it may be recent enough, or not: the longer hold
        (None, 144, True),
    ],
)
def test_kidney_function_that_is_old_or_unknown_is_asked_for(
    on: str | None, hours: float, asks: bool
) -> None:
    """90 days before 20 December is 21 September."""
    record = [said("egfr", 60, on, "mL/min")] if on else []
    made = plan(ill("M54.16"), drug("dabigatran"), *record, booked={INTERMEDIATE: DAY})
    item = about(made, INTERMEDIATE, "dabigatran")
    assert item is not None and item.hold_hours == hours
    assert any("eGFR" in ask for ask in item.ask) is asks


def test_dabigatran_stopped_under_poor_kidneys_still_wants_a_level() -> None:
    made = plan(
        ill("M54.16"),
        drug("dabigatran", until="2026-10-30"),
        said("egfr", 25, "2026-10-20", "mL/min"),
        booked={INTERMEDIATE: "2026-11-03"},
    )
    item = about(made, INTERMEDIATE, "dabigatran")
    assert item is not None and item.needs_more


# --- reasons and doses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "hours", "asks"),
    [
        ([], None, True),
        ([said("aspirin-for-primary-prevention", True)], 144, False),
        ([ill("I25.10")], None, False),
        ([said("aspirin-for-primary-prevention", True), ill("Z95.5")], None, False),
    ],
)
def test_aspirin_goes_by_its_reason(more: list[object], hours: float | None, asks: bool) -> None:
    made = plan(ill("M54.16"), drug("aspirin 81 mg", "1191"), *more, booked={HIGH: DAY})  # type: ignore[arg-type]
    item = about(made, HIGH, "aspirin")
    assert item is not None and item.hold_hours == hours
    assert any("why aspirin is taken" in ask for ask in item.ask) is asks


@pytest.mark.parametrize(("known", "hours"), [(True, 12), (False, 24)])
def test_an_unknown_dose_of_enoxaparin_takes_the_longer_hold(known: bool, hours: float) -> None:
    more = [said("enoxaparin-prophylactic-dose", True)] if known else []
    made = plan(ill("M54.16"), drug("enoxaparin"), *more, booked={INTERMEDIATE: DAY})
    item = about(made, INTERMEDIATE, "enoxaparin")
    assert item is not None and item.hold_hours == hours
    assert any("dose of enoxaparin" in ask for ask in item.ask) is not known


# --- who agrees ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "agreed"), [("2026-09-21", True), ("2026-09-20", False), ("", False)]
)
def test_the_prescribers_decision_is_asked_for_until_it_is_on_file(on: str, agreed: bool) -> None:
    papers = [document("antithrombotic-hold-agreed", on)] if on else []
    made = plan(ill("M54.16"), drug("apixaban"), *papers, booked={INTERMEDIATE: DAY})
    item = about(made, INTERMEDIATE, "apixaban")
    assert item is not None
    assert ("decision is on file" in item.text) is agreed
    assert any("prescriber of apixaban" in ask for ask in item.ask) is not agreed


# --- two drugs -----------------------------------------------------------------------------------


def test_of_two_drugs_the_longest_hold_counts() -> None:
    made = plan(ill("M54.16"), drug("apixaban"), drug("clopidogrel"), booked={INTERMEDIATE: DAY})
    item = safety(made, INTERMEDIATE)["antithrombotics-combined"]
    assert item.hold_hours == 168 and item.hold_from == D("2026-12-13")
    assert "pixaban" in item.text and "clopidogrel" in item.text
    assert about(made, INTERMEDIATE, "apixaban") and about(made, INTERMEDIATE, "clopidogrel")


@pytest.mark.parametrize(
    ("names", "combined"),
    [
        (["apixaban"], False),
        (["sertraline", "fish oil"], False),  # weak ones count only beside another
        (["sertraline", "apixaban"], True),
        (["warfarin", "enoxaparin"], True),  # a bridge is two anticoagulants
        (["ibuprofen", "aspirin 81 mg"], True),
    ],
)
def test_what_counts_as_two(names: list[str], combined: bool) -> None:
    made = plan(ill("M54.16"), *(drug(name) for name in names), booked={INTERMEDIATE: DAY})
    assert ("antithrombotics-combined" in safety(made, INTERMEDIATE)) is combined


# --- rule sets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "low", "intermediate", "high"),
    [
        ("asra", None, 72, 72),
        ("asra-regional", 72, 72, 72),  # deep sites keep its intervals
        ("asipp", None, 48, 48),  # interlaminar is high there
        ("pause", 24, 48, 48),
        ("ipsis", None, 72, 72),  # what it does not say, the default set answers
        ("sir", None, 72, 72),
    ],
)
def test_every_rule_set_can_be_chosen(
    rules: str, low: float | None, intermediate: float, high: float
) -> None:
    made = plan(
        ill("M54.16"),
        drug("apixaban"),
        said("egfr", 90, "2026-12-01", "mL/min"),
        booked={LOW: DAY, INTERMEDIATE: DAY, HIGH: DAY},
        on="2026-12-01",
        hold_rules=rules,
    )
    found = [about(made, option, "apixaban") for option in (LOW, INTERMEDIATE, HIGH)]
    assert [item.hold_hours if item else None for item in found] == [low, intermediate, high]
    assert made.hold_rules == rules


@pytest.mark.parametrize(("egfr", "hours"), [(50, 120), (50.1, 72), (None, 120)])
def test_radiologists_hold_fondaparinux_by_kidney_function(
    egfr: float | None, hours: float
) -> None:
    record = [said("egfr", egfr, "2026-12-01", "mL/min")] if egfr else []
    made = plan(
        ill("M47.812"),
        drug("fondaparinux"),
        *record,
        booked={"facet-rfa": DAY},
        on="2026-12-01",
        hold_rules="sir",
    )
    item = about(made, "facet-rfa", "fondaparinux")  # the neck is high there
    assert item is not None and (item.hold_hours, item.rules) == (hours, "sir")
    assert any("eGFR" in ask for ask in item.ask) is (egfr is None)


def test_a_booking_for_no_known_problem_is_still_held_for() -> None:
    made = plan(drug("apixaban"), booked={INTERMEDIATE: DAY})
    assert made.requests[0].status == "not-indicated"
    item = about(made, INTERMEDIATE, "apixaban")
    assert item is not None and item.hold_from == D("2026-12-17")
