"""The routes as a client meets them: statuses, sentences, tokens, sizes, browsers."""

from __future__ import annotations

import datetime
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx2
import msgspec
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwk, jws

import painpath
from painpath.hooks.application import Application
from painpath.hooks.evaluator import Evaluator
from painpath.hooks.fetching import Fetcher, Limits
from painpath.hooks.router import create_router
from painpath.hooks.settings import Client, HookSettings
from painpath.planning.planner import Planner
from tests.hooks.asking import DAY, asked, example, ordered, prefetched, procedure, searchset

Made = TypeVar("Made")
BASE = "https://cds.example.org"
VIEW = "/cds-services/painpath-patient-view"
SIGN = "/cds-services/painpath-order-sign"
KEY = jwk.ECKey.generate_key("P-384", {"kid": "k"}, private=True)
READY = example("example-06")


class Here:
    """Works in the caller's thread."""

    def run(self, work: Callable[[Planner], Made]) -> Made:
        return work(painpath.planner())


def client_of(settings: HookSettings, **parts: Any) -> TestClient:
    application = Application(settings, Here(), today=lambda: DAY, **parts)
    app = FastAPI()
    app.include_router(create_router(application))
    client = TestClient(app)
    client.application = application  # type: ignore[attr-defined]
    return client


@pytest.fixture(scope="module")
def open_() -> Iterator[TestClient]:
    with client_of(HookSettings(open=True, origins=["https://sandbox.example.org"])) as client:
        yield client


@pytest.fixture(scope="module")
def guarded() -> Iterator[TestClient]:
    keys = [KEY.as_dict(private=False)]
    clients = [Client(issuer="https://ehr.example.com", keys=keys)]
    with client_of(HookSettings(base_url=f"{BASE}/", clients=clients)) as client:
        yield client


def bearer(path: str, **claims: Any) -> dict[str, str]:
    now = int(time.time())
    body = {
        "iss": "https://ehr.example.com",
        "aud": f"{BASE}{path}",
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid.uuid4()),
        **claims,
    }
    head = {"alg": "ES384", "kid": "k", "typ": "JWT"}
    token = jws.serialize_compact(head, msgspec.json.encode(body), KEY, algorithms=["ES384"])
    return {"Authorization": f"Bearer {token}"}


# -- answers --


def test_discovery(open_: TestClient) -> None:
    answer = open_.get("/cds-services")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()["services"]) == 4


def test_cards(open_: TestClient) -> None:
    answer = open_.post(VIEW, json=asked("patient-view", READY))
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert [card["indicator"] for card in answer.json()["cards"]] == ["info"]


@pytest.mark.parametrize("closing", [True, False])
def test_one_of_several_processes_lets_go_of_the_connection(closing: bool) -> None:
    with client_of(HookSettings(open=True, closing=closing)) as client:
        answer = client.post(VIEW, json=asked("patient-view", READY))
    assert (answer.headers.get("connection") == "close") is closing


def test_no_cards_are_an_empty_list(open_: TestClient) -> None:
    answer = open_.post(VIEW, json=asked("patient-view", example("example-11")))
    assert answer.status_code == 200 and answer.content == b'{"cards":[]}'


def test_system_actions(open_: TestClient) -> None:
    request = asked("order-sign", example("example-04"), ordered(procedure("o1", "63650")))
    assert len(open_.post(SIGN, json=request).json()["systemActions"]) == 1


def test_feedback_is_kept_and_counted(open_: TestClient) -> None:
    card = open_.post(VIEW, json=asked("patient-view", READY)).json()["cards"][0]
    said = {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
        "outcomeTimestamp": "2026-11-01T10:00:00Z",
    }
    answer = open_.post(f"{VIEW}/feedback", json={"feedback": [said]})
    assert answer.status_code == 200
    counts = open_.application.store.counts()  # type: ignore[attr-defined]
    assert [count.accepted for count in counts if count.kind == "option"] == [1]


# -- what is wrong --


def test_an_unknown_service(open_: TestClient) -> None:
    answer = open_.post("/cds-services/other", json={})
    assert answer.status_code == 404 and answer.json()["detail"].endswith(".")
    assert open_.post("/cds-services/other/feedback", json={}).status_code == 404


def test_missing_data_are_412(open_: TestClient) -> None:
    request = asked("patient-view", READY)
    del request["prefetch"]["medications"]
    answer = open_.post(VIEW, json=request)
    assert answer.status_code == 412
    assert "medication orders" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"hook":"order-sign"}', b"\x00"])
def test_bad_requests_are_400(open_: TestClient, body: bytes) -> None:
    for path in (VIEW, f"{VIEW}/feedback"):
        answer = open_.post(path, content=body)
        assert answer.status_code == 400
        assert answer.json()["detail"].endswith(".")


def test_too_large_is_413() -> None:
    with client_of(HookSettings(open=True, most_bytes=1 << 20)) as client:
        answer = client.post(VIEW, content=b" " * ((1 << 20) + 1))
        assert answer.status_code == 413 and "1 MB" in answer.json()["detail"]


def test_other_methods_are_405(open_: TestClient) -> None:
    assert open_.get(VIEW).status_code == 405
    assert open_.put(VIEW, json={}).status_code == 405


# -- tokens --


def test_every_call_wants_a_token_of_its_own_address(guarded: TestClient) -> None:
    for path in ("/cds-services", VIEW, f"{VIEW}/feedback"):
        method = "GET" if path == "/cds-services" else "POST"
        for headers in ({}, bearer("/cds-services/elsewhere")):
            answer = guarded.request(method, path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.json()["detail"].endswith(".")


def test_a_token_opens_what_it_is_for(guarded: TestClient) -> None:
    assert guarded.get("/cds-services", headers=bearer("/cds-services")).status_code == 200
    answer = guarded.post(VIEW, json=asked("patient-view", READY), headers=bearer(VIEW))
    assert answer.status_code == 200
    path = f"{VIEW}/feedback"
    for address in (path, VIEW):
        assert guarded.post(path, json={}, headers=bearer(address)).status_code == 400


def test_a_token_is_taken_once(guarded: TestClient) -> None:
    headers = bearer("/cds-services")
    statuses = [guarded.get("/cds-services", headers=headers).status_code for _ in range(2)]
    assert statuses == [200, 401]


def test_who_is_not_let_in_does_not_learn_which_services_there_are(guarded: TestClient) -> None:
    known = guarded.post(VIEW, json={})
    unknown = guarded.post("/cds-services/other", json={})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())


# -- fetching --


def test_what_was_not_sent_is_fetched_for_clients_that_allow_it() -> None:
    server = "https://ehr.example.com/fhir"
    kept = prefetched(READY)

    def serve(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["authorization"] == "Bearer fhir-token"
        kind = request.url.path.rsplit("/", 1)[-1]
        return httpx2.Response(200, json=searchset([r for r in READY if r["resourceType"] == kind]))

    access = {"access_token": "fhir-token", "token_type": "Bearer"}
    sparse = {key: kept[key] for key in ("patient", "conditions", "procedures")}
    request = asked("patient-view", READY, fhirServer=server, fhirAuthorization=access)
    request["prefetch"] = sparse
    for servers, status in (([server], 200), ([], 412)):
        keys = [KEY.as_dict(private=False)]
        clients = [Client(issuer="https://ehr.example.com", keys=keys, fhir_servers=servers)]
        settings = HookSettings(base_url=BASE, clients=clients)
        fetcher = Fetcher(Limits(), httpx2.MockTransport(serve))
        with client_of(settings, fetcher=fetcher) as client:
            answer = client.post(VIEW, json=request, headers=bearer(VIEW))
            assert answer.status_code == status
            if status == 200:
                whole = client.post(VIEW, json=asked("patient-view", READY), headers=bearer(VIEW))
                # The digest of the patient differs by server; what is said does not.
                assert answer.json() == whole.json()


# -- browsers --


def test_pages_of_listed_origins_may_call(open_: TestClient) -> None:
    origin = {"Origin": "https://sandbox.example.org"}
    answer = open_.options(VIEW, headers={**origin, "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 204
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    for reply in (answer, open_.get("/cds-services", headers=origin)):
        assert reply.headers["access-control-allow-origin"] == "https://sandbox.example.org"


def test_pages_of_other_origins_may_not(open_: TestClient) -> None:
    answer = open_.get("/cds-services", headers={"Origin": "https://evil.example.org"})
    assert "access-control-allow-origin" not in answer.headers


# -- the thread that plans --


def test_an_evaluator_answers_many_threads_one_after_the_other() -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(threading.get_ident())
        return object()

    evaluator = Evaluator(make)
    inside: set[int] = set()
    most = 0

    def work(planner: Any) -> int:
        nonlocal most
        inside.add(id(planner))
        most = max(most, len(inside))
        time.sleep(0.001)
        return threading.get_ident()

    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(evaluator.run(work))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    evaluator.close()
    assert len(made) == 1 and set(found) == set(made) and len(found) == 20
    assert most == 1


def test_what_goes_wrong_is_raised_where_it_was_asked_and_the_next_is_answered() -> None:
    evaluator = Evaluator(lambda: painpath.planner())

    def fault(planner: Planner) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        evaluator.run(fault)
    assert evaluator.run(lambda planner: planner.vocabulary is not None)
    evaluator.close()


def test_a_planner_that_cannot_be_made_is_tried_again() -> None:
    tries: list[int] = []

    def make() -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("disk")
        return object()

    evaluator = Evaluator(make)
    with pytest.raises(OSError, match="disk"):
        evaluator.run(lambda planner: None)
    assert evaluator.run(lambda planner: 7) == 7
    evaluator.close()


def test_today_is_the_day_of_the_settings() -> None:
    days: list[datetime.date] = []

    class Noting:
        def run(self, work: Callable[[Planner], Made]) -> Made:
            answer = work(painpath.planner())
            days.append(answer.shown[0].on)  # type: ignore[attr-defined]
            return answer

    then = datetime.date(2026, 12, 1)
    application = Application(HookSettings(open=True), Noting(), today=lambda: then)
    service = application.service("painpath-patient-view")
    body = msgspec.json.encode(asked("patient-view", READY))
    application.answer(*application.parse(service, body))
    assert days == [then]
