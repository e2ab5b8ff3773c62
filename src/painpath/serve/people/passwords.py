"""Passwords as Argon2id; the same time is spent whether or not there is such an account."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1000
_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept; without one, as slow a no."""
    try:
        _HASHER.verify(kept or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_dated(kept: str) -> bool:
    """Whether it was hashed with weaker terms than today's."""
    return _HASHER.check_needs_rehash(kept)


def complaint(password: str) -> str | None:
    """Why a new password will not do: one sentence, or nothing."""
    if len(password) < SHORTEST:
        return f"A password needs at least {SHORTEST} characters."
    if len(password) > LONGEST:
        return f"A password may have at most {LONGEST} characters."
    if len(set(password)) < SHORTEST // 3:
        return "This password repeats too few characters."
    return None


@cache
def _nobody() -> str:
    return hashed("a password that no account has")
