"""Requests to the server: with a token where there is one, asked again where that may help."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import httpx2

from painpath import __version__
from painpath.exporting.addresses import place, private_line
from painpath.exporting.errors import ServerError, StoppedError
from painpath.exporting.sayings import passes, refused, retry_after, unreachable

_TIMEOUT = httpx2.Timeout(120, connect=30)


@dataclass(frozen=True)
class Patience:
    """How often and how long apart something is tried before it is given up."""

    times: int = 8
    first: float = 0.5
    longest: float = 60


class Pauses:
    """Waits that grow, until patience ends."""

    def __init__(self, patience: Patience, pause: Callable[[float], None]) -> None:
        self._patience = patience
        self._pause = pause
        self._times = 0

    def again(self, why: ServerError, asked: float | None = None) -> None:
        """Wait before trying again: as long as the server asked for, or twice as long as before.

        Raises:
            ServerError: `why`, if it was tried often enough.
        """
        self._times += 1
        if self._times > self._patience.times:
            raise why
        if asked is None:
            most = min(self._patience.first * 2 ** (self._times - 1), self._patience.longest)
            # Spread, so that many clients do not come back at once.
            asked = most * random.uniform(0.5, 1)
        self._pause(asked)

    def forget(self) -> None:
        """Something was achieved; what went wrong before does not count any more."""
        self._times = 0


class Tokens(Protocol):
    """Where a line has its access tokens from: see `tokens.Tokens`."""

    def bearer(self, talk: Talk) -> str:
        """A token that is good for a while yet, asked for over this line if need be."""

    def spoilt(self, token: str) -> None:
        """A token was refused."""


class Talk:
    """A line to one server. May be used by several threads.

    Args:
        tokens: gives access tokens; none where the server is open.
        patience: of each request.
        client: to send with; for tests.
    """

    def __init__(
        self,
        tokens: Tokens | None = None,
        patience: Patience | None = None,
        client: httpx2.Client | None = None,
    ) -> None:
        self.tokens = tokens
        self.stopped = threading.Event()
        """Set when one of several threads has failed: the others then stop soon."""
        self._patience = patience or Patience()
        self._client = client or httpx2.Client(
            timeout=_TIMEOUT,
            follow_redirects=True,
            headers={"User-Agent": f"painpath/{__version__}"},
        )

    def __enter__(self) -> Talk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def pause(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoppedError: if there is nothing to wait for any more.
        """
        if self.stopped.wait(seconds):
            raise StoppedError("stopped, for something else failed")

    def pauses(self) -> Pauses:
        """For what is tried several times."""
        return Pauses(self._patience, self.pause)

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        token: bool = True,
        where: str | None = None,
        stream: bool = False,
    ) -> httpx2.Response:
        """An answer that is not worth asking for again, whatever it says.

        Args:
            url: what to ask for.
            headers: beside the token.
            method: of the request.
            token: whether the token is shown; never over a line that others can read.
            where: how the address is called in messages.
            stream: leave the body to the caller, who must close the answer.

        Raises:
            ServerError: if the server cannot be reached, stays busy, or refuses a fresh token.
        """
        where = where or place(url)
        pauses = self.pauses()
        renewed = False
        while True:
            sent = dict(headers or {})
            bearer = None
            if token and self.tokens is not None:
                private_line(url)
                bearer = self.tokens.bearer(self)
                sent["Authorization"] = f"Bearer {bearer}"
            try:
                request = self._client.build_request(method, url, headers=sent)
                response = self._client.send(request, stream=stream)
                if stream and response.status_code >= 400:
                    response.read()
            except httpx2.TransportError as error:
                pauses.again(unreachable(where, error))
                continue
            except (httpx2.InvalidURL, httpx2.TooManyRedirects, httpx2.DecodingError):
                raise ServerError(f"{where}: this address leads nowhere") from None
            if response.status_code == 401 and bearer is not None and not renewed:
                assert self.tokens is not None
                self.tokens.spoilt(bearer)
                renewed = True
                continue
            if response.status_code >= 400 and passes(response):
                pauses.again(refused(where, response), retry_after(response))
                continue
            return response

    def post(self, url: str, form: Callable[[], Mapping[str, str]]) -> httpx2.Response:
        """The answer to a form; it is filled in anew for each attempt."""
        pauses = self.pauses()
        while True:
            try:
                response = self._client.post(url, data=dict(form()))
            except httpx2.TransportError as error:
                pauses.again(unreachable(place(url), error))
                continue
            if response.status_code >= 400 and passes(response):
                pauses.again(refused(place(url), response), retry_after(response))
                continue
            return response
