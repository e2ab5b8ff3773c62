"""Every route, every role, own and other clinic's patient: who is let in stands in one table."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from painpath.serve.guard import routes
from painpath.serve.people import accounts
from painpath.serve.people.roles import Role
from painpath.serve.store.tables import Account, Clinic
from tests.serve.world import STAFF, World

CLINICIAN, PRIOR_AUTH, FRONT_DESK = Role.clinician, Role.prior_auth, Role.front_desk
ANALYST, ADMIN, PATIENT = Role.analyst, Role.admin, Role.patient
CARE = {CLINICIAN, PRIOR_AUTH}
DESKS = CARE | {FRONT_DESK}
EVERYBODY = set(STAFF)


class Case(NamedTuple):
    """A request and who may make it."""

    allowed: set[Role]
    data: dict[str, str] | None = None
    files: dict[str, Any] | None = None


CASES: dict[tuple[str, str], Case] = {
    ("GET", "/"): Case(EVERYBODY | {PATIENT}),
    ("POST", "/sign-out"): Case(EVERYBODY | {PATIENT}),
    ("GET", "/today"): Case(DESKS),
    ("POST", "/today"): Case(DESKS, {"words": "knee"}),
    ("GET", "/patients/{patient}"): Case(CARE),
    ("GET", "/patients/{patient}/why-not"): Case(CARE),
    ("GET", "/patients/{patient}/timeline/{span}"): Case(CARE),
    ("GET", "/patients/{patient}/sheet"): Case({CLINICIAN, PATIENT}),
    ("GET", "/patients/{patient}/letter"): Case({CLINICIAN}),
    ("POST", "/letters"): Case({CLINICIAN}, {"patient": "{patient}"}),
    ("GET", "/patients/{patient}/packet"): Case(CARE),
    ("GET", "/patients/{patient}/packet/questionnaire"): Case(CARE),
    ("GET", "/patients/{patient}/handout"): Case({CLINICIAN, PATIENT}),
    ("POST", "/patients/{patient}/read-again"): Case(DESKS),
    ("GET", "/patients/{patient}/forms"): Case(DESKS),
    ("POST", "/patients/{patient}/forms"): Case(DESKS, {"forms": "peg"}),
    ("POST", "/patients/{patient}/forms/{asked}/withdraw"): Case(DESKS),
    ("POST", "/patients/{patient}/alerts/{alert}"): Case({CLINICIAN}, {"note": "Spoke today."}),
    ("GET", "/records"): Case(DESKS),
    ("POST", "/records"): Case(DESKS, files={"files": ("a.json", b"{}")}),
    ("POST", "/records/fetch"): Case(DESKS, {"patient": "p1"}),
    ("POST", "/records/find"): Case(DESKS, {"name": "x"}),
    ("GET", "/fhir-server"): Case({ADMIN}),
    ("POST", "/fhir-server"): Case({ADMIN}, {"address": "no address"}),
    ("POST", "/fhir-server/try"): Case({ADMIN}),
    ("POST", "/fhir-server/let-go"): Case({ADMIN}),
    ("GET", "/worklists"): Case(CARE | {ANALYST}),
    ("GET", "/worklists/summary"): Case(CARE | {ANALYST}),
    ("GET", "/worklists/{worklist}"): Case(CARE | {ANALYST}),
    ("POST", "/worklists/{worklist}"): Case(CARE | {ANALYST}, {"words": "knee"}),
    ("GET", "/cards"): Case({ANALYST, ADMIN}),
    ("GET", "/knowledge"): Case(EVERYBODY),
    ("GET", "/knowledge/{page:path}"): Case(EVERYBODY),
    ("GET", "/account"): Case(EVERYBODY),
    ("POST", "/account/clinic"): Case(EVERYBODY, {"clinic": "1"}),
    ("POST", "/account/password"): Case(EVERYBODY, {"old": "x", "new": "short"}),
    ("GET", "/people"): Case({ADMIN}),
    ("POST", "/people"): Case({ADMIN}, {"name": "", "role": "analyst"}),
    ("POST", "/people/{account}/link"): Case({ADMIN}),
    ("POST", "/people/{account}/close"): Case({ADMIN}),
    ("GET", "/trail"): Case({ADMIN}),
    ("GET", "/trail/events.ndjson"): Case({ADMIN}),
}
"""Every route that is not for everyone. A new route fails here until somebody decides who may."""

FOR_EVERYONE = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/{token}"),
    ("POST", "/sign-in/{token}"),
    ("GET", "/form/{token}"),
    ("POST", "/form/{token}"),
    ("GET", "/static/{version}/{name}"),
    ("GET", "/health"),
    ("GET", "/sign-in-with/oidc"),
    ("GET", "/sign-in-with/oidc/back"),
    ("GET", "/launch"),
    ("GET", "/launch/back"),
    ("GET", "/launch/keys"),
}


def test_every_route_is_decided(world: World) -> None:
    found, open_ = set(), set()
    for route in routes.all_routes(world.app.routes):
        for method in (route.methods or set()) - {"HEAD"}:
            if routes.is_for_everyone(route):
                open_.add((method, route.path))
            elif not routes.is_open(route):
                found.add((method, route.path))
    assert found == set(CASES)
    assert open_ == FOR_EVERYONE


def test_a_route_without_a_guard_stops_the_service() -> None:
    app, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter()

    @router.get("/forgotten")
    def forgotten() -> str:
        return "anything"

    app.include_router(router)
    assert routes.unguarded(app.routes) == ["/forgotten"]


def send(world: World, client: TestClient, method: str, path: str, patient: str) -> Any:
    """The request of a case."""
    case = CASES[method, path]
    address = path.replace("{page:path}", "index.html").format(
        patient=patient, span="0", worklist="nothing", account="999999", asked="x", alert="9"
    )
    data = {name: value.format(patient=patient) for name, value in (case.data or {}).items()}
    query = {"option": world.desk.knowledge.options[0].id} if "why-not" in path else None
    return client.request(method, address, params=query, data=data or None, files=case.files)


NOT_THERE = ("{worklist}", "{account}", "/fetch", "/find", "/try", "/summary", "{asked}", "{alert}")
"""Parts of paths for which nothing exists: who may ask gets 404 rather than 403."""


@pytest.mark.parametrize("role", list(Role), ids=str)
@pytest.mark.parametrize(("method", "path"), sorted(CASES), ids=lambda part: str(part))
def test_roles(world: World, role: Role, method: str, path: str) -> None:
    client = world.client(role)
    answer = send(world, client, method, path, world.patients["North"])
    allowed = CASES[method, path].allowed
    if role in allowed:
        expected = 404 if any(part in path for part in NOT_THERE) else None
        assert answer.status_code == expected or answer.status_code in (200, 303, 307, 308, 422)
    else:
        assert answer.status_code in (403, 404)
        if "{patient}" not in path:
            assert answer.status_code == 403
    client.close()


@pytest.mark.parametrize("role", list(Role), ids=str)
@pytest.mark.parametrize(
    ("method", "path"),
    sorted(key for key in CASES if "{patient}" in key[1]),
    ids=lambda part: str(part),
)
def test_other_clinics_patients_are_not_there(
    world: World, role: Role, method: str, path: str
) -> None:
    """The same answer as for a patient who does not exist: nothing can be learned from it."""
    client = world.client(role)
    other = send(world, client, method, path, world.patients["South"])
    nobody = send(world, client, method, path, "nobody")
    assert other.status_code == nobody.status_code == 404
    assert _sentence(other.text) == _sentence(nobody.text)
    client.close()


def _sentence(page: str) -> str:
    return page.partition('role="alert">')[2].partition("<")[0]


@pytest.mark.parametrize(("method", "path"), sorted(CASES), ids=lambda part: str(part))
def test_nobody_gets_in_without_signing_in(world: World, method: str, path: str) -> None:
    answer = send(world, world.client(), method, path, world.patients["North"])
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_without_a_page_in_mind_the_answer_is_401(world: World) -> None:
    client = world.client()
    answer = client.get("/today", headers={"accept": "application/json"})
    assert answer.status_code == 401 and answer.json() == {"detail": "Please sign in."}


def test_refusals_are_on_the_trail(world: World) -> None:
    before = len(world.trail())
    world.client(Role.front_desk).get(f"/patients/{world.patients['North']}")
    world.client(Role.clinician).get(f"/patients/{world.patients['South']}")
    first, second = world.trail()[before:]
    assert (first.act, first.done, first.patient_id) == ("reach", False, world.patients["North"])
    assert (second.act, second.done, second.patient_id) == ("reach", False, world.patients["South"])


def test_a_patients_link_opens_only_the_own_sheet(world: World) -> None:
    client = world.client(Role.patient)
    own = client.get(f"/patients/{world.patients['North']}/sheet?as_of=2020-01-01&policy=clinical")
    assert own.status_code == 200 and "For you" in own.text
    assert "What it is" in own.text, "always as of today, whatever the address says"
    assert client.get("/").headers["location"] == f"/patients/{world.patients['North']}/sheet"


def test_administrators_cannot_touch_accounts_of_other_clinics(world: World) -> None:
    with world.store.reading() as work:
        other = accounts.find(work, "clinician south")
        assert other is not None
    client = world.client(Role.admin)
    assert client.post(f"/people/{other.id}/link").status_code == 404
    assert client.post(f"/people/{other.id}/close").status_code == 404


def test_a_closed_account_of_another_clinic_is_let_in_by_nobody_else(world: World) -> None:
    with world.store.writing() as work:
        there = work.get_one(Clinic, world.clinics["South"])
        account = accounts.add(work, "Away South", Role.clinician, there)
        accounts.close(work, account)
        number = account.id
    sent = {"name": "away  SOUTH", "role": "front-desk"}
    answer = world.client(Role.admin, "North").post("/people", data=sent)
    assert answer.status_code == 422 and "There is an account of that name." in answer.text
    assert "/sign-in/" not in answer.text
    with world.store.reading() as work:
        assert work.get_one(Account, number).closed is not None
        assert accounts.memberships(work, number) == {world.clinics["South"]: Role.clinician}
    again = world.client(Role.admin, "South").post("/people", data=sent)
    assert again.status_code == 200 and "/sign-in/" in again.text, "the own clinic may"


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (CLINICIAN, "/today"),
        (FRONT_DESK, "/today"),
        (ANALYST, "/worklists"),
        (ADMIN, "/people"),
    ],
)
def test_everybody_begins_where_their_work_is(world: World, role: Role, first: str) -> None:
    assert world.client(role).get("/").headers["location"] == first
