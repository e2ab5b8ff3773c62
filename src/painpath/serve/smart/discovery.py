"""What a record system says of itself at `.well-known/smart-configuration`, read now and then."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec

from painpath.fhirserver.addresses import is_private_line
from painpath.fhirserver.errors import AskError
from painpath.serve.people.asking import ask_json
from painpath.serve.people.id_tokens import Keys
from painpath.serve.smart.errors import LaunchError
from painpath.serve.smart.server import SmartServer

_KNOWN_FOR = 600
"""Seconds."""
_CONFIGURATION = "/.well-known/smart-configuration"
_OPENID = "/.well-known/openid-configuration"


class Described(msgspec.Struct, frozen=True):
    """Where to send people, where to fetch tokens, whose signature to trust."""

    authorize: str
    token: str
    issuer: str
    keys: Keys
    is_newer: bool
    """Knows the scopes of SMART 2 (`.rs`)."""


class Discovery:
    """What one server says of itself; several threads may ask."""

    def __init__(self, server: SmartServer) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._known: tuple[float, Described] | None = None

    def described(self) -> Described:
        """What it says.

        Raises:
            LaunchError: if it says nothing that can be used.
        """
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > _KNOWN_FOR:
                self._known = time.monotonic(), self._read()
            return self._known[1]

    def _read(self) -> Described:
        found = _fetched(self._server.base + _CONFIGURATION)
        methods = found.get("code_challenge_methods_supported")
        # Earlier servers do not say; they get the challenge all the same.
        if isinstance(methods, list) and "S256" not in methods:
            raise LaunchError("the server does not take PKCE with S256")
        issuer, keys = found.get("issuer"), found.get("jwks_uri")
        if not (isinstance(issuer, str) and isinstance(keys, str)):
            base = issuer.rstrip("/") if isinstance(issuer, str) else self._server.base
            openid = _fetched(base + _OPENID) if is_private_line(base) else {}
            issuer, keys = openid.get("issuer"), openid.get("jwks_uri")
        if not isinstance(issuer, str):
            raise LaunchError("the server names no issuer")
        keys_at = _address(keys, "jwks_uri")
        return Described(
            authorize=_address(found.get("authorization_endpoint"), "authorization_endpoint"),
            token=_address(found.get("token_endpoint"), "token_endpoint"),
            issuer=issuer,
            keys=Keys(lambda: ask_json("GET", keys_at)),
            is_newer=_is_newer(found),
        )


def _fetched(address: str) -> dict[str, Any]:
    try:
        return ask_json("GET", address)
    except AskError as error:
        raise LaunchError(f"the server does not say how it is launched: {error}") from None


def _address(value: Any, name: str) -> str:
    if not isinstance(value, str) or not is_private_line(value):
        raise LaunchError(f"the server names no {name} that can be used")
    return value


def _is_newer(found: dict[str, Any]) -> bool:
    capabilities = found.get("capabilities")
    named = capabilities if isinstance(capabilities, list) else []
    return "permission-v2" in named or "permission-v1" not in named
