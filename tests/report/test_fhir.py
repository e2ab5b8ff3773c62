"""The FHIR Bundle: valid R4, references that lead somewhere, nothing that reads as an order."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import painpath
from painpath import planner
from painpath.planning.asking import AuthorisationItemResult, PlaceAnswer
from painpath.report.fhir import to_fhir
from painpath.report.fhir_authorisation import URL, authorisation
from tests.report.conftest import AS_OF, KEYS, Examples

Resource = dict[str, Any]


def bundle(key: str, examples: Examples) -> Resource:
    made = json.loads(to_fhir(examples.plan(key)))
    assert isinstance(made, dict)
    return made


def of_kind(made: Resource, kind: str) -> list[Resource]:
    entries = (entry["resource"] for entry in made["entry"])
    return [resource for resource in entries if resource["resourceType"] == kind]


def validate(resource: Resource) -> None:
    kind = resource["resourceType"]
    module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
    getattr(module, kind).model_validate(resource)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("reference"), str):
            yield part["reference"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


@pytest.mark.parametrize("key", KEYS)
def test_every_resource_is_valid(key: str, examples: Examples) -> None:
    made = bundle(key, examples)
    validate(made)
    for entry in made["entry"]:
        validate(entry["resource"])


def test_an_invalid_resource_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="gender"):
        validate({"resourceType": "Patient", "gender": ["female"]})


@pytest.mark.parametrize("key", KEYS)
def test_references_lead_somewhere(key: str, examples: Examples) -> None:
    made = bundle(key, examples)
    inside = {entry["fullUrl"] for entry in made["entry"]}
    assert len(inside) == len(made["entry"]), "a full URL twice"
    known = inside | examples.refs(key)
    lost = [reference for reference in references(made) if reference not in known]
    assert not lost
    for entry in made["entry"]:
        if entry["resource"]["resourceType"] != "Patient":
            assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"


@pytest.mark.parametrize("key", KEYS)
def test_the_same_plan_has_the_same_ids(key: str, examples: Examples) -> None:
    again = planner().plan(examples.record(key), as_of=AS_OF[key])
    assert to_fhir(again) == to_fhir(examples.plan(key))


def test_ids_do_not_depend_on_the_process(examples: Examples) -> None:
    """Ids are names, not counters or hashes of the moment."""
    source = Path(painpath.__file__).parents[1]
    record = source / "painpath/examples/example-05.json"
    day = AS_OF["example-05"].isoformat()
    command = [sys.executable, "-m", "painpath", "plan", str(record), "--as-of", day]
    made = subprocess.run(
        [*command, "--format", "fhir"],
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
    )
    assert made.stdout == to_fhir(examples.plan("example-05"))


def test_ids_differ_by_patient_and_day(examples: Examples) -> None:
    care_plans = [of_kind(bundle(key, examples), "CarePlan")[0]["id"] for key in KEYS]
    assert len(set(care_plans)) == len(KEYS)
    later = planner().plan(examples.record("example-01"), as_of=datetime.date(2026, 11, 2))
    (care_plan,) = of_kind(json.loads(to_fhir(later)), "CarePlan")
    assert care_plan["id"] not in care_plans


@pytest.mark.parametrize("key", KEYS)
def test_everything_is_a_proposal(key: str, examples: Examples) -> None:
    made = bundle(key, examples)
    for request in [*of_kind(made, "ServiceRequest"), *of_kind(made, "CarePlan")]:
        assert request["intent"] == "proposal" and request["status"] == "draft"
    for issue in of_kind(made, "DetectedIssue"):
        assert issue["status"] == "preliminary"
    (care_plan,) = of_kind(made, "CarePlan")
    assert any("not medical advice" in note["text"] for note in care_plan["note"])


def test_next_step_becomes_a_proposal_with_its_reasons(examples: Examples) -> None:
    made = bundle("example-01", examples)
    requests = {r["code"]["text"]: r for r in of_kind(made, "ServiceRequest")}
    block = requests["Genicular nerve block"]
    assert block["code"]["coding"][0] == {
        "system": "urn:painpath:option",
        "code": "genicular-nerve-block",
        "display": "Genicular nerve block",
    }
    assert block["bodySite"] == [{"text": "right knee"}]
    notes = " ".join(note["text"] for note in block["note"])
    assert "Needs 2 things" in notes and "Order a CRP" in notes
    assert {"reference": "Condition/condition-1"} in block["reasonReference"]
    assert "Referral to a qualified interventional pain specialist" in requests


def test_waiting_carries_its_date(examples: Examples) -> None:
    made = bundle("example-07", examples)
    steps = [r for r in of_kind(made, "ServiceRequest") if "occurrenceDateTime" in r]
    assert {r["occurrenceDateTime"] for r in steps} == {"2026-12-21"}


def test_hold_is_a_detected_issue_with_the_drug(examples: Examples) -> None:
    made = bundle("example-05", examples)
    issues = {i["code"]["coding"][0]["code"]: i for i in of_kind(made, "DetectedIssue")}
    hold = issues["hold-clopidogrel"]
    assert hold["severity"] == "high" and "7 days" in hold["mitigation"][0]["action"]["text"]
    assert hold["evidence"][0]["detail"] == [{"reference": "MedicationRequest/medicationrequest-2"}]


def test_red_flag_silences_every_proposal(examples: Examples) -> None:
    made = bundle("example-10", examples)
    assert of_kind(made, "ServiceRequest") == []
    (flag,) = [i for i in of_kind(made, "DetectedIssue") if i["severity"] == "high"]
    assert "Hospital on the same day" in flag["mitigation"][0]["action"]["text"]


def test_infection_is_a_detected_issue(examples: Examples) -> None:
    issues = of_kind(bundle("example-03", examples), "DetectedIssue")
    assert any("infection" in issue["detail"].lower() for issue in issues)


def test_what_bars_an_option_is_a_detected_issue(examples: Examples) -> None:
    """An option that is not offered because of a criterion: its reason must not be lost."""
    plan = examples.plan("example-01")
    (problem,) = plan.problems
    options = [
        msgspec.structs.replace(o, status="contraindicated", because=["tka-no-infection"])
        if o.id in ("genicular-nerve-block", "genicular-rfa-post-tka")
        else o
        for o in problem.options
    ]
    changed = msgspec.structs.replace(problem, options=options, next_step=None)
    made = json.loads(to_fhir(msgspec.structs.replace(plan, problems=[changed])))
    codes = {i["code"]["coding"][0]["code"]: i for i in of_kind(made, "DetectedIssue")}
    issue = codes["tka-no-infection"]
    validate(issue)
    assert issue["severity"] == "high"
    assert "Genicular nerve block, Genicular nerve radiofrequency ablation" in issue["detail"]


def test_booking_that_does_not_go_is_a_detected_issue(examples: Examples) -> None:
    """Four epidurals in a year, a fifth booked for 10 November: possible from 21 December."""
    made = bundle("example-07", examples)
    (issue,) = [i for i in of_kind(made, "DetectedIssue") if "implicated" in i]
    (booked,) = issue["implicated"]
    assert booked["reference"].startswith("ServiceRequest/")
    assert issue["code"]["coding"][0]["code"] == "wait"
    assert issue["mitigation"][0]["action"]["text"] == "Possible from 21 Dec 2026"


def test_odd_ids_and_dates_stay_valid(examples: Examples) -> None:
    """What a record may hold: no birth date's day, an id with dots, a name with markup."""
    changed = examples.bundle("example-06")
    for entry in changed["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            resource["birthDate"] = "1979"
            resource["gender"] = "other"
        if resource["resourceType"] == "Condition":
            resource["code"]["text"] = "<b>Pain</b> & more"
    record = examples.read(changed, "odd-fhir")
    made = json.loads(to_fhir(planner().plan(record, as_of=AS_OF["example-06"])))
    validate(made)
    for entry in made["entry"]:
        validate(entry["resource"])


# --- prior authorisation -------------------------------------------------------------------------


def asked(resource: Resource) -> dict[str, Any]:
    """The parts of a proposal's prior authorisation, the last of a name."""
    extension = next((e for e in resource.get("extension", []) if e["url"] == URL), None)
    if extension is None:
        return {}
    return {
        part["url"]: next((v for k, v in part.items() if k.startswith("value")), part)
        for part in extension["extension"]
    }


def proposals(examples: Examples) -> Iterator[tuple[Resource, Any]]:
    """Each proposed procedure with the answer that the plan gives of it."""
    for key in KEYS:
        plan = examples.plan(key)
        answers = {o.id: o.prior_authorisation for p in plan.problems for o in p.options}
        for resource in of_kind(bundle(key, examples), "ServiceRequest"):
            codes = [coding["code"] for coding in resource["code"].get("coding", [])]
            if codes and codes[0] in answers:
                yield resource, answers[codes[0]]


def test_prior_authorisation_stands_on_the_proposal(examples: Examples) -> None:
    needed = set()
    for resource, answer in proposals(examples):
        parts = asked(resource)
        assert bool(parts) is (answer is not None and answer.payer != "clinical")
        if parts:
            code = {True: "auth-needed", False: "no-auth", None: "conditional"}[answer.required]
            assert (parts["pa-needed"], parts["reason"]) == (code, answer.why)
            assert parts.get("send-to") == answer.where
            assert parts.get("info-needed") == answer.ask
            needed.add(code)
    assert {"auth-needed", "no-auth"} <= needed


def test_a_full_answer_is_valid_and_complete(examples: Examples) -> None:
    resource, answer = next((r, a) for r, a in proposals(examples) if a and a.payer != "clinical")
    item = AuthorisationItemResult(text="Pain diary", state="add", criteria=[])
    place = PlaceAnswer(
        place="office", name="Office", required=None, programme=None, since=AS_OF["example-01"]
    )
    full = msgspec.structs.replace(
        answer,
        items=[item],
        by_place=[place],
        together=["64615"],
        valid_days=120,
        effect="or-review",
    )
    made = {**resource, "extension": authorisation(full)}
    validate(made)
    parts = asked(made)
    assert (parts["together"], parts["valid-days"], parts["effect"]) == ("64615", 120, "or-review")
    assert parts["item"]["extension"][0]["valueString"] == "Pain diary"
    assert [e.get("valueCode") for e in parts["by-place"]["extension"]][1] == "conditional"
