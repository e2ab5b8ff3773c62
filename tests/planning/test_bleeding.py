"""Bleeding classes of the options, society by society, and what raises them."""

from __future__ import annotations

import pytest

from painpath import planner
from painpath.knowledge import levels
from painpath.planning.bleeding import BleedingDesk, Site
from painpath.planning.plan import BleedingResult
from tests.engine.small import read
from tests.planning.charts import about, drug, ill, plan, safety, said

DAY = "2026-12-20"

# option, region, level; classes by asra, asipp and ipsis (None: no row of its own)
TABLE = [
    ("scs-trial", None, None, "high", "high", "high"),
    ("drg-stimulation", None, None, "high", "high", None),
    ("intrathecal-implant", None, None, "high", "high", None),
    ("esi-interlaminar", "cervical", "C7-T1", "intermediate", "high", "high"),
    ("esi-interlaminar", "lumbar", "L4-L5", "intermediate", "high", "high"),
    ("esi-interlaminar", "lumbar", "L5-S1", "intermediate", "intermediate", "high"),
    ("esi-interlaminar", "lumbar", "L4-S1", "intermediate", "high", "high"),
    ("esi-interlaminar", None, None, "intermediate", "high", "high"),
    ("esi-caudal", "sacral", None, "intermediate", "intermediate", "high"),
    ("esi-transforaminal", "cervical", "C6-C7", "intermediate", "intermediate", "intermediate"),
    ("esi-transforaminal", "lumbar", "L2-L3", "intermediate", "intermediate", "intermediate"),
    ("esi-transforaminal", "lumbar", "L3-L4", "intermediate", "low", "intermediate"),
    ("esi-transforaminal", "sacral", "S1", "intermediate", "low", "intermediate"),
    ("esi-transforaminal", "lumbar", None, "intermediate", "intermediate", "intermediate"),
    ("facet-mbb-diagnostic", "cervical", None, "intermediate", "low", "low"),
    ("facet-rfa", "cervical", None, "intermediate", "low", "intermediate"),
    ("facet-rfa", "thoracic", None, "low", "low", "low"),
    ("facet-rfa", "lumbar", None, "low", "low", "low"),
    ("facet-rfa", None, None, "intermediate", "low", "intermediate"),
    ("sij-injection-therapeutic", None, None, "low", "low", "low"),
    ("genicular-rfa", "knee", None, "low", "low", None),
    ("pns-permanent", None, None, "low", "low", None),
]


@pytest.fixture(scope="module")
def desk() -> BleedingDesk:
    findings = None  # classes before patient factors need none
    return BleedingDesk(planner().knowledge, findings)  # type: ignore[arg-type]


@pytest.mark.parametrize(("option", "region", "level", "asra", "asipp", "ipsis"), TABLE)
def test_classes_by_place_and_society(
    desk: BleedingDesk,
    option: str,
    region: str | None,
    level: str | None,
    asra: str,
    asipp: str,
    ipsis: str | None,
) -> None:
    known = {each.id: each for each in planner().knowledge.options}
    site = Site(region, levels.parse(level or ""))
    rows = [desk.base(rules, known[option], site) for rules in ("asra", "asipp", "ipsis")]
    assert [row.bleeding if row else None for row in rows] == [asra, asipp, ipsis]


SMALL = """
regions: [{id: cervical, name: Neck}, {id: lumbar, name: Low back}]
options: [{id: o, name: O, family: f, rung: initial, done: d, fits: []}]
bleeding_classes:
  - id: o
    classes:
      - {rules: r, bleeding: low, cite: c}
      - {rules: r, bleeding: high, regions: [cervical], cite: c}
hold_rule_sets: [{id: r, name: R, holds: [], cite: c}]
"""


@pytest.mark.parametrize(
    ("region", "bleeding"), [("cervical", "high"), ("lumbar", "low"), (None, "high")]
)
def test_of_an_unknown_place_the_highest_class_anywhere_counts(
    region: str | None, bleeding: str
) -> None:
    known = read(SMALL)
    row = BleedingDesk(known, None).base("r", known.options[0], Site(region))
    assert row is not None and row.bleeding == bleeding


def _class(made: object, option: str) -> BleedingResult:
    found = next(
        o.bleeding
        for p in made.problems  # type: ignore[attr-defined]
        for o in p.options
        if o.id == option and o.bleeding is not None
    )
    assert isinstance(found, BleedingResult)
    return found


@pytest.mark.parametrize(
    ("more", "raised"),
    [
        ([], False),
        ([ill("D69.6")], True),
        ([ill("K74.60")], True),
        ([ill("N18.6")], True),
        ([ill("N18.4")], False),
        ([said("radiation-at-site", True)], True),
        ([ill("D69.6"), ill("K74.60")], True),  # by one step only
    ],
)
def test_patient_factors_raise_the_class_by_one(
    more: list[dict[str, object]], raised: bool
) -> None:
    found = _class(plan(ill("M47.816"), *more), "facet-rfa")
    assert found.base == "low"
    assert found.bleeding == ("intermediate" if raised else "low")
    assert bool(found.raised_by) is raised


def test_a_high_class_is_not_raised() -> None:
    found = _class(plan(ill("M96.1"), ill("D69.6")), "scs-trial")
    assert (found.base, found.bleeding, found.raised_by) == ("high", "high", [])


def test_a_raised_class_changes_the_hold() -> None:
    plain = about(
        plan(ill("M47.816"), drug("apixaban"), booked={"facet-rfa": DAY}), "facet-rfa", "apixaban"
    )
    raised = about(
        plan(ill("M47.816"), ill("K74.60"), drug("apixaban"), booked={"facet-rfa": DAY}),
        "facet-rfa",
        "apixaban",
    )
    assert plain is not None and raised is not None
    assert (plain.hold_hours, raised.hold_hours) == (None, 72)


def test_what_is_not_known_of_the_place_is_said() -> None:
    found = _class(plan(ill("M54.16")), "esi-interlaminar")
    assert found.missing == []  # by the default set the level does not matter
    found = _class(plan(ill("M54.16"), hold_rules="asipp"), "esi-interlaminar")
    assert (found.bleeding, found.missing) == ("high", ["spinal level"])


def test_the_level_of_a_booking_counts() -> None:
    made = plan(
        ill("M54.16"),
        drug("apixaban"),
        booked={"esi-interlaminar": DAY},
        levels="L5-S1",
        hold_rules="asipp",
    )
    item = about(made, "esi-interlaminar", "apixaban")
    assert item is not None and (item.bleeding, item.hold_hours) == ("intermediate", 24)


@pytest.mark.parametrize(
    ("count", "neck", "back"),
    [
        (19, "platelets-below-50", "platelets-below-20"),
        (20, "platelets-below-50", "platelets-20-to-49"),
        (49, "platelets-below-50", "platelets-20-to-49"),
        (50, "platelets-50-to-69", None),
        (69, "platelets-50-to-69", None),
        (70, None, None),
    ],
)
def test_platelets_go_by_the_class(count: float, neck: str | None, back: str | None) -> None:
    def rules(code: str) -> list[str]:
        made = plan(ill(code), said("platelets", count, unit="10*9/L"), booked={"facet-rfa": DAY})
        return [name for name in safety(made, "facet-rfa") if name.startswith("platelets")]

    assert rules("M47.812") == ([neck] if neck else [])
    assert rules("M47.816") == ([back] if back else [])
