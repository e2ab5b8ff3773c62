"""A population is judged as each patient alone, whatever way the export is laid out."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import painpath
from painpath.records import store
from tests.screening.conftest import DAY
from tests.screening.exports import TABLES, bundle, names, rows

Key = tuple[str, str | None, str | None]


def standing(out: Path) -> dict[str, dict[Key, tuple[str | None, dict[str, Any]]]]:
    """Per patient and problem: the next step, and status, policy and "done" of every option."""
    options: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    for row in rows(out, "options"):
        told = (row["status"], row["policy"], row["times"] > 0)
        options[row["patient"], row["number"]][row["option"]] = told
    found: dict[str, dict[Key, tuple[str | None, dict[str, Any]]]] = defaultdict(dict)
    for row in rows(out, "problems"):
        key = row["problem"], row["side"], row["region"]
        found[row["patient"]][key] = row["next_step"], options[row["patient"], row["number"]]
    return found


def planned(name: str, out: Path) -> dict[Key, tuple[str | None, dict[str, Any]]]:
    """The same of the patient's plan."""
    record = store.read_one(out / "facts", name, painpath.planner().vocabulary)
    plan = painpath.plan(record, as_of=DAY)
    return {
        (p.id, p.side, p.region): (
            p.next_step,
            {
                o.id: (o.status, o.policy, bool(o.done))
                for o in p.options
                if o.status != "not-indicated"
            },
        )
        for p in plan.problems
    }


def test_every_status_and_next_step_is_that_of_the_plan(of_bundles: Path) -> None:
    found = standing(of_bundles)
    assert {row["patient"] for row in rows(of_bundles, "patients")} == set(names())
    for name in names():
        assert found.get(name, {}) == planned(name, of_bundles), name


def test_the_plan_from_facts_is_the_plan_from_the_record(bundles: Path, of_bundles: Path) -> None:
    vocabulary = painpath.planner().vocabulary
    for name in names():
        path = next(bundles.glob(f"{name}.json*"))
        whole = painpath.plan(painpath.read_record(path), as_of=DAY)
        again = painpath.plan(store.read_one(of_bundles / "facts", name, vocabulary), as_of=DAY)
        assert again.problems == whole.problems
        assert again.opioids == whole.opioids
        assert again.steroids == whole.steroids


def said(out: Path, name: str) -> list[str]:
    """Rows of a table, whatever order the export had its resources in."""
    found = rows(out, name)
    for row in found:
        # Of much evidence the worklist shows some, in the order of the record.
        shown = row.pop("evidence", None)
        if name == "problems":
            row["evidence"] = sorted(shown)
    return sorted(map(str, found))


def test_both_layouts_say_the_same(of_bundles: Path, of_lines: Path) -> None:
    for name in TABLES:
        assert said(of_lines, name) == said(of_bundles, name)


def test_facts_of_an_earlier_screen_give_the_same_without_fhir(
    of_bundles: Path, tmp_path: Path
) -> None:
    painpath.screen(of_bundles / "facts", tmp_path / "again", as_of=DAY)
    for name in (*(f"{table}.parquet" for table in TABLES), "worklist.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (of_bundles / name).read_bytes()


def test_processes_side_by_side_change_nothing(lines: Path, of_lines: Path, tmp_path: Path) -> None:
    painpath.screen(lines, tmp_path / "two", as_of=DAY, jobs=2)
    for name in (*(f"{table}.parquet" for table in TABLES), "worklist.csv", "summary.html"):
        assert (tmp_path / "two" / name).read_bytes() == (of_lines / name).read_bytes()


def test_what_is_screened_on_another_day_is_judged_on_that_day(
    bundles: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    day = DAY.replace(year=2024)
    painpath.screen(bundles, out, as_of=DAY)
    painpath.screen(bundles, out, as_of=day)
    fresh = tmp_path / "fresh"
    painpath.screen(bundles, fresh, as_of=day)
    assert (out / "options.parquet").read_bytes() == (fresh / "options.parquet").read_bytes()


def test_one_payers_criteria_for_all(bundles: Path, tmp_path: Path) -> None:
    painpath.screen(bundles, tmp_path, as_of=DAY, policy="clinical")
    families = {policy.id: policy.payer for policy in painpath.planner().knowledge.policies}
    policies = {row["policy"] for row in rows(tmp_path, "options")} - {None}
    assert policies
    assert {families[policy] for policy in policies} == {"clinical"}


def test_children_are_not_judged_by_criteria_for_adults(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name, born in zip(names(), ("2012-03-04", "2008-11-02", "2008-11-01"), strict=False):
        record = bundle(name)
        for entry in record["entry"]:
            if entry["resource"]["resourceType"] == "Patient":
                entry["resource"]["birthDate"] = born
        (source / f"{name}.json").write_text(json.dumps(record))
    painpath.screen(source, out, as_of=DAY)
    found = standing(out)
    assert found
    for name, problems in found.items():
        assert problems == planned(name, out), name
    young = {row["patient"] for row in rows(out, "patients") if row["age"] < 18}
    assert len(young) == 2
    told = [row for row in rows(out, "options") if row["patient"] in young]
    assert {row["status"] for row in told} <= {"needs-more", "contraindicated"}
    assert {row["patient"] for row in rows(out, "positions")} & young == set()
