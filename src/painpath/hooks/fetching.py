"""Fetches from the client's FHIR server what it did not send along, within limits.

Only from servers that are named in the settings. Nothing here raises: a query that fails stays
lacking.
"""

from __future__ import annotations

from collections.abc import Sequence

from painpath.fhirserver import limits
from painpath.fhirserver.errors import AskError
from painpath.fhirserver.line import Transport
from painpath.fhirserver.server import FhirServer, connected
from painpath.hooks.catalogue import Query
from painpath.hooks.errors import BadRequestError
from painpath.hooks.prefetch import Gathered, filled
from painpath.hooks.request import HookRequest
from painpath.hooks.sent import Sent, contents


class Limits(limits.Limits, frozen=True, kw_only=True):
    """How much is fetched for one request."""

    seconds: float = 4.0
    most_bytes: int = 64 << 20
    page_bytes: int | None = 8 << 20
    pages: int = 20
    at_once: int = 6


class Fetcher:
    """Fetches for the requests of clients."""

    def __init__(self, limits: Limits, transport: Transport | None = None) -> None:
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
        async with connected(access.server, self._limits, access.token, self._transport) as server:

            async def one(query: Query) -> list[Sent] | None:
                return await _fetched(server, filled(query, request), request.patient)

            answers = await server.each(one, gathered.lacking)
        resources, lacking = list(gathered.resources), []
        for query, answer in zip(gathered.lacking, answers, strict=True):
            if answer is None:
                lacking.append(query)
            else:
                resources += answer
        return Gathered(resources, lacking)


async def _fetched(server: FhirServer, relative: str, patient: str) -> list[Sent] | None:
    """What one query brings; `None` if any of it cannot be had."""
    try:
        kind, is_read, id_ = relative.partition("/")
        if is_read:
            return _resources([await server.read(kind, id_)])
        found = await server.search(relative, patient)
        return None if found.error else _resources([each.resource for each in found.entries])
    except AskError:
        return None


def _resources(found: Sequence[bytes]) -> list[Sent] | None:
    resources: list[Sent] = []
    for data in found:
        try:
            inner = contents(data, "answer")
        except BadRequestError:
            return None
        if not inner.whole:
            return None
        resources += inner.resources
    return resources


def _among(server: str, servers: Sequence[str]) -> bool:
    return server.rstrip("/") in {each.rstrip("/") for each in servers}
