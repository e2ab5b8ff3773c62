"""A patient's record from a record system: search by search, page by page, within limits.

What a server does not have or does not give costs only itself and is told in words; without what
a plan cannot do without, there is no record.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx2
import msgspec

from painpath.serve.smart import bundles
from painpath.serve.smart.asking import AskError, Budget, TooLongError, ask, client
from painpath.serve.smart.errors import LaunchError
from painpath.serve.smart.queries import FOLLOWED, SEARCHED, Query
from painpath.serve.smart.scopes import Granted, granted
from painpath.serve.smart.server import SmartServer

_ACCEPT = "application/fhir+json"
_A_PAGE = 200
_MOST_PAGES = 60
_MOST_FOLLOWED = 200
_AT_ONCE = 4
_REFUSED = (400, 403, 422)
"""How a server answers a search that it does not answer in this form."""


class Found(msgspec.Struct, frozen=True):
    """What one query brought."""

    resources: list[bytes]
    is_whole: bool


class Gathered(msgspec.Struct, frozen=True):
    """A record."""

    bundle: bytes
    lacking: list[str]
    """What was not given, in words."""


class Gatherer:
    """Reads one patient's record with one token.

    Args:
        server: where.
        token: for this patient, until the request is over.
        patient: an id of FHIR's, whose characters need no quoting in an address.
        scope: what was granted.
        most: bytes.
    """

    def __init__(
        self, server: SmartServer, token: str, patient: str, scope: str, most: int
    ) -> None:
        self._server = server
        self._patient = patient
        self._scope = scope
        self._budget = Budget(server.seconds, most)
        self._client = client(token)

    def gather(self) -> Gathered:
        """The record.

        Raises:
            LaunchError: if there is none that a plan could be made of.
        """
        with self._client, ThreadPoolExecutor(_AT_ONCE) as pool:
            resources = [self._read_patient()]
            lacking = []
            for query, found in zip(SEARCHED, pool.map(self._searched, SEARCHED), strict=True):
                resources += found.resources
                if not found.is_whole:
                    if query.required and not self._is_part(query):
                        raise self._without(query)
                    lacking.append(query.words)
            for query in FOLLOWED:
                wanted = bundles.pointed_at(resources, query.type, self._server.base)
                read = list(pool.map(self._followed(query), wanted[:_MOST_FOLLOWED]))
                resources += [each for each in read if each is not None]
                if None in read or len(wanted) > _MOST_FOLLOWED:
                    lacking.append(query.words)
        return Gathered(bundles.bundle(resources), lacking)

    def _read_patient(self) -> bytes:
        try:
            data = self._ask(f"{self._server.base}/Patient/{self._patient}")
        except AskError as error:
            raise LaunchError(
                f"the patient is not given: {error}",
                f"{self._named()} did not give the patient's record. Please try again from there.",
            ) from None
        if not bundles.is_patient(data, self._patient):
            raise LaunchError(
                "the answer is not that patient",
                f"{self._named()} gave no record of this patient that can be read.",
            )
        return data

    def _searched(self, query: Query) -> Found:
        may = granted(self._scope, query.type)
        if may is Granted.none:
            return Found([], False)
        try:
            found = self._pages(f"{query.type}?patient={self._patient}&_count={_A_PAGE}", query)
        except AskError as error:
            if not query.narrower or error.status not in _REFUSED:
                return Found([], False)
            found = self._by_parts(query)
        return Found(found.resources, found.is_whole and may is Granted.all)

    def _by_parts(self, query: Query) -> Found:
        """Each kind by itself, once each resource; a kind that is refused is lacking."""
        parts: list[Found] = []
        for each in query.narrower:
            address = f"{query.type}?patient={self._patient}&{each}&_count={_A_PAGE}"
            try:
                parts.append(self._pages(address, query))
            except AskError:
                parts.append(Found([], False))
        once = dict.fromkeys(resource for part in parts for resource in part.resources)
        return Found(list(once), all(part.is_whole for part in parts))

    def _pages(self, relative: str, query: Query) -> Found:
        """Every page of a search.

        Raises:
            AskError: if not even the first comes.
        """
        base = httpx2.URL(self._server.base + "/")
        address: httpx2.URL | None = base.join(relative)
        resources: list[bytes] = []
        seen: set[str] = set()
        while address is not None:
            if str(address) in seen or len(seen) >= _MOST_PAGES:
                return Found(resources, False)
            seen.add(str(address))
            try:
                page = bundles.page(self._ask(str(address)), query.type, self._patient)
            except AskError:
                if len(seen) == 1:
                    raise
                return Found(resources, False)
            resources += page.resources
            if page.failed:
                return Found(resources, False)
            try:
                address = None if page.next is None else base.join(page.next)
            except httpx2.InvalidURL:
                return Found(resources, False)
            if address is not None and not _same_place(address, base):
                # The token is for this server alone.
                return Found(resources, False)
        return Found(resources, True)

    def _followed(self, query: Query) -> Callable[[str], bytes | None]:
        may = granted(self._scope, query.type) is not Granted.none

        def read(id_: str) -> bytes | None:
            """A resource that another one points to; `None` if it is not given."""
            try:
                data = self._ask(f"{self._server.base}/{query.type}/{id_}") if may else b""
            except AskError:
                return None
            return data if bundles.kind_of(data) == query.type else None

        return read

    def _ask(self, address: str) -> bytes:
        return ask(self._client, self._budget, "GET", address, _ACCEPT)

    def _is_part(self, query: Query) -> bool:
        """Whether it was granted in part only: somebody decided so, and the page says it."""
        return granted(self._scope, query.type) is Granted.part

    def _without(self, query: Query) -> LaunchError:
        why = f"without {query.type}"
        try:
            self._budget.seconds()
            self._budget.spend(0)
        except TooLongError as error:
            why = f"{why}: {error}"
        return LaunchError(
            why,
            f"{self._named()} did not give all {query.words}, without which no plan is made."
            " Nothing was changed here. Please try again from there.",
        )

    def _named(self) -> str:
        name = self._server.name
        return name[:1].upper() + name[1:]


def _same_place(one: httpx2.URL, other: httpx2.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
