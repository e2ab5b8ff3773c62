"""Who calls: a client shows a signed token of its own making (JWT) with every request.

Only asymmetric signatures by clients that the settings name, for the very address called, within
its time, and once.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError

from painpath.hooks.errors import NotTrustedError
from painpath.hooks.keys import KeyRing, NoKeyError
from painpath.hooks.settings import Client, HookSettings

ALGORITHMS = frozenset(
    {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
)
"""No `none`, nothing symmetric."""

_LONGEST = 8192
_LONGEST_NONCE = 256
_PARTS = 3
_LATEST = 1e12
"""Seconds; no time of a token lies beyond it."""


class Nonces(Protocol):
    """Remembers which tokens were used; several processes must share one."""

    def first(self, issuer: str, nonce: str, until: float) -> bool:
        """Whether this token is used for the first time; it is remembered until then."""


class MemoryNonces:
    """For one process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()
        self._ends: list[tuple[float, tuple[str, str]]] = []

    def first(self, issuer: str, nonce: str, until: float) -> bool:
        """See `Nonces`."""
        key = issuer, nonce
        with self._lock:
            while self._ends and self._ends[0][0] < self._clock():
                self._seen.discard(heapq.heappop(self._ends)[1])
            if key in self._seen:
                return False
            self._seen.add(key)
            heapq.heappush(self._ends, (until, key))
            return True


class Gate:
    """Lets clients in."""

    def __init__(
        self,
        settings: HookSettings,
        nonces: Nonces,
        keys: KeyRing | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clients = {client.issuer: client for client in settings.clients}
        self._nonces = nonces
        self._keys = keys or KeyRing()
        self._clock = clock

    def admit(self, authorization: str | None, addresses: Sequence[str]) -> Client | None:
        """The client that calls; `None` where anybody may.

        Args:
            authorization: the header.
            addresses: under which the endpoint that is called may be named as audience.

        Raises:
            NotTrustedError: if the token does not hold.
        """
        if self._settings.open:
            return None
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise NotTrustedError("The request carries no token of a client.")
        if len(token) > _LONGEST or token.count(".") != _PARTS - 1 or not token.isascii():
            raise NotTrustedError("The token is not a signed JWT.")
        header, unproven = _opened(token)
        client = self._clients.get(str(unproven.get("iss")))
        if client is None:
            raise NotTrustedError("The token's issuer is not known here.")
        claims = self._proven(token, header, client)
        self._check(claims, client, addresses)
        return client

    def _proven(self, token: str, header: dict[str, Any], client: Client) -> dict[str, Any]:
        """The claims, once the signature is found to be the client's."""
        algorithm, kid, jku = header.get("alg"), header.get("kid"), header.get("jku")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise NotTrustedError("The token is not signed by an algorithm that is taken.")
        if header.get("typ") != "JWT":
            raise NotTrustedError("The token's typ is not JWT.")
        if not isinstance(kid, str) or not kid:
            raise NotTrustedError("The token names no key (kid).")
        if jku is not None and jku not in client.jwks_urls:
            raise NotTrustedError("The token's key set (jku) is not one of this issuer's.")
        try:
            key = self._keys.key(client, jku, kid, algorithm)
            return dict(jwt.decode(token, key, algorithms=[algorithm]).claims)
        except NoKeyError:
            raise NotTrustedError("The token's key is not known.") from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotTrustedError("The token's signature does not hold.") from None

    def _check(self, claims: dict[str, Any], client: Client, addresses: Sequence[str]) -> None:
        now, slack = self._clock(), self._settings.clock_seconds
        audience = claims.get("aud")
        named = [audience] if isinstance(audience, str) else audience
        if not isinstance(named, list) or not any(each in addresses for each in named):
            raise NotTrustedError("The token is for another address (aud).")
        issued, ends = _number(claims.get("iat")), _number(claims.get("exp"))
        if issued is None or ends is None:
            raise NotTrustedError("The token lacks iat or exp.")
        if not ends > now - slack:
            raise NotTrustedError("The token has expired.")
        if not issued <= now + slack:
            raise NotTrustedError("The token is dated in the future (iat).")
        if not 0 < ends - issued <= self._settings.longest_token_seconds:
            raise NotTrustedError("The token holds for too long.")
        starts = claims.get("nbf")
        if starts is not None and not (_number(starts) or 0.0) <= now + slack:
            raise NotTrustedError("The token does not hold yet (nbf).")
        nonce = claims.get("jti")
        if not isinstance(nonce, str) or not 0 < len(nonce) <= _LONGEST_NONCE:
            raise NotTrustedError("The token lacks jti.")
        if not self._nonces.first(client.issuer, nonce, ends + slack):
            raise NotTrustedError("The token was used before.")


def _opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as they stand there, unproven."""
    try:
        found = jws.extract_compact(token.encode())
        claims = msgspec.json.decode(found.payload)
        header = found.headers()
    except (JoseError, ValueError, TypeError, RecursionError, AttributeError):
        raise NotTrustedError("The token is not a signed JWT.") from None
    if not isinstance(claims, dict) or not isinstance(header, dict):
        raise NotTrustedError("The token is not a signed JWT.")
    return header, claims


def _number(value: Any) -> float | None:
    """A time in seconds; `None` if it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _LATEST else None
