"""The only requests of this package: one answer, within limits, from nowhere but where it asks."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx2

from painpath.fhirserver.addresses import is_private_line
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Budget, Limits

Transport = httpx2.AsyncBaseTransport
"""What carries requests; for tests."""


class Line:
    """Requests of one purpose, which share a budget; of one event loop.

    Args:
        limits: of all requests together.
        token: shown with each, over a private line only.
        transport: for tests.
    """

    def __init__(
        self, limits: Limits, token: str | None = None, transport: Transport | None = None
    ) -> None:
        self._limits = limits
        self._token = token
        self._budget = Budget(limits, asyncio.get_running_loop().time)
        # No redirect is followed; no proxy and no password of the environment's: questions and
        # tokens go to the server alone. Whose certificates are trusted the environment may say.
        self._client = httpx2.AsyncClient(
            verify=trusted() if transport is None else True,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def ask(self, method: str, address: str, accept: str, **terms: Any) -> bytes:
        """The bytes of an answer of status 200.

        Args:
            method: of HTTP.
            address: whole.
            accept: the type of content to ask for.
            terms: what else httpx2 is to send.

        Raises:
            AskError: if there is none.
        """
        headers = {"accept": accept}
        if self._token is not None:
            if not is_private_line(address):
                raise AskError(Why.open_line)
            headers["authorization"] = f"Bearer {self._token}"
        left = self._budget.seconds()
        silence = left if self._limits.silence is None else min(left, self._limits.silence)
        try:
            # A server that sends a little now and then is never silent, and slow all the same.
            async with (
                asyncio.timeout(left),
                self._client.stream(
                    method, address, headers=headers, timeout=silence, **terms
                ) as answer,
            ):
                if answer.status_code != httpx2.codes.OK:
                    raise AskError(Why.status, answer.status_code)
                return await self._body(answer)
        except (TimeoutError, httpx2.TimeoutException):
            raise AskError(Why.slow) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise AskError(Why.silent) from None

    async def _body(self, answer: httpx2.Response) -> bytes:
        """All of it; httpx2 unpacks what is compressed in pieces of at most 1 MiB."""
        most = self._limits.page_bytes
        data = bytearray()
        async for part in answer.aiter_bytes():
            self._budget.spend(len(part))
            self._budget.seconds()
            data += part
            if most is not None and len(data) > most:
                raise AskError(Why.large)
        return bytes(data)


@cache
def trusted() -> ssl.SSLContext:
    """Whose certificates are trusted: the system's, or those that `SSL_CERT_FILE` names.

    Made once: to read the certificates takes longer than a request.
    """
    return httpx2.create_ssl_context()
