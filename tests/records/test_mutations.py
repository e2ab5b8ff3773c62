"""Corrupted records never raise anything but `RecordError`, and never lose count."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from painpath.records.errors import RecordError
from painpath.records.reading import Record, read_bytes
from tests.records import builders, test_drugs, test_scores
from tests.records.small import (
    CPT,
    ICD,
    OWN,
    bundle,
    coded,
    condition,
    observation,
    procedure,
    vocabulary,
)

RESOURCES: list[dict[str, Any]] = [
    condition(
        coded(ICD, "M17.11", "OA"),
        onsetPeriod={"start": "2025-03", "end": "2025-04-01"},
        bodySite=[coded("x", "1", "right knee")],
        subject={"reference": "Patient/p1"},
    ),
    procedure(coded(CPT, "64483", "TFESI L5-S1"), reasonReference=[{"reference": "Condition/1"}]),
    builders.claim(builders.item("64493", "KX", "RT")),
    builders.score({"value": 7, "unit": "{score}", "comparator": "<"}),
    builders.relief(80, "2026-02-10", partOf=[{"reference": "Procedure/2"}]),
    observation(
        coded(OWN, "relief-duration"),
        valueQuantity={"value": 3, "code": "mo"},
        focus=[{"reference": "Procedure/2"}],
    ),
    test_scores.QUESTIONS[-1],
    builders.report(conclusion="Lumbar stenosis at L4-5.", conclusionCode=[coded("x", "1")]),
    builders.request(
        dosageInstruction=[{**builders.BOUNDS, "doseAndRate": [{"doseQuantity": {"value": 1}}]}],
        dispenseRequest=builders.SUPPLY,
    ),
    test_drugs.DRUGS[9][0],
    test_drugs.DRUGS[10][0],
    builders.order(coded(CPT, "64483"), occurrenceDateTime="2026-11-10"),
    builders.plan(scheduledPeriod={"start": "2026-01-01"}),
    builders.allergy({"text": "contrast"}),
    {"resourceType": "Coverage", "payor": [{"display": "Medicare"}], "class": [{"value": "7"}]},
    {
        "resourceType": "ImagingStudy",
        "series": [{"modality": {"code": "DX"}, "bodySite": {"display": "knee"}}],
    },
    {
        "resourceType": "Appointment",
        "status": "booked",
        "serviceType": [coded(CPT, "64483")],
        "start": "2026-11-10",
    },
    {"resourceType": "DocumentReference", "type": coded(CPT, "90791"), "date": "2026-01-01"},
    builders.DEVICE,
    {"resourceType": "DeviceUseStatement", "device": {"reference": "Device/d1"}},
    {"resourceType": "Practitioner", "qualification": [{"code": coded("nucc", "208VP0014X")}]},
]

ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            *(
                "0000-00-00",
                "9999-12-31",
                "2026-02-30",
                "2026",
                "2026-13-01",
                "24:00",
                "",
                "#",
                "#m1",
            ),
            *("Procedure/2", "Patient/p2", "urn:uuid:x", "http://[", "entered-in-error", "refuted"),
            *("x" * 100_000, "L9-S9 T99", "1e999", "-7", "7/0", "NaN", "\0", "\ud800"),
            *([], {}, [[]], [{}], {"reference": "#"}, {"coding": 7}, [None], {"value": {}}),
        ]
    ),
    st.recursive(
        st.integers(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=5,
    ),
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in plain data."""
    found = [path] if path else []
    children = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, child in children:
        found.extend(places(child, (*path, key)))
    return found


def put(data: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value


WHOLE = bundle(*RESOURCES)
PLACES = places(WHOLE["entry"], ("entry",))


def check(record: Record) -> None:
    assert record.patients.num_rows == 1
    rows = record.facts.to_pylist()
    assert [row["fact"] for row in rows] == list(range(len(rows)))
    for row in rows:
        assert row["about"] is None or 0 <= row["about"] < len(rows)
        for name in ("start", "end"):
            low, high = row[f"{name}_lo"], row[f"{name}_hi"]
            assert (low is None) == (high is None)
            assert low is None or low <= high
        assert 0 <= row["side"] <= 3
        assert len(row["text"]) <= 200
    for skipped in record.skipped:
        assert len(skipped.why) < 300


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_wrong_types(data: st.DataObject) -> None:
    changed = copy.deepcopy(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(PLACES))
        try:
            put(changed, path, copy.deepcopy(data.draw(ODD)))
        except (KeyError, IndexError, TypeError):
            continue
    try:
        record = read_bytes(json.dumps(changed).encode(), vocabulary())
    except RecordError as error:
        assert str(error).startswith("record: ")
        with pytest.raises(RecordError):
            read_bytes(json.dumps(changed, indent=4).encode(), vocabulary())
        return
    # With margins it is read another way, to the same end.
    assert read_bytes(json.dumps(changed, indent=4).encode(), vocabulary()).facts == record.facts
    check(record)
    if isinstance(changed.get("entry"), list):
        total = sum(sum(n.values()) for n in record.counts.values())
        assert total >= len(changed["entry"])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_bytes(data: st.DataObject) -> None:
    raw = bytearray(
        json.dumps(bundle(*data.draw(st.lists(st.sampled_from(RESOURCES), max_size=4)))).encode()
    )
    for _ in range(data.draw(st.integers(1, 5))):
        what = data.draw(st.sampled_from(["cut", "flip", "insert", "repeat"]))
        at = data.draw(st.integers(0, max(len(raw) - 1, 0)))
        if what == "cut":
            del raw[at : at + data.draw(st.integers(1, 200))]
        elif what == "flip" and raw:
            raw[at] = data.draw(st.integers(0, 255))
        elif what == "insert":
            raw[at:at] = data.draw(st.binary(max_size=8))
        else:
            raw[at:at] = raw[at : at + 50]
    try:
        record = read_bytes(bytes(raw), vocabulary())
    except RecordError as error:
        assert "\n" not in str(error)
        return
    check(record)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000))
def test_cut_off_anywhere(at: int) -> None:
    raw = json.dumps(WHOLE).encode()
    cut = raw[: at % len(raw)]
    with pytest.raises(RecordError):
        read_bytes(cut, vocabulary())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    with pytest.raises(RecordError):
        read_bytes(raw, vocabulary())
