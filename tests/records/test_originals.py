"""Resources as they were sent: found by reference, whatever the document's shape."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from painpath.records import RecordError
from painpath.records.originals import of_documents, originals

ONE = {"resourceType": "Patient", "id": "1"}
TWO = {"resourceType": "Condition", "id": "c"}


def bundle(*resources: object) -> bytes:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


@pytest.mark.parametrize(
    "data",
    [
        bundle(ONE, TWO),
        b"\xef\xbb\xbf" + bundle(ONE, TWO),
        bundle(json.loads(bundle(ONE)), TWO),
        json.dumps([ONE, TWO]).encode(),
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n".encode(),
        f"{json.dumps(ONE)}\n{{broken\n{json.dumps(TWO)}".encode(),
        bundle(ONE, None, 3, {"resourceType": "Condition"}, {"id": "x"}, TWO),
    ],
)
def test_resources_are_found(data: bytes) -> None:
    assert of_documents([data]) == {"Patient/1": ONE, "Condition/c": TWO}


@pytest.mark.parametrize("data", [b"", b"hello", b"{", b"3", b'{"entry": 3}', b"\xff\xfe"])
def test_what_is_no_fhir_gives_nothing(data: bytes) -> None:
    assert of_documents([data]) == {}


def test_a_file_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(bundle(ONE))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(bundle(TWO)))
    assert set(originals(tmp_path)) == {"Patient/1", "Condition/c"}
    assert set(originals(tmp_path / "b.json.gz")) == {"Condition/c"}
    with pytest.raises(RecordError, match="there is no such file"):
        originals(tmp_path / "none.json")
