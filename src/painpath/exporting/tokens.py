"""Access by SMART Backend Services: where tokens are given, and tokens that are always fresh."""

from __future__ import annotations

import threading
import time

import msgspec

from painpath.exporting.addresses import place, private_line
from painpath.exporting.errors import ServerError, SettingsError
from painpath.exporting.keys import Key
from painpath.exporting.sayings import refused
from painpath.exporting.talking import Talk

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY = 30.0
"""Seconds before its end a token is replaced; of a short one, a tenth of its life."""
_LIFETIME = 300.0
"""Seconds a token lives whose server does not say."""


class Smart(msgspec.Struct):
    """What `.well-known/smart-configuration` tells of a server."""

    token_endpoint: str | None = None
    scopes_supported: list[str] = []
    capabilities: list[str] = []
    token_endpoint_auth_signing_alg_values_supported: list[str] = []

    def scope(self) -> str:
        """The widest scope to read with, in the grammar that the server knows."""
        for scope in ("system/*.rs", "system/*.read"):
            if scope in self.scopes_supported:
                return scope
        return "system/*.rs" if "permission-v2" in self.capabilities else "system/*.read"


class _Given(msgspec.Struct):
    access_token: str
    token_type: str = "bearer"
    expires_in: float | None = None


class Access(msgspec.Struct, frozen=True):
    """Who asks, and what is known beforehand of where tokens are given."""

    client: str
    key: Key
    jku: str | None = None
    token_url: str | None = None
    scope: str | None = None


class Tokens:
    """The token of the moment. May be used by several threads.

    Args:
        access: who asks.
        server: base address of the FHIR server.
    """

    def __init__(self, access: Access, server: str) -> None:
        self._access = access
        self._server = server
        self._lock = threading.Lock()
        self._token: str | None = None
        self._until = 0.0
        self._place: tuple[str, str] | None = None

    def __repr__(self) -> str:
        return f"Tokens({self._access.client})"

    def bearer(self, talk: Talk) -> str:
        """A token that is good for a while yet.

        Raises:
            ServerError: if the server gives none.
        """
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._renew(talk)
            assert self._token is not None
            return self._token

    def spoilt(self, token: str) -> None:
        """A token was refused; whoever asks next gets another."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _renew(self, talk: Talk) -> None:
        if self._place is None:
            self._place = self._discover(talk)
        url, scope = self._place
        asked = time.monotonic()
        response = talk.post(
            url,
            lambda: {
                "grant_type": "client_credentials",
                "scope": scope,
                "client_assertion_type": _ASSERTION,
                "client_assertion": self._access.key.assertion(
                    self._access.client, url, self._access.jku
                ),
            },
        )
        if response.status_code != 200:
            raise refused(f"{place(url)} gives no access token", response)
        try:
            given = msgspec.json.decode(response.content, type=_Given, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ServerError(f"{place(url)}: the answer holds no access token") from None
        if given.token_type.lower() != "bearer":
            raise ServerError(f"{place(url)}: tokens of an unknown type are given")
        lasting = _LIFETIME if given.expires_in is None else given.expires_in
        self._token = given.access_token
        self._until = asked + lasting - min(_EARLY, lasting / 10)

    def _discover(self, talk: Talk) -> tuple[str, str]:
        """Address of the token endpoint, and the scope to ask for."""
        url, scope = self._access.token_url, self._access.scope
        smart = Smart()
        if url is None or scope is None:
            smart = discover(talk, self._server, needed=url is None)
        url = url or smart.token_endpoint
        if url is None:
            raise ServerError(
                f"{place(self._server)}: its SMART configuration names no token endpoint;"
                " give it with --token-url"
            )
        private_line(url)
        algorithms = smart.token_endpoint_auth_signing_alg_values_supported
        if algorithms and self._access.key.algorithm not in algorithms:
            raise SettingsError(
                f"the key signs with {self._access.key.algorithm},"
                f" the server takes {', '.join(algorithms)}"
            )
        return url, scope or smart.scope()


def discover(talk: Talk, server: str, *, needed: bool = True) -> Smart:
    """The SMART configuration of a server; an empty one where it has none and none is needed.

    Raises:
        ServerError: if it is needed and not there.
    """
    url = f"{server}/.well-known/smart-configuration"
    response = talk.get(url, {"Accept": "application/json"}, token=False)
    try:
        if response.status_code == 200:
            return msgspec.json.decode(response.content, type=Smart)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    if not needed:
        return Smart()
    raise ServerError(
        f"{place(url)}: there is no SMART configuration; give the token endpoint with --token-url"
    )
