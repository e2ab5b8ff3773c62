"""The client's private key: read from JWK, JWK set or PEM, and the assertion signed with it."""

from __future__ import annotations

import json
import time
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from painpath.exporting.choices import KEY, Choices
from painpath.exporting.errors import SettingsError

_LIFETIME = 240
"""Seconds an assertion is good for: SMART allows no more than five minutes, clocks differ."""
_SMALLEST_RSA = 2048
_CURVE = "P-384"
_KINDS: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}


class Key:
    """A private key with the algorithm and the name it signs under."""

    def __init__(self, key: RSAKey | ECKey, kid: str) -> None:
        self._key = key
        self.kid = kid
        self.algorithm = "RS384" if isinstance(key, RSAKey) else "ES384"

    def __repr__(self) -> str:
        return f"Key({self.kid}, {self.algorithm})"

    def public(self) -> dict[str, Any]:
        """What others may know of it, as a JWK."""
        about = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        return {**self._key.as_dict(private=False), **about}

    def assertion(self, client: str, audience: str, jku: str | None) -> str:
        """A token that says who asks, to be used once.

        Args:
            client: id of the client.
            audience: address of the token endpoint.
            jku: address at which the client publishes its keys, if the server wants it named.
        """
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"}
        if jku is not None:
            header["jku"] = jku
        now = int(time.time())
        claims = {
            "iss": client,
            "sub": client,
            "aud": audience,
            "iat": now,
            "exp": now + _LIFETIME,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(header, claims, self._key, algorithms=[self.algorithm])


def key_of(choices: Choices, environment: Mapping[str, str]) -> Key | None:
    """The key, where one was given.

    Raises:
        SettingsError: if it cannot be used. What the key holds is never shown.
    """
    if choices.key_file is not None:
        try:
            text = Path(choices.key_file).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is no text file"
            raise SettingsError(f"{choices.key_file}: {why}") from None
        return key_from(text, choices.key_file, choices.kid)
    if environment.get(KEY):
        return key_from(environment[KEY], KEY, choices.kid)
    return None


def key_from(text: str, where: str, kid: str | None) -> Key:
    """The key in a text.

    Args:
        text: a JWK, a set of them, or PEM.
        where: what the text came from, for the sentence of an error.
        kid: name of the key, where it does not say itself or there are several.

    Raises:
        SettingsError: if it cannot be used. What the key holds is never shown.
    """
    with warnings.catch_warnings():
        # Of a short key a sentence tells, below.
        warnings.simplefilter("ignore")
        key, named = _read(text.strip(), where, kid)
    kid = kid or named
    if kid is None:
        raise SettingsError(f"{where}: the key has no name; give it with --kid")
    if not key.is_private:
        raise SettingsError(f"{where}: this is a public key; the private one signs")
    if isinstance(key, RSAKey):
        if key.raw_value.key_size < _SMALLEST_RSA:
            raise SettingsError(f"{where}: an RSA key needs at least {_SMALLEST_RSA} bits")
    elif key.curve_name != _CURVE:
        raise SettingsError(f"{where}: ES384 needs a key on the curve {_CURVE}")
    return Key(key, kid)


def _read(text: str, where: str, kid: str | None) -> tuple[RSAKey | ECKey, str | None]:
    try:
        if not text.startswith("{"):
            for kind in _KINDS.values():
                try:
                    return kind.import_key(text), None
                except (JoseError, ValueError, TypeError):
                    continue
            raise SettingsError(f"{where}: this is neither a JWK nor a PEM key that can be read")
        value = json.loads(text)
        chosen = _chosen(value["keys"], where, kid) if "keys" in value else value
        if chosen.get("kty") not in _KINDS:
            raise SettingsError(f"{where}: only RSA and EC keys sign with RS384 or ES384")
        return _KINDS[chosen["kty"]].import_key(chosen), chosen.get("kid")
    except SettingsError:
        raise
    except Exception:
        # What a library says of a bad key may quote from it.
        raise SettingsError(f"{where}: the key cannot be read") from None


def _chosen(keys: list[dict[str, Any]], where: str, kid: str | None) -> dict[str, Any]:
    """Of a set, the private key of this name, or the only one."""
    private = [key for key in keys if "d" in key]
    if kid is not None:
        private = [key for key in private if key.get("kid") == kid]
    if not private:
        named = f" called {kid}" if kid else ""
        raise SettingsError(f"{where}: the set holds no private key{named}")
    if len(private) > 1:
        raise SettingsError(f"{where}: the set holds {len(private)} private keys; choose by --kid")
    return private[0]
