"""The request and feedback examples of the CDS Hooks specification, answered as it says.

The shapes are those of the examples at HL7/cds-hooks (hooks/*.md, specification, quickstart,
examples), oddities included; they are written anew and shortened here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from painpath.hooks.settings import HookSettings
from tests.hooks.asking import INSTANCE, Json
from tests.hooks.test_router import client_of

PATIENT = "1288992"
REQUIRED = ("conditions", "procedures", "medications", "observations")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(HookSettings(open=True)) as made:
        yield made


def nutrition() -> Json:
    return {
        "resourceType": "NutritionOrder",
        "id": "pureeddiet-simple",
        "identifier": [{"system": "http://goodhealthhospital.org/nutrition", "value": "123"}],
        "status": "draft",
        "patient": {"reference": f"Patient/{PATIENT}"},
        "dateTime": "2014-09-17",
        "orderer": {"reference": "Practitioner/example", "display": "A clinician"},
        "oralDiet": {"type": [{"text": "Pureed diet"}]},
    }


def antibiotic() -> Json:
    """With `doseAndRate` as one object, as the examples have it; FHIR has a list."""
    code = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "617993"}
    repeat = {
        "boundsPeriod": {"start": "2005-01-04"},
        "frequency": 2,
        "period": 1,
        "periodUnit": "d",
    }
    return {
        "resourceType": "MedicationRequest",
        "id": "smart-MedicationRequest-103",
        "meta": {"lastUpdated": "2018-04-30T13:25:40.845-04:00"},
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [code], "text": "an oral suspension"},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "dosageInstruction": [
            {
                "text": "5 mL bid x 10 days",
                "timing": {"repeat": repeat},
                "doseAndRate": {"doseQuantity": {"value": 5, "unit": "mL", "code": "mL"}},
            }
        ],
        "dispenseRequest": {
            "numberOfRepeatsAllowed": 1,
            "quantity": {"value": 1, "unit": "mL"},
            "expectedSupplyDuration": {"value": 10, "unit": "days", "code": "d"},
        },
    }


def old_opioid() -> Json:
    """DSTU2: the examples of the first versions name resources that R4 does not have."""
    code = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "857001"}
    return {
        "resourceType": "MedicationOrder",
        "id": "medrx001",
        "dateWritten": "2017-05-05",
        "status": "draft",
        "patient": {"reference": f"Patient/{PATIENT}"},
        "medicationCodeableConcept": {"coding": [code]},
        "dosageInstruction": [{"doseQuantity": {"value": 10, "unit": "mg"}}],
    }


def visit(start: str, end: str) -> Json:
    """Ends at a time that is none, and its reason is one object: so in the examples."""
    return {
        "resourceType": "Appointment",
        "id": "apt1",
        "status": "proposed",
        "serviceType": [{"coding": [{"code": "183", "display": "Sleep Medicine"}]}],
        "reason": {"coding": {"system": "", "code": "1023001", "display": "Apnea"}},
        "description": "CPAP adjustments",
        "start": start,
        "end": end,
        "created": "2019-08-01",
        "participant": [
            {
                "actor": {"reference": "Patient/example"},
                "required": "required",
                "status": "tentative",
            }
        ],
    }


VISITS = [
    visit("2019-08-10T09:00:00-06:00", "2019-08-10T09:10:00:00-06:00"),
    visit("2020-08-01T13:00:00-06:00", "2020-08-01T13:30:00:00-06:00"),
]
USER = {"userId": "PractitionerRole/A2340113", "patientId": PATIENT}


def bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}


CONTEXTS: dict[str, tuple[str, Json]] = {
    "patient-view": ("patient-view", {"userId": "PractitionerRole/123", "patientId": "1288992"}),
    "patient-view, encounter": (
        "patient-view",
        {"userId": "Practitioner/abc", "patientId": "1288992", "encounterId": "456"},
    ),
    "patient-view, a fuller user": (
        "patient-view",
        {"userId": "https://ehr.example.org/fhir/Practitioner/1", "patientId": "1288992"},
    ),
    "order-select": (
        "order-select",
        {
            **USER,
            "encounterId": "89284",
            "selections": [
                "NutritionOrder/pureeddiet-simple",
                "MedicationRequest/smart-MedicationRequest-103",
            ],
            "draftOrders": bundle(nutrition(), antibiotic()),
        },
    ),
    "order-select, DSTU2": (
        "order-select",
        {**USER, "selections": ["MedicationOrder/medrx001"], "draftOrders": bundle(old_opioid())},
    ),
    "order-sign": ("order-sign", {**USER, "draftOrders": bundle(nutrition(), antibiotic())}),
    "order-sign, DSTU2": ("order-sign", {**USER, "draftOrders": bundle(old_opioid())}),
    "appointment-book, a list": ("appointment-book", {**USER, "appointments": VISITS}),
    "appointment-book, a Bundle": ("appointment-book", {**USER, "appointments": bundle(*VISITS)}),
}
NAMES = list(CONTEXTS)


def called(client: TestClient, hook: str, context: Json, **more: object) -> tuple[int, Json]:
    request = {
        "hookInstance": INSTANCE,
        "fhirServer": "http://hooks.example.org:9080",
        "hook": hook,
        "context": context,
        **more,
    }
    answer = client.post(f"/cds-services/painpath-{hook}", json=request)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("name", NAMES)
def test_with_what_is_asked_for_there_is_an_answer(client: TestClient, name: str) -> None:
    hook, context = CONTEXTS[name]
    patient = {"resourceType": "Patient", "id": PATIENT, "gender": "male"}
    prefetch = {"patient": patient, **dict.fromkeys(REQUIRED)}
    # Nothing in these requests is about pain: no card, as an empty list and nothing else.
    assert called(client, hook, context, prefetch=prefetch) == (200, {"cards": []})


@pytest.mark.parametrize("name", NAMES)
def test_without_it_and_nowhere_to_fetch_it_412(client: TestClient, name: str) -> None:
    status, body = called(client, *CONTEXTS[name])
    assert status == 412 and body["detail"].startswith("Not sent, and not to be fetched: ")


def test_prefetch_under_a_name_of_its_own_is_not_what_was_asked_for(client: TestClient) -> None:
    """The tutorial's service asks for `patientToGreet`; here nobody did."""
    patient = {"resourceType": "Patient", "id": PATIENT, "gender": "male"}
    hook, context = CONTEXTS["patient-view"]
    status, body = called(client, hook, context, prefetch={"patientToGreet": patient})
    assert status == 412 and "the patient" in body["detail"]


def test_a_failed_prefetch_is_not_an_empty_one(client: TestClient) -> None:
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "timeout"}],
    }
    patient = {"resourceType": "Patient", "id": PATIENT, "gender": "male"}
    prefetch = {"patient": patient, **dict.fromkeys(REQUIRED), "conditions": outcome}
    hook, context = CONTEXTS["patient-view"]
    status, body = called(client, hook, context, prefetch=prefetch)
    assert status == 412 and "diagnoses" in body["detail"]


def test_orders_under_the_name_of_the_first_version_are_refused(client: TestClient) -> None:
    """The worked opioid example still speaks of `medications` where 2.0 has `draftOrders`."""
    context = {**USER, "medications": [old_opioid()]}
    assert called(client, "order-sign", context) == (
        400,
        {"detail": "context.draftOrders is not a Bundle."},
    )


def test_a_context_without_a_user_is_refused(client: TestClient) -> None:
    assert called(client, "patient-view", {"patientId": PATIENT})[0] == 400


@pytest.mark.parametrize(
    "hook",
    [
        "order-dispatch",
        "encounter-start",
        "encounter-discharge",
        "order-review",
        "medication-prescribe",
        "medication-refill",
        "allergyintolerance-create",
        "problem-list-item-create",
    ],
)
def test_hooks_that_are_not_offered(client: TestClient, hook: str) -> None:
    assert called(client, hook, USER)[0] == 404


# -- feedback --


@pytest.mark.parametrize(
    "line",
    [
        {
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
            "outcomeTimestamp": "2021-12-11T10:05:31Z",
        },
        {"outcome": "overridden", "outcomeTimestamp": "2020-12-11T00:00:00Z"},
        {
            "outcome": "overridden",
            "overrideReason": {
                "reason": {"code": "d7ecf885", "system": "https://example.com/override-reasons"},
                "userComment": "A comment entered by the clinician.",
            },
            "outcomeTimestamp": "2020-12-11T00:00:00Z",
        },
        {
            "outcome": "overridden",
            "overrideReason": {"userComment": "Only a comment."},
            "outcomeTimestamp": "1985-04-12T23:20:50.52Z",
        },
    ],
)
def test_feedback(client: TestClient, line: Json) -> None:
    body = {"feedback": [{"card": "4e0a3a1e-3283-4575-ab82-028d55fe2719", **line}]}
    answer = client.post("/cds-services/painpath-patient-view/feedback", json=body)
    assert answer.status_code == 200


def test_feedback_of_one_card_may_come_again(client: TestClient) -> None:
    line = {
        "card": "f6b95768-b1c8-40dc-8385-bf3504b82ffb",
        "outcome": "overridden",
        "outcomeTimestamp": "2020-12-11T00:00:00Z",
    }
    body = {"feedback": [line, line]}
    for _ in range(2):
        answer = client.post("/cds-services/painpath-patient-view/feedback", json=body)
        assert answer.status_code == 200
