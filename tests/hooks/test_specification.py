"""Discovery and requests as the CDS Hooks 2.0 specification has them."""

from __future__ import annotations

import re

import msgspec
import pytest

from painpath.hooks.catalogue import BY_ID, QUERIES, SERVICES, discovery
from painpath.hooks.errors import BadRequestError
from painpath.hooks.prefetch import filled
from painpath.hooks.request import HookRequest, parse
from tests.hooks.asking import Json, draft, ordered

HOOKS = ("patient-view", "order-select", "order-sign", "appointment-book")


def read(request: object, hook: str = "patient-view") -> HookRequest:
    return parse(msgspec.json.encode(request), BY_ID[f"painpath-{hook}"])


def greeting() -> Json:
    """The shape of the specification's own example of a call."""
    return {
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "http://ehr.example.org:9080",
        "hook": "patient-view",
        "fhirAuthorization": {
            "access_token": "some-opaque-token",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/Patient.read patient/Observation.read",
            "subject": "cds-service4",
        },
        "context": {
            "userId": "Practitioner/example",
            "patientId": "1288992",
            "encounterId": "89284",
        },
        "prefetch": {
            "patient": {
                "resourceType": "Patient",
                "gender": "male",
                "birthDate": "1925-12-23",
                "id": "1288992",
                "active": True,
            }
        },
    }


# -- discovery --


def test_every_service_has_what_discovery_requires() -> None:
    services = discovery()["services"]
    assert [service["hook"] for service in services] == list(HOOKS)
    for service in services:
        assert service["id"] and service["description"] and service["title"]
        assert all(isinstance(v, str) and v for v in service["prefetch"].values())


def test_prefetch_tokens_are_fields_at_the_root_of_the_context() -> None:
    for query in QUERIES:
        tokens = re.findall(r"\{\{(.*?)\}\}", query.template)
        assert tokens == ["context.patientId"]


def test_prefetch_uses_only_the_recommended_part_of_fhir_search() -> None:
    for query in QUERIES:
        read_ = re.fullmatch(r"Patient/\{\{context\.patientId\}\}", query.template)
        search = re.fullmatch(
            r"[A-Z][A-Za-z]+\?patient=\{\{context\.patientId\}\}(&status=active)?", query.template
        )
        assert read_ or search


def test_a_token_is_replaced_by_its_value() -> None:
    request = read(greeting())
    assert [filled(query, request) for query in QUERIES][:2] == [
        "Patient/1288992",
        "Condition?patient=1288992",
    ]


# -- requests --


def test_the_example_of_the_specification_is_read() -> None:
    request = read(greeting())
    assert (request.patient, request.encounter) == ("1288992", "89284")
    assert request.user == "Practitioner/example"
    assert request.access is not None and request.access.server == "http://ehr.example.org:9080"


def test_a_token_is_not_shown_where_a_request_is_printed() -> None:
    assert "some-opaque-token" not in repr(read(greeting()))


def test_only_what_is_required_is_required() -> None:
    least = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": "1288992"},
    }
    request = read(least)
    assert request.access is None and request.server is None and request.prefetch == {}


def test_extensions_are_let_pass() -> None:
    extension = {"com.example.timestamp": "2017-11-27T22:13:25Z"}
    assert read({**greeting(), "extension": extension}).patient == "1288992"


def test_the_draft_orders_and_selections_of_order_select() -> None:
    request = greeting()
    request["hook"] = "order-select"
    request["context"] |= ordered(
        draft("NutritionOrder", "pureeddiet-simple"),
        draft("MedicationRequest", "smart-MedicationRequest-103"),
        selected=("NutritionOrder/pureeddiet-simple",),
    )
    asked = read(request, "order-select")
    assert [d["resourceType"] for d in asked.drafts] == ["NutritionOrder", "MedicationRequest"]
    assert asked.concerns("NutritionOrder/pureeddiet-simple")
    assert not asked.concerns("MedicationRequest/smart-MedicationRequest-103")


def test_on_signing_every_order_counts() -> None:
    request = {**greeting(), "hook": "order-sign"}
    request["context"] |= ordered(draft("ServiceRequest", "1"))
    assert read(request, "order-sign").concerns("ServiceRequest/1")


def test_appointments_come_as_a_bundle_or_as_in_the_examples_as_a_list() -> None:
    one = {"resourceType": "Appointment", "id": "apt1", "status": "proposed"}
    request = {**greeting(), "hook": "appointment-book"}
    for value in ([one], {"resourceType": "Bundle", "entry": [{"resource": one}]}):
        request["context"] = {**request["context"], "appointments": value}
        assert [d["id"] for d in read(request, "appointment-book").drafts] == ["apt1"]


def test_a_draft_without_an_id_gets_one_of_ours() -> None:
    request = {**greeting(), "hook": "order-sign"}
    order = draft("ServiceRequest", "1")
    del order["id"]
    request["context"] |= ordered(order)
    asked = read(request, "order-sign")
    assert asked.drafts[0]["id"] == "draft-1"
    assert asked.unnamed == {"ServiceRequest/draft-1"}


def test_the_clients_own_limits_are_read() -> None:
    options = {"davinci-crd.configuration": {"max-cards": 1, "coverage-info": False}}
    request = read({**greeting(), "extension": options})
    assert request.most_cards == 1 and not request.coverage_wanted


# -- what is not as specified is one sentence --


def without(*path: str) -> Json:
    request = greeting()
    inner = request
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return request


def changed(value: object, *path: str) -> Json:
    request = greeting()
    inner = request
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return request


@pytest.mark.parametrize(
    "request_",
    [
        without("hook"),
        without("hookInstance"),
        without("context"),
        without("context", "userId"),
        without("context", "patientId"),
        without("fhirServer"),
        without("fhirAuthorization", "access_token"),
        without("fhirAuthorization", "token_type"),
        changed("order-sign", "hook"),
        changed(["patient-view"], "hook"),
        changed("", "hookInstance"),
        changed(17, "hookInstance"),
        changed("x" * 600, "hookInstance"),
        changed([], "context"),
        changed(7, "context", "patientId"),
        changed("../Patient/1", "context", "patientId"),
        changed("1 OR 1=1", "context", "patientId"),
        changed("1&_include=*", "context", "patientId"),
        changed("x" * 65, "context", "patientId"),
        changed({}, "context", "encounterId"),
        changed("mac", "fhirAuthorization", "token_type"),
        changed("a\r\nX-Evil: 1", "fhirAuthorization", "access_token"),
        changed("tökén", "fhirAuthorization", "access_token"),
        changed("Bearer x", "fhirAuthorization"),
        changed(7, "fhirServer"),
        changed([], "prefetch"),
        [],
        None,
        "hook",
        7,
    ],
)
def test_what_is_not_as_specified_is_one_sentence(request_: object) -> None:
    with pytest.raises(BadRequestError) as caught:
        read(request_)
    said = str(caught.value)
    assert said.endswith(".") and "\n" not in said and len(said) < 120
    assert "some-opaque-token" not in said


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"hook": NaN}'])
def test_what_is_no_json_is_one_sentence(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        parse(body, SERVICES[0])


@pytest.mark.parametrize(
    "orders",
    [
        None,
        "Bundle",
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "entry": {}},
        {"resourceType": "Bundle", "entry": ["x"]},
        {"resourceType": "Bundle", "entry": [{}]},
        {"resourceType": "Bundle", "entry": [{"resource": {}}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "A/b"}}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Task", "id": "a/b"}}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Task", "id": 1}}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Task"}}] * 201},
        [],
    ],
)
def test_draft_orders_that_are_none_are_one_sentence(orders: object) -> None:
    request = {**greeting(), "hook": "order-sign"}
    request["context"]["draftOrders"] = orders
    with pytest.raises(BadRequestError):
        read(request, "order-sign")


@pytest.mark.parametrize("selections", [None, "ServiceRequest/1", [1], {}])
def test_selections_that_are_none_are_one_sentence(selections: object) -> None:
    request = {**greeting(), "hook": "order-select"}
    request["context"] |= {**ordered(), "selections": selections}
    with pytest.raises(BadRequestError):
        read(request, "order-select")
