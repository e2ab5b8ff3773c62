"""A page is taken apart without losing what came, and says when something is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from painpath.fhirserver import pages
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.pages import page

CONDITION = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/1"}}


def paged(*resources: Any, **more: Any) -> bytes:
    entry = [{"resource": each} for each in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entry, **more}).encode()


def test_resources_stay_as_they_came() -> None:
    entry = b'{"fullUrl": "urn:uuid:1",  "resource": {"resourceType":"Condition", "id":"c"}}'
    (found,) = page(b'{"resourceType":"Bundle","entry":[' + entry + b"]}").entries
    assert bytes(found.whole) == entry
    assert found.resource == b'{"resourceType":"Condition", "id":"c"}'
    assert (found.kind, found.id) == ("Condition", "c")
    assert page(pages.bundle([entry])).entries == [found]
    assert page(pages.bundle([pages.entry_of(found.resource)])).entries[0].id == "c"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b"{}",
        b'{"resourceType": "OperationOutcome"}',
        b'{"resourceType": "Patient", "id": "1"}',
        b'{"resourceType": "Bundle", "entry": 7}',
        b'{"resourceType": "Bundle", "entry": [',
        b'{"resourceType": "Bundle\xff"}',
        b"[" * 100_000,
        b'{"resourceType":"Bundle","entry":[' + b"[" * 100_000,
    ],
)
def test_what_is_no_bundle_is_no_page(data: bytes) -> None:
    with pytest.raises(AskError) as raised:
        page(data)
    assert raised.value.why is Why.unread


@pytest.mark.parametrize(
    ("entry", "is_failed"),
    [
        ({"resource": CONDITION}, False),
        ([1], True),
        ({}, True),
        ({"resource": None}, True),
        ({"resource": {"id": "without a type"}}, True),
        ({"resource": {"resourceType": 7}}, True),
        ({"resource": {"resourceType": "OperationOutcome"}}, True),
    ],
)
def test_an_entry_that_cannot_be_read_is_told_and_costs_only_itself(
    entry: Any, is_failed: bool
) -> None:
    data = {"resourceType": "Bundle", "entry": [entry, {"resource": CONDITION}]}
    found = page(json.dumps(data).encode())
    assert found.is_failed is is_failed
    assert found.entries[-1].id == "c"


@pytest.mark.parametrize(
    ("issues", "is_failed"),
    [
        ([{"severity": "fatal"}], True),
        ([{"severity": "information"}, {"severity": "error"}], True),
        ([{"severity": "warning"}], False),
        ([{"severity": "information"}], False),
        ([], False),
        (None, True),
        ("all broken", True),
    ],
)
def test_an_outcome_among_the_entries_fails_only_if_it_is_grave(
    issues: Any, is_failed: bool
) -> None:
    found = page(paged(CONDITION, {"resourceType": "OperationOutcome", "issue": issues}))
    assert found.is_failed is is_failed
    assert [each.kind for each in found.entries] == ["Condition"]


@pytest.mark.parametrize(
    ("links", "following", "is_failed"),
    [
        ([], None, False),
        (None, None, False),
        ("next", None, False),
        ([{"relation": "self", "url": "a"}], None, False),
        ([7, {"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}], "b", False),
        ([{"relation": "next"}], None, True),
        ([{"relation": "next", "url": ""}], None, True),
        ([{"relation": "next", "url": 7}], None, True),
    ],
)
def test_the_next_page_is_where_the_server_says(
    links: Any, following: str | None, is_failed: bool
) -> None:
    found = page(paged(CONDITION, link=links))
    assert (found.next, found.is_failed) == (following, is_failed)


@pytest.mark.parametrize(
    ("resource", "is_theirs"),
    [
        ({"subject": {"reference": "Patient/1"}}, True),
        ({"subject": {"reference": "https://a.example/fhir/Patient/1/_history/2"}}, True),
        ({"patient": {"reference": "Patient/2"}}, False),
        ({"subject": {"reference": "https://a.example/fhir/Patient/2"}}, False),
        ({"beneficiary": {"reference": "Patient/2/_history/1"}}, False),
        ({"subject": {"reference": "Patient/1"}, "patient": {"reference": "Patient/2"}}, False),
        ({"subject": {"reference": "Group/2"}}, True),
        ({"subject": {"reference": 7}}, True),
        ({"subject": "Patient/2"}, True),
        ({}, True),
        ({"resourceType": "Patient", "id": "1"}, True),
        ({"resourceType": "Patient", "id": "2"}, False),
        ({"resourceType": "Patient"}, False),
    ],
)
def test_whose_a_resource_is(resource: Any, is_theirs: bool) -> None:
    (entry,) = page(paged({"resourceType": "Observation", **resource})).entries
    assert entry.is_of("1") is is_theirs


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        (b'{"resourceType": "Patient", "id": "1"}', True),
        (b'{"resourceType": "Patient", "id": "2"}', False),
        (b'{"resourceType": "Patient", "id": 1}', False),
        (b'{"resourceType": "Patient"}', False),
        (b'{"resourceType": "OperationOutcome"}', False),
        (b"<html>", False),
        (b"[" * 100_000, False),
    ],
)
def test_a_resource_is_known_by_its_type_and_id(data: bytes, fits: bool) -> None:
    assert pages.is_resource(data, "Patient", "1") is fits
