"""Records from the clinic's FHIR server: all pages, within limits, from nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request, Response

from painpath.examples import example_bytes
from painpath.records.errors import RecordError
from painpath.serve.charts import fetching, finding, keeping, servers
from painpath.serve.charts.finding import Wanted
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.tables import Patient
from tests.serve.conftest import copied, opened
from tests.serve.served import played
from tests.serve.world import World

TOKEN = "a token of the server's"


PATIENT = {"resourceType": "Patient", "id": "example-02", "birthDate": "1955-11-21"}

AGAIN = "Patient/example-02/$everything?page=0"


def bundle(*resources: dict[str, str], following: str | None = None) -> bytes:
    entry = [{"resource": each} for each in resources]
    link = [] if following is None else [{"relation": "next", "url": following}]
    return json.dumps({"resourceType": "Bundle", "entry": entry, "link": link}).encode()


@dataclass
class Fhir:
    """A FHIR server with one patient, in pages of ten entries."""

    port: int
    status: int = 200
    elsewhere: str | None = None
    content: bytes | None = None
    entries: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"


def application(fhir: Fhir) -> FastAPI:
    app = FastAPI()

    @app.get("/fhir/Patient/{patient}/$everything")
    def everything(request: Request, patient: str, page: int = 0) -> Response:
        fhir.asked.append(request.headers.get("authorization", ""))
        if patient != "example-02":
            return Response(status_code=404)
        if fhir.content is not None:
            return Response(fhir.content, status_code=fhir.status)
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
        bundle["entry"] = fhir.entries[page * 10 : page * 10 + 10]
        if len(fhir.entries) > page * 10 + 10:
            address = fhir.elsewhere or f"{fhir.address}/Patient/{patient}/$everything"
            bundle["link"] = [{"relation": "next", "url": f"{address}?page={page + 1}"}]
        return Response(json.dumps(bundle), status_code=fhir.status)

    return app


@pytest.fixture(scope="module")
def running() -> Iterator[Fhir]:
    with played(Fhir, application) as fhir:
        yield fhir


@pytest.fixture
def fhir(running: Fhir) -> Fhir:
    running.status, running.elsewhere, running.content = 200, None, None
    running.entries = json.loads(example_bytes("example-02"))["entry"]
    running.asked.clear()
    return running


@pytest.fixture
def world(fhir: Fhir, original: World, tmp_path: Path) -> Iterator[World]:
    terms = {
        "fhir_server": fhir.address,
        "fhir_server_token": TOKEN,
        "fhir_server_clinic": "North",
    }
    yield from opened(copied(original, tmp_path, unpacked_mb=1, **terms))


def fetch(world: World, patient: str = "example-02") -> Any:
    return world.client(Role.front_desk).post("/records/fetch", data={"patient": patient})


def test_every_page_is_fetched(world: World, fhir: Fhir) -> None:
    answer = fetch(world)
    assert answer.status_code == 200 and "example-02" in answer.text
    assert len(fhir.asked) == -(-len(fhir.entries) // 10) > 1
    assert set(fhir.asked) == {f"Bearer {TOKEN}"}
    page = world.client(Role.clinician).get("/today").text
    assert "Genicular nerve radiofrequency ablation of a replaced knee" in page


def test_reading_again_fetches_anew(world: World, fhir: Fhir) -> None:
    fetch(world)
    page = world.client(Role.clinician).get("/today").text
    address = page.partition('">example-02</a>')[0].rpartition('href="')[2]
    assert "born 21 Nov 1955" in page
    fhir.entries[0]["resource"]["birthDate"] = "1955-11-22"
    world.client(Role.front_desk).post(f"{address}/read-again")
    assert "born 22 Nov 1955" in world.client(Role.clinician).get("/today").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"content": b"<html>"}, "is no Bundle"),
        ({"content": b'{"resourceType": "OperationOutcome"}'}, "is no Bundle"),
        ({"status": 403}, "does not let PainPath read"),
        ({"status": 500}, "does not answer"),
        ({"status": 429}, "is busy"),
        ({"status": 503}, "is busy"),
        ({"elsewhere": "http://127.0.0.1:9/fhir"}, "another server, which is not followed"),
        ({"content": b'{"resourceType": "Bundle"' + b" " * (2 << 20) + b"}"}, "larger than"),
        ({"entries": []}, "does not have this patient"),
        (
            {"content": b'{"resourceType": "Bundle", "link": 7, "entry": [{}]}'},
            "not give the whole",
        ),
        (
            {"content": bundle({"resourceType": "Patient", "id": "another"})},
            "not have this patient",
        ),
        ({"content": bundle(PATIENT, {"resourceType": "OperationOutcome"})}, "not give the whole"),
        ({"content": bundle(PATIENT, following=AGAIN)}, "more pages than are read"),
        ({"content": bundle(PATIENT, following="Patient/nobody/$everything")}, "does not answer"),
        ({"content": bundle(PATIENT, following="")}, "not give the whole"),
        ({"content": b'{"resourceType": "Bundle\xff"}'}, "is no Bundle"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    world: World, fhir: Fhir, change: dict[str, Any], words: str
) -> None:
    for part, value in change.items():
        setattr(fhir, part, value)
    answer = fetch(world)
    assert answer.status_code == 422 and words in answer.text


@pytest.mark.parametrize("patient", ["../Observation", "..", "a b", "x?y=1", "p%2f..", "nobody"])
def test_only_patients_are_asked_for(world: World, fhir: Fhir, patient: str) -> None:
    assert fetch(world, patient).status_code == 422
    assert len(fhir.asked) == (patient == "nobody")


def test_a_server_is_one_clinics_own(world: World, fhir: Fhir) -> None:
    client = world.client(Role.front_desk, "South")
    page = client.get("/records").text
    assert "No FHIR server is connected for this clinic" in page and fhir.address not in page
    assert client.post("/records/fetch", data={"patient": "example-02"}).status_code == 404
    assert not fhir.asked


def test_what_is_another_patients_is_left_out(world: World, fhir: Fhir) -> None:
    stranger = {"subject": {"reference": "Patient/another"}, "code": {"text": "not theirs"}}
    fhir.entries.append({"resource": {"resourceType": "Condition", "id": "x", **stranger}})
    assert fetch(world).status_code == 200
    with world.store.reading() as work:
        patient = work.scalars(sa.select(Patient).where(Patient.fhir_id == "example-02")).one()
        kept = keeping.plain(keeping.documents(work, patient.id)[0])
    assert b"not theirs" not in kept and b"fullUrl" in kept, "all else stays as it came"


@pytest.mark.parametrize(
    "ask",
    [
        lambda settings: fetching.fetch(settings, "example-02"),
        lambda settings: finding.find(settings, Wanted(number="example-02")),
        servers.try_it,
    ],
    ids=["fetched", "found", "tried"],
)
def test_a_token_is_not_sent_over_a_line_that_others_can_read(
    ask: Callable[[Settings], object],
) -> None:
    settings = Settings(fhir_server="http://fhir.example.org/fhir", fhir_server_token=TOKEN)
    with pytest.raises(RecordError, match="not reached over https") as raised:
        ask(settings)
    assert TOKEN not in str(raised.value)
