"""How the hooks are set up: who may call, where cards lead, how much is read."""

from __future__ import annotations

from typing import Any

import msgspec

from painpath.hooks.fetching import Limits


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
