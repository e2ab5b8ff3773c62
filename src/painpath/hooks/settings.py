"""How the hooks are set up: who may call, where cards lead, how much is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from painpath.fhirserver.addresses import is_private_line
from painpath.hooks.fetching import Limits

_SECRET = {"d", "p", "q", "k"}
"""What a JWK has only if it is private, or a shared secret."""


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record system that may call."""

    issuer: str
    """`iss` of its tokens."""
    jwks_urls: list[str] = []
    """Where its public keys are; `jku` of a token must be one of them. The first is the usual."""
    keys: list[dict[str, Any]] = []
    """Its public keys (JWK), where they were handed over instead."""
    fhir_servers: list[str] = []
    """Servers from which its data may be fetched; none: what is not sent is asked for by 412."""


def unusable(clients: Sequence[Client]) -> str | None:
    """Why these cannot all be used; `None` if they can."""
    for client in clients:
        where = f"hook_clients, {client.issuer}"
        # Whoever could change keys on their way could sign as this client.
        if not all(map(is_private_line, client.jwks_urls)):
            return f"{where}: jwks_urls are https addresses"
        if not all(map(is_private_line, client.fhir_servers)):
            return f"{where}: fhir_servers are https addresses"
        if not client.jwks_urls and not client.keys:
            return f"{where}: it has neither jwks_urls nor keys"
        if any(_SECRET & key.keys() for key in client.keys):
            return f"{where}: keys holds a private key; the client keeps that to itself"
    if len({client.issuer for client in clients}) < len(clients):
        return "hook_clients: every issuer once"
    return None


class HookSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    base_url: str = "http://127.0.0.1:8080"
    """As clients address the service; `aud` of a token is an address below it."""
    clients: list[Client] = []
    open: bool = False
    """For demonstrations: anybody may call, nothing is fetched."""
    longest_token_seconds: int = 3600
    """Between a token's `iat` and `exp`."""
    clock_seconds: int = 30
    """By which clocks may differ."""
    launch_url: str = ""
    """Where the SMART page starts; empty: cards have no link to it."""
    most_cards: int = 3
    quiet_days: int = 90
    """How long a card that was set aside does not come again, unless the finding changes."""
    coverage_information: bool = True
    """Whether orders to be signed are given what is known of prior authorisation."""
    most_bytes: int = 8 << 20
    """Of a request."""
    closing: bool = False
    """Whether a connection ends with its answer, so that the next call may come to a process that
    has less to do; for a service of several."""
    origins: list[str] = []
    """Web pages that may call from a browser, e.g. of a sandbox."""
    limits: Limits = Limits()
    """Of what is fetched."""
