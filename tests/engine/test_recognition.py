"""Recognition: which pain problems the facts show, on which side, where, and since when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.small import Bench, Chart, Complaint, fact

KNOWLEDGE = """
regions:
  - {id: knee, name: Knee}
  - {id: lumbar, name: Lumbar}
  - {id: cervical, name: Cervical}
concepts:
  - {id: ache, name: Ache, category: condition}
  - {id: dull-ache, name: Dull ache, category: condition}
  - {id: replaced, name: Joint replaced, category: procedure}
  - {id: infected, name: Infected, category: condition}
  - {id: sign, name: Sign, category: finding}
  - {id: nerve-pain, name: Nerve pain, category: condition}
  - {id: wear, name: Wear, category: condition}
  - {id: pain, name: Pain, category: condition, includes: [ache, dull-ache]}
  - {id: back-pain, name: Back pain, category: condition}
  - {id: back-surgery, name: Back surgery, category: procedure}
problems:
  - {id: after-replacement, name: P, patient_name: p, region: knee, sided: true, pain_type: mixed,
     replaces: [worn, unexplained],
     recognise: [{all: [pain, replaced], without: [infected], since: replaced}]}
  - {id: worn, name: P, patient_name: p, region: knee, sided: true, pain_type: mixed,
     replaces: [unexplained], recognise: [{all: [wear]}]}
  - {id: unexplained, name: P, patient_name: p, region: knee, sided: true, pain_type: unknown,
     weak: true, recognise: [{all: [[ache, dull-ache]]}]}
  - {id: nerve, name: P, patient_name: p, pain_type: neuropathic,
     recognise: [{all: [nerve-pain]}, {all: [sign]}]}
  - {id: after-surgery, name: P, patient_name: p, pain_type: mixed,
     recognise: [{all: [back-pain, back-surgery]}]}
"""


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(KNOWLEDGE)


def still(concept: str, at: str | None = "2025-03-01", **more: Any) -> dict[str, Any]:
    """A condition that has not ended."""
    return fact(concept, at, open=True, **more)


ACHE = still("ache", "2025-05-01", side="left")
REPLACED = fact("replaced", "2024-02-29", side="left")


def seen(bench: Bench, *facts: dict[str, Any], **more: Any) -> set[tuple[str, str | None]]:
    found = bench.problems(*facts, problem=None, **more)
    assert len(found) == len({(each.problem, each.side) for each in found})
    return {(each.problem, each.side) for each in found}


def only(bench: Bench, *facts: dict[str, Any], **more: Any) -> Complaint:
    (found,) = bench.problems(*facts, problem=None, **more)
    return found


# --- combinations and sides ---


def test_every_term_on_one_side_makes_the_problem_there(bench: Bench) -> None:
    assert seen(bench, ACHE, REPLACED) == {("after-replacement", "left")}


def test_one_term_alone_does_not(bench: Bench) -> None:
    assert seen(bench) == set()
    assert seen(bench, REPLACED) == set()
    assert seen(bench, ACHE) == {("unexplained", "left")}


def test_terms_on_different_sides_do_not_combine(bench: Bench) -> None:
    assert seen(bench, ACHE, fact("replaced", "2024-02-29", side="right")) == {
        ("unexplained", "left")
    }


def test_a_term_without_a_side_takes_the_side_of_the_other(bench: Bench) -> None:
    no_side = still("ache", "2025-05-01")
    assert seen(bench, no_side, REPLACED) == {("after-replacement", "left")}


def test_no_term_with_a_side_leaves_the_side_open(bench: Bench) -> None:
    found = seen(bench, still("ache"), fact("replaced", "2024"))
    assert found == {("after-replacement", None)}


def test_both_sides_are_two_problems(bench: Bench) -> None:
    both = still("ache", side="both"), fact("replaced", "2024", side="both")
    assert seen(bench, *both) == {("after-replacement", "left"), ("after-replacement", "right")}


def test_pain_on_both_sides_after_one_replacement_is_two_different_problems(bench: Bench) -> None:
    assert seen(bench, still("ache", side="both"), REPLACED) == {
        ("after-replacement", "left"),
        ("unexplained", "right"),
    }


def test_a_problem_known_on_a_side_is_not_shown_without_side_too(bench: Bench) -> None:
    assert seen(bench, still("wear"), still("wear", side="right")) == {("worn", "right")}


def test_a_problem_that_has_no_sides_is_one_whatever_the_sides(bench: Bench) -> None:
    found = seen(bench, still("nerve-pain", side="left"), still("nerve-pain", side="right"))
    assert found == {("nerve", None)}


def test_two_ways_to_recognise_are_one_problem(bench: Bench) -> None:
    assert seen(bench, still("nerve-pain"), fact("sign", "2025")) == {("nerve", None)}


def test_an_included_concept_counts_as_the_term(bench: Bench) -> None:
    assert ("after-replacement", "left") in seen(bench, still("dull-ache", side="left"), REPLACED)


# --- without, replaces ---


@pytest.mark.parametrize(("side", "spoils"), [("left", True), (None, True), ("right", False)])
def test_an_excluded_term_spoils_its_own_side(bench: Bench, side: str, spoils: bool) -> None:
    found = seen(bench, ACHE, REPLACED, still("infected", side=side))
    assert (("after-replacement", "left") not in found) == spoils


def test_a_resolved_excluded_term_does_not_spoil(bench: Bench) -> None:
    past = fact("infected", "2025-01-01", until="2025-02-01", side="left")
    assert ("after-replacement", "left") in seen(bench, ACHE, REPLACED, past)


def test_a_problem_explains_others_on_its_side_only(bench: Bench) -> None:
    found = seen(bench, still("wear", side="both"), ACHE, REPLACED)
    assert found == {("after-replacement", "left"), ("worn", "right")}


def test_a_problem_without_side_is_explained_too(bench: Bench) -> None:
    assert seen(bench, still("wear"), ACHE, REPLACED) == {("after-replacement", "left")}


# --- place ---


def test_a_fixed_region_belongs_to_the_problem(bench: Bench) -> None:
    assert only(bench, still("wear", side="left")).region == bench.regions["knee"]


def test_a_fact_in_another_region_is_not_a_term(bench: Bench) -> None:
    assert seen(bench, still("wear", side="left", region="lumbar")) == set()


def test_without_a_fixed_region_the_facts_give_it(bench: Bench) -> None:
    assert only(bench, still("nerve-pain", region="cervical")).region == bench.regions["cervical"]
    assert only(bench, still("nerve-pain")).region == 0


def test_levels_come_from_the_first_term(bench: Bench) -> None:
    found = only(bench, still("nerve-pain", level="L4-L5"), still("nerve-pain", level="L5-S1"))
    assert found.level != 0
    assert found.level == only(bench, still("nerve-pain", level="L4-S1")).level


@pytest.mark.parametrize("region", ["lumbar", None])
def test_terms_in_one_region_or_none_combine(bench: Bench, region: str | None) -> None:
    surgery = fact("back-surgery", "2024", region=region)
    assert seen(bench, still("back-pain", region="lumbar"), surgery) == {("after-surgery", None)}


def test_terms_in_different_regions_do_not_combine(bench: Bench) -> None:
    surgery = fact("back-surgery", "2024", region="cervical")
    assert seen(bench, still("back-pain", region="lumbar"), surgery) == set()


def test_a_fact_without_a_region_combines_beside_one_elsewhere(bench: Bench) -> None:
    # Fails: the neck pain hides the pain whose place is not recorded.
    pains = still("back-pain"), still("back-pain", region="cervical")
    surgery = fact("back-surgery", "2024", region="lumbar")
    assert seen(bench, *pains, surgery) == {("after-surgery", None)}


def test_the_problem_lies_where_its_terms_meet(bench: Bench) -> None:
    # Fails: pain in the neck too makes it pain after surgery in the neck too.
    pains = still("back-pain", region="lumbar"), still("back-pain", region="cervical")
    surgery = fact("back-surgery", "2024", region="lumbar")
    assert only(bench, *pains, surgery).region == bench.regions["lumbar"]


# --- since when ---


def test_the_named_term_says_since_when(bench: Bench) -> None:
    found = only(bench, ACHE, REPLACED)
    assert found.since == ("2024-02-29", "2024-02-29")


def test_otherwise_the_earliest_fact_of_the_first_term(bench: Bench) -> None:
    found = only(bench, still("wear", "2023-05-06", side="left"), still("wear", side="left"))
    assert found.since == ("2023-05-06", "2023-05-06")


@pytest.mark.parametrize(
    ("at", "since"),
    [
        ("2023", ("2023-01-01", "2023-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        # What is on record by today has begun by today.
        ("2026", ("2026-01-01", "2026-06-15")),
        (None, None),
    ],
)
def test_a_partial_date_is_an_interval(bench: Bench, at: str | None, since: Any) -> None:
    assert only(bench, still("wear", at, side="left")).since == since


def test_of_two_partial_dates_the_earliest_possible_counts(bench: Bench) -> None:
    found = only(bench, still("wear", "2023", side="left"), still("wear", "2023-06", side="left"))
    assert found.since == ("2023-01-01", "2023-06-30")


def test_an_undated_fact_does_not_hide_a_dated_one(bench: Bench) -> None:
    found = only(bench, still("wear", None, side="left"), still("wear", "2023-06-01", side="left"))
    assert found.since == ("2023-06-01", "2023-06-01")


def test_each_side_has_its_own_onset(bench: Bench) -> None:
    found = bench.problems(
        still("wear", "2020-01-01", side="left"),
        still("wear", "2022-01-01", side="right"),
        problem=None,
    )
    assert {each.side: each.since and each.since[0] for each in found} == {
        "left": "2020-01-01",
        "right": "2022-01-01",
    }


# --- what is no fact ---


@pytest.mark.parametrize(
    ("until", "counts"),
    [("2026-06-14", False), ("2026-06-15", True), ("2026-06", True), ("2026", True)],
)
def test_a_resolved_condition_no_longer_counts(bench: Bench, until: str, counts: bool) -> None:
    found = seen(bench, fact("wear", "2023-01-01", until=until, side="left"))
    assert bool(found) == counts


def test_a_procedure_counts_for_ever(bench: Bench) -> None:
    old = fact("replaced", "1999-01-01", until="1999-01-01", side="left")
    assert ("after-replacement", "left") in seen(bench, ACHE, old)


@pytest.mark.parametrize(("value", "counts"), [(False, False), (True, True), (None, True)])
def test_a_finding_recorded_as_no_does_not_count(bench: Bench, value: Any, counts: bool) -> None:
    assert bool(seen(bench, fact("sign", "2026-06-01", value=value))) == counts


def test_a_condition_recorded_as_no_does_not_count(bench: Bench) -> None:
    assert seen(bench, still("wear", side="left", value=False)) == set()


def test_an_order_is_a_wish_not_a_fact(bench: Bench) -> None:
    ordered = fact("replaced", "2026-06-01", side="left", order=True)
    assert seen(bench, ACHE, ordered) == {("unexplained", "left")}


@pytest.mark.parametrize(
    ("recorded", "known_by", "counts"),
    [
        ("2026-06-15", None, True),
        ("2026-06-16", None, False),
        (None, None, True),
        ("2026-06-16", "2026-06-16", True),
        ("2026-06-01", "2026-05-31", False),
    ],
)
def test_what_is_recorded_later_does_not_exist(
    bench: Bench, recorded: str | None, known_by: str | None, counts: bool
) -> None:
    found = seen(bench, still("wear", side="left", recorded=recorded), known_by=known_by)
    assert bool(found) == counts


@pytest.mark.parametrize(("at", "counts"), [("2026-06-15", True), ("2026-06-16", False)])
def test_what_begins_later_does_not_exist(bench: Bench, at: str, counts: bool) -> None:
    assert bool(seen(bench, still("wear", at, side="left"))) == counts


def test_other_patients_facts_do_not_count(bench: Bench) -> None:
    charts = [Chart(facts=[each], problem=None) for each in (ACHE, REPLACED)]
    found = bench.ask_all(charts)
    assert [[each.problem for each in row] for row in found] == [["unexplained"], []]
