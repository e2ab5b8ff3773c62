"""CDS Hooks within the service: planned by its desk, remembered in its database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from painpath.hooks.settings import Client
from painpath.serve import settings as configuration
from painpath.serve.app import create_app
from painpath.serve.desk.desk import Desk
from painpath.serve.hooks.keeping import StoredFeedback, StoredNonces
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from tests.hooks.asking import EXAMPLE_IDS, asked, example
from tests.serve.world import TODAY, World

VIEW = "/cds-services/painpath-patient-view"
KEY = ECKey.generate_key("P-256", {"kid": "k1"})
ISSUER = "https://ehr.example.com"


def client(world: World, **more: Any) -> TestClient:
    """A record system that is known by its key."""
    known = Client(issuer=ISSUER, keys=[KEY.as_dict(private=False)])
    terms = {"hook_clients": [known], "today": TODAY, **more}
    settings = msgspec.structs.replace(world.settings, **terms)
    return TestClient(create_app(settings, store=world.store, desk=world.desk))


def bearer(world: World, **claims: Any) -> dict[str, str]:
    now = int(time.time())
    token = {
        "iss": ISSUER,
        "aud": f"{world.settings.address}{VIEW}",
        "iat": now,
        "exp": now + 300,
        "jti": f"{time.monotonic_ns()}",
        **claims,
    }
    signed = jwt.encode({"alg": "ES256", "kid": "k1", "typ": "JWT"}, token, KEY)
    return {"authorization": f"Bearer {signed}"}


def test_discovery_names_the_service(small: World) -> None:
    services = client(small, demo=True).get("/cds-services").json()["services"]
    assert VIEW.rsplit("/", 1)[1] in {service["id"] for service in services}


def test_strangers_are_not_answered(small: World) -> None:
    answer = client(small).post(VIEW, json=asked("patient-view", example("example-01")))
    assert answer.status_code == 401 and "cards" not in answer.json()


def test_a_token_is_taken_once_by_all_processes(small: World) -> None:
    """Two applications on one database, as two workers are."""
    headers = bearer(small, jti="once")
    body = asked("patient-view", example("example-01"))
    assert client(small).post(VIEW, json=body, headers=headers).status_code == 200
    assert client(small).post(VIEW, json=body, headers=headers).status_code == 401


def test_feedback_to_one_process_silences_the_card_in_all(small: World) -> None:
    body = asked("patient-view", example("example-02"))
    (card, *_) = client(small).post(VIEW, json=body, headers=bearer(small)).json()["cards"]
    said = {"card": card["uuid"], "outcome": "overridden"}
    said["outcomeTimestamp"] = "2026-11-01T10:00:00Z"
    told = client(small).post(f"{VIEW}/feedback", json={"feedback": [said]}, headers=bearer(small))
    assert told.status_code == 200
    again = client(small).post(VIEW, json=body, headers=bearer(small)).json()["cards"]
    assert card["summary"] not in {each["summary"] for each in again}
    counts = StoredFeedback(small.store).counts()
    assert sum(kind.overridden for kind in counts) == 1


def test_many_at_once_get_what_each_alone_gets(small: World) -> None:
    demo = client(small, demo=True)

    def cards(key: str) -> Any:
        answer = demo.post(VIEW, json=asked("patient-view", example(key)))
        assert answer.status_code == 200
        return [{**card, "uuid": None} for card in answer.json()["cards"]]

    keys = EXAMPLE_IDS[:6]
    alone = {key: len(cards(key)) for key in keys}
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(cards, keys * 3))
    assert [len(each) for each in together] == [alone[key] for key in keys * 3]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    from tests.serve.conftest import fresh_database

    url = ""
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("server"))
    opened = Store(Settings(database_url=url, data_folder=str(tmp_path)).database)
    opened.migrate()
    yield opened
    opened.close()


def test_tokens_are_remembered_until_they_expire(store: Store) -> None:
    nonces = StoredNonces(store)
    later = time.time() + 300
    assert nonces.first("a", "1", later)
    assert not nonces.first("a", "1", later)
    assert nonces.first("b", "1", later)
    assert nonces.first("a", "2", time.time() - 1000)
    assert nonces.first("a", "3", later), "what has expired is forgotten"
    assert nonces.first("a", "2", later) and not nonces.first("a", "3", later)


def test_settings_are_handed_on_whole() -> None:
    settings = Settings(hook_clients=[Client(issuer=ISSUER)], workers=2, today=TODAY, demo=True)
    assert configuration.from_text(configuration.to_text(settings)) == settings


def test_clients_stand_in_the_file(tmp_path: Path, desk: Desk) -> None:
    file = tmp_path / "painpath.toml"
    file.write_text(f'[[hook_clients]]\nissuer = "{ISSUER}"\njwks_urls = ["{ISSUER}/keys"]\n')
    (known,) = configuration.load(file, {}).hook_clients
    assert known.issuer == ISSUER and known.jwks_urls == [f"{ISSUER}/keys"]
