"""How PainPath proves to a record system that it is the client: not at all, by secret, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from painpath.exporting import errors
from painpath.exporting.keys import Key, key_from
from painpath.serve.smart.server import SmartServer

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class ProofError(Exception):
    """The secret or key that the settings name cannot be used; one sentence without either."""


class Proof(msgspec.Struct, frozen=True):
    """What the client has to prove itself with; its `repr` must not tell it."""

    client: str
    secret: str = ""
    key: Key | None = None

    def __repr__(self) -> str:
        return f"Proof({self.client})"

    def terms(self, token_endpoint: str) -> dict[str, Any]:
        """What a request for a token carries: `data` of the form, and `auth` where there is any."""
        if self.key is not None:
            assertion = self.key.assertion(self.client, token_endpoint, None)
            return {"data": {"client_assertion_type": _ASSERTION, "client_assertion": assertion}}
        if self.secret:
            return {"data": {}, "auth": (self.client, self.secret)}
        return {"data": {"client_id": self.client}}


def proof(server: SmartServer, environment: Mapping[str, str]) -> Proof:
    """What the settings name, taken from the environment.

    Raises:
        ProofError: if it is not there or cannot be used.
    """
    name = server.secret_from or server.key_from
    if not name:
        return Proof(server.client_id)
    text = environment.get(name, "")
    if not text.strip():
        raise ProofError(f"smart_servers, {server.iss}: the environment has no {name}")
    if server.secret_from:
        return Proof(server.client_id, secret=text)
    try:
        return Proof(server.client_id, key=key_from(text, name, server.kid or None))
    except errors.SettingsError as error:
        raise ProofError(f"smart_servers, {server.iss}: {error}") from None
