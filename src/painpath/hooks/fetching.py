"""Fetches from the client's FHIR server what it did not send along, within limits.

Only from servers that are named in the settings, never by a redirect, and following pages only on
the server that sent them. Nothing here raises: a query that fails stays lacking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx2
import msgspec

from painpath.hooks.catalogue import Query
from painpath.hooks.errors import BadRequestError
from painpath.hooks.prefetch import Contents, Gathered, contents, filled
from painpath.hooks.request import Access, HookRequest, Resource

_ACCEPT = "application/fhir+json"
_FAULTS = (httpx2.HTTPError, httpx2.InvalidURL, msgspec.DecodeError, RecursionError, ValueError)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is fetched for one request."""

    seconds: float = 4.0
    pages: int = 20
    """Of one search."""
    page_bytes: int = 8 << 20
    at_once: int = 6


class Fetcher:
    """Fetches for the requests of clients."""

    def __init__(self, limits: Limits, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._limits = limits
        self._transport = transport

    async def fetch(
        self, request: HookRequest, gathered: Gathered, servers: Sequence[str]
    ) -> Gathered:
        """What came, with what could be fetched.

        Args:
            request: with `fhirServer` and `fhirAuthorization`; without them nothing is fetched.
            gathered: what came.
            servers: addresses from which the client's data may be fetched.
        """
        access = request.access
        if not gathered.lacking or access is None or not _among(access.server, servers):
            return gathered
        some = asyncio.Semaphore(self._limits.at_once)
        async with self._client(access) as client:

            async def one(query: Query) -> list[Resource] | None:
                async with some:
                    return await self._all_pages(client, access.server, filled(query, request))

            tasks = [asyncio.create_task(one(query)) for query in gathered.lacking]
            await asyncio.wait(tasks, timeout=self._limits.seconds)
            for task in tasks:
                task.cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
        resources, lacking = list(gathered.resources), []
        for query, answer in zip(gathered.lacking, answers, strict=True):
            if isinstance(answer, list):
                resources += answer
            else:
                lacking.append(query)
        return Gathered(resources, lacking)

    def _client(self, access: Access) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {access.token}", "Accept": _ACCEPT},
            timeout=self._limits.seconds,
            follow_redirects=False,
            transport=self._transport,
            trust_env=False,
        )

    async def _all_pages(
        self, client: httpx2.AsyncClient, server: str, relative: str
    ) -> list[Resource] | None:
        """Every page of one query; `None` if any of them cannot be had."""
        base = httpx2.URL(server.rstrip("/") + "/")
        address: httpx2.URL | None = base.join(relative)
        found: list[Resource] = []
        for _ in range(self._limits.pages):
            if address is None:
                return found
            page = await self._page(client, address)
            if page is None or page.failed:
                return None
            found += page.resources
            address = None if page.next is None else base.join(page.next)
            if address is not None and not _same_place(address, base):
                return None
        return found if address is None else None

    async def _page(self, client: httpx2.AsyncClient, address: httpx2.URL) -> Contents | None:
        try:
            async with client.stream("GET", address) as answer:
                if answer.status_code != httpx2.codes.OK:
                    return None
                data = bytearray()
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > self._limits.page_bytes:
                        return None
            return contents(msgspec.json.decode(bytes(data)), "answer")
        except (*_FAULTS, BadRequestError):
            return None


def _among(server: str, servers: Sequence[str]) -> bool:
    return server.rstrip("/") in {each.rstrip("/") for each in servers}


def _same_place(one: httpx2.URL, other: httpx2.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
