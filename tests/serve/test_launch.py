"""SMART App Launch from a record system of our own: there and back, and every way to cheat it."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx2
import msgspec
import pytest
import sqlalchemy as sa
from fastapi.responses import JSONResponse, Response, StreamingResponse
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.testclient import TestClient

from painpath.fhirserver import line
from painpath.fhirserver.limits import Budget
from painpath.serve import settings as configuration
from painpath.serve.app import create_app
from painpath.serve.charts import keeping
from painpath.serve.people import accounts, tokens
from painpath.serve.people.roles import Role
from painpath.serve.smart.proving import proof
from painpath.serve.smart.server import SmartServer
from painpath.serve.store.smart_tables import Launch
from painpath.serve.store.tables import Account, Base, Document, Patient, now
from tests.hooks.asking import asked, example
from tests.serve import ehr as record_system
from tests.serve.conftest import copied
from tests.serve.ehr import CHART, CLIENT, PATIENT, PERSON, SECRET, Ehr
from tests.serve.served import LONG
from tests.serve.world import World

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.


@pytest.fixture(scope="module")
def running() -> Iterator[Ehr]:
    with record_system.running() as started:
        yield started


@pytest.fixture
def ehr(running: Ehr) -> Ehr:
    running.reset()
    return running


@pytest.fixture
def small(original: World, tmp_path: Path) -> Iterator[World]:
    """A world of a test's own, on SQLite; `connected` makes its application."""
    world = copied(original, tmp_path)
    yield world
    world.store.close()


def connected(world: World, ehr: Ehr, **terms: Any) -> World:
    """The same world, connected with the record system."""
    more = {"iss": ehr.iss, "client_id": CLIENT, "clinic": "North", "name": "Example EHR"}
    settings = msgspec.structs.replace(
        world.settings, smart_servers=[SmartServer(**{**more, **terms})]
    )
    app = create_app(settings, store=world.store, desk=world.desk)
    return dataclasses.replace(world, app=app, settings=settings)


def member(world: World, role: Role = Role.clinician, clinic: str = "North") -> None:
    """An account made for the person of the record system."""
    with world.store.writing() as work:
        accounts.add(work, PERSON, role, accounts.clinic(work, clinic))


@pytest.fixture
def there(small: World, ehr: Ehr) -> World:
    made = connected(small, ehr)
    member(made)
    return made


def begin(world: World, ehr: Ehr, chart: str | None = CHART, iss: str | None = None) -> Any:
    """A browser, and the answer that sends it on."""
    client = world.client()
    launch = {"launch": chart} if chart is not None else {}
    return client, client.get("/launch", params={"iss": iss or ehr.iss, **launch})


def consent(answer: Any) -> str:
    """What the record system answers: where it sends the browser back to."""
    assert answer.status_code == 303, answer.text
    back = httpx2.get(answer.headers["location"], follow_redirects=False, timeout=LONG)
    assert back.status_code == 307, back.text
    parts = urlsplit(back.headers["location"])
    return f"{parts.path}?{parts.query}"


def go(world: World, ehr: Ehr, chart: str | None = CHART) -> tuple[TestClient, Any]:
    """There and back."""
    client, away = begin(world, ehr, chart)
    return client, client.get(consent(away))


def on_file(world: World) -> Patient | None:
    with world.store.reading() as work:
        return work.scalar(sa.select(Patient).where(Patient.fhir_id == PATIENT))


def refused(world: World, client: TestClient, answer: Any, status: int, words: str) -> None:
    """One sentence, nobody signed in, nothing on file, and the attempt on the trail."""
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert client.get("/today").status_code == 303
    assert on_file(world) is None
    last = world.trail()[-1]
    assert (last.act, last.done, last.detail) == ("sign-in", False, "SMART launch")


# --- the way it should go ------------------------------------------------------------------------


@pytest.mark.parametrize("chart", [CHART, None], ids=["from a chart", "standalone"])
def test_there_and_into_the_patients_page(world: World, ehr: Ehr, chart: str | None) -> None:
    at = connected(world, ehr)
    member(at)
    client, answer = go(at, ehr, chart)
    patient = on_file(at)
    assert patient is not None and patient.clinic_id == at.clinics["North"]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patients/{patient.id}")
    page = client.get(answer.headers["location"])
    assert page.status_code == 200
    assert "Genicular nerve radiofrequency ablation of a replaced knee" in page.text
    acts = [(row.act, row.done, row.patient_id, row.detail) for row in at.trail()[-3:]]
    assert [act for act, *_ in acts] == ["bring-record", "sign-in", "see-plan"]
    assert acts[0][1:3] == (True, patient.id) and acts[1][3] == "SMART launch"
    assert len({row.account_id for row in at.trail()[-3:]}) == 1


def test_the_whole_record_comes_as_it_is(there: World, ehr: Ehr) -> None:
    go(there, ehr)
    patient = on_file(there)
    assert patient is not None
    with there.store.reading() as work:
        kept = keeping.documents(work, patient.id)
    assert [each.source for each in kept] == [keeping.LAUNCH]
    came = [each["resource"] for each in json.loads(keeping.plain(kept[0]))["entry"]]
    assert sorted(came, key=str) == sorted(ehr.resources, key=str)
    assert kept[0].lacking is None


def test_what_is_asked_for_is_what_is_read_and_no_more(there: World, ehr: Ehr) -> None:
    from painpath.records.resources import TYPES

    go(there, ehr)
    scopes = next(each for each in ehr.asked if each["path"] == "/authorize")["scope"].split()
    assert scopes[:3] == ["launch", "openid", "fhirUser"]
    kinds = {each.removeprefix("patient/").partition(".")[0] for each in scopes[3:]}
    assert all(each.startswith("patient/") for each in scopes[3:])
    assert kinds <= set(TYPES), "nothing that records-in does not read"
    assert {each.partition(".")[2] for each in scopes[3:]} == {"r", "rs"}, "read only"
    assert "offline_access" not in scopes


def test_an_earlier_server_is_asked_in_its_own_words(there: World, ehr: Ehr) -> None:
    ehr.configuration = {
        "capabilities": ["permission-v1"],
        "code_challenge_methods_supported": None,
    }
    _, answer = go(there, ehr, None)
    assert answer.status_code == 303
    scopes = next(each for each in ehr.asked if each["path"] == "/authorize")["scope"].split()
    assert scopes[0] == "launch/patient" and "patient/Observation.read" in scopes


def test_keys_may_be_named_by_openid_discovery(there: World, ehr: Ehr) -> None:
    ehr.configuration = {"issuer": None, "jwks_uri": None}
    _, answer = go(there, ehr)
    assert answer.status_code == 303


def test_launching_again_brings_the_new_record(there: World, ehr: Ehr) -> None:
    go(there, ehr)
    before = on_file(there)
    ehr.resources[0]["birthDate"] = "1955-11-22"
    go(there, ehr)
    after = on_file(there)
    assert before is not None and after is not None and before.id == after.id
    assert after.birth_date == "1955-11-22"


def test_the_sign_in_page_offers_it(there: World, ehr: Ehr) -> None:
    page = there.client().get("/sign-in").text
    assert "Choose a patient in Example EHR" in page and "/launch?iss=http" in page


def test_so_does_records_in_for_the_own_clinic(there: World, ehr: Ehr) -> None:
    own = there.client(Role.front_desk).get("/records").text
    other = there.client(Role.front_desk, "South").get("/records").text
    assert "Choose a patient in Example EHR" in own and "Example EHR" not in other


def test_cards_lead_here(there: World, ehr: Ehr) -> None:
    settings = msgspec.structs.replace(there.settings, demo=True)
    app = create_app(settings, store=there.store, desk=there.desk)
    question = asked("patient-view", example(PATIENT))
    found = TestClient(app).post("/cds-services/painpath-patient-view", json=question).json()
    [link] = [each for each in found["cards"][0]["links"] if each["type"] == "smart"]
    assert link["url"] == f"{there.settings.address}/launch"
    client = there.client()
    away = client.get(urlsplit(link["url"]).path, params={"iss": ehr.iss, "launch": CHART})
    assert client.get(consent(away)).headers["location"].startswith("/patients/")


def test_cards_lead_nowhere_where_nothing_is_connected(small: World) -> None:
    settings = msgspec.structs.replace(small.settings, demo=True)
    app = create_app(settings, store=small.store, desk=small.desk)
    question = asked("patient-view", example(PATIENT))
    found = TestClient(app).post("/cds-services/painpath-patient-view", json=question).json()
    assert found["cards"] and "smart" not in str([card.get("links") for card in found["cards"]])


def test_two_launches_in_two_windows_both_arrive(there: World, ehr: Ehr) -> None:
    client, first = begin(there, ehr)
    second = client.get("/launch", params={"iss": ehr.iss, "launch": CHART})
    for answer in (consent(second), consent(first)):
        assert client.get(answer).status_code == 303


# --- how the client proves itself ----------------------------------------------------------------


def test_a_client_with_a_secret(small: World, ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORTH_SECRET", SECRET)
    ehr.secret = SECRET
    at = connected(small, ehr, secret_from="NORTH_SECRET")
    member(at)
    assert go(at, ehr)[1].status_code == 303
    assert SECRET not in str(ehr.form())


def test_a_client_with_a_key(small: World, ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ECKey.generate_key("P-384", {"kid": "north"})
    monkeypatch.setenv("NORTH_KEY", json.dumps(key.as_dict(private=True)))
    at = connected(small, ehr, key_from="NORTH_KEY")
    member(at)
    told = at.client().get("/launch/keys").json()["keys"]
    assert [each["kid"] for each in told] == ["north"] and "d" not in told[0]
    ehr.client_key = ECKey.import_key(told[0])
    assert go(at, ehr)[1].status_code == 303
    one = ehr.form()["client_assertion"]
    assert go(at, ehr)[1].status_code == 303
    assert ehr.form()["client_assertion"] != one, "each assertion is used once"


def test_without_a_key_there_are_none_to_publish(there: World) -> None:
    assert there.client().get("/launch/keys").status_code == 404


def test_another_secret_lets_nobody_in(
    small: World, ehr: Ehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NORTH_SECRET", "another")
    ehr.secret = SECRET
    at = connected(small, ehr, secret_from="NORTH_SECRET")
    member(at)
    client, answer = go(at, ehr)
    refused(at, client, answer, 502, "did not work")


FILE = f"""
[[smart_servers]]
iss = "https://ehr.example.org/fhir"
client_id = "{CLIENT}"
clinic = "North"
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("", None),
        ('secret_from = "HELD"', None),
        ('key_from = "KEY"', None),
        ('create = "front-desk"', None),
        ('resources = ["Condition", "Observation"]', "cannot be left out"),
        ('resources = ["Encounter"]', "Encounter is not read"),
        ('secret_from = "ABSENT"', "the environment has no ABSENT"),
        ('key_from = "HELD"', "neither a JWK nor a PEM key"),
        ('secret_from = "HELD"\nkey_from = "KEY"', "either secret_from or key_from"),
        ('create = "patient"', "patient brings no records in"),
        ('create = "admin"', "admin brings no records in"),
        ('create = "anything"', "anything"),
        ('match = "name"', "name"),
        ('secret = "in the file"', "secret"),
        (FILE, "every iss once"),
        (FILE.replace("ehr.", "other."), "every clinic once"),
        (FILE.replace("https", "http"), "iss is an https address"),
    ],
)
def test_settings_that_cannot_be_used_are_one_sentence(
    tmp_path: Path, more: str, words: str | None
) -> None:
    file = tmp_path / "painpath.toml"
    file.write_text(f"{FILE}{more}\n")
    key = ECKey.generate_key("P-384", {"kid": "k"}).as_dict(private=True)
    environment = {"HELD": "a secret", "KEY": json.dumps(key)}
    if words is None:
        settings = configuration.load(file, environment)
        assert configuration.from_text(configuration.to_text(settings)) == settings
        assert "a secret" not in configuration.to_text(settings)
        return
    with pytest.raises(configuration.SettingsError, match=words) as raised:
        configuration.load(file, environment)
    assert "\n" not in str(raised.value) and "a secret" not in str(raised.value)


def test_what_proves_us_does_not_show_itself() -> None:
    server = SmartServer(iss="https://x.example", client_id=CLIENT, secret_from="S")
    made = proof(server, {"S": SECRET})
    assert SECRET not in repr(made) and SECRET not in str(made)


# --- who it is -----------------------------------------------------------------------------------


def test_the_account_is_bound_to_the_person(there: World, ehr: Ehr) -> None:
    go(there, ehr)
    ehr.claims = {"fhirUser": None}
    assert go(there, ehr)[1].status_code == 303, "known by the subject from now on"
    ehr.claims = {"sub": "person-2"}
    assert go(there, ehr)[1].status_code == 403, "the same name, another person"


@pytest.mark.parametrize(
    "claims",
    [
        {"fhirUser": "Practitioner/somebody-else"},
        {"fhirUser": "Practitioner/dr-1"},
        {"fhirUser": f"https://elsewhere.example/fhir/{PERSON}"},
        {"fhirUser": None},
        {"fhirUser": ["a"]},
        {"sub": PERSON, "fhirUser": None},
        {"email": PERSON, "email_verified": True, "fhirUser": None},
    ],
    ids=str,
)
def test_who_has_no_account_here_is_not_let_in(
    there: World, ehr: Ehr, claims: dict[str, Any]
) -> None:
    ehr.claims = claims
    client, answer = go(there, ehr)
    refused(there, client, answer, 403, "have no account here")
    assert not ehr.paths(), "and nothing is read"


def test_a_person_with_a_long_name_is_known_again(there: World, ehr: Ehr) -> None:
    ehr.claims = {"sub": "x" * 400}
    assert go(there, ehr)[1].status_code == 303
    ehr.claims["fhirUser"] = None
    assert go(there, ehr)[1].status_code == 303
    ehr.claims["sub"] = "x" * 401
    assert go(there, ehr)[1].status_code == 403


@pytest.mark.parametrize(
    ("match", "claims", "status"),
    [
        ("sub", {"sub": PERSON}, 303),
        ("sub", {"sub": "another"}, 403),
        ("email", {"email": PERSON.lower(), "email_verified": True}, 303),
        ("email", {"email": PERSON}, 403),
        ("email", {"email": PERSON, "email_verified": "yes"}, 403),
    ],
)
def test_accounts_are_found_as_the_settings_say(
    small: World, ehr: Ehr, match: str, claims: dict[str, Any], status: int
) -> None:
    at = connected(small, ehr, match=match)
    member(at)
    ehr.claims = claims
    assert go(at, ehr)[1].status_code == status


def test_unknown_staff_become_what_the_settings_say(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, create=Role.prior_auth)
    ehr.claims = {"name": "Dr. One"}
    client, answer = go(at, ehr)
    assert answer.status_code == 303
    assert client.get(answer.headers["location"]).status_code == 200
    page = client.get("/account").text
    assert "Dr. One" in page and "prior authorisation, North" in page
    assert go(at, ehr)[1].status_code == 303
    with at.store.reading() as work:
        made = work.scalars(sa.select(Account).where(Account.subject.is_not(None))).all()
    assert len(made) == 1, "once"


@pytest.mark.parametrize("person", [f"Patient/{PATIENT}", "RelatedPerson/1", "Person/1"])
def test_patients_do_not_become_staff(small: World, ehr: Ehr, person: str) -> None:
    at = connected(small, ehr, create=Role.clinician)
    ehr.claims = {"fhirUser": person}
    client, answer = go(at, ehr)
    refused(at, client, answer, 403, "is for staff")


def test_nobody_is_made_whom_the_record_system_does_not_name(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, create=Role.clinician)
    ehr.claims = {"fhirUser": None}
    client, answer = go(at, ehr)
    refused(at, client, answer, 403, "have no account here")


def test_a_closed_account_stays_closed(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, create=Role.clinician)
    go(at, ehr)
    with at.store.writing() as work:
        account = work.scalar(sa.select(Account).where(Account.subject.is_not(None)))
        assert account is not None
        accounts.close(work, account)
    assert go(at, ehr)[1].status_code == 403


def test_an_account_that_was_closed_before_it_was_used_stays_closed(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, create=Role.clinician)
    member(at)
    with at.store.writing() as work:
        account = accounts.find(work, PERSON)
        assert account is not None
        accounts.close(work, account)
    client, answer = go(at, ehr)
    refused(at, client, answer, 403, "have no account here")


def test_a_name_that_no_database_keeps_is_known_again(world: World, ehr: Ehr) -> None:
    at = connected(world, ehr, create=Role.clinician)
    ehr.claims = {"sub": "a\x00b", "fhirUser": "Practitioner/odd"}
    assert go(at, ehr)[1].status_code == 303
    ehr.claims["fhirUser"] = None
    assert go(at, ehr)[1].status_code == 303


def test_two_at_the_same_moment_are_one_person(
    small: World, ehr: Ehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database lets one of them in; the other gets a sentence rather than an error."""

    def beaten(*_: Any) -> None:
        raise sa.exc.IntegrityError("", {}, Exception())

    at = connected(small, ehr, create=Role.clinician)
    monkeypatch.setattr("painpath.serve.pages.launch.matched", beaten)
    client, answer = go(at, ehr)
    refused(at, client, answer, 503, "Please try again from there")


def test_another_clinics_staff_do_not_come_in(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr)
    member(at, clinic="South")
    client, answer = go(at, ehr)
    refused(at, client, answer, 403, "have no account here")
    with at.store.writing() as work:
        account = accounts.find(work, PERSON)
        assert account is not None and account.subject is None, "nor are they bound to anybody"
        account.subject = f"http://127.0.0.1:{ehr.port} person-1"
    client, answer = go(at, ehr)
    refused(at, client, answer, 403, "no role in the clinic")


def test_the_same_id_in_another_record_system_is_another_person(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, create=Role.clinician)
    member(at, Role.prior_auth, clinic="South")
    client, answer = go(at, ehr)
    assert answer.status_code == 303
    page = client.get("/account").text
    assert "clinician, North" in page and "South" not in page


@pytest.mark.parametrize("role", [Role.analyst, Role.admin])
def test_who_brings_no_records_in_does_not_by_launching(small: World, ehr: Ehr, role: Role) -> None:
    at = connected(small, ehr, create=Role.clinician)
    member(at, role)
    client, answer = go(at, ehr)
    refused(at, client, answer, 403, "does not include opening patients")
    assert not ehr.paths()


def test_a_launched_session_may_what_the_role_may(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr)
    member(at, Role.front_desk)
    client, answer = go(at, ehr)
    assert answer.headers["location"] == "/today"
    patient = on_file(at)
    assert patient is not None
    assert client.get(f"/patients/{patient.id}").status_code == 404
    assert client.get(f"/patients/{at.patients['South']}").status_code == 404


def test_the_clinic_of_the_record_system_is_shown(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, clinic="South")
    member(at, clinic="North")
    member(at, clinic="South")
    client, answer = go(at, ehr)
    assert client.get(answer.headers["location"]).status_code == 200
    assert "South" in client.get("/today").text
    patient = on_file(at)
    assert patient is not None and patient.clinic_id == at.clinics["South"]
    assert at.client(Role.clinician, "North").get(f"/patients/{patient.id}").status_code == 404


# --- the launch itself, cheated ------------------------------------------------------------------


@pytest.mark.parametrize("iss", ["https://elsewhere.example/fhir", "", "javascript:1", "{}.evil"])
def test_only_record_systems_of_the_settings(there: World, ehr: Ehr, iss: str) -> None:
    client, answer = begin(there, ehr, iss=iss.format(ehr.iss) or "x")
    refused(there, client, answer, 403, "is not connected with PainPath")
    assert not ehr.asked


def test_an_answer_is_good_once(there: World, ehr: Ehr) -> None:
    client, away = begin(there, ehr)
    back = consent(away)
    assert client.get(back).status_code == 303
    count = len(ehr.asked)
    again = client.get(back)
    assert again.status_code == 401 and "has been used" in again.text
    assert len(ehr.asked) == count, "the code is not even sent"


def test_an_answer_in_another_browser_is_none(there: World, ehr: Ehr) -> None:
    client, away = begin(there, ehr)
    back = consent(away)
    for stranger in (there.client(), begin(there, ehr)[0]):
        refused(there, stranger, stranger.get(back), 401, "another browser")
    assert not any(each["path"] == "/token" for each in ehr.asked)
    assert client.get(back).status_code == 303, "and costs the right one nothing"


def test_a_launch_expires(there: World, ehr: Ehr) -> None:
    client, away = begin(there, ehr)
    with there.store.writing() as work:
        work.execute(sa.update(Launch).values(expires=now() - datetime.timedelta(seconds=1)))
    refused(there, client, client.get(consent(away)), 401, "has expired")
    begin(there, ehr)
    with there.store.reading() as work:
        assert work.scalar(sa.select(sa.func.count()).select_from(Launch)) == 1, "old ones go"


def test_a_made_up_state_or_none(there: World, ehr: Ehr) -> None:
    client, _ = begin(there, ehr)
    refused(there, client, client.get("/launch/back?code=x&state=y"), 401, "has been used")
    refused(there, client, client.get("/launch/back"), 401, "has been used")


def test_the_record_system_says_no(there: World, ehr: Ehr) -> None:
    client, away = begin(there, ehr)
    state = dict(parse_qsl(urlsplit(away.headers["location"]).query))["state"]
    answer = client.get("/launch/back", params={"error": "access_denied", "state": state})
    refused(there, client, answer, 403, "did not agree")
    answer = client.get("/launch/back", params={"code": "x", "state": state})
    refused(there, client, answer, 401, "has been used")


def test_a_code_of_another_launch_does_not_pass(there: World, ehr: Ehr) -> None:
    """The record system holds us to PKCE: a code that somebody slips in has another challenge."""
    _, other = begin(there, ehr)
    stolen = dict(parse_qsl(urlsplit(consent(other)).query))["code"]
    client, away = begin(there, ehr)
    state = dict(parse_qsl(urlsplit(away.headers["location"]).query))["state"]
    answer = client.get("/launch/back", params={"code": stolen, "state": state})
    refused(there, client, answer, 502, "did not work")
    assert ehr.form()["code"] == stolen and len(ehr.form()["code_verifier"]) >= 43


@pytest.mark.parametrize(
    "configuration",
    [
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": []},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://elsewhere.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": ["x"]},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "http://elsewhere.example/keys"},
    ],
    ids=str,
)
def test_a_server_that_cannot_be_trusted_is_not_gone_to(
    there: World, ehr: Ehr, configuration: dict[str, Any]
) -> None:
    ehr.configuration = configuration
    client, answer = begin(there, ehr)
    refused(there, client, answer, 502, "did not work")


def test_a_server_that_is_away_is_one_sentence(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, iss="http://127.0.0.1:9/fhir")
    client, answer = begin(at, ehr, iss="http://127.0.0.1:9/fhir")
    refused(at, client, answer, 502, "did not work")


NOW = int(time.time())
FORGED: dict[str, dict[str, Any]] = {
    "another audience": {"claims": {"aud": "other"}},
    "no audience": {"claims": {"aud": None}},
    "several audiences, for nobody": {"claims": {"aud": [CLIENT, "other"]}},
    "another issuer": {"claims": {"iss": "https://elsewhere.example"}},
    "expired": {"claims": {"exp": NOW - 3600, "iat": NOW - 7200}},
    "never expires": {"claims": {"exp": None}},
    "from the future": {"claims": {"iat": NOW + 86_400, "exp": NOW + 90_000}},
    "another nonce": {"claims": {"nonce": "replayed"}},
    "no nonce": {"claims": {"nonce": None}},
    "nobody": {"claims": {"sub": None}},
    "no person but a number": {"claims": {"sub": 7}},
    "another key": {"signer": RSAKey.generate_key(2048, {"kid": "one"})},
    "shared secret": {
        "signer": OctKey.import_key("a" * 32),
        "header": {"alg": "HS256"},
    },
    "nothing": {"id_token": ""},
    "no token": {"id_token": "a.b.c"},
}


@pytest.mark.parametrize("kind", list(FORGED))
def test_forged_id_tokens_let_nobody_in(there: World, ehr: Ehr, kind: str) -> None:
    for part, value in FORGED[kind].items():
        setattr(ehr, part, value)
    client, answer = go(there, ehr)
    refused(there, client, answer, 401, "did not work")
    assert not ehr.paths(), "and nothing is read"


@pytest.mark.parametrize("alg", ["none", "None", "NONE"])
def test_unsigned_id_tokens_let_nobody_in(there: World, ehr: Ehr, alg: str) -> None:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    client, away = begin(there, ehr)
    nonce = dict(parse_qsl(urlsplit(away.headers["location"]).query))["nonce"]
    claims = ehr.signed(nonce).split(".")[1]
    ehr.id_token = f"{part({'alg': alg, 'typ': 'JWT'})}.{claims}."
    refused(there, client, client.get(consent(away)), 401, "did not work")


# --- what it answers, broken ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ({"patient": None}, 422, "named no patient"),
        ({"patient": "../Observation"}, 422, "named no patient"),
        ({"patient": "a&patient=b"}, 422, "named no patient"),
        ({"id_token": None}, 502, "did not work"),
        ({"access_token": None}, 502, "did not work"),
        ({"access_token": "a\r\nb"}, 502, "did not work"),
        ({"access_token": "é"}, 502, "did not work"),
        ({"token_type": "mac"}, 502, "did not work"),
        ({"patient": "somebody-else"}, 502, "did not give the patient"),
        ({"scope": "openid launch"}, 502, "did not give all diagnoses"),
        ({"scope": "openid patient/*.c patient/Patient.r"}, 502, "did not give all diagnoses"),
    ],
    ids=str,
)
def test_a_token_that_lacks_something(
    there: World, ehr: Ehr, answer: dict[str, Any], status: int, words: str
) -> None:
    ehr.answer = answer
    client, back = go(there, ehr)
    refused(there, client, back, status, words)


@pytest.mark.parametrize(
    "response",
    [
        Response("<html>busy</html>", media_type="text/html"),
        Response("[]", media_type="application/json"),
        Response('{"access_token": "x"}', 500, media_type="application/json"),
        JSONResponse({"error": "server_error"}, 503),
        Response("{" + " " * (2 << 20) + "}"),
        Response(status_code=302, headers={"location": "http://127.0.0.1:9/"}),
        Response("[" * 100_000),
    ],
    ids=["a page", "a list", "an error", "busy", "too large", "elsewhere", "deep"],
)
def test_a_token_endpoint_that_answers_something_else(
    there: World, ehr: Ehr, response: Response
) -> None:
    ehr.token_response = response
    client, answer = go(there, ehr)
    refused(there, client, answer, 502, "did not work")


BROKEN = {
    "a page": lambda: Response("<html>busy</html>", media_type="text/html"),
    "an error": lambda: Response(status_code=500),
    "refused": lambda: Response(status_code=403),
    "elsewhere": lambda: Response(status_code=302, headers={"location": "http://127.0.0.1:9/"}),
    "an outcome": lambda: JSONResponse({"resourceType": "OperationOutcome"}),
    "no entries": lambda: JSONResponse({"resourceType": "Bundle", "entry": 7}),
    "said to be broken": lambda: JSONResponse(
        {
            "resourceType": "Bundle",
            "entry": [
                {
                    "resource": {
                        "resourceType": "OperationOutcome",
                        "issue": [{"severity": "error", "code": "exception"}],
                    }
                }
            ],
        }
    ),
    "an outcome without a word": lambda: JSONResponse(
        {
            "resourceType": "Bundle",
            "entry": [{"resource": {"resourceType": "OperationOutcome"}}],
        }
    ),
    "a next page nowhere": lambda: JSONResponse(
        {"resourceType": "Bundle", "link": [{"relation": "next"}]}
    ),
    "an entry that is none": lambda: JSONResponse({"resourceType": "Bundle", "entry": [[1]]}),
    "pages elsewhere": lambda: JSONResponse(
        {
            "resourceType": "Bundle",
            "link": [{"relation": "next", "url": "http://127.0.0.1:9/fhir/next"}],
        }
    ),
    "pages without end": lambda: JSONResponse(
        {"resourceType": "Bundle", "link": [{"relation": "next", "url": "same"}]}
    ),
}


@pytest.mark.parametrize("how", list(BROKEN))
def test_without_the_medication_orders_there_is_no_plan(there: World, ehr: Ehr, how: str) -> None:
    """A list that did not come would read as a patient who takes nothing."""
    ehr.responses["MedicationRequest"] = ehr.responses["same"] = BROKEN[how]()
    client, answer = go(there, ehr)
    refused(there, client, answer, 502, "did not give all medication orders")


@pytest.mark.parametrize("how", list(BROKEN))
def test_without_appointments_there_is_a_plan_that_says_so(
    there: World, ehr: Ehr, how: str
) -> None:
    ehr.responses["Appointment"] = ehr.responses["same"] = BROKEN[how]()
    client, answer = go(there, ehr)
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert "Not given by the record system: appointments." in page


@pytest.mark.parametrize("how", ["a page", "an error", "refused", "an outcome", "no entries"])
def test_without_the_patient_there_is_nothing(there: World, ehr: Ehr, how: str) -> None:
    ehr.responses[f"Patient/{PATIENT}"] = BROKEN[how]()
    client, answer = go(there, ehr)
    refused(there, client, answer, 502, "record")


def test_a_record_that_was_not_given_leaves_the_earlier_one(there: World, ehr: Ehr) -> None:
    go(there, ehr)
    before = on_file(there)
    ehr.responses["Observation"] = Response(status_code=500)
    assert go(there, ehr)[1].status_code == 502
    after = on_file(there)
    assert before is not None and after is not None and before.digest == after.digest


def test_what_is_not_granted_is_not_asked_for(there: World, ehr: Ehr) -> None:
    ehr.answer = {"scope": "patient/*.rs patient/Patient.r".replace("*", "Condition")}
    kinds = ("Procedure", "MedicationRequest", "Coverage", "DiagnosticReport")
    ehr.answer["scope"] += "".join(f" patient/{kind}.rs" for kind in kinds)
    ehr.answer["scope"] += " user/Observation.rs?category=survey"
    client, answer = go(there, ehr)
    page = client.get(answer.headers["location"]).text
    assert "scores, findings and laboratory values, the medication list" in page
    asked = {path.removeprefix("/fhir/").partition("/")[0] for path in ehr.paths()}
    assert asked == {"Patient", "Condition", "Observation", *kinds}


def test_servers_that_answer_observations_only_by_category(there: World, ehr: Ehr) -> None:
    ehr.only_by_category = True
    _, answer = go(there, ehr)
    assert answer.status_code == 303
    patient = on_file(there)
    assert patient is not None
    with there.store.reading() as work:
        kept = json.loads(keeping.plain(keeping.documents(work, patient.id)[0]))
    ids = [e["resource"]["id"] for e in kept["entry"] if "Observation" in str(e["resource"])]
    assert ids and len(ids) == len(set(ids)), "each once, however many categories it has"


def test_drugs_that_orders_point_to_are_read(there: World, ehr: Ehr) -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": {"text": "aspirin 81 MG Oral Tablet"}}
    for order in ehr.resources:
        if order["resourceType"] == "MedicationRequest":
            order.pop("medicationCodeableConcept")
            order["medicationReference"] = {"reference": "Medication/m1"}
            break
    client, answer = go(there, ehr)
    page = client.get(answer.headers["location"]).text
    assert "Not given by the record system: drugs that orders point to." in page
    ehr.resources.append(drug)
    client, answer = go(there, ehr)
    assert "Not given" not in client.get(answer.headers["location"]).text
    assert ehr.paths().count("/fhir/Medication/m1") == 2


def test_what_is_another_patients_is_left_out(there: World, ehr: Ehr) -> None:
    stranger = {
        "resourceType": "Condition",
        "id": "not-theirs",
        "subject": {"reference": f"{ehr.iss}/Patient/another"},
        "code": {"text": "somebody else's"},
    }
    ehr.resources.append(stranger)
    go(there, ehr)
    patient = on_file(there)
    assert patient is not None
    with there.store.reading() as work:
        kept = keeping.plain(keeping.documents(work, patient.id)[0])
    assert b"not-theirs" not in kept and b"another" not in kept


def test_the_token_goes_to_no_other_server(there: World, ehr: Ehr) -> None:
    with record_system.running() as other:
        ehr.elsewhere = other.iss
        client, answer = go(there, ehr)
        refused(there, client, answer, 502, "did not give all scores")
        assert not other.asked


def test_a_slow_server_is_not_waited_for(small: World, ehr: Ehr) -> None:
    """Each answer would come in time; all of them together do not."""
    at = connected(small, ehr, seconds=0.5)
    member(at)
    ehr.slow = 0.3
    client, answer = go(at, ehr)
    refused(at, client, answer, 502, "Please try again from there")
    # The patient, then four searches at once; when they are late, nothing more is begun.
    assert len(ehr.paths()) <= 5


def test_a_server_that_never_answers_is_not_waited_for(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr, seconds=0.5)
    member(at)
    ehr.slow = LONG
    client, answer = go(at, ehr)
    refused(at, client, answer, 502, "did not give the patient")
    assert len(ehr.paths()) <= 1


def test_a_server_that_never_ends_is_not_waited_for(
    small: World, ehr: Ehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A little comes again and again; a second goes by from one to the next."""
    at = connected(small, ehr, seconds=30)
    member(at)
    seconds = 0
    monkeypatch.setattr(line, "Budget", lambda limits, _: Budget(limits, lambda: seconds))

    async def drops() -> AsyncIterator[bytes]:
        nonlocal seconds
        while seconds < 100_000:
            seconds += 1
            yield b" "
            await anyio.sleep(0.001)

    ehr.responses["Condition"] = StreamingResponse(drops())
    client, answer = go(at, ehr)
    refused(at, client, answer, 502, "did not give all diagnoses")


def test_a_record_that_is_too_large_is_not_taken(there: World, ehr: Ehr) -> None:
    many = [{**ehr.resources[-1], "id": f"more-{n}", "note": "x" * 100_000} for n in range(40)]
    kind = many[0]["resourceType"]
    ehr.responses[kind] = JSONResponse(
        {"resourceType": "Bundle", "entry": [{"resource": each} for each in many]}
    )
    client, answer = go(there, ehr)
    refused(there, client, answer, 502, "did not give all")


# --- what stays ----------------------------------------------------------------------------------


def test_no_token_is_kept_or_logged_or_shown(
    there: World, ehr: Ehr, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="painpath"):
        client, answer = go(there, ehr)
        page = client.get(answer.headers["location"])
    [access] = ehr.tokens
    secrets = [access, "never to be kept", ehr.form()["code"], ehr.form()["code_verifier"]]
    kept = []
    with there.store.reading() as work:
        for table in Base.metadata.sorted_tables:
            kept += [str(row) for row in work.execute(sa.select(table))]
        documents = [keeping.plain(each) for each in work.scalars(sa.select(Document))]
    everywhere = [*kept, str(documents), caplog.text, page.text, str(answer.headers)]
    for secret in secrets:
        assert not any(secret in each for each in everywhere)
    assert PATIENT not in caplog.text
    assert not [query for each in ehr.asked if access in (query := each.get("query", ""))]
    with there.store.reading() as work:
        assert work.scalar(sa.select(Launch)) is None


def test_what_is_kept_meanwhile_opens_nothing(there: World, ehr: Ehr) -> None:
    client, away = begin(there, ehr)
    state = dict(parse_qsl(urlsplit(away.headers["location"]).query))["state"]
    browser = client.cookies["painpath-launch"]
    with there.store.reading() as work:
        row = work.scalars(sa.select(Launch)).one()
    assert (row.digest, row.browser) == (tokens.digest(state), tokens.digest(browser))
    assert state not in str(away.headers.get("set-cookie"))


def test_behind_tls_the_cookie_is_bound_to_the_host(small: World, ehr: Ehr) -> None:
    at = connected(small, ehr)
    settings = msgspec.structs.replace(at.settings, public_url="https://pain.example.org")
    app = create_app(settings, store=at.store, desk=at.desk)
    answer = TestClient(app, follow_redirects=False).get("/launch", params={"iss": ehr.iss})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-painpath-launch=")
    assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie
    asked = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert asked["redirect_uri"] == "https://pain.example.org/launch/back"


def test_reading_again_does_not_ask_another_server(there: World, ehr: Ehr) -> None:
    """The access is over with the launch; the clinic's own FHIR server has other ids."""
    _, answer = go(there, ehr)
    settings = msgspec.structs.replace(
        there.settings, fhir_server="http://127.0.0.1:9/fhir", fhir_server_clinic="North"
    )
    at = dataclasses.replace(
        there, app=create_app(settings, store=there.store, desk=there.desk), settings=settings
    )
    again = at.client(Role.clinician).post(f"{answer.headers['location']}/read-again")
    assert again.status_code == 200 and "does not answer" not in again.text


@pytest.mark.usefixtures("one_span")
def test_too_many_launches_wait(there: World, ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("painpath.serve.pages.launch._MOST", 2)
    answers = [begin(there, ehr)[1].status_code for _ in range(3)]
    assert answers == [303, 303, 429]
