"""ID tokens: signed by their issuer, for us, in answer to our question, and not over."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures that only the issuer can make: never `none`, never a shared secret."""
_LEEWAY = 60
_KEYS_FOR = 600
"""Seconds for which an issuer's keys are taken as known."""


class IdTokenError(Exception):
    """The token does not hold; the message is for the log and quotes nothing of it."""


class Keys:
    """An issuer's public keys. Several threads may ask.

    Args:
        fetch: brings the key set (JWKS); what it raises is passed on.
    """

    def __init__(self, fetch: Callable[[], dict[str, Any]]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._known: tuple[float, KeySet] | None = None

    def get(self, *, fresh: bool) -> KeySet:
        """The keys; fetched anew if they are old, or if `fresh` is asked for.

        Raises:
            IdTokenError: if they cannot be read.
        """
        with self._lock:
            if fresh or self._known is None or time.monotonic() - self._known[0] > _KEYS_FOR:
                found = self._fetch()
                try:
                    keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError, AttributeError):
                    raise IdTokenError("the issuer's keys cannot be read") from None
                self._known = time.monotonic(), keys
            return self._known[1]


def checked(token: str, keys: Keys, *, issuer: str, client: str, nonce: str) -> dict[str, Any]:
    """The claims of a token that holds.

    Args:
        token: as it came.
        keys: of the issuer.
        issuer: who must have made it.
        client: for whom it must be made.
        nonce: of the question that it must answer.

    Raises:
        IdTokenError: if it does not hold.
    """
    claims = _signed(token, keys, issuer, client)
    said = claims.get("nonce")
    if not isinstance(said, str) or not secrets.compare_digest(
        said.encode("utf-8", "replace"), nonce.encode()
    ):
        raise IdTokenError("the nonce is not that of the attempt")
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (several or party is not None) and party != client:
        raise IdTokenError("the ID token was made for another client")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise IdTokenError("the ID token names nobody")
    return claims


def _signed(token: str, keys: Keys, issuer: str, client: str) -> dict[str, Any]:
    checks = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    for fresh in (False, True):
        try:
            decoded = jwt.decode(token, keys.get(fresh=fresh), algorithms=list(ALGORITHMS))
            checks.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            # The issuer may have changed its keys since they were read.
            if not fresh:
                continue
            raise IdTokenError(f"the ID token is not good: {type(error).__name__}") from None
        return dict(decoded.claims)
    raise AssertionError
