"""Records brought in: read, kept compressed, replaced; hostile files cost only themselves."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import sqlalchemy as sa

from painpath.examples import example_bytes
from painpath.serve.charts import intake, keeping
from painpath.serve.charts.keeping import Incoming
from painpath.serve.people.roles import Role
from painpath.serve.store.tables import Document, Patient
from tests.serve.world import World


def bring(world: World, *files: tuple[str, bytes]) -> Any:
    client = world.client(Role.front_desk)
    return client.post("/records", files=[("files", file) for file in files])


def bundle(identity: str = "p9", name: Any = None, **patient: Any) -> bytes:
    resource = {"resourceType": "Patient", "id": identity, "birthDate": "1960-05-06", **patient}
    if name is not None:
        resource["name"] = name
    entries = [{"resource": resource}]
    condition = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": f"Patient/{identity}"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.16"}]},
        "onsetDateTime": "2026-01-05",
    }
    entries.append({"resource": condition})
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def on_file(world: World, fhir_id: str) -> Patient | None:
    with world.store.reading() as work:
        return work.scalar(sa.select(Patient).where(Patient.fhir_id == fhir_id))


def test_a_file_becomes_a_patient(small: World) -> None:
    name = [{"use": "nickname", "text": "Nick"}, {"family": "Surname", "given": ["First", "Mid"]}]
    answer = bring(small, ("export.json", bundle("p9", name)))
    assert answer.status_code == 200
    assert "Surname, First Mid" in answer.text and "new on file" in answer.text
    patient = on_file(small, "p9")
    assert patient is not None and patient.birth_date == "1960-05-06"
    page = small.client(Role.clinician).get(f"/patients/{patient.id}")
    assert page.status_code == 200 and "Surname, First Mid" in page.text


def test_what_is_kept_is_compressed_and_without_the_files_name(small: World) -> None:
    data = example_bytes("example-02")
    bring(small, ("Surname_First.json", data))
    patient = on_file(small, "example-02")
    assert patient is not None
    with small.store.reading() as work:
        (kept,) = keeping.documents(work, patient.id)
    assert kept.size == len(data) and len(kept.content) < len(data) / 5
    assert "Surname" not in patient.name


def test_a_new_record_takes_the_place_of_the_old(small: World) -> None:
    bring(small, ("a.json", bundle("p9")))
    first = on_file(small, "p9")
    answer = bring(small, ("a.json.gz", gzip.compress(bundle("p9", gender="male"))))
    second = on_file(small, "p9")
    assert first is not None and second is not None
    assert first.id == second.id and first.digest != second.digest
    assert "new on file" not in answer.text
    assert "man, " in small.client(Role.clinician).get(f"/patients/{first.id}").text
    with small.store.reading() as work:
        everything = work.scalars(sa.select(Document).where(Document.patient_id == first.id)).all()
        assert len(everything) == 2, "the old one stays on file"
        assert len(keeping.documents(work, first.id)) == 1


def test_an_addition_stays_in_force_beside_each_new_record(small: World) -> None:
    """Answers that a patient gave here are not lost when the next export comes."""
    bring(small, ("a.json", bundle("p9")))
    patient = on_file(small, "p9")
    assert patient is not None
    score = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "subject": {"reference": "Patient/p9"},
        "effectiveDateTime": "2026-10-20",
        "valueQuantity": {"value": 8},
    }
    with small.store.writing() as work:
        mine = work.get_one(Patient, patient.id)
        keeping.keep(
            work, mine, Incoming(json.dumps(score).encode(), False, keeping.ADDITION), None
        )
    page = small.client(Role.clinician).get(f"/patients/{patient.id}").text
    assert "pain 8/10" in page
    bring(small, ("a.json", bundle("p9", gender="female")))
    page = small.client(Role.clinician).get(f"/patients/{patient.id}").text
    assert "pain 8/10" in page and "woman, " in page


def test_another_clinic_keeps_its_own(small: World) -> None:
    bring(small, ("a.json", bundle("p9")))
    client = small.client(Role.front_desk, "South")
    client.post("/records", files={"files": ("a.json", bundle("p9"))})
    with small.store.reading() as work:
        both = work.scalars(sa.select(Patient).where(Patient.fhir_id == "p9")).all()
    assert len({patient.clinic_id for patient in both}) == len(both) == 2


# --- what cannot be read -------------------------------------------------------------------------

BOMB = gzip.compress(b"[" + b" " * (8 << 20) + b"]")
DEEP = b'{"resourceType":"Bundle","entry":' + b"[" * 50_000 + b"]" * 50_000 + b"}"

BAD = {
    "empty": (b"", "is empty"),
    "no JSON": (b"hello", ""),
    "no FHIR": (b'{"a": 1}', ""),
    "no patient": (b'{"resourceType": "Bundle", "entry": []}', ""),
    "cut off": (gzip.compress(bundle())[:-20], "damaged or cut off"),
    "zip bomb": (BOMB, "larger than 2 MB when unpacked"),
    "nested bomb": (gzip.compress(gzip.compress(b"0" * 100_000)), ""),
    "deep": (DEEP, ""),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ""),
    "zip archive": (b"PK\x03\x04" + b"\0" * 100, ""),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_bad_files_are_one_sentence(small: World, kind: str) -> None:
    data, words = BAD[kind]
    answer = bring(small, ("x.json", data))
    assert answer.status_code == 422
    assert "✗ x.json" in answer.text and words in answer.text
    assert "Traceback" not in answer.text


def test_one_bad_file_costs_only_itself(small: World) -> None:
    answer = bring(small, ("bad.json", b"{"), ("good.json", bundle("p9")))
    assert answer.status_code == 200
    assert "✗ bad.json" in answer.text and on_file(small, "p9") is not None


SCRIPT = "<script>alert(1)</script>"


def test_scripts_in_names_are_text(small: World) -> None:
    answer = bring(small, (f"{SCRIPT}.json", bundle("p9", [{"text": SCRIPT}])))
    patient = on_file(small, "p9")
    assert patient is not None
    pages = [answer.text, small.client(Role.clinician).get("/today").text]
    pages.append(small.client(Role.clinician).get(f"/patients/{patient.id}").text)
    for page in pages:
        assert SCRIPT not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "identity", ["../../etc/passwd", "a/b", "p\u202e9", "x" * 300, "p 9", "p'; DROP TABLE patient"]
)
def test_odd_ids_lead_nowhere(small: World, identity: str) -> None:
    """An id is only ever looked up; it stands in no path and no address."""
    answer = bring(small, ("../../../tmp/x.json", bundle(identity)))
    assert answer.status_code in (200, 422)
    assert "../" not in answer.text.replace(identity, "").replace("../../etc/passwd", "")
    patient = on_file(small, identity)
    if patient is not None:
        assert small.client(Role.clinician).get(f"/patients/{patient.id}").status_code == 200
    assert small.client(Role.clinician).get("/today").status_code == 200


@pytest.mark.usefixtures("one_span")
def test_uploads_run_out(small: World) -> None:
    small.app.state.service = small.app.state.service.__class__(
        settings=small.settings.__class__(
            data_folder=small.settings.data_folder, today=small.settings.today, uploads=2
        ),
        store=small.store,
        desk=small.desk,
    )
    files = [("x.json", bundle(f"p{number}")) for number in range(3)]
    answer = bring(small, *files)
    assert "Too many attempts" in answer.text
    assert on_file(small, "p1") is not None and on_file(small, "p2") is None


def test_reading_again_says_what_was_left_out(small: World) -> None:
    odd = json.loads(bundle("p9"))
    odd["entry"].append({"resource": {"resourceType": "Condition", "id": "c2", "code": "pain"}})
    bring(small, ("a.json", json.dumps(odd).encode()))
    patient = on_file(small, "p9")
    assert patient is not None
    answer = small.client(Role.front_desk).post(f"/patients/{patient.id}/read-again")
    assert answer.status_code == 200 and "Condition/c2" in answer.text


def test_intake_does_not_look_at_more_than_the_ending_of_a_name(small: World) -> None:
    lines = b"\n".join(
        json.dumps(entry["resource"]).encode() for entry in json.loads(bundle("p9"))["entry"]
    )
    read = intake.read(lines, "C:\\temp\\x.NDJSON", small.desk.vocabulary, 1 << 20)
    assert read.fhir_id == "p9" and read.incoming.lines
