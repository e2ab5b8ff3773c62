"""One bad element never costs the patient: it becomes a note, the rest is used."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from painpath.records import peeking, splitting
from painpath.records.errors import RecordError
from painpath.records.reading import Record, read_bytes
from tests.records.small import (
    CPT,
    ICD,
    LOINC,
    PATIENT,
    RXNORM,
    bundle,
    coded,
    condition,
    observation,
    procedure,
    read,
    vocabulary,
)

PAIN = coded(LOINC, "72514-3")


def whys(record: Record) -> list[str]:
    return [f"{s.ref}: {s.why}" for s in record.skipped]


MENDED: list[tuple[dict[str, Any], str]] = [
    (
        observation(PAIN, valueQuantity={"value": "7"}),
        "Observation/1: valueQuantity.value is a number written as text",
    ),
    (
        observation(PAIN, valueInteger=7, category=coded("x", "survey"), bodySite="knee"),
        "Observation/1: bodySite is plain text, not an object; read as its text",
    ),
    (
        observation(PAIN, valueInteger=7, partOf={"reference": "Procedure/1"}),
        "Observation/1: partOf is a single value where a list belongs",
    ),
    (
        observation([PAIN], valueInteger=7),  # type: ignore[arg-type]
        "Observation/1: code is a list where one value belongs; the first was used",
    ),
    (
        observation({"coding": {"system": LOINC, "code": "72514-3"}}, valueInteger=7),
        "Observation/1: code.coding is a single value where a list belongs",
    ),
    (
        observation({"coding": ["rubbish", PAIN["coding"][0], None]}, valueInteger=7),
        "Observation/1: code.coding[0] is not an object",
    ),
    (
        observation(PAIN, valueInteger=7, issued=20260201),
        "Observation/1: issued is a number where text belongs",
    ),
    (
        observation(PAIN, valueInteger=7, issued="0000-00-00"),
        "Observation/1: issued is not a plausible date",
    ),
    (
        observation(PAIN, valueInteger=7, valueBoolean="false"),
        "Observation/1: valueBoolean is text where true or false belongs",
    ),
]


@pytest.mark.parametrize(("resource", "note"), MENDED)
def test_mended_and_noted(resource: dict[str, Any], note: str) -> None:
    record = read(resource)
    (fact,) = record.facts.to_pylist()
    assert (fact["concept"], fact["value"]) == ("pain-score", 7.0)
    assert note in whys(record)
    assert record.counts["Observation"] == {"used": 1, "ignored": 0, "skipped": 0}


def test_numeric_code_is_read() -> None:
    record = read(procedure({"coding": [{"system": CPT, "code": 64483}]}))
    assert record.facts.num_rows == 1
    assert whys(record) == ["Procedure/1: code.coding.code is a number where text belongs"]


def test_value_that_is_no_number() -> None:
    record = read(observation(PAIN, valueQuantity={"value": "high"}))
    assert record.facts.num_rows == 0
    assert whys(record) == ["Observation/1: valueQuantity.value is not a number"]
    assert record.counts["Observation"]["skipped"] == 1


def test_of_two_versions_the_higher_number_counts() -> None:
    old = condition(coded(ICD, "M54.16"), id="x", meta={"versionId": "9"})
    new = condition(coded(ICD, "M54.12"), id="x", meta={"versionId": "10"})
    for some in ([old, new], [new, old]):
        assert [f["concept"] for f in read(*some).facts.to_pylist()] == ["cervical-radiculopathy"]


@pytest.mark.parametrize("null", ["code", "effectiveDateTime", "status", "bodySite", "partOf"])
def test_null_is_absence(null: str) -> None:
    record = read({**observation(PAIN, valueInteger=7), null: None})
    assert record.counts["Observation"]["skipped"] == 0


def test_the_rest_of_the_record_is_used() -> None:
    record = read(
        condition(coded(ICD, "M54.16")),
        {"resourceType": "Condition", "id": "bad", "code": 7, "onsetDateTime": ["x"]},
        procedure(coded(CPT, "64483")),
    )
    assert [f["ref"] for f in record.facts.to_pylist()] == ["Condition/1", "Procedure/3"]


BROKEN_ENTRIES: list[tuple[Any, str]] = [
    (7, "entry 2"),
    (None, "entry 2"),
    ("text", "entry 2"),
    ({}, "entry 2"),
    ({"resource": None}, "entry 2"),
    ({"resource": 7}, "entry 2"),
    ({"resource": {"id": "x"}}, "entry 2"),
    ({"resource": {"resourceType": 7}}, "entry 2"),
    ({"resource": {"resourceType": ""}}, "entry 2"),
]


@pytest.mark.parametrize(("entry", "where"), BROKEN_ENTRIES)
def test_broken_entry(entry: Any, where: str) -> None:
    data = bundle(condition(coded(ICD, "M54.16")))
    data["entry"].insert(1, entry)
    record = read_bytes(json.dumps(data).encode(), vocabulary())
    assert record.facts.num_rows == 1
    assert any(s.ref == where for s in record.skipped)
    assert record.counts["unknown"]["skipped"] == 1


def test_unknown_resource_type_is_ignored() -> None:
    record = read({"resourceType": "SpaceShip", "crew": 7})
    assert record.counts["SpaceShip"] == {"used": 0, "ignored": 1, "skipped": 0}


def test_resource_without_id_is_named_by_its_place() -> None:
    data = bundle(condition(coded(ICD, "M54.16")))
    del data["entry"][1]["resource"]["id"]
    (fact,) = read_bytes(json.dumps(data).encode(), vocabulary()).facts.to_pylist()
    assert fact["ref"] == "Condition (entry 2)"
    data["entry"][1]["fullUrl"] = "urn:uuid:abc"
    (fact,) = read_bytes(json.dumps(data).encode(), vocabulary()).facts.to_pylist()
    assert fact["ref"] == "Condition/abc"


def test_duplicates_keep_the_newest() -> None:
    old = condition(coded(ICD, "M54.16"), id="x", meta={"lastUpdated": "2025-01-01T00:00:00Z"})
    new = condition(coded(ICD, "M54.12"), id="x", meta={"lastUpdated": "2026-01-01T00:00:00Z"})
    for order in ((old, new), (new, old)):
        record = read(*order)
        assert [f["concept"] for f in record.facts.to_pylist()] == ["cervical-radiculopathy"]
        assert record.counts["Condition"] == {"used": 1, "ignored": 0, "skipped": 1}
        assert "more than once" in record.skipped[0].why


def test_duplicates_without_dates_keep_the_last() -> None:
    record = read(condition(coded(ICD, "M54.16"), id="x"), condition(coded(ICD, "M54.12"), id="x"))
    assert [f["concept"] for f in record.facts.to_pylist()] == ["cervical-radiculopathy"]


# --- whose record ---


def other(name: str) -> dict[str, Any]:
    return {**PATIENT, "id": name}


def test_several_patients() -> None:
    data = bundle(
        other("p2"),
        condition(coded(ICD, "M54.16"), id="a", subject={"reference": "Patient/p2"}),
        condition(coded(ICD, "M54.12"), id="b", subject={"reference": "Patient/p1"}),
        condition(coded(ICD, "E11.9"), id="c", subject={"reference": "Patient/p2"}),
    )
    record = read_bytes(json.dumps(data).encode(), vocabulary())
    assert record.patients.to_pylist()[0]["id"] == "p2"
    assert {f["ref"] for f in record.facts.to_pylist()} == {"Condition/a", "Condition/c"}
    assert "Patient/p1: another patient; the record was read for Patient/p2" in whys(record)
    assert "Condition/b: it belongs to another patient" in whys(record)
    assert record.counts["Patient"] == {"used": 1, "ignored": 0, "skipped": 1}


def test_resource_of_somebody_else() -> None:
    record = read(
        condition(coded(ICD, "M54.16"), subject={"reference": "Patient/p1"}),
        condition(coded(ICD, "E11.9"), id="b", subject={"reference": "Patient/mother"}),
    )
    assert [f["ref"] for f in record.facts.to_pylist()] == ["Condition/1"]
    assert "Condition/b: it belongs to another patient" in whys(record)


def test_resources_that_all_name_one_other_patient_are_taken_as_this_one() -> None:
    record = read(condition(coded(ICD, "M54.16"), subject={"reference": "Patient/example"}))
    assert record.facts.num_rows == 1
    assert "taken as the same patient" in record.skipped[0].why


def test_no_patient_resource() -> None:
    data = bundle(
        condition(coded(ICD, "M54.16"), subject={"reference": "Patient/p9"}), patient=None
    )
    record = read_bytes(json.dumps(data).encode(), vocabulary())
    assert record.patients.to_pylist()[0] == {
        "patient": 0,
        "id": "p9",
        "birth_lo": None,
        "birth_hi": None,
        "sex": None,
        "state": None,
        "deceased": False,
        "clinic": None,
        "clinician": None,
    }
    assert "no Patient resource" in record.skipped[0].why


def test_nobody() -> None:
    data = bundle(condition(coded(ICD, "M54.16")), patient=None)
    with pytest.raises(RecordError, match="record: it holds no Patient"):
        read_bytes(json.dumps(data).encode(), vocabulary())


# --- references ---


def test_urn_references() -> None:
    data = bundle(procedure(coded(CPT, "64483")))
    data["entry"][1]["fullUrl"] = "urn:uuid:11111111-1111-1111-1111-111111111111"
    relief = observation(
        coded("urn:painpath:observation", "relief-percent"),
        valueInteger=60,
        partOf=[{"reference": "urn:uuid:11111111-1111-1111-1111-111111111111"}],
    )
    data["entry"].append({"resource": {**relief, "id": "o"}})
    rows = read_bytes(json.dumps(data).encode(), vocabulary()).facts.to_pylist()
    assert rows[1]["about"] == rows[0]["fact"]


def test_circles_do_no_harm() -> None:
    record = read(
        procedure(coded(CPT, "64483"), reasonReference=[{"reference": "Condition/2"}]),
        condition(coded(ICD, "M54.16"), evidence=[{"detail": [{"reference": "Procedure/1"}]}]),
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "medicationReference": {"reference": "#m"},
            "contained": [
                {
                    "resourceType": "Medication",
                    "id": "m",
                    "code": coded(RXNORM, "1364430"),
                    "ingredient": [{"itemReference": {"reference": "#m"}}],
                }
            ],
            "priorPrescription": {"reference": "MedicationRequest/3"},
        },
    )
    assert record.facts.num_rows == 3


# --- hostile text ---


@pytest.mark.parametrize(
    "text", ["\0", "x" * 1_000_000, "\ud800", "\u202e", "\n" * 1000, "No " * 9999]
)
def test_hostile_text(text: str) -> None:
    record = read(
        condition({"text": text + " low back pain"}),
        condition(coded(ICD, "M54.16", text)),
        observation({"text": text}, valueString=text),
    )
    assert all(len(f["text"]) <= 200 for f in record.facts.to_pylist())
    assert not any("\0" in f["text"] for f in record.facts.to_pylist())


def nested(depth: int) -> bytes:
    return b'{"extension":[' * depth + b"{}" + b"]}" * depth


@pytest.mark.parametrize("depth", [100, 2_000, 100_000])
def test_deep_nesting_costs_one_resource_at_most(depth: int) -> None:
    good = json.dumps(condition(coded(ICD, "M54.16"), id="1")).encode()
    bad = b'{"resourceType":"Condition","id":"deep","extension":[' + nested(depth) + b"]}"
    data = (
        b'{"resourceType":"Bundle","entry":[{"resource":'
        + json.dumps(PATIENT).encode()
        + b'},{"resource":'
        + good
        + b'},{"resource":'
        + bad
        + b"}]}"
    )
    try:
        record = read_bytes(data, vocabulary())
    except RecordError as error:
        pytest.fail(str(error))
    assert [f["ref"] for f in record.facts.to_pylist()] == ["Condition/1"]
    assert sum(record.counts["Condition"].values()) == 2


def test_not_a_number_in_json() -> None:
    data = json.dumps(bundle(observation(PAIN, valueQuantity={"value": 7}))).encode()
    record = read_bytes(data.replace(b'"value": 7', b'"value": NaN'), vocabulary())
    assert record.facts.num_rows == 0
    assert "Observation/1: valueQuantity has no value" in whys(record)


def test_number_too_large() -> None:
    data = json.dumps(bundle(observation(PAIN, valueQuantity={"value": 7}))).encode()
    for number in (b"1e400", b"1" * 400, b"-0.0", b"12345678901234567890123"):
        read_bytes(data.replace(b'"value": 7', b'"value": ' + number), vocabulary())


# --- every way of splitting reads the same ---


@pytest.mark.parametrize("way", ["peek", "_typed", "_by_entry", "salvage"])
def test_ways_agree(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = (
        condition(coded(ICD, "M17.11", "OA"), onsetDateTime="2025-03"),
        procedure(coded(CPT, "64454"), reasonReference=[{"reference": "Condition/1"}]),
        observation(PAIN, valueQuantity={"value": 7}),
        observation({"text": "Weight"}, component=[{"code": PAIN, "valueInteger": 3}]),
        condition(coded(ICD, "M79.7", "Fibromyalgia")),
        {"resourceType": "Encounter", "status": "finished"},
    )
    if way == "peek":
        pytest.importorskip("simdjson")
    data = json.dumps(bundle(*resources), indent=4).encode()
    expected = read_bytes(data, vocabulary())
    taken: list[str] = []
    before = ["peek", "_typed", "_by_entry", "salvage"]
    before = before[: before.index(way)]
    for name, place in (("peek", peeking), ("_typed", splitting), ("_by_entry", splitting)):
        if name in before:
            monkeypatch.setattr(place, name, lambda *_: False)
        else:
            monkeypatch.setattr(place, name, _listed(getattr(place, name), name, taken))
    found = read_bytes(data, vocabulary())
    assert taken == ([way] if way != "salvage" else [])
    assert found.facts.equals(expected.facts)
    assert found.patients.equals(expected.patients)
    assert found.counts == expected.counts
    assert found.unknown_codes == expected.unknown_codes


def _listed(way: Callable[..., bool], name: str, taken: list[str]) -> Callable[..., bool]:
    def run(*arguments: Any) -> bool:
        taken.append(name)
        return way(*arguments)

    return run


def test_a_document_without_margins_is_decoded_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(peeking, "peek", _listed(peeking.peek, "peek", taken))
    read(observation(PAIN, valueQuantity={"value": 7}))
    assert taken == []


def test_two_records_open_at_once() -> None:
    """The parser that is kept between documents is not taken from under a document."""
    pytest.importorskip("simdjson")
    data = json.dumps(bundle(observation(PAIN, valueQuantity={"value": 7})), indent=4).encode()
    held = peeking._parse(data)
    record = read_bytes(data, vocabulary())
    assert record.facts.num_rows == 1
    assert held["resourceType"] == "Bundle"
