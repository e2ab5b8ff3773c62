"""Tokens that open something: made at random, kept only as digests."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def fresh() -> str:
    """A token of 256 bits."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def form_token(cookie: str) -> str:
    """What a form must carry so that it is known to come from a page shown to this cookie."""
    key = cookie.encode("utf-8", "replace")
    return hmac.new(key, b"painpath form", hashlib.sha256).hexdigest()


def masked(token: str) -> str:
    """The token in another guise each time: compressed pages must not tell it by their length."""
    plain = bytes.fromhex(token)
    mask = secrets.token_bytes(len(plain))
    return (mask + bytes(a ^ b for a, b in zip(mask, plain, strict=True))).hex()


def unmasked(sent: str) -> str:
    """The token that was masked; nothing if it is none."""
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return ""
    mask, hidden = both[: len(both) // 2], both[len(both) // 2 :]
    return bytes(a ^ b for a, b in zip(mask, hidden, strict=False)).hex()


def same(one: str, other: str) -> bool:
    """Compare without telling by the time it takes."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
