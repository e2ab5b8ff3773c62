"""A FHIR server that is asked for one purpose: resources by id, searches with all their pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from painpath.fhirserver import addresses, pages
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.line import Line, Transport
from painpath.fhirserver.pages import Entry

_FHIR = "application/fhir+json"
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Found(msgspec.Struct, frozen=True):
    """What a search brought."""

    entries: list[Entry]
    pages: int
    """That were read."""
    error: AskError | None = None
    """Why there is not all of it; `None`: there is."""


class FhirServer:
    """One server, one token, one budget; `connected` makes it."""

    def __init__(self, base: str, limits: Limits, line: Line) -> None:
        self._base = base
        self._limits = limits
        self._line = line

    async def ask(self, relative: str) -> bytes:
        """What stands at an address below the server's.

        Raises:
            AskError: if it is not given.
        """
        return await self._at(addresses.below(self._base, relative))

    async def read(self, kind: str, id_: str) -> bytes:
        """One resource.

        Raises:
            AskError: if it is not given.
        """
        data = await self.ask(f"{kind}/{id_}")
        if not pages.is_resource(data, kind, id_):
            raise AskError(Why.unread)
        return data

    async def search(self, relative: str, patient: str) -> Found:
        """Every page of a search or an operation, without what names another patient.

        Args:
            relative: below the server's address: `Condition?patient=1`.
            patient: id of the patient who is asked about.
        """
        entries: list[Entry] = []
        seen: set[str] = set()
        read = 0
        try:
            address: str | None = addresses.below(self._base, relative)
            while address is not None:
                if address in seen or read >= self._limits.pages:
                    raise AskError(Why.endless)
                seen.add(address)
                page = pages.page(await self._at(address))
                read += 1
                entries += (each for each in page.entries if each.is_of(patient))
                if page.is_failed:
                    raise AskError(Why.failed)
                following = page.next
                address = None if following is None else addresses.following(self._base, following)
        except AskError as error:
            return Found(entries, read, error)
        return Found(entries, read)

    async def each(
        self, do: Callable[[_Item], Awaitable[_Result]], items: Iterable[_Item]
    ) -> list[_Result]:
        """What `do` gives for each item, in order; as many at once as the limits allow."""
        some = asyncio.Semaphore(self._limits.at_once)

        async def one(item: _Item) -> _Result:
            async with some:
                return await do(item)

        return await asyncio.gather(*(one(item) for item in items))

    async def _at(self, address: str) -> bytes:
        return await self._line.ask("GET", address, _FHIR)


@asynccontextmanager
async def connected(
    base: str, limits: Limits, token: str | None = None, transport: Transport | None = None
) -> AsyncIterator[FhirServer]:
    """A server for as long as it is asked.

    Args:
        base: its address.
        limits: of all that is asked together.
        token: shown with each request.
        transport: for tests.
    """
    async with Line(limits, token, transport) as line:
        yield FhirServer(base, limits, line)
