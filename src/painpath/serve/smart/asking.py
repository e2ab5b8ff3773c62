"""Asks a record system, within limits of time and size; never by a redirect, never elsewhere."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx2
import msgspec

_SECONDS = 10.0
_MOST = 1 << 20


class AskError(Exception):
    """There is no answer that can be used; the message names its kind, not its words."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class TooLongError(AskError):
    """It took, or brought, more than is allowed."""


class Budget:
    """Seconds and bytes for all requests of one purpose together; several threads may use it."""

    def __init__(self, seconds: float = _SECONDS, most: int = _MOST) -> None:
        self._until = time.monotonic() + seconds
        self._left = most
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """What is left of the time.

        Raises:
            TooLongError: if nothing is.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooLongError("it takes too long")
        return left

    def spend(self, size: int) -> None:
        """Bytes that came.

        Raises:
            TooLongError: if they are more than is left.
        """
        with self._lock:
            self._left -= size
            if self._left < 0:
                raise TooLongError("it is too large")


def client(token: str | None = None) -> httpx2.Client:
    """What asks; with a token if there is one."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    # No proxy and no password of the environment's: the token goes to the server alone.
    return httpx2.Client(headers=headers, follow_redirects=False, trust_env=False)


def ask(
    asking: httpx2.Client, budget: Budget, method: str, address: str, accept: str, **terms: Any
) -> bytes:
    """The answer's bytes.

    Raises:
        AskError: if there is none, or none that says it went well.
    """
    try:
        headers = {"accept": accept}
        left = min(budget.seconds(), _SECONDS)
        with asking.stream(method, address, headers=headers, timeout=left, **terms) as answer:
            data = bytearray()
            for part in answer.iter_bytes():
                data += part
                budget.spend(len(part))
                # A server that sends a little every second is slow as well.
                budget.seconds()
            if answer.status_code != httpx2.codes.OK:
                raise AskError(f"status {answer.status_code}", answer.status_code)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise AskError(type(error).__name__) from None
    return bytes(data)


def ask_json(method: str, address: str, **terms: Any) -> dict[str, Any]:
    """One JSON object, asked without a token.

    Raises:
        AskError: if there is none.
    """
    with client() as asking:
        data = ask(asking, Budget(), method, address, "application/json", **terms)
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        raise AskError("no JSON") from None
    if not isinstance(found, dict):
        raise AskError("no JSON object")
    return found
