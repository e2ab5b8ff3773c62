"""Public keys of clients: from the settings, or fetched from an address that the settings name."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx2
import msgspec
from joserfc import jwk
from joserfc.errors import JoseError

from painpath.fhirserver.line import trusted
from painpath.hooks.settings import Client

Jwk = Mapping[str, Any]
Get = Callable[[str], Any]

_LOG = logging.getLogger("painpath.hooks")
_ASYMMETRIC = ("RSA", "EC")
_SMALLEST_RSA = 2048
_BITS_A_CHARACTER = 6
_KEPT_SECONDS = 3600.0
_AGAIN_SECONDS = 60.0
"""How soon a set is fetched anew for a key that it does not have."""
_MOST_BYTES = 1 << 20
_TIMEOUT = 5.0


class NoKeyError(Exception):
    """There is no usable key of that name."""


def fetched(address: str) -> Any:
    """The JSON at an address, without following redirects.

    Raises:
        NoKeyError: if there is none.
    """
    try:
        with (
            httpx2.Client(
                verify=trusted(), timeout=_TIMEOUT, follow_redirects=False, trust_env=False
            ) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != httpx2.codes.OK:
                raise NoKeyError
            data = bytearray()
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > _MOST_BYTES:
                    raise NoKeyError
        return msgspec.json.decode(bytes(data))
    except (httpx2.HTTPError, httpx2.InvalidURL, msgspec.DecodeError, ValueError, RecursionError):
        raise NoKeyError from None


class KeyRing:
    """The keys of all clients; sets that were fetched are kept for a while."""

    def __init__(self, get: Get = fetched, clock: Callable[[], float] = time.monotonic) -> None:
        self._get = get
        self._clock = clock
        self._lock = threading.Lock()
        self._sets: dict[str, tuple[float, list[Jwk]]] = {}

    def key(
        self, client: Client, address: str | None, kid: str, algorithm: str
    ) -> jwk.RSAKey | jwk.ECKey:
        """The public key that a token names.

        Args:
            client: whose key it is.
            address: `jku` of the token; `None`: the client's keys as the settings have them.
            kid: name of the key.
            algorithm: with which the token is signed.

        Raises:
            NoKeyError: if the client has none of that name that is fit for the algorithm.
        """
        if address is None and client.keys:
            return _pick(client.keys, kid, algorithm)
        usual = client.jwks_urls[0] if client.jwks_urls else None
        where = address or usual
        if where is None or where not in client.jwks_urls:
            raise NoKeyError
        now = self._clock()
        since, kept = self._sets.get(where, (-_KEPT_SECONDS, []))
        has = any(each.get("kid") == kid for each in kept)
        if now - since >= (_KEPT_SECONDS if has else _AGAIN_SECONDS):
            with self._lock:
                again, kept = self._sets.get(where, (since, kept))
                if again == since:
                    kept = self._fetch(where, kept)
                    self._sets[where] = (now, kept)
        return _pick(kept, kid, algorithm)

    def _fetch(self, address: str, before: list[Jwk]) -> list[Jwk]:
        """The set as it is now; where it cannot be had, as it was."""
        try:
            found = self._get(address)
        except NoKeyError:
            # The other side only learns that its key is not known; here somebody must see why.
            _LOG.warning("the keys at %s cannot be fetched", address)
            return before
        keys = found.get("keys") if isinstance(found, dict) else None
        return [each for each in keys if isinstance(each, dict)] if isinstance(keys, list) else []


def _pick(keys: Sequence[Jwk], kid: str, algorithm: str) -> jwk.RSAKey | jwk.ECKey:
    for each in keys:
        if each.get("kid") != kid or not _is_fit(each, algorithm):
            continue
        try:
            key = jwk.import_key(dict(each))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, jwk.RSAKey | jwk.ECKey):
            return key
    raise NoKeyError


def _is_fit(key: Jwk, algorithm: str) -> bool:
    """Asymmetric, meant for signing with this algorithm, and not too small."""
    if key.get("kty") not in _ASYMMETRIC or key.get("use", "sig") != "sig":
        return False
    if key.get("alg", algorithm) != algorithm:
        return False
    modulus = key.get("n", "")
    return key["kty"] != "RSA" or (
        isinstance(modulus, str) and len(modulus) * _BITS_A_CHARACTER >= _SMALLEST_RSA
    )
