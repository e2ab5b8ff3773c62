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


def same(one: str, other: str) -> bool:
    """Compare without telling by the time it takes."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
