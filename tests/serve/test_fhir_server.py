"""A clinic's FHIR server connected on the page, and patients looked for on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI, Request, Response

from painpath.examples import example_bytes
from painpath.records.errors import RecordError
from painpath.serve.charts import servers
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.tables import Clinic
from tests.serve.served import played
from tests.serve.world import World

SCRIPT = "<script>alert(1)</script>"
PEOPLE: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "example-02",
        "gender": "female",
        "birthDate": "1955-11-21",
        "name": [{"family": "Number", "given": ["Two"]}],
        "identifier": [{"value": "MRN-2"}],
    },
    {"resourceType": "Patient", "id": "p-3", "name": [{"text": SCRIPT}], "birthDate": "soon"},
    {"resourceType": "OperationOutcome", "id": "remark"},
]


@dataclass
class Fhir:
    """A FHIR server with a few people."""

    port: int
    capabilities: Any = None
    status: int = 200
    searches: bool = True
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"


def application(fhir: Fhir) -> FastAPI:
    app = FastAPI()

    @app.get("/fhir/metadata")
    def metadata(request: Request) -> Response:
        assert "authorization" not in request.headers
        return Response(json.dumps(fhir.capabilities), status_code=fhir.status)

    @app.get("/fhir/Patient")
    def search(request: Request) -> Response:
        fhir.asked.append(dict(request.query_params))
        if not fhir.searches:
            return Response(status_code=400)
        terms = request.query_params
        found = [
            each
            for each in PEOPLE
            if ("name" not in terms or terms["name"].lower() in json.dumps(each).lower())
            and ("birthdate" not in terms or each.get("birthDate") == terms["birthdate"])
            and ("identifier" not in terms or terms["identifier"] in json.dumps(each))
        ]
        entries = [{"resource": each} for each in found]
        return Response(json.dumps({"resourceType": "Bundle", "entry": entries}))

    @app.get("/fhir/Patient/{patient}")
    def read(patient: str) -> Response:
        found = [each for each in PEOPLE if each["id"] == patient]
        return Response(json.dumps(found[0])) if found else Response(status_code=404)

    @app.get("/fhir/Patient/{patient}/$everything")
    def everything(patient: str) -> Response:
        return Response(example_bytes(patient))

    return app


@pytest.fixture(scope="module")
def running() -> Iterator[Fhir]:
    with played(Fhir, application) as fhir:
        yield fhir


@pytest.fixture
def fhir(running: Fhir) -> Fhir:
    running.capabilities = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}
    running.status, running.searches = 200, True
    running.asked.clear()
    return running


def connect(world: World, address: str) -> Any:
    return world.client(Role.admin).post("/fhir-server", data={"address": address})


def kept(world: World) -> str | None:
    with world.store.reading() as work:
        return work.scalar(sa.select(Clinic.fhir_server).where(Clinic.name == "North"))


def find(world: World, **terms: str) -> Any:
    return world.client(Role.front_desk).post("/records/find", data=terms)


# --- connecting ----------------------------------------------------------------------------------


def test_from_nothing_to_a_plan(small: World, fhir: Fhir) -> None:
    """The way of somebody new: connect, look for the patient, bring the record in, read anew."""
    assert "No FHIR server is connected" in small.client(Role.front_desk).get("/records").text
    answer = connect(small, f" {fhir.address}/ ")
    assert answer.status_code == 200 and "speaks FHIR 4.0.1" in answer.text
    found = find(small, name="number")
    assert "Number, Two" in found.text and "21 Nov 1955" in found.text
    client = small.client(Role.front_desk)
    brought = client.post("/records/fetch", data={"patient": "example-02"})
    assert "new on file" in brought.text and "Fetch again" in brought.text
    page = small.client(Role.clinician).get("/today").text
    assert "Genicular nerve radiofrequency ablation of a replaced knee" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": 401}, "asks for a key"),
        ({"status": 404}, "no FHIR server at this address"),
        ({"status": 503}, "HTTP 503"),
        ({"capabilities": {"hello": 1}}, "no FHIR server at this address"),
        ({"capabilities": "text"}, "no FHIR server at this address"),
        (
            {"capabilities": {"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"}},
            "PainPath reads FHIR R4",
        ),
    ],
)
def test_what_does_not_answer_as_it_should_is_not_kept(
    small: World, fhir: Fhir, change: dict[str, Any], words: str
) -> None:
    for part, value in change.items():
        setattr(fhir, part, value)
    answer = connect(small, fhir.address)
    assert answer.status_code == 422 and words in answer.text and "Not connected" in answer.text
    assert f'value="{fhir.address}"' in answer.text, "what was typed is not lost"
    assert kept(small) is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ehr.example.org/fhir", "begins with https://"),
        ("ftp://127.0.0.1/fhir", "begins with https://"),
        ("https://", "begins with https://"),
        ("https://user:secret@127.0.0.1/fhir", "no name, password"),
        ("https://127.0.0.1/fhir?x=1", "no name, password"),
        ("http://192.168.1.1/fhir", "https:// only"),
        ("http://169.254.169.254/latest", "no FHIR server at such"),
        ("http://[fe80::1]/fhir", "no FHIR server at such"),
        ("http://0.0.0.0/fhir", "no FHIR server at such"),
        ("http://224.0.0.1/fhir", "no FHIR server at such"),
    ],
)
def test_addresses_that_are_not_asked(address: str, words: str) -> None:
    with pytest.raises(RecordError, match=words):
        servers.checked(address, Settings())


def test_a_demonstration_may_try_a_server_without_tls() -> None:
    assert servers.checked("http://192.168.1.1/fhir/", Settings(demo=True))


def test_nothing_listens(small: World) -> None:
    assert "Nothing answers at this address" in connect(small, "http://127.0.0.1:9/fhir").text


def test_tried_and_let_go(small: World, fhir: Fhir) -> None:
    connect(small, fhir.address)
    client = small.client(Role.admin)
    assert "The server answers" in client.post("/fhir-server/try").text
    fhir.status = 503
    assert "HTTP 503" in client.post("/fhir-server/try").text
    assert "stay on file" in client.post("/fhir-server/let-go").text
    assert kept(small) is None
    acts = [(row.act, row.detail) for row in small.trail() if row.act == "connect-server"]
    assert acts == [("connect-server", f"to {fhir.address}"), ("connect-server", "to none")]


def test_settings_may_forbid_it(small: World, fhir: Fhir) -> None:
    connect(small, fhir.address)
    service = small.app.state.service
    settings = Settings(data_folder=small.settings.data_folder, connect_servers=False)
    small.app.state.service = service.__class__(settings, service.store, service.desk)
    assert connect(small, fhir.address).status_code == 404
    assert find(small, name="number").status_code == 404, "nor is an earlier one asked"
    assert 'name="address"' not in small.client(Role.admin).get("/fhir-server").text


def test_a_server_is_one_clinics_own(small: World, fhir: Fhir) -> None:
    connect(small, fhir.address)
    other = small.client(Role.front_desk, "South")
    assert other.post("/records/find", data={"name": "number"}).status_code == 404
    assert not fhir.asked


# --- looking -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "asked", "people"),
    [
        ({"name": " number  two "}, {"name": "number two"}, 0),
        ({"name": "two"}, {"name": "two"}, 1),
        ({"born": "1955-11-21"}, {"birthdate": "1955-11-21"}, 1),
        ({"number": "MRN-2"}, {"identifier": "MRN-2"}, 1),
        ({"number": "p-3"}, {"identifier": "p-3"}, 1),
        ({"number": "../metadata"}, {"identifier": "../metadata"}, 0),
        ({"name": "a&_count=9"}, {"name": "a&_count=9"}, 0),
    ],
)
def test_by_name_birth_date_and_number(
    small: World, fhir: Fhir, terms: dict[str, str], asked: dict[str, str], people: int
) -> None:
    connect(small, fhir.address)
    answer = find(small, **terms)
    assert answer.status_code == 200
    assert fhir.asked == [{**asked, "_count": "20"}]
    assert answer.text.count('name="patient"') == people
    assert ("Nobody found" in answer.text) == (people == 0)


def test_names_of_the_server_are_text(small: World, fhir: Fhir) -> None:
    connect(small, fhir.address)
    answer = find(small, name="script")
    assert SCRIPT not in answer.text and "&lt;script&gt;" in answer.text
    assert "not given" in answer.text, "a birth date that is none is not shown"


def test_an_id_works_where_the_server_does_not_search(small: World, fhir: Fhir) -> None:
    connect(small, fhir.address)
    fhir.searches = False
    assert "Number, Two" in find(small, number="example-02").text
    answer = find(small, name="two")
    assert answer.status_code == 422 and "give the id there" in answer.text


def test_nothing_to_look_for_is_said(small: World, fhir: Fhir) -> None:
    connect(small, fhir.address)
    answer = find(small, name="  ")
    assert answer.status_code == 422 and "Give a name" in answer.text
    assert not fhir.asked


def test_who_is_looked_for_stands_on_no_trail(small: World, fhir: Fhir) -> None:
    connect(small, fhir.address)
    find(small, name="number")
    row = small.trail()[-1]
    assert (row.act, row.detail) == ("find-patient", None)
