"""OpenID Connect with one identity provider: authorization code, PKCE, and an ID token checked.

The provider is asked nothing about patients, and nothing without limits of time and size.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import msgspec
from starlette.datastructures import URL

from painpath.fhirserver.errors import AskError
from painpath.serve.people.asking import ask_json
from painpath.serve.people.id_tokens import IdTokenError, Keys, checked
from painpath.serve.settings import Settings


class OidcError(Exception):
    """Signing in there did not work; the message is for the log, not for the person."""


class Attempt(msgspec.Struct, frozen=True):
    """What is remembered, in a cookie, while somebody is at the provider."""

    state: str
    nonce: str
    verifier: str
    to: str = ""


class Person(msgspec.Struct, frozen=True):
    """Who signed in there."""

    subject: str
    """`issuer subject`: what never changes."""
    email: str | None
    """Only if the provider has verified it."""


class Provider:
    """One identity provider; what it says of itself is read once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._back = f"{settings.address}/sign-in-with/oidc/back"
        self._about: dict[str, Any] | None = None
        self._keys = Keys(lambda: _asked("GET", self._endpoint("jwks_uri")))

    def attempt(self, to: str) -> tuple[Attempt, str]:
        """A new attempt, and the address at the provider to go to.

        Raises:
            OidcError: if the provider cannot be reached.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        made = Attempt(state, nonce, verifier, to)
        challenge = hashlib.sha256(made.verifier.encode()).digest()
        terms = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._back,
            "scope": "openid email",
            "state": made.state,
            "nonce": made.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = URL(self._endpoint("authorization_endpoint"))
        return made, str(address.include_query_params(**terms))

    def finish(self, attempt: Attempt, code: str, state: str) -> Person:
        """Who came back with a code.

        Raises:
            OidcError: if it is not the answer to this attempt, or the provider does not confirm it.
        """
        if not secrets.compare_digest(attempt.state.encode(), state.encode()):
            raise OidcError("the state is not that of the attempt")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "client_id": self._settings.oidc_client_id,
            "code_verifier": attempt.verifier,
        }
        if self._settings.oidc_client_secret:
            form["client_secret"] = self._settings.oidc_client_secret
        answer = _asked("POST", self._endpoint("token_endpoint"), data=form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise OidcError("the provider gave no ID token")
        try:
            claims = checked(
                token,
                self._keys,
                issuer=str(self._described()["issuer"]),
                client=self._settings.oidc_client_id,
                nonce=attempt.nonce,
            )
        except IdTokenError as error:
            raise OidcError(str(error)) from None
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Person(f"{self._issuer} {claims['sub']}", email)

    def _endpoint(self, name: str) -> str:
        address = self._described().get(name)
        if not isinstance(address, str):
            raise OidcError(f"the provider names no {name}")
        return address

    def _described(self) -> dict[str, Any]:
        if self._about is None:
            about = _asked("GET", f"{self._issuer}/.well-known/openid-configuration")
            if str(about.get("issuer", "")).rstrip("/") != self._issuer:
                raise OidcError("the provider calls itself otherwise")
            self._about = about
        return self._about


def _asked(method: str, address: str, **terms: Any) -> dict[str, Any]:
    try:
        return ask_json(method, address, **terms)
    except AskError as error:
        raise OidcError(f"the provider gives no answer that can be used: {error}") from None
