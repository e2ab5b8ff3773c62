"""The referral letter: what is known, tried, asked for, missing and unsafe, in calm words."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from painpath import planner
from painpath.paperwork.choosing import UnknownOptionError, choose
from painpath.paperwork.letter import Letter
from painpath.paperwork.text import letter_text
from painpath.records.originals import of_documents
from tests.paperwork.conftest import KEYS, Case, Cases, case, compare

HARSH = re.compile(r"\b(denied|denial|rejected|fail(s|ed|ure)?|you must|non-?complian\w+)\b", re.I)


def part(made: Letter, title: str) -> list[str]:
    return next((p.lines for p in made.parts if p.title.startswith(title)), [])


@pytest.mark.parametrize("key", ["example-01", "example-05", "example-07", "example-10"])
def test_letter_reads_as_reviewed(key: str, cases: Cases) -> None:
    compare(f"letter-{key}.txt", letter_text(cases.of(key).letter()))


@pytest.mark.parametrize("key", KEYS)
def test_every_letter_is_to_a_qualified_pain_specialist_and_in_calm_words(
    key: str, cases: Cases
) -> None:
    text = letter_text(cases.of(key).letter())
    assert text.startswith("To a qualified pain specialist\n")
    assert not HARSH.search(text), HARSH.search(text)
    assert "a clinician decides" in " ".join(text.split())


def test_what_was_tried_has_dates_and_effect(cases: Cases) -> None:
    tried = part(cases.of("example-04").letter(), "What was tried")
    assert (
        "Epidural steroid injection, 17 Jun 2025: 30 % relief (1 Jul 2025), then 10 % relief"
        " (12 Aug 2025)" in tried
    )
    assert "Physical therapy, 3 Mar 2025 to 12 Sep 2025: effect not recorded" in tried


def test_what_was_tried_later_than_the_day_of_the_letter_is_not_in_it(cases: Cases) -> None:
    """The letter of an earlier day knows only what was known then."""
    bundle = json.dumps(cases.examples.bundle("example-04")).encode()
    record = cases.examples.record("example-04")
    early = case(record, planner().plan(record, as_of=date(2025, 6, 20)), bundle)
    tried = part(early.letter(), "What was tried")
    assert "Epidural steroid injection, 17 Jun 2025: effect not recorded" in tried
    assert not any("10 %" in line for line in tried)


def test_the_missing_names_the_act_and_who_can_do_it(cases: Cases) -> None:
    missing = part(cases.of("example-01").letter(), "Still missing")
    assert any("Order a CRP (referring clinician)" in line for line in missing)


def test_blood_thinner_is_in_the_letter(cases: Cases) -> None:
    safety = part(cases.of("example-05").letter(), "Safety")
    assert safety[0].startswith("Clopidogrel: hold 7 days before")


def test_every_caution_is_in_the_letter(cases: Cases) -> None:
    """An INR above the limit concerns no drug by itself, and must not be lost."""
    safety = part(cases.of("example-07").letter(), "Safety")
    assert any("latest INR is above 1.5" in line for line in safety)
    assert any(line.startswith("Medicines on the list: warfarin") for line in safety)


def test_medicines_that_ended_are_not_on_the_list(cases: Cases) -> None:
    safety = part(cases.of("example-01").letter(), "Safety")
    (listed,) = [line for line in safety if line.startswith("Medicines on the list")]
    assert "apixaban" in listed and "oxycodone" in listed and "duloxetine" not in listed


def test_a_patient_who_has_died_gets_no_letter(cases: Cases) -> None:
    bundle = cases.examples.bundle("example-01")
    bundle["entry"][0]["resource"]["deceasedBoolean"] = True
    with pytest.raises(UnknownOptionError, match="has died; nothing is proposed"):
        cases.changed("example-01", bundle).letter()


def test_allergies_that_no_concept_knows_are_in_the_letter(cases: Cases) -> None:
    bundle = cases.examples.bundle("example-01")
    for text, state in (("Shellfish", "active"), ("Latex", "resolved")):
        allergy = {
            "resourceType": "AllergyIntolerance",
            "id": text.lower(),
            "clinicalStatus": {"coding": [{"code": state}]},
            "patient": {"reference": "Patient/example-01"},
            "code": {"text": text},
            "recordedDate": "2020-02-03",
        }
        bundle["entry"].append({"resource": allergy})
    safety = part(cases.changed("example-01", bundle).letter(), "Safety")
    assert "Allergies: Shellfish (3 Feb 2020)." in safety


def test_of_an_empty_list_it_is_not_said_that_nothing_is_to_be_held(cases: Cases) -> None:
    bundle = cases.examples.bundle("example-04")
    kept = [e for e in bundle["entry"] if e["resource"]["resourceType"] != "MedicationRequest"]
    safety = part(cases.changed("example-04", {**bundle, "entry": kept}).letter(), "Safety")
    assert "Medicines on the list: none recorded; please ask." in safety
    assert not any("need holding" in line for line in safety)
    known = part(cases.of("example-04").letter(), "Safety")
    assert "No medicine on the list is known to need holding for this option." in known


def test_no_allergy_on_record_is_not_no_allergy(cases: Cases) -> None:
    safety = part(cases.of("example-01").letter(), "Safety")
    assert "Allergies: none recorded; please ask." in safety


def test_red_flag_comes_first_and_nothing_elective_is_asked_for(cases: Cases) -> None:
    made = cases.of("example-10").letter(option="epidural-steroid-injection")
    assert "Cauda equina" in made.flags[0]
    assert "Act on the red flag first" in made.request[0]
    assert "Epidural" not in " ".join(made.request)
    assert not part(made, "Why this option")


def test_waiting_says_from_which_day(cases: Cases) -> None:
    made = cases.of("example-07").letter()
    assert "are met from 21 Dec 2026, not before." in made.request[1]


def test_names_of_the_record_head_the_letter(cases: Cases) -> None:
    made = named(cases).letter()
    head = dict(made.parties.head())
    assert head["Patient"] == "Patient One (woman, 68)"
    assert head["Record number"] == "MRN-7" and head["Member number"] == "M-42"
    assert head["Referring clinician"] == "Clinician One" and head["Clinic"] == "Clinic One"


def named(cases: Cases) -> Case:
    """Example 01 with names, numbers, a clinician and a clinic."""
    bundle = cases.examples.bundle("example-01")
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            resource["name"] = [{"family": "One", "given": ["Patient"]}]
            resource["identifier"] = [{"system": "urn:example:mrn", "value": "MRN-7"}]
            resource["generalPractitioner"] = [{"reference": "Practitioner/gp"}]
            resource["managingOrganization"] = {"reference": "Organization/clinic"}
        if resource["resourceType"] == "Coverage":
            resource["subscriberId"] = "M-42"
    bundle["entry"] += [
        {
            "resource": {
                "resourceType": "Practitioner",
                "id": "gp",
                "name": [{"text": "Clinician One"}],
            }
        },
        {"resource": {"resourceType": "Organization", "id": "clinic", "name": "Clinic One"}},
    ]
    return cases.changed("example-01", bundle)


# -- choosing --


def test_without_an_option_the_next_step_is_meant(cases: Cases) -> None:
    plan = cases.of("example-05").plan
    chosen = choose(plan)
    assert chosen.option is not None and chosen.option.id == plan.problems[0].next_step


def test_an_option_is_asked_for_the_problem_whose_next_step_it_is(cases: Cases) -> None:
    chosen = choose(cases.of("example-05").plan, "epidural-steroid-injection")
    assert chosen.problem.next_step == "epidural-steroid-injection"
    other = choose(
        cases.of("example-05").plan, "epidural-steroid-injection", "pain-after-spine-surgery"
    )
    assert other.problem.id == "pain-after-spine-surgery"


def test_an_unknown_option_is_a_sentence_with_near_names(cases: Cases) -> None:
    with pytest.raises(UnknownOptionError, match="genicular-nerve-block"):
        choose(cases.of("example-01").plan, "genicular-block")
    with pytest.raises(UnknownOptionError, match='no problem "elbow"; it has'):
        choose(cases.of("example-01").plan, None, "elbow")


def test_originals_are_not_needed(cases: Cases) -> None:
    """Without the resources the plan alone makes the letter."""
    known = cases.of("example-01")
    bare = case(known.record, known.plan, b"")
    assert of_documents([b""]) == {}
    assert dict(bare.letter().parties.head())["Patient"] == "example-01 (woman, 68)"
