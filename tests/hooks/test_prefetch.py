"""Prefetch: null is no data, absent is not answered, and what does not count as an answer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from painpath.hooks.catalogue import BY_ID, QUERIES
from painpath.hooks.errors import BadRequestError, MissingDataError
from painpath.hooks.prefetch import Gathered, complete, gather
from painpath.hooks.request import HookRequest, parse
from tests.hooks.asking import Json, asked, example, prefetched, searchset

RECORD = example("example-01")
REQUIRED = [query.key for query in QUERIES if query.required]
OTHERS = [query.key for query in QUERIES if not query.required]
FAILED: Json = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception", "diagnostics": "timed out"}],
}
REMARK: Json = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "information", "code": "informational"}],
}


def sent(**changes: Any) -> HookRequest:
    """A request whose prefetch is changed; `...` leaves a key out."""
    prefetch = {**prefetched(RECORD), **changes}
    prefetch = {key: value for key, value in prefetch.items() if value is not ...}
    request = {**asked("patient-view", RECORD), "prefetch": prefetch}
    return parse(msgspec.json.encode(request), BY_ID["painpath-patient-view"])


def lacking(request: HookRequest) -> list[str]:
    return [query.key for query in gather(request).lacking]


def taken(request: HookRequest) -> Gathered:
    return complete(gather(request), request)


def test_a_client_that_answers_everything_leaves_nothing_open() -> None:
    request = sent()
    assert lacking(request) == []
    assert len(taken(request).resources) == len(
        [r for r in RECORD if r["resourceType"] not in ("Organization", "Practitioner")]
    )


@pytest.mark.parametrize("key", [query.key for query in QUERIES])
def test_an_absent_key_was_not_answered(key: str) -> None:
    assert lacking(sent(**{key: ...})) == [key]


@pytest.mark.parametrize("key", [key for key in REQUIRED if key != "patient"] + OTHERS)
def test_null_means_that_there_are_no_data(key: str) -> None:
    request = sent(**{key: None})
    assert lacking(request) == []
    assert taken(request).resources


@pytest.mark.parametrize("key", REQUIRED)
def test_what_is_needed_and_not_sent_cannot_be_answered(key: str) -> None:
    with pytest.raises(MissingDataError, match="Not sent") as caught:
        taken(sent(**{key: ...}))
    assert caught.value.status == 412


@pytest.mark.parametrize("key", OTHERS)
def test_what_is_only_wanted_is_named_as_not_sent(key: str) -> None:
    words = next(query.words for query in QUERIES if query.key == key)
    assert taken(sent(**{key: ...})).short() == [words]


def test_without_any_prefetch_everything_is_lacking() -> None:
    request = asked("patient-view", RECORD)
    del request["prefetch"]
    parsed = parse(msgspec.json.encode(request), BY_ID["painpath-patient-view"])
    assert lacking(parsed) == [query.key for query in QUERIES]


def test_no_patient_is_no_answer() -> None:
    with pytest.raises(MissingDataError):
        taken(sent(patient=None))


# -- OperationOutcome --


@pytest.mark.parametrize("outcome", [FAILED, REMARK, {"resourceType": "OperationOutcome"}])
def test_an_outcome_in_the_place_of_data_is_no_answer(outcome: Json) -> None:
    assert lacking(sent(conditions=outcome)) == ["conditions"]


def test_a_failure_within_a_bundle_is_no_answer() -> None:
    bundle = searchset([])
    bundle["entry"] = [{"resource": FAILED, "search": {"mode": "outcome"}}]
    assert lacking(sent(observations=bundle)) == ["observations"]


def test_a_remark_within_a_bundle_is_only_a_remark() -> None:
    bundle = prefetched(RECORD)["conditions"]
    bundle["entry"].append({"resource": REMARK, "search": {"mode": "outcome"}})
    request = sent(conditions=bundle)
    assert lacking(request) == []
    kinds = {r.kind for r in taken(request).resources}
    assert "OperationOutcome" not in kinds and "Condition" in kinds


# -- bundles --


def test_a_list_cut_off_after_its_first_page_is_no_answer() -> None:
    bundle = prefetched(RECORD)["observations"]
    bundle["link"] = [
        {"relation": "self", "url": "https://ehr.example.org/fhir/Observation?patient=1"},
        {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"},
    ]
    assert lacking(sent(observations=bundle)) == ["observations"]


def test_a_search_that_found_nothing_is_an_answer() -> None:
    assert lacking(sent(devices={"resourceType": "Bundle", "type": "searchset", "total": 0})) == []


def test_a_patient_within_a_bundle_is_a_patient() -> None:
    bundle = searchset([prefetched(RECORD)["patient"]])
    assert any(r.kind == "Patient" for r in taken(sent(patient=bundle)).resources)


def test_a_patient_without_an_id_is_the_one_of_the_context() -> None:
    patient = {k: v for k, v in prefetched(RECORD)["patient"].items() if k != "id"}
    request = sent(patient=patient)
    found = [r for r in taken(request).resources if r.kind == "Patient"]
    assert [r.key for r in found] == [request.patient]


# -- other people's data --


def test_another_patient_is_refused() -> None:
    patient = {**prefetched(RECORD)["patient"], "id": "somebody-else"}
    with pytest.raises(BadRequestError, match="not the one"):
        taken(sent(patient=patient))


@pytest.mark.parametrize(
    "reference",
    ["Patient/other", "https://ehr.example.org/fhir/Patient/other", "Patient/other/_history/2"],
)
def test_resources_of_another_patient_are_left_out(reference: str) -> None:
    bundle = prefetched(RECORD)["conditions"]
    strange = {"resourceType": "Condition", "id": "c9", "subject": {"reference": reference}}
    bundle["entry"].append({"resource": strange})
    ids = {r.key for r in taken(sent(conditions=bundle)).resources}
    assert "c9" not in ids


# -- what is no FHIR --


@pytest.mark.parametrize(
    "value",
    [
        "none",
        7,
        True,
        [],
        {},
        {"resourceType": 1},
        {"resourceType": "Bundle", "entry": {}},
        {"resourceType": "Bundle", "entry": [1]},
        {"resourceType": "Bundle", "entry": [{"resource": "x"}]},
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": None}}]},
    ],
)
def test_what_is_no_resource_is_one_sentence(value: object) -> None:
    with pytest.raises(BadRequestError):
        gather(sent(conditions=value))


def test_bundles_within_bundles_end_somewhere() -> None:
    value: Json = {"resourceType": "Bundle"}
    for _ in range(9):
        value = {"resourceType": "Bundle", "entry": [{"resource": value}]}
    with pytest.raises(BadRequestError, match="within"):
        gather(sent(conditions=value))
