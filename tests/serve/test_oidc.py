"""Signing in at an identity provider: a small one of our own, and every way to cheat it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from painpath.fhirserver.limits import Limits
from painpath.serve.app import create_app
from painpath.serve.desk.desk import Desk
from painpath.serve.people import accounts, asking
from painpath.serve.people.roles import Role
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from tests.serve.conftest import copied, opened
from tests.serve.served import played
from tests.serve.world import World, name

CLIENT = "painpath-client"
SECRET = "a secret of the client's own"


@dataclass
class Issuer:
    """An identity provider that says what a test wants it to say."""

    port: int
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=dict)
    signer: Any = None
    token: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    padding: dict[str, str] = field(default_factory=dict)
    """What stands beside an answer, by the answer's name."""
    pause: float = 0
    """Seconds between the bytes of what it says of itself."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def id_token(self, nonce: str) -> str:
        if self.token is not None:
            return self.token
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "person-1",
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": nonce,
            "email": name(Role.clinician, "North"),
            "email_verified": True,
            **self.claims,
        }
        claims = {key: value for key, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.header}
        return jwt.encode(header, claims, self.signer or self.key, algorithms=[header["alg"]])


def application(issuer: Issuer) -> FastAPI:
    app = FastAPI()

    def padded(name: str) -> dict[str, str]:
        return {"padding": issuer.padding.get(name, "")}

    @app.get("/.well-known/openid-configuration")
    def about() -> StreamingResponse:
        said = {
            "issuer": issuer.address,
            "authorization_endpoint": f"{issuer.address}/authorize",
            "token_endpoint": f"{issuer.address}/token",
            "jwks_uri": f"{issuer.address}/keys",
            **padded("about"),
        }

        async def slowly() -> AsyncIterator[bytes]:
            for byte in json.dumps(said).encode():
                yield bytes([byte])
                await asyncio.sleep(issuer.pause)

        whole = iter([json.dumps(said).encode()])
        return StreamingResponse(slowly() if issuer.pause else whole)

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return {"keys": [issuer.key.as_dict(private=False)], **padded("keys")}

    @app.post("/token")
    async def token(request: Request) -> dict[str, str]:
        form = {key: str(value) for key, value in (await request.form()).items()}
        issuer.asked.append(form)
        given = {"id_token": issuer.id_token(form["code"]), "token_type": "Bearer"}
        return {**given, **padded("token")}

    return app


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with played(Issuer, application) as made:
        yield made


@pytest.fixture
def there(issuer: Issuer, original: World, tmp_path: Path) -> Iterator[World]:
    issuer.claims, issuer.header, issuer.signer, issuer.token = {}, {}, None, None
    issuer.padding, issuer.pause = {}, 0
    terms = {
        "oidc_issuer": issuer.address,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_name": "Example Health",
    }
    yield from opened(copied(original, tmp_path, **terms))


def go(world: World, *, code: str | None = None, state: str | None = None, to: str = "") -> Any:
    """There and back; the provider's code is the nonce, so that it can put it in the token."""
    client = world.client()
    away = client.get("/sign-in-with/oidc", params={"next": to})
    assert away.status_code == 303
    asked = dict(re.findall(r"[?&]([^=&]+)=([^&]*)", away.headers["location"]))
    terms = {"code": code or asked["nonce"], "state": state or asked["state"]}
    return client, client.get("/sign-in-with/oidc/back", params=terms)


def test_there_and_back(there: World, issuer: Issuer) -> None:
    assert "Sign in with Example Health" in there.client().get("/sign-in").text
    client, answer = go(there, to="/records")
    assert answer.status_code == 303 and answer.headers["location"] == "/records"
    assert client.get("/today").status_code == 200
    asked = issuer.asked[-1]
    assert asked["client_secret"] == SECRET and len(asked["code_verifier"]) >= 43
    assert there.trail()[-2].detail == "OpenID Connect"


def test_the_account_is_bound_to_the_person_not_to_the_address(
    there: World, issuer: Issuer
) -> None:
    go(there)
    issuer.claims = {"email": "new@example.org"}
    client, answer = go(there)
    assert answer.status_code == 303 and client.get("/today").status_code == 200
    issuer.claims = {"sub": "person-2"}
    _, answer = go(there)
    assert answer.status_code == 403, "the same address, another person"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.org"},
        {"email_verified": False},
        {"email_verified": None},
        {"email": None},
    ],
)
def test_who_has_no_account_here_is_not_let_in(
    there: World, issuer: Issuer, claims: dict[str, Any]
) -> None:
    issuer.claims = {"sub": "somebody", **claims}
    client, answer = go(there)
    assert answer.status_code == 403 and "have no account here" in answer.text
    assert client.get("/today").status_code == 303


def test_a_closed_account_is_closed(there: World) -> None:
    go(there)
    with there.store.writing() as work:
        account = accounts.find(work, name(Role.clinician, "North"))
        assert account is not None
        accounts.close(work, account)
    _, answer = go(there)
    assert answer.status_code == 403


NOW = int(time.time())
FORGED: dict[str, dict[str, Any]] = {
    "another audience": {"claims": {"aud": "other"}},
    "no audience": {"claims": {"aud": None}},
    "several audiences, not for us": {"claims": {"aud": [CLIENT, "other"], "azp": "other"}},
    "several audiences, for nobody": {"claims": {"aud": [CLIENT, "other"]}},
    "another issuer": {"claims": {"iss": "https://elsewhere.example"}},
    "expired": {"claims": {"exp": NOW - 3600, "iat": NOW - 7200}},
    "never expires": {"claims": {"exp": None}},
    "from the future": {"claims": {"iat": NOW + 86_400, "exp": NOW + 90_000}},
    "another nonce": {"claims": {"nonce": "replayed"}},
    "no nonce": {"claims": {"nonce": None}},
    "another key": {"signer": RSAKey.generate_key(2048, {"kid": "one"})},
    "shared secret": {"signer": OctKey.import_key(SECRET), "header": {"alg": "HS256"}},
    "nothing": {"token": ""},
    "no token": {"token": "a.b.c"},
}


@pytest.mark.parametrize("kind", list(FORGED))
def test_forged_tokens_let_nobody_in(there: World, issuer: Issuer, kind: str) -> None:
    for part, value in FORGED[kind].items():
        setattr(issuer, part, value)
    client, answer = go(there)
    assert answer.status_code == 401 and "did not work" in answer.text
    assert client.get("/today").status_code == 303


def test_unsigned_tokens_let_nobody_in(there: World, issuer: Issuer) -> None:
    import base64

    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    signed = issuer.id_token("nonce")
    claims = signed.split(".")[1]
    for alg in ("none", "None", "NONE"):
        issuer.token = f"{part({'alg': alg, 'typ': 'JWT'})}.{claims}."
        _, answer = go(there, code="nonce")
        assert answer.status_code == 401


def test_another_state_or_no_attempt_lets_nobody_in(there: World) -> None:
    _, answer = go(there, state="made up")
    assert answer.status_code == 401
    answer = there.client().get("/sign-in-with/oidc/back?code=x&state=y")
    assert answer.status_code == 401


def test_an_attempt_is_good_for_one_answer(there: World) -> None:
    client, answer = go(there)
    assert answer.status_code == 303
    assert "painpath-oidc" not in client.cookies


def test_new_keys_of_the_provider_are_fetched(there: World, issuer: Issuer) -> None:
    go(there)
    issuer.key = RSAKey.generate_key(2048, {"kid": "one"})
    _, answer = go(there)
    assert answer.status_code == 303


@pytest.mark.parametrize("answer", ["about", "keys", "token"])
def test_an_answer_without_end_is_given_up(there: World, issuer: Issuer, answer: str) -> None:
    issuer.padding = {answer: "x" * (1 << 20)}
    client = there.client()
    if answer == "about":
        assert client.get("/sign-in-with/oidc").status_code == 502
        return
    client, back = go(there)
    assert back.status_code == 401 and "did not work" in back.text
    assert client.get("/today").status_code == 303
    issuer.padding = {answer: "x" * (1 << 19)}
    assert go(there)[1].status_code == 303, "up to the limit it is read"


def test_an_answer_that_comes_too_slowly_is_given_up(
    there: World, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then: it is never silent, and slow all the same."""
    monkeypatch.setattr(asking, "_LIMITS", Limits(seconds=0.5, most_bytes=1 << 20))
    issuer.pause = 0.1
    answer = there.client().get("/sign-in-with/oidc")
    assert answer.status_code == 502 and "did not work" in answer.text


def test_a_provider_that_is_away_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    settings = Settings(
        data_folder=str(tmp_path), oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT
    )
    store = Store(settings.database)
    store.migrate()
    world = World(create_app(settings, store=store, desk=desk), store, desk, settings)
    answer = world.client().get("/sign-in-with/oidc")
    assert answer.status_code == 502 and "did not work" in answer.text
    store.close()


def test_without_a_provider_there_is_no_such_page(small: World) -> None:
    assert small.client().get("/sign-in-with/oidc").status_code == 404
