"""A patient's record from a record system: search by search, page by page, within limits.

What a server does not have or does not give costs only itself and is told in words; without what
a plan cannot do without, there is no record.
"""

from __future__ import annotations

import msgspec

from painpath.fhirserver import pages
from painpath.fhirserver.blocking import finished
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.server import FhirServer, connected
from painpath.serve.smart.errors import LaunchError
from painpath.serve.smart.pointing import pointed_at
from painpath.serve.smart.queries import FOLLOWED, SEARCHED, Query
from painpath.serve.smart.scopes import Granted, granted
from painpath.serve.smart.server import SmartServer

_SILENCE = 10.0
_A_PAGE = 200
_MOST_FOLLOWED = 200
_REFUSED = (400, 403, 422)
"""How a server answers a search that it does not answer in this form."""


class Brought(msgspec.Struct, frozen=True):
    """What one query brought."""

    resources: list[bytes]
    why: str | None = None
    """Why that is not all; `None`: it is."""


class Gathered(msgspec.Struct, frozen=True):
    """A record."""

    bundle: bytes
    lacking: list[str]
    """What was not given, in words."""


class Gatherer:
    """Reads one patient's record with one token.

    Args:
        at: where.
        token: for this patient, until the request is over.
        patient: an id of FHIR's, whose characters need no quoting in an address.
        scope: what was granted.
        most: bytes.
    """

    def __init__(self, at: SmartServer, token: str, patient: str, scope: str, most: int) -> None:
        self._at = at
        self._token = token
        self._patient = patient
        self._scope = scope
        self._limits = Limits(seconds=at.seconds, silence=_SILENCE, most_bytes=most)

    def gather(self) -> Gathered:
        """The record.

        Raises:
            LaunchError: if there is none that a plan could be made of.
        """
        return finished(self._gathered())

    async def _gathered(self) -> Gathered:
        async with connected(self._at.base, self._limits, self._token) as server:
            resources = [await self._read_patient(server)]
            lacking = []

            async def searched(query: Query) -> Brought:
                return await self._searched(server, query)

            for query, brought in zip(SEARCHED, await server.each(searched, SEARCHED), strict=True):
                resources += brought.resources
                if brought.why is not None:
                    if query.required and not self._is_part(query):
                        raise self._without(query, brought.why)
                    lacking.append(query.words)
            for query in FOLLOWED:
                brought = await self._followed(server, query, resources)
                resources += brought.resources
                if brought.why is not None:
                    lacking.append(query.words)
        return Gathered(pages.bundle(pages.entry_of(each) for each in resources), lacking)

    async def _read_patient(self, server: FhirServer) -> bytes:
        try:
            return await server.read("Patient", self._patient)
        except AskError as error:
            said = "did not give the patient's record. Please try again from there."
            if error.why is Why.unread:
                said = "gave no record of this patient that can be read."
            raise LaunchError(
                f"the patient is not given: {error}", f"{self._named()} {said}"
            ) from None

    async def _searched(self, server: FhirServer, query: Query) -> Brought:
        may = granted(self._scope, query.type)
        if may is Granted.none:
            return Brought([], "not granted")
        brought, status = await self._search(server, query)
        if query.narrower and status in _REFUSED:
            brought = await self._by_parts(server, query)
        if may is Granted.part and brought.why is None:
            return Brought(brought.resources, "granted in part")
        return brought

    async def _by_parts(self, server: FhirServer, query: Query) -> Brought:
        """Each kind by itself, once each resource; a kind that is refused is lacking."""
        parts = [(await self._search(server, query, f"&{each}"))[0] for each in query.narrower]
        once = dict.fromkeys(resource for part in parts for resource in part.resources)
        return Brought(list(once), next((part.why for part in parts if part.why), None))

    async def _search(
        self, server: FhirServer, query: Query, more: str = ""
    ) -> tuple[Brought, int | None]:
        """What a search brings, and the status with which it was refused as a whole."""
        address = f"{query.type}?patient={self._patient}{more}&_count={_A_PAGE}"
        found = await server.search(address, self._patient)
        resources = [each.resource for each in found.entries if each.kind == query.type]
        if found.error is None:
            return Brought(resources), None
        return Brought(resources, str(found.error)), found.error.status if not found.pages else None

    async def _followed(self, server: FhirServer, query: Query, resources: list[bytes]) -> Brought:
        """The resources of a type to which those that are here point."""
        wanted = pointed_at(resources, query.type, self._at.base)
        if not wanted:
            return Brought([])
        if granted(self._scope, query.type) is Granted.none:
            return Brought([], "not granted")

        async def read(id_: str) -> bytes | None:
            try:
                return await server.read(query.type, id_)
            except AskError:
                return None

        found = await server.each(read, wanted[:_MOST_FOLLOWED])
        here = [each for each in found if each is not None]
        return Brought(here, None if len(here) == len(wanted) else "not all are given")

    def _is_part(self, query: Query) -> bool:
        """Whether it was granted in part only: somebody decided so, and the page says it."""
        return granted(self._scope, query.type) is Granted.part

    def _without(self, query: Query, why: str) -> LaunchError:
        return LaunchError(
            f"without {query.type}: {why}",
            f"{self._named()} did not give all {query.words}, without which no plan is made."
            " Nothing was changed here. Please try again from there.",
        )

    def _named(self) -> str:
        return self._at.name[:1].upper() + self._at.name[1:]
