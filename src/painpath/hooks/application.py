"""The parts of the service put together, step by step as a request passes them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from painpath.hooks import feedback
from painpath.hooks.answering import Answerer
from painpath.hooks.cards import Response
from painpath.hooks.catalogue import BY_ID, Service
from painpath.hooks.clients import Gate, MemoryNonces, Nonces
from painpath.hooks.errors import UnknownServiceError
from painpath.hooks.evaluator import Workplace
from painpath.hooks.feedback import FeedbackStore, MemoryFeedback
from painpath.hooks.fetching import Fetcher
from painpath.hooks.keys import KeyRing
from painpath.hooks.prefetch import Gathered, complete, gather
from painpath.hooks.request import HookRequest, parse
from painpath.hooks.settings import Client, HookSettings


class Application:
    """The CDS service, for a web framework to call. Safe to use from several threads."""

    def __init__(
        self,
        settings: HookSettings,
        workplace: Workplace,
        *,
        store: FeedbackStore | None = None,
        nonces: Nonces | None = None,
        keys: KeyRing | None = None,
        fetcher: Fetcher | None = None,
        today: Callable[[], datetime.date] = datetime.date.today,
    ) -> None:
        """Put it together.

        Args:
            settings: how it is set up.
            workplace: where planning is done.
            store: keeps feedback; default: in memory.
            nonces: remembers used tokens; default: in memory, for one process.
            keys: gets clients' keys.
            fetcher: fetches what was not sent.
            today: the day that plans are of.
        """
        self.settings = settings
        self.store = store or MemoryFeedback()
        self._workplace = workplace
        self._gate = Gate(settings, nonces or MemoryNonces(), keys)
        self._fetcher = fetcher or Fetcher(settings.limits)
        self._answerer = Answerer(settings)
        self._today = today

    def admit(self, authorization: str | None, *paths: str) -> Client | None:
        """The client that calls one of these paths; see `Gate.admit`."""
        base = self.settings.base_url.rstrip("/")
        return self._gate.admit(authorization, [f"{base}{path}" for path in paths])

    def service(self, key: str) -> Service:
        """A service by its id.

        Raises:
            UnknownServiceError: if there is none.
        """
        if key not in BY_ID:
            raise UnknownServiceError("There is no such service; /cds-services lists them.")
        return BY_ID[key]

    def parse(self, service: Service, body: bytes) -> tuple[HookRequest, Gathered]:
        """A request, and what came with it.

        Raises:
            BadRequestError: if it is not as specified.
        """
        request = parse(body, service)
        return request, gather(request)

    async def fetch(
        self, client: Client | None, request: HookRequest, gathered: Gathered
    ) -> Gathered:
        """With what was not sent, where it may be fetched."""
        servers: Sequence[str] = client.fhir_servers if client is not None else ()
        return await self._fetcher.fetch(request, gathered, servers)

    def answer(self, request: HookRequest, gathered: Gathered) -> Response:
        """The cards.

        Raises:
            MissingDataError: if something that is needed is not there.
            BadRequestError: if it cannot be read.
        """
        whole, day = complete(gathered, request), self._today()
        since = day - datetime.timedelta(days=self.settings.quiet_days)
        answer = self._workplace.run(
            lambda planner: self._answerer.answer(
                planner, request, whole, day, lambda about: self.store.set_aside(about, since)
            )
        )
        if answer.shown:
            self.store.add(answer.shown)
        return answer.response

    def listen(self, service: Service, body: bytes) -> int:
        """Keep feedback; how many lines it had.

        Raises:
            BadRequestError: if it is not as specified.
        """
        del service  # A card's uuid says which service it is of.
        told = feedback.parse(body)
        self.store.add(told)
        return len(told)
