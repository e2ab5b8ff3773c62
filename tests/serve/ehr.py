"""A small record system: an authorisation server and a FHIR server that say what a test wants.

It holds a client to SMART App Launch: PKCE, `aud`, the registered address, a code once, its proof.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import anyio
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from painpath.examples import example_bytes
from tests.serve.served import played

CLIENT = "painpath-client"
SECRET = "a secret of the client's own"
PERSON = "Practitioner/Dr-1"
PATIENT = "example-02"
CHART = "an open chart"
"""The `launch` that the record system knows."""


@dataclass
class Ehr:
    """What it has and how it behaves; a test changes it, `reset` puts it right again."""

    port: int
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    back: str = "http://127.0.0.1:8080/launch/back"
    asked: list[dict[str, str]] = field(default_factory=list)
    """Every request: path, token, form."""

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As a record system should be."""
        self.configuration: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, str] = {}
        self.signer: Any = None
        self.id_token: str | None = None
        self.answer: dict[str, Any] = {}
        self.token_response: Response | None = None
        self.client_key: ECKey | None = None
        self.secret: str | None = None
        self.responses: dict[str, Response] = {}
        """Instead of the answer at a path below `/fhir/`."""
        self.slow: float = 0
        self.elsewhere: str | None = None
        self.only_by_category = False
        self.resources: list[Any] = [
            each["resource"] for each in json.loads(example_bytes(PATIENT))["entry"]
        ]
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.asked.clear()

    @property
    def iss(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def described(self) -> dict[str, Any]:
        root = f"http://127.0.0.1:{self.port}"
        return {
            "issuer": root,
            "jwks_uri": f"{root}/keys",
            "authorization_endpoint": f"{root}/authorize",
            "token_endpoint": f"{root}/token",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-ehr", "launch-standalone", "permission-v2"],
            **self.configuration,
        }

    def signed(self, nonce: str) -> str:
        if self.id_token is not None:
            return self.id_token
        claims = {
            "iss": f"http://127.0.0.1:{self.port}",
            "aud": CLIENT,
            "sub": "person-1",
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": nonce,
            "fhirUser": f"{self.iss}/{PERSON}",
            **self.claims,
        }
        claims = {key: value for key, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "one", **self.header}
        return jwt.encode(header, claims, self.signer or self.key, algorithms=[header["alg"]])

    def paths(self) -> list[str]:
        """What was asked of the FHIR server."""
        return [each["path"] for each in self.asked if each["path"].startswith("/fhir/")]

    def form(self) -> dict[str, str]:
        """The last request for a token."""
        return next(each for each in reversed(self.asked) if each["path"] == "/token")


@contextmanager
def running() -> Iterator[Ehr]:
    """The record system, on a port of its own."""
    with played(Ehr, application) as ehr:
        yield ehr


def application(ehr: Ehr) -> FastAPI:
    """Its routes."""
    app = FastAPI()

    @app.get("/fhir/.well-known/smart-configuration")
    def about() -> dict[str, Any]:
        return ehr.described()

    @app.get("/fhir/.well-known/openid-configuration")
    def openid() -> dict[str, Any]:
        root = f"http://127.0.0.1:{ehr.port}"
        return {"issuer": root, "jwks_uri": f"{root}/keys"}

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return {"keys": [ehr.key.as_dict(private=False)]}

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        ehr.asked.append({"path": "/authorize", **asked})
        fine = (
            asked.get("response_type") == "code"
            and asked.get("client_id") == CLIENT
            and asked.get("redirect_uri") == ehr.back
            and asked.get("aud") == ehr.iss
            and asked.get("code_challenge_method") == "S256"
            and len(asked.get("code_challenge", "")) == 43
            and bool(asked.get("state"))
            and (("launch" in asked["scope"].split()) == (asked.get("launch") == CHART))
        )
        if not fine:
            return Response("this launch is not as it should be", 400)
        code = secrets.token_urlsafe(16)
        ehr.codes[code] = asked
        return RedirectResponse(f"{ehr.back}?{urlencode({'code': code, 'state': asked['state']})}")

    @app.post("/token")
    async def token(request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        ehr.asked.append({"path": "/token", **form})
        if ehr.token_response is not None:
            return ehr.token_response
        asked = ehr.codes.pop(form.get("code", ""), None)
        if asked is None or not _is_proved(ehr, request, form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        shown = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(shown).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(24)
        ehr.tokens.add(access)
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": asked["scope"],
            "patient": PATIENT,
            "refresh_token": "never to be kept",
            "id_token": ehr.signed(asked["nonce"]),
            **ehr.answer,
        }
        return JSONResponse({key: value for key, value in answer.items() if value is not None})

    @app.get("/fhir/{path:path}")
    async def fhir(request: Request, path: str) -> Response:
        sent = request.headers.get("authorization", "")
        query = str(request.url.query)
        ehr.asked.append({"path": f"/fhir/{path}", "query": query, "sent": sent})
        if sent.removeprefix("Bearer ") not in ehr.tokens:
            return Response(status_code=401)
        until = time.monotonic() + ehr.slow
        while (left := until - time.monotonic()) > 0 and not await request.is_disconnected():
            await anyio.sleep(min(left, 0.05))
        if path in ehr.responses:
            return ehr.responses[path]
        return _answer(ehr, request, path)

    return app


def _is_proved(ehr: Ehr, request: Request, form: dict[str, str]) -> bool:
    """Whether the client proves itself as it is registered."""
    sent = request.headers.get("authorization", "")
    if ehr.secret is not None:
        pair = base64.b64encode(f"{CLIENT}:{ehr.secret}".encode()).decode()
        return sent == f"Basic {pair}" and "client_id" not in form
    if ehr.client_key is not None:
        claims = jwt.decode(form["client_assertion"], ehr.client_key, algorithms=["ES384"]).claims
        return bool(
            claims["iss"] == claims["sub"] == CLIENT
            and claims["aud"] == f"http://127.0.0.1:{ehr.port}/token"
            and claims["exp"] <= time.time() + 300
            and claims["jti"]
            and form["client_assertion_type"].endswith(":jwt-bearer")
        )
    return form.get("client_id") == CLIENT and not sent


def _answer(ehr: Ehr, request: Request, path: str) -> Response:
    kind, _, key = path.partition("/")
    of_kind = [each for each in ehr.resources if each["resourceType"] == kind]
    if key:
        found = [each for each in of_kind if each.get("id") == key]
        return JSONResponse(found[0]) if found else Response(status_code=404)
    asked = request.query_params
    if kind == "Observation" and ehr.only_by_category:
        if "category" not in asked:
            return JSONResponse({"resourceType": "OperationOutcome"}, 400)
        of_kind = of_kind if asked["category"] in ("survey", "exam") else []
    page = int(asked.get("page", 0))
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    bundle["entry"] = [{"resource": each} for each in of_kind[page * 3 : page * 3 + 3]]
    if len(of_kind) > page * 3 + 3:
        base = ehr.elsewhere or ehr.iss
        more = urlencode({**asked, "page": page + 1})
        bundle["link"] = [{"relation": "next", "url": f"{base}/{kind}?{more}"}]
    return JSONResponse(bundle)
