"""From a request and the patient's resources to cards. Pure: no network, no clock, no framework."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence

import msgspec

from painpath.hooks import coverage, opioid_orders, patient_view, procedures
from painpath.hooks.bundling import prescriptions_of, record_of, signed
from painpath.hooks.cards import GRAVITY, Action, Response
from painpath.hooks.feedback import Shown
from painpath.hooks.known import Known
from painpath.hooks.making import CardMaker, Notice
from painpath.hooks.prefetch import Gathered, own_drafts
from painpath.hooks.request import HookRequest, Resource, reference
from painpath.hooks.settings import HookSettings
from painpath.planning.plan import CareResult
from painpath.planning.planner import Planner
from painpath.records.reading import Record

SetAside = Callable[[Iterable[str]], set[str]]
"""Of these digests, those whose card was set aside lately."""


class Answer(msgspec.Struct, frozen=True):
    """What goes to the client, and what is kept of it."""

    response: Response
    shown: list[Shown]


class Answerer:
    """Answers requests with whatever planner it is given; all planners know the same."""

    def __init__(self, settings: HookSettings) -> None:
        self.settings = settings
        self._known: Known | None = None

    def answer(
        self,
        planner: Planner,
        request: HookRequest,
        gathered: Gathered,
        day: datetime.date,
        set_aside: SetAside,
    ) -> Answer:
        """The cards for one request.

        Args:
            planner: plans the patient.
            request: what is asked.
            gathered: the patient's resources (`prefetch.complete`).
            day: today.
            set_aside: see `SetAside`.

        Raises:
            BadRequestError: if the resources cannot be read as a record.
        """
        drafts = own_drafts(request.drafts, request.patient)
        record = record_of(gathered.resources, drafts, day, planner.vocabulary)
        plan = planner.plan(record, as_of=day)
        maker = CardMaker(request, plan, self._knows(planner), self.settings)
        short = gathered.short()
        system: list[Action] = []
        match request.service.hook:
            case "patient-view":
                found = patient_view.notices(maker, record.facts, short)
            case "appointment-book":
                found = _appointments(maker, drafts)
            case hook:
                signing = hook == "order-sign"
                found = _procedures(maker, drafts, short)
                found += _opioids(planner, maker, record, gathered, drafts, day, signing=signing)
        wanted = self.settings.coverage_information and request.coverage_wanted
        if wanted and request.service.hook in coverage.HOOKS:
            system = coverage.actions(request, plan, record.coverages, drafts)
        kept = self._kept(request, found, set_aside)
        shown = [
            Shown(
                card=notice.card.uuid,
                service=request.service.id,
                kind=notice.card.kind,
                about=notice.about,
                on=day,
            )
            for notice in kept
        ]
        return Answer(Response([notice.card for notice in kept], system), shown)

    def _knows(self, planner: Planner) -> Known:
        if self._known is None:
            self._known = Known(planner.knowledge, planner.index.rules)
        return self._known

    def _kept(
        self, request: HookRequest, found: Sequence[Notice], set_aside: SetAside
    ) -> list[Notice]:
        """The gravest few; what was set aside does not come again, unless it cannot wait."""
        asked = [n.about for n in found if n.card.indicator != "critical"]
        quiet = set_aside(asked) if asked else set()
        kept = [n for n in found if n.card.indicator == "critical" or n.about not in quiet]
        kept.sort(key=lambda notice: GRAVITY[notice.card.indicator])
        most = self.settings.most_cards
        return kept[: most if request.most_cards is None else min(most, request.most_cards)]


def _procedures(maker: CardMaker, drafts: Sequence[Resource], short: Sequence[str]) -> list[Notice]:
    by_ref = {reference(draft): draft for draft in drafts}
    return [
        notice
        for request in maker.plan.requests
        if request.ref in by_ref and maker.request.concerns(request.ref)
        for notice in procedures.order_notices(maker, request, by_ref[request.ref], short)
    ]


def _appointments(maker: CardMaker, drafts: Sequence[Resource]) -> list[Notice]:
    """Of the appointments themselves, and of the orders that they are for."""
    refs = {reference(draft) for draft in drafts}
    for draft in drafts:
        based = draft.get("basedOn")
        for each in based if isinstance(based, list) else ():
            target = each.get("reference") if isinstance(each, dict) else None
            if isinstance(target, str):
                refs.add("/".join(target.split("/")[-2:]))
    return [
        notice
        for request in maker.plan.requests
        if request.ref in refs
        for notice in procedures.appointment_notices(maker, request)
    ]


def _opioids(
    planner: Planner,
    maker: CardMaker,
    record: Record,
    gathered: Gathered,
    drafts: Sequence[Resource],
    day: datetime.date,
    *,
    signing: bool,
) -> list[Notice]:
    new = prescriptions_of(gathered.resources, drafts, day, planner.vocabulary)

    def advice() -> list[CareResult]:
        after = record_of(gathered.resources, signed(drafts, day), day, planner.vocabulary)
        return planner.plan(after, as_of=day).alongside

    taken = record.prescriptions
    return opioid_orders.notices(maker, taken, new, day, advice, signing=signing)
