"""Files, folders, standard input, encodings: what can be read, and what is said if it cannot."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from painpath.records.errors import RecordError
from painpath.records.reading import read_bytes, read_record
from tests.records.small import ICD, PATIENT, bundle, coded, condition, vocabulary

GOOD = bundle(condition(coded(ICD, "M54.16", "Schmerz: \u00fcberall")))
TEXT = json.dumps(GOOD, ensure_ascii=False)
LINES = "\n".join(json.dumps(entry["resource"]) for entry in GOOD["entry"]) + "\n"


def refs(source: str | Path) -> list[str]:
    return read_record(source, vocabulary()).facts.column("ref").to_pylist()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", TEXT.encode()),
        ("a.json.gz", gzip.compress(TEXT.encode())),
        ("a.json", gzip.compress(TEXT.encode())),
        ("a.ndjson", LINES.encode()),
        ("a.ndjson.gz", gzip.compress(LINES.encode())),
        ("a.json", LINES.encode()),
        ("a.ndjson", TEXT.encode()),
        ("a.ndjson", json.dumps(GOOD, indent=2).encode()),
        ("a.json", b"\xef\xbb\xbf" + TEXT.encode()),
        ("a.ndjson", b"\xef\xbb\xbf" + LINES.encode()),
        ("a.json", TEXT.encode("utf-16")),
        ("a.json", TEXT.encode("utf-16-le")),
        ("a.json", TEXT.encode("utf-16-be")),
        ("a.json", TEXT.encode("latin-1")),
        ("a.json", b"\n\n  " + TEXT.encode() + b"\r\n\0\0"),
        ("a.ndjson", LINES.replace("\n", "\r\n").encode()),
        ("a.json", json.dumps([GOOD]).encode()),
        ("a.json", json.dumps([e["resource"] for e in GOOD["entry"]]).encode()),
        ("a.json", json.dumps({"resourceType": "Bundle", "entry": [{"resource": GOOD}]}).encode()),
    ],
)
def test_readable(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert refs(path) == ["Condition/1"]


def test_latin1_is_said() -> None:
    record = read_bytes(TEXT.encode("latin-1"), vocabulary(), name="a.json")
    assert record.skipped[0].ref == "a.json"
    assert "not UTF-8" in record.skipped[0].why


def test_trailing_garbage_is_said() -> None:
    record = read_bytes(TEXT.encode() + b"</html>", vocabulary(), name="a.json")
    assert record.facts.num_rows == 1
    assert "after the end" in record.skipped[0].why


def test_folder_of_one_patient(tmp_path: Path) -> None:
    (tmp_path / "Patient.ndjson").write_text(json.dumps(PATIENT))
    (tmp_path / "Condition.0001.ndjson.gz").write_bytes(
        gzip.compress(json.dumps(condition(coded(ICD, "M54.16"), id="a")).encode())
    )
    (tmp_path / "more.json").write_text(json.dumps(bundle(condition(coded(ICD, "E11.9"), id="b"))))
    (tmp_path / "read me.txt").write_text("not ours")
    assert sorted(refs(tmp_path)) == ["Condition/a", "Condition/b"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(TEXT.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert refs("-") == ["Condition/1"]


def test_single_resource() -> None:
    resource = condition(coded(ICD, "M54.16"), id="a", subject={"reference": "Patient/p"})
    record = read_bytes(json.dumps(resource).encode(), vocabulary())
    assert record.facts.num_rows == 1


def test_broken_line_costs_itself() -> None:
    lines = LINES + '{"resourceType": "Condition", "id": \n' + LINES.splitlines()[1] + "\n"
    record = read_bytes(lines.encode(), vocabulary(), name="a.ndjson")
    assert record.facts.num_rows == 1
    assert any(s.ref == "a.ndjson:3" and s.why == "not valid JSON" for s in record.skipped)


UNUSABLE = [
    (LINES.encode()[:-20], "ends in the middle"),
    (b"", "the file is empty"),
    (b"  \n ", "the file is empty"),
    (b"hello", "not valid JSON"),
    (b"<Bundle xmlns='http://hl7.org/fhir'/>", "not valid JSON"),
    (TEXT.encode()[:-20], "ends in the middle"),
    (TEXT.encode()[:40], "ends in the middle"),
    (TEXT.encode("utf-16")[:61], "ends in the middle"),
    (b'{"resourceType": "Patient", "id": "p1",}', "not valid JSON"),
    (gzip.compress(TEXT.encode())[:-9], "damaged or cut off"),
    (b"\x1f\x8bnonsense", "damaged or cut off"),
    (b"[]", "no FHIR resource"),
    (b"{}", "no FHIR resource"),
    (b"7", "no FHIR resource"),
    (b"null", "no FHIR resource"),
    (b'{"resourceType": "Bundle"}', "no Patient"),
    (b'{"resourceType": "Bundle", "entry": []}', "no Patient"),
    (b'{"resourceType": "Questionnaire"}', "no Patient"),
    (b"\xff\xfe\x00", "."),
    (b"\0" * 100, "."),
    (bytes(range(256)), "."),
]


@pytest.mark.parametrize(("data", "why"), UNUSABLE, ids=range(len(UNUSABLE)))
def test_unusable(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(data)
    with pytest.raises(RecordError, match=why) as error:
        read_record(path, vocabulary())
    message = str(error.value)
    assert message.startswith("record.json: ")
    assert "\n" not in message
    assert len(message) < 200


def test_missing_and_empty(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no such file"):
        read_record(tmp_path / "nowhere.json", vocabulary())
    with pytest.raises(RecordError, match=r"no \.json"):
        read_record(tmp_path, vocabulary())
    with pytest.raises(RecordError):
        read_record("a\0b.json", vocabulary())
