"""Forged forms, headers, sizes, what is logged, and the trail that cannot be changed."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from painpath.serve.app import create_app
from painpath.serve.desk.desk import Desk
from painpath.serve.people import tokens
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Trail, now
from painpath.serve.trail import fhir
from tests.serve.test_access import CASES, send
from tests.serve.world import World

POSTS = sorted(path for method, path in CASES if method == "POST")


# --- forged forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("token", [None, "", "00" * 64, "zz", "other"])
def test_what_changes_something_comes_from_our_pages(
    world: World, path: str, token: str | None
) -> None:
    client = world.client(Role.admin if "people" in path else Role.clinician)
    if token == "other":
        token = world.client(Role.clinician).headers["x-form-token"]
    del client.headers["x-form-token"]
    if token is not None:
        client.headers["x-form-token"] = token
    answer = send(world, client, "POST", path, world.patients["North"])
    assert answer.status_code == 403
    assert client.get("/account").status_code == 200, "and the session goes on"


def test_other_sites_are_refused_even_with_the_token(world: World) -> None:
    client = world.client(Role.clinician)
    answer = client.post("/today", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_signing_in_needs_the_form_too(world: World) -> None:
    data = {"name": "clinician north", "password": "x", "form_token": "00" * 64}
    assert world.client().post("/sign-in", data=data).status_code == 403


def test_the_token_looks_different_each_time_and_stays_the_same() -> None:
    token = tokens.form_token("cookie")
    one, two = tokens.masked(token), tokens.masked(token)
    assert one != two and tokens.unmasked(one) == tokens.unmasked(two) == token


# --- headers -------------------------------------------------------------------------------------

PAGES = ["/today", "/records", "/knowledge/index.html", "/health", "/nowhere", "/sign-in"]


@pytest.mark.parametrize("path", [*PAGES, "/patients/{own}", "/patients/{own}/why-not"])
def test_nothing_inline_and_nothing_from_elsewhere(world: World, path: str) -> None:
    answer = world.client(Role.clinician).get(path.format(own=world.patients["North"]))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    body = answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", body), "no inline script"
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", body), (
        "no inline style or handler"
    )
    for address in re.findall(r'(?:src|href|action)="([^"]+)"', body):
        if address.startswith("http"):
            assert f'<a href="{address}"' in body, "elsewhere only by a link that one follows"


def test_what_is_not_there_or_not_understood_is_said_to_a_person(world: World) -> None:
    client = world.client(Role.clinician)
    assert "There is no page at this address." in client.get("/nowhere").text
    own = world.patients["North"]
    answer = client.get(f"/patients/{own}?as_of=banana")
    assert answer.status_code == 422
    assert "Not understood: “as of”." in answer.text and "query" not in answer.text


def test_pages_are_kept_nowhere_and_static_files_for_good(world: World) -> None:
    client = world.client(Role.clinician)
    page = client.get("/today")
    assert page.headers["cache-control"] == "no-store"
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        kept = client.get(address)
        assert kept.status_code == 200 and "immutable" in kept.headers["cache-control"]
    assert client.get("/static/0/../../settings.py").status_code == 404
    assert client.get("/static/0/%2e%2e%2fsettings.py").status_code == 404


@pytest.mark.parametrize("path", ["/today/", "/records/", "//evil.example/", "/knowledge", "/"])
def test_nobody_is_sent_on_to_the_host_that_a_request_names(world: World, path: str) -> None:
    answer = world.client(Role.clinician).get(path, headers={"host": "evil.example"})
    assert "evil.example" not in answer.headers.get("location", "")


def test_behind_tls_cookies_are_bound_to_the_host(tmp_path: Path, desk: Desk) -> None:
    settings = Settings(data_folder=str(tmp_path), public_url="https://pain.example.org")
    store = Store(settings.database)
    store.migrate()
    from starlette.testclient import TestClient

    client = TestClient(create_app(settings, store=store, desk=desk), base_url="https://testserver")
    answer = client.get("/sign-in")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-painpath-visit=") and "Secure" in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    store.close()


# --- sizes ---------------------------------------------------------------------------------------


def test_large_requests_are_refused_before_they_are_read(world: World) -> None:
    client = world.client(Role.clinician)
    assert client.post("/today", content=b"x" * (300 << 10)).status_code == 413
    data = b"x" * (4 << 20)
    assert client.post("/records", files={"files": ("a.json", data)}).status_code == 413


def test_large_requests_without_a_length_are_refused_as_they_grow(world: World) -> None:
    client = world.client(Role.clinician)
    sent = 0

    def endless():  # type: ignore[no-untyped-def]
        nonlocal sent
        for _ in range(1000):
            sent += 64 << 10
            yield b"x" * (64 << 10)

    headers = {"content-type": "application/x-www-form-urlencoded"}
    del client.headers["x-form-token"]
    assert client.post("/today", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize("path", POSTS)
def test_who_is_not_signed_in_is_not_read(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way to the sign-in is the answer to anything, also to what nobody could take apart."""

    def read(*_: object, **__: object) -> None:
        raise AssertionError("the body was read")

    for parser in ("FormParser", "MultiPartParser"):
        monkeypatch.setattr(f"starlette.requests.{parser}", read)
    monkeypatch.setattr("starlette.requests.Request.json", read)
    client = world.client()
    for kind in ("multipart/form-data", "application/x-www-form-urlencoded", "application/json"):
        address = re.sub(r"\{.*?\}", "1", path)
        answer = client.post(address, content=b"{" * 1000, headers={"content-type": kind})
        assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    assert client.post(path, content=b"x" * (4 << 20)).status_code == 413, "nor kept"


def test_a_database_that_does_not_answer_is_said_before_anything_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise sa.exc.OperationalError("select", {}, Exception("away"))

    client = world.client(Role.clinician)
    monkeypatch.setattr("painpath.serve.guard.visitor.sessions.find", away)
    answer = client.post("/today", data={"words": "knee"})
    assert answer.status_code == 503 and "does not answer" in answer.text


# --- what is logged ------------------------------------------------------------------------------


def test_logs_name_routes_and_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    client = world.client(Role.clinician)
    with caplog.at_level(logging.DEBUG, "painpath.serve"):
        client.get(f"/patients/{world.patients['North']}?policy=clinical")
        client.post("/today", data={"words": "example-06"})
        client.get("/patients/someone")
    told = caplog.text
    assert "GET /patients/{patient} 200" in told and "POST /today 200" in told
    for secret in (world.patients["North"], "example-06", "clinical", "someone"):
        assert secret not in told


def test_what_breaks_is_one_sentence_and_logged_without_its_words(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the record of example-06 says ...")

    monkeypatch.setattr("painpath.serve.pages.worklists._file", broken)
    answer = world.client(Role.clinician).get("/worklists")
    assert answer.status_code == 500 and "Something went wrong here" in answer.text
    assert "content-security-policy" in answer.headers
    assert "example-06" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text and "worklists.py" in caplog.text


# --- the trail -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail SET act = 'x'",
        "DELETE FROM trail",
        "TRUNCATE trail",
        "INSERT OR REPLACE INTO trail SELECT * FROM trail",
        "INSERT INTO trail SELECT * FROM trail WHERE true ON CONFLICT (id) DO UPDATE SET act = 'x'",
    ],
)
def test_the_database_refuses_to_change_the_trail(world: World, statement: str) -> None:
    if statement.startswith("TRUNCATE") and world.store.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    if "REPLACE" in statement and not world.store.is_sqlite:
        pytest.skip("only SQLite has it")
    world.client(Role.clinician).get("/today")
    before = [(row.id, row.act) for row in world.trail()]
    assert before
    with pytest.raises(sa.exc.DBAPIError, match="only written to"), world.store.writing() as work:
        work.execute(sa.text(statement))
    assert [(row.id, row.act) for row in world.trail()][: len(before)] == before


def test_who_saw_whom_is_on_the_trail(world: World) -> None:
    before = len(world.trail())
    world.client(Role.clinician).get(f"/patients/{world.patients['North']}")
    (row,) = world.trail()[before:]
    assert (row.act, row.done) == ("see-plan", True)
    assert row.patient_id == world.patients["North"]
    assert row.clinic_id == world.clinics["North"] and row.account_id is not None


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("/patients/{}/why-not?option=genicular-rfa", "see-plan"),
        ("/patients/{}/timeline/0", "see-timeline"),
        ("/patients/{}/forms", "see-forms"),
        ("/patients/{}/sheet", "see-sheet"),
        ("/patients/{}/handout", "see-sheet"),
        ("/records", "see-list"),
        ("/today", "see-list"),
    ],
)
def test_whatever_shows_a_patient_is_on_the_trail_and_kept_by_no_browser(
    world: World, path: str, act: str
) -> None:
    before = len(world.trail())
    answer = world.client(Role.clinician).get(path.format(world.patients["North"]))
    assert answer.status_code == 200 and "no-store" in answer.headers["cache-control"]
    (row,) = world.trail()[before:]
    assert (row.act, row.done) == (act, True)
    assert row.patient_id == (world.patients["North"] if "{}" in path else None)


@pytest.mark.parametrize(
    ("act", "action"),
    [
        ("see-plan", "R"),
        ("export-trail", "R"),
        ("sign-in", "E"),
        ("bring-record", "C"),
        ("answer-form", "C"),
        ("raise-alert", "C"),
        ("sign-alert", "U"),
        ("withdraw-form", "U"),
        ("connect-server", "U"),
        ("of a later version", "R"),
    ],
)
def test_an_audit_event_says_whether_something_was_changed(act: str, action: str) -> None:
    made = fhir.event(Trail(id=1, act=act, done=True, at=now(), address="10.0.0.1"), {})
    assert made["action"] == action


def test_the_trails_page_speaks_in_words(world: World) -> None:
    world.client(Role.clinician).get(f"/patients/{world.patients['North']}?as_of=2026-03-01")
    page = world.client(Role.admin).get("/trail").text
    assert "as of 1 Mar 2026, payer from the record" in page
    assert "payer auto" not in page


def test_the_trail_as_audit_events(world: World) -> None:
    resource = pytest.importorskip("fhir.resources.R4B.auditevent", reason="fhir.resources")
    world.client(Role.clinician).get(f"/patients/{world.patients['North']}")
    world.client(Role.front_desk).get(f"/patients/{world.patients['North']}")
    answer = world.client(Role.admin).get("/trail/events.ndjson")
    assert answer.headers["content-type"] == "application/fhir+ndjson"
    lines = answer.text.splitlines()
    events = [resource.AuditEvent.model_validate_json(line) for line in lines]
    assert {event.outcome for event in events} >= {"0", "4"}
    seen = [event for event in events if event.subtype[0].code == "see-plan"]
    assert seen and world.patients["North"] in lines[events.index(seen[-1])]
    assert len(lines) == len({event.id for event in events})


def test_an_administrator_sees_only_the_own_clinics_trail(world: World) -> None:
    world.client(Role.clinician, "South").get("/today")
    lines = world.client(Role.admin, "North").get("/trail/events.ndjson").text
    south = f'"system":"urn:painpath:clinic","value":"{world.clinics["South"]}"'
    assert "AuditEvent" in lines and south not in lines


def test_a_row_without_an_account_says_so() -> None:
    row = Trail(id=1, act="sign-in", done=False, at=now(), detail="link", address="10.0.0.1")
    made = fhir.event(row, {})
    assert made["agent"][0]["who"]["display"] == "not signed in" and made["outcome"] == "4"
