"""Who stands on which worklist, at the thresholds that the knowledge names."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import painpath
from painpath.cohort.making import Order, make
from painpath.knowledge.store import compiled
from painpath.planning.next_step import OPEN
from tests.screening.conftest import DAY
from tests.screening.exports import (
    Resource,
    coded,
    epidural,
    patient,
    radiculopathy,
    relief,
    rows,
)

DOSE = "high-dose-untried-option"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def opioid(times: int) -> Resource:
    """Oxycodone 5 mg, so many tablets a day: 7.5 MME each by the factors of 2022."""
    return {
        "resourceType": "MedicationRequest",
        "id": "opioid",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-10-01",
        "medicationCodeableConcept": {"text": "oxycodone hydrochloride 5 MG Oral Tablet"},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
            }
        ],
    }


def warfarin() -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": "warfarin",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-01-01",
        "medicationCodeableConcept": {"text": "Warfarin 5 MG Oral Tablet"},
    }


def booked(day: str) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "id": "booked",
        "status": "active",
        "intent": "order",
        "code": coded("http://www.ama-assn.org/go/cpt", "62323"),
        "occurrenceDateTime": day,
        "authoredOn": "2026-10-15",
    }


def twice(percent: float, *, second: str = "2026-09-01", recorded: bool = True) -> list[Resource]:
    """Two epidurals with relief recorded after the first."""
    found = [radiculopathy(), epidural("e1", "2026-03-01"), epidural("e2", second)]
    return [*found, relief("r", "e1", percent, "2026-04-01")] if recorded else found


PEOPLE: dict[str, list[Resource]] = {
    "relief-49": twice(49),
    "relief-50": twice(50),
    "relief-unrecorded": twice(0, recorded=False),
    "first-too-long-ago": [
        radiculopathy(),
        epidural("e1", "2025-11-01"),
        epidural("e2", "2026-09-01"),
        relief("r", "e1", 10, "2025-12-01"),
    ],
    "once": [radiculopathy(), epidural("e1", "2026-03-01"), relief("r", "e1", 10, "2026-04-01")],
    "mme-52": [radiculopathy(), opioid(7)],
    "mme-45": [radiculopathy(), opioid(6)],
    "anticoagulated": [radiculopathy(), warfarin(), booked("2026-11-20")],
    "not-anticoagulated": [radiculopathy(), booked("2026-11-20")],
    "booking-is-past": [radiculopathy(), warfarin(), booked("2026-10-20")],
}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Worklist -> patient -> row."""
    export, out = tmp_path_factory.mktemp("people"), tmp_path_factory.mktemp("listed")
    for name, resources in PEOPLE.items():
        text = json.dumps(patient(name, *resources))
        (export / f"{name}.json").write_text(text, encoding="utf-8")
    painpath.screen(export, out, as_of=DAY)
    found: dict[str, dict[str, Any]] = {w.id: {} for w in compiled().knowledge.worklists}
    for row in rows(out, "worklist"):
        found[row["worklist"]][row["patient"]] = row
    return found


@pytest.fixture(scope="module")
def of_cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a screen of synthetic patients leaves."""
    export, out = tmp_path_factory.mktemp("cohort"), tmp_path_factory.mktemp("of-cohort")
    make(Order(patients=400, seed=7, out=export, layout="ndjson"), lambda more: None, 1)
    painpath.screen(export, out, as_of=DAY)
    return out


def test_a_high_dose_is_listed_whatever_was_tried_before(of_cohort: Path) -> None:
    """Who had one option and never another that is open stands there as well."""
    options = {option.id: option for option in compiled().knowledge.options}
    problems = {
        (row["patient"], row["number"]): row["next_step"] for row in rows(of_cohort, "problems")
    }
    high = {
        row["patient"] for row in rows(of_cohort, "patients") if (row["mme_per_day"] or 0) >= 50
    }
    expected, tried = set(), set()
    for row in rows(of_cohort, "options"):
        if row["patient"] not in high or problems[row["patient"], row["number"]] is None:
            continue
        option = options[row["option"]]
        if row["times"]:
            tried.add(row["patient"])
        elif row["status"] in OPEN and option.part_of is None and option.rung != "revision":
            expected.add(row["patient"])
    listed = {r["patient"] for r in rows(of_cohort, "worklist") if r["worklist"] == DOSE}
    assert listed == expected
    assert listed & tried


def test_what_is_meant_to_end_is_not_listed_as_worn_off(of_cohort: Path) -> None:
    options = {option.id: option for option in compiled().knowledge.options}
    found = [row for row in rows(of_cohort, "worklist") if row["worklist"] == "relief-worn-off"]
    assert found
    assert {options[row["option"]].rung for row in found} <= {"initial", "ablation"}


def test_epidurals_are_listed_below_fifty_percent_only(listed: dict[str, dict[str, Any]]) -> None:
    found = listed["epidurals-without-relief"]
    assert set(found) == {"relief-49"}
    row = found["relief-49"]
    assert "best relief recorded before it 49 %" in row["because"]
    assert row["option"] == "epidural-steroid-injection"
    assert set(row["evidence"]) == {"Procedure/e1", "Procedure/e2", "Observation/r"}


def test_a_high_dose_is_listed_from_the_mark_on(listed: dict[str, dict[str, Any]]) -> None:
    found = listed["high-dose-untried-option"]
    assert set(found) == {"mme-52"}
    assert found["mme-52"]["because"].startswith("52.5 MME/day")
    assert found["mme-52"]["evidence"] == ["MedicationRequest/opioid"]


def test_a_booking_on_an_anticoagulant_is_listed_until_its_day(
    listed: dict[str, dict[str, Any]],
) -> None:
    found = listed["booked-on-anticoagulant"]
    assert set(found) == {"anticoagulated"}
    row = found["anticoagulated"]
    assert "Warfarin" in row["because"]
    assert row["evidence"][:2] == ["ServiceRequest/booked", "MedicationRequest/warfarin"]


def test_the_examples_stand_where_their_stories_put_them(of_bundles: Path) -> None:
    found = {(row["worklist"], row["patient"]) for row in rows(of_bundles, "worklist")}
    assert {
        ("never-referred", "example-06"),
        ("positive-block-no-ablation", "example-02"),
        ("positive-block-no-ablation", "example-08"),
        ("trial-no-implant", "example-05"),
        ("booked-on-anticoagulant", "example-07"),
        ("one-document-short", "example-09"),
    } <= found


def test_one_thing_missing_is_the_one_thing_of_the_plan(of_bundles: Path) -> None:
    row = next(
        row
        for row in rows(of_bundles, "worklist")
        if (row["worklist"], row["patient"]) == ("one-document-short", "example-09")
    )
    from painpath.records import store

    record = store.read_one(of_bundles / "facts", "example-09", painpath.planner().vocabulary)
    plan = painpath.plan(record, as_of=DAY)
    option = next(o for p in plan.problems for o in p.options if o.id == row["option"])
    asks = {c.ask for c in option.criteria if c.verdict == "unknown" and c.decisive}
    assert asks == {row["missing"]}


def test_the_csv_has_every_row_with_reason_evidence_and_plan(of_bundles: Path) -> None:
    with (of_bundles / "worklist.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == len(rows(of_bundles, "worklist"))
    for row in found:
        assert row["because"] and row["evidence"]
        assert row["plan"].startswith(f"painpath plan facts --patient {row['patient']}")


def test_what_a_spreadsheet_would_take_for_a_formula_is_text(tmp_path: Path) -> None:
    export, out = tmp_path / "export", tmp_path / "out"
    export.mkdir()
    for name in ("-1", "a-1"):
        data = json.dumps(patient(name, *twice(49)))
        (export / f"{name}.json").write_text(data, encoding="utf-8")
    painpath.screen(export, out, as_of=DAY)
    assert {row["patient"] for row in rows(out, "worklist")} == {"-1", "a-1"}
    with (out / "worklist.csv").open(encoding="utf-8", newline="") as file:
        assert {row["patient"] for row in csv.DictReader(file)} == {"'-1", "a-1"}


def test_every_worklist_cites_a_source() -> None:
    knowledge = compiled().knowledge
    sources = {source.id for source in knowledge.sources}
    for worklist in knowledge.worklists:
        cites = [worklist.cite] if isinstance(worklist.cite, str) else worklist.cite
        assert cites and {cite.split("#")[0] for cite in cites} <= sources
