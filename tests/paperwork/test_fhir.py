"""FHIR documents: valid R4B, complete by the Da Vinci guides, nothing invented, references resolve.

What the guides require is written out here from their profiles (DTR 2.0.1, PAS 2.0.1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from painpath import planner
from painpath.knowledge.loading import Knowledge
from painpath.paperwork import dtr, pas, referral
from painpath.planning.plan import OptionResult, ProblemResult
from tests.paperwork.conftest import AS_OF, KEYS, Case, Cases, case, with_criteria
from tests.paperwork.test_letter import named
from tests.report.test_fhir import references, validate

Resource = dict[str, Any]

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
DTR = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"

Each = tuple[Case, ProblemResult, OptionResult, Resource]


def knowledge() -> Knowledge:
    return planner().knowledge


def bundles(key: str, cases: Cases) -> Iterator[Each]:
    """The Bundle of every option of an example that some policy has criteria for."""
    case = cases.of(key)
    for problem, option in with_criteria(case):
        yield case, problem, option, pas.bundle(case.request(problem, option))


def bundle_of(case: Case, option: str) -> Resource:
    problem, chosen = next(pair for pair in with_criteria(case) if pair[1].id == option)
    return pas.bundle(case.request(problem, chosen))


def of_kind(made: Resource, kind: str) -> list[Resource]:
    entries = (entry["resource"] for entry in made["entry"])
    return [resource for resource in entries if resource["resourceType"] == kind]


def items(resource: Resource) -> Iterator[Resource]:
    """Items of a form, inner ones too, also below answers."""
    for item in resource.get("item", ()):
        yield item
        yield from items(item)
        for answer in item.get("answer", ()):
            yield from items(answer)


# -- valid --


@pytest.mark.parametrize("key", KEYS)
def test_every_bundle_of_every_option_is_valid(key: str, cases: Cases) -> None:
    seen: set[str] = set()
    for _, _, option, made in bundles(key, cases):
        envelope = {**made, "entry": [{"fullUrl": entry["fullUrl"]} for entry in made["entry"]]}
        validate(envelope)
        for entry in made["entry"]:
            resource = entry["resource"]
            mark = f"{resource['resourceType']}/{resource['id']}"
            if mark not in seen:
                seen.add(mark)
                validate(resource)
        assert option.policy


@pytest.mark.parametrize("key", KEYS)
def test_references_lead_to_entries(key: str, cases: Cases) -> None:
    for _, _, _, made in bundles(key, cases):
        urls = [entry["fullUrl"] for entry in made["entry"]]
        assert len(urls) == len(set(urls))
        assert {f"urn:uuid:{entry['resource']['id']}" for entry in made["entry"]} == set(urls)
        assert set(references(made)) <= set(urls)


@pytest.mark.parametrize("key", KEYS)
def test_letters_have_a_valid_referral_unless_there_is_a_red_flag(key: str, cases: Cases) -> None:
    case = cases.of(key)
    made = referral.bundle(case.plan, case.letter())
    if made is None:
        assert case.plan.red_flags or not any(p.next_step for p in case.plan.problems)
        return
    validate(made)
    (request,) = of_kind(made, "ServiceRequest")
    assert request["intent"] == "proposal" and request["status"] == "draft"
    assert request["code"]["text"] == "Referral to a qualified interventional pain specialist"
    assert any("What was tried" in note["text"] for note in request["note"])


# -- Documentation Templates and Rules --


@pytest.mark.parametrize("key", KEYS)
def test_one_item_a_criterion_named_by_its_id(key: str, cases: Cases) -> None:
    for _, _, option, made in bundles(key, cases):
        (form,) = of_kind(made, "Questionnaire")
        assert [item["linkId"] for item in form["item"]] == [c.id for c in option.criteria]
        links = [item["linkId"] for item in items(form)]
        assert len(links) == len(set(links))
        assert form["status"] == "draft" and form["subjectType"] == ["Patient"]
        assert form["text"]["div"].startswith('<div xmlns="http://www.w3.org/1999/xhtml">')


def test_a_form_is_the_same_for_every_patient(cases: Cases) -> None:
    """The same name, the same questions: answers of two patients can be compared."""
    known: dict[str, list[Resource]] = {}
    for key in KEYS:
        for _, _, _, made in bundles(key, cases):
            (form,) = of_kind(made, "Questionnaire")
            asked = known.setdefault(form["url"], form["item"])
            assert asked == form["item"], form["url"]
    assert len(known) > 20


@pytest.mark.parametrize("key", KEYS)
def test_answers_say_what_the_plan_says(key: str, cases: Cases) -> None:
    for _, _, option, made in bundles(key, cases):
        (form,) = of_kind(made, "Questionnaire")
        (filled,) = of_kind(made, "QuestionnaireResponse")
        assert filled["questionnaire"] == f"{form['url']}|{form['version']}"
        assert {i["linkId"] for i in items(filled)} <= {i["linkId"] for i in items(form)}
        answers = {item["linkId"]: item.get("answer") for item in filled["item"]}
        for criterion in option.criteria:
            answer = answers[criterion.id]
            if criterion.verdict in ("unknown", "not-applicable"):
                assert answer is None
            elif answer is not None:
                assert answer[0]["valueBoolean"] is (criterion.verdict == "met")
            else:
                # An open way that is not needed is not part of the checklist.
                assert criterion.verdict == "not-met" and not criterion.decisive


@pytest.mark.parametrize("key", KEYS)
def test_every_answer_says_that_it_came_out_of_the_chart(key: str, cases: Cases) -> None:
    """dtrx-1: `auto` has no author."""
    for _, _, _, made in bundles(key, cases):
        (filled,) = of_kind(made, "QuestionnaireResponse")
        for item in items(filled):
            for answer in item.get("answer", ()):
                (origin,) = answer["extension"]
                assert origin["url"] == f"{DTR}/information-origin"
                assert origin["extension"] == [{"url": "source", "valueCode": "auto"}]


@pytest.mark.parametrize("key", KEYS)
def test_response_belongs_to_a_coverage_and_an_order(key: str, cases: Cases) -> None:
    for _, _, _, made in bundles(key, cases):
        (filled,) = of_kind(made, "QuestionnaireResponse")
        kinds = {e["fullUrl"]: e["resource"]["resourceType"] for e in made["entry"]}
        context = [
            kinds[extension["valueReference"]["reference"]]
            for extension in filled["extension"]
            if extension["url"] == f"{DTR}/qr-context"
        ]
        assert sorted(context) == ["Coverage", "ServiceRequest"]
        uses = [e for e in filled["extension"] if e["url"] == f"{DTR}/intendedUse"]
        assert [u["valueCodeableConcept"]["coding"][0]["code"] for u in uses] == ["withpa"]
        assert filled["subject"] and filled["item"]
        assert "basedOn" not in filled and "partOf" not in filled


def test_completed_only_if_nothing_is_missing(cases: Cases) -> None:
    states = {
        (key, option): of_kind(bundle_of(cases.of(key), option), "QuestionnaireResponse")[0][
            "status"
        ]
        for key, option in (("example-01", "genicular-nerve-block"), ("example-05", "scs-implant"))
    }
    assert list(states.values()) == ["in-progress", "completed"]


# -- Prior Authorization Support --


@pytest.mark.parametrize("key", KEYS)
def test_bundle_has_what_the_request_profile_requires(key: str, cases: Cases) -> None:
    for _, _, _, made in bundles(key, cases):
        assert made["type"] == "collection" and made["identifier"]["value"] and made["timestamp"]
        for entry in made["entry"]:
            assert set(entry) == {"fullUrl", "resource"}
        assert made["entry"][0]["resource"]["resourceType"] == "Claim"
        for kind in ("Claim", "Patient", "Coverage", "ServiceRequest", "QuestionnaireResponse"):
            assert len(of_kind(made, kind)) == 1, kind
        assert len(of_kind(made, "Organization")) == 2


@pytest.mark.parametrize("key", KEYS)
def test_claim_has_what_the_profile_requires(key: str, cases: Cases) -> None:
    for known, _, option, made in bundles(key, cases):
        (claim,) = of_kind(made, "Claim")
        kinds = {e["fullUrl"]: e["resource"]["resourceType"] for e in made["entry"]}
        assert claim["meta"]["profile"] == [f"{PAS}/profile-claim"]
        assert len(claim["identifier"]) == 1
        assert (claim["status"], claim["use"]) == ("active", "preauthorization")
        assert claim["created"] == known.plan.as_of.isoformat()
        assert claim["priority"] and claim["type"]["coding"][0]["code"] == "professional"
        assert kinds[claim["patient"]["reference"]] == "Patient"
        assert kinds[claim["insurer"]["reference"]] == "Organization"
        assert kinds[claim["provider"]["reference"]] == "Organization"
        (insurance,) = claim["insurance"]
        assert insurance["focal"] is True
        assert kinds[insurance["coverage"]["reference"]] == "Coverage"
        (item,) = claim["item"]
        assert item["sequence"] == 1 and item["productOrService"]["text"] == option.name
        told = {e["url"].rpartition("-")[2]: e for e in item["extension"]}
        assert set(told) == {"requestedService", "serviceItemRequestType", "certificationType"}
        service = told["requestedService"]["valueReference"]["reference"]
        assert kinds[service] == "ServiceRequest"
        sequences = [info["sequence"] for info in claim["supportingInfo"]]
        assert item["informationSequence"] == sequences == list(range(1, len(sequences) + 1))
        for info in claim["supportingInfo"]:
            assert info["category"]["coding"][0]["system"].endswith("/CodeSystem/PASTempCodes")
        numbers = {d["sequence"] for d in claim.get("diagnosis", ())}
        assert set(item.get("diagnosisSequence", ())) == numbers


@pytest.mark.parametrize("key", KEYS)
def test_evidence_travels_with_the_request(key: str, cases: Cases) -> None:
    for known, _, option, made in bundles(key, cases):
        refs = {e.ref for c in option.criteria for e in c.evidence if e.ref in known.originals}
        sent = {entry["resource"]["id"] for entry in made["entry"]}
        (service,) = of_kind(made, "ServiceRequest")
        support = {
            r["reference"].removeprefix("urn:uuid:") for r in service.get("supportingInfo", ())
        }
        assert support <= sent and len(support) >= len(refs)


def test_the_request_is_a_draft_that_a_clinician_signs(cases: Cases) -> None:
    made = bundle_of(cases.of("example-04"), "scs-trial")
    (service,) = of_kind(made, "ServiceRequest")
    assert (service["status"], service["intent"]) == ("draft", "order")
    assert "a clinician checks and signs" in service["note"][0]["text"]
    (claim,) = of_kind(made, "Claim")
    messages = [info["valueString"] for info in claim["supportingInfo"] if "valueString" in info]
    assert "a clinician checks and signs" in messages[0]


def test_what_the_record_does_not_hold_is_absent_with_a_reason(cases: Cases) -> None:
    made = bundle_of(cases.of("example-04"), "scs-trial")
    (patient,) = of_kind(made, "Patient")
    assert patient["name"] == [{"extension": [{"url": ABSENT, "valueCode": "unknown"}]}]
    (number,) = patient["identifier"]
    assert (
        set(number) == {"_system", "_value"} and number["_value"]["extension"][0]["url"] == ABSENT
    )
    (coverage,) = of_kind(made, "Coverage")
    assert "subscriberId" not in coverage and coverage["_subscriberId"]["extension"]
    nameless = [o for o in of_kind(made, "Organization") if "name" not in o]
    assert len(nameless) == 1 and nameless[0]["_name"]["extension"][0]["url"] == ABSENT


def test_names_and_numbers_of_the_record_are_taken_over(cases: Cases) -> None:
    made = bundle_of(named(cases), "genicular-nerve-block")
    for entry in made["entry"]:
        validate(entry["resource"])
    (patient,) = of_kind(made, "Patient")
    assert patient["name"] == [{"family": "One", "given": ["Patient"]}]
    assert patient["identifier"][0]["value"] == "MRN-7"
    assert of_kind(made, "Coverage")[0]["subscriberId"] == "M-42"
    assert {o.get("name") for o in of_kind(made, "Organization")} == {"Medicare", "Clinic One"}
    assert "http" not in re.sub(r'"https?://[^"]*"', "", str(patient["name"]))


def test_without_a_clinic_the_clinician_asks(cases: Cases) -> None:
    bundle = cases.examples.bundle("example-04")
    bundle["entry"][0]["resource"]["generalPractitioner"] = [{"reference": "Practitioner/gp"}]
    bundle["entry"].append(
        {"resource": {"resourceType": "Practitioner", "id": "gp", "name": [{"text": "Clinician"}]}}
    )
    made = bundle_of(cases.changed("example-04", bundle), "scs-trial")
    (asker,) = of_kind(made, "Practitioner")
    assert asker["name"] == [{"text": "Clinician"}]
    (claim,) = of_kind(made, "Claim")
    assert claim["provider"]["reference"] == f"urn:uuid:{asker['id']}"
    validate(asker)


def test_what_does_not_go_along_is_named_in_words(cases: Cases) -> None:
    """Payers' systems take no reference that leads out of the Bundle."""
    bundle = cases.examples.bundle("example-04")
    for number, entry in enumerate(bundle["entry"]):
        resource = entry["resource"]
        if resource["resourceType"] in ("Condition", "Procedure"):
            resource["encounter"] = {"reference": f"Encounter/{number}"}
            resource["recorder"] = {"reference": "Practitioner/9", "display": "A clinician"}
            subject = resource["subject"]["reference"].partition("/")[2]
            resource["subject"] = {"reference": f"urn:uuid:{subject}"}
    made = bundle_of(cases.changed("example-04", bundle), "scs-trial")
    urls = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in made["entry"]}
    assert set(references(made)) <= set(urls)
    carried = of_kind(made, "Condition") + of_kind(made, "Procedure")
    assert carried
    for resource in carried:
        assert resource["recorder"] == {"display": "A clinician"}
        assert resource["encounter"]["display"].endswith("(not sent along)")
        assert urls[resource["subject"]["reference"]] == "Patient"


def test_a_member_number_is_called_so(cases: Cases) -> None:
    (coverage,) = of_kind(bundle_of(named(cases), "genicular-nerve-block"), "Coverage")
    member = coverage["identifier"][0]
    assert member["type"]["coding"][0]["code"] == "MB" and member["value"] == "M-42"


def test_the_kind_of_service_follows_the_section_of_the_code(cases: Cases) -> None:
    (claim,) = of_kind(bundle_of(cases.of("example-04"), "scs-trial"), "Claim")
    (coding,) = claim["item"][0]["category"]["coding"]
    assert (coding["system"], coding["code"]) == ("https://codesystem.x12.org/005010/1365", "2")


def test_misshapen_names_do_not_reach_the_request(cases: Cases) -> None:
    """One bad element never costs the patient, and never the request."""
    bundle = cases.examples.bundle("example-04")
    patient = bundle["entry"][0]["resource"]
    patient |= {"name": "Somebody", "identifier": {"value": "7"}, "telecom": [3]}
    made = bundle_of(cases.changed("example-04", bundle), "scs-trial")
    (taken,) = of_kind(made, "Patient")
    validate(taken)
    (number,) = taken["identifier"]
    assert number["value"] == "7" and number["_system"]["extension"][0]["url"] == ABSENT
    assert "extension" in taken["name"][0] and "telecom" not in taken


def test_code_is_given_only_where_one_is_possible(cases: Cases) -> None:
    one = of_kind(bundle_of(cases.of("example-04"), "scs-trial"), "Claim")[0]
    assert one["item"][0]["productOrService"]["coding"][0]["code"] == "63650"
    several = of_kind(bundle_of(cases.of("example-05"), "scs-implant"), "Claim")[0]
    service = several["item"][0]["productOrService"]
    assert "coding" not in service and service["extension"][0]["url"] == ABSENT


def test_a_booked_procedure_gives_its_code_and_day(cases: Cases) -> None:
    case = cases.of("example-07")
    booked = next(r for r in case.plan.requests if r.option)
    made = bundle_of(case, str(booked.option))
    item = of_kind(made, "Claim")[0]["item"][0]
    assert item["servicedDate"] == booked.on.isoformat()
    assert item["productOrService"]["coding"][0]["code"] == booked.code


def test_a_payer_chosen_by_hand_is_not_the_coverage_on_record(cases: Cases) -> None:
    """The Coverage of another payer, with its member number, must not travel under this name."""
    bundle = cases.examples.bundle("example-04")
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Coverage":
            entry["resource"]["subscriberId"] = "M-42"
    record = cases.examples.read(bundle, "payer-by-hand")
    made = planner().plan(record, as_of=AS_OF["example-04"], policy="aetna")
    sent = bundle_of(case(record, made, json.dumps(bundle).encode()), "scs-trial")
    (coverage,) = of_kind(sent, "Coverage")
    assert "subscriberId" not in coverage
    assert "Aetna" in {o.get("name") for o in of_kind(sent, "Organization")}


def test_the_same_request_has_the_same_bytes(cases: Cases) -> None:
    case = cases.of("example-04")
    assert bundle_of(case, "scs-trial") == bundle_of(case, "scs-trial")


def test_the_form_alone_is_the_one_in_the_bundle(cases: Cases) -> None:
    case = cases.of("example-04")
    problem, option = next(pair for pair in with_criteria(case) if pair[1].id == "scs-trial")
    request = case.request(problem, option)
    assert pas.answers(request) in [e["resource"] for e in pas.bundle(request)["entry"]]
    form = dtr.questionnaire(request.checklist, option, knowledge())
    assert form["url"].startswith("urn:painpath:questionnaire:criteria:")
