"""Prior authorisation: does the payer want to be asked first, where, since when, and with what?

The lists are knowledge (`authorisation`, `places`). An option or a booked procedure is held
against every programme of the payer, at the place of service or else at each usual one.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.option_codes import OptionCodes
from painpath.knowledge.rules import as_tuple
from painpath.planning.asking import AuthorisationItemResult, PlaceAnswer, PriorAuthorisation
from painpath.planning.listing import Hit, hits
from painpath.planning.payer import CLINICAL
from painpath.planning.plan import CriterionResult, OptionResult, ProblemResult, RequestResult
from painpath.planning.wording import listing

_NO_PAYER = "No payer is on record."
_ASK_PAYER = "Record who pays (front desk)"
_ASK_PLACE = "Record where it will be done: {places} (scheduling)"
_ASK_STATE = "Record the state in which it will be done (front desk)"
_ASK_CODE = "Say which procedure code will be used (proceduralist)"
_ASK_LIST = "Ask {payer} whether it wants prior authorisation (prior-authorisation coordinator)"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays and where it is done, as far as known."""

    payer: str
    payer_name: str
    state: str | None = None
    place: str | None = None


class AuthorisationDesk:
    """Holds options and booked procedures against the programmes of a payer."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.programmes = knowledge.authorisation
        self.places = {place.id: place for place in knowledge.places}
        self.family = {
            option.id: {option.id, option.part_of or option.id} for option in knowledge.options
        }
        self.codes = OptionCodes(knowledge)
        self.known_codes = frozenset().union(*self.codes.all.values()) | {
            str(code)
            for programme in self.programmes
            for service in programme.services
            for code in service.codes
        }

    def place_of(self, words: Iterable[str]) -> str | None:
        """The place of service that codes or words of a record name, if they name one."""
        said = [word.strip() for word in words]
        for place in self.places.values():
            if {str(code) for code in place.pos} & set(said) or place.id in said:
                return place.id
        for place in self.places.values():
            for pattern in place.words:
                if any(re.search(rf"\b(?:{pattern})\b", word, re.IGNORECASE) for word in said):
                    return place.id
        return None

    # -- plan entries --

    def problems(
        self, problems: Iterable[ProblemResult], setting: Setting, day: datetime.date
    ) -> list[ProblemResult]:
        """The problems, each fitting option with its answer on the day it is possible."""
        return [
            msgspec.structs.replace(
                problem,
                options=[
                    option
                    if option.status == "not-indicated"
                    else self._option(option, problem.region, setting, day)
                    for option in problem.options
                ],
            )
            for problem in problems
        ]

    def _option(
        self, option: OptionResult, region: str | None, setting: Setting, day: datetime.date
    ) -> OptionResult:
        on = max(option.earliest_date or day, day)
        answer = self.answer(setting, option.id, None, on, option.criteria, region)
        return msgspec.structs.replace(option, prior_authorisation=answer)

    def request(self, request: RequestResult, setting: Setting) -> RequestResult:
        """A booked procedure with the answer for its own code and day."""
        code = request.code if request.code in self.known_codes else None
        answer = self.answer(setting, request.option, code, request.on, request.criteria)
        return msgspec.structs.replace(request, prior_authorisation=answer)

    # -- the answer --

    def answer(
        self,
        setting: Setting,
        option: str | None,
        code: str | None,
        day: datetime.date,
        criteria: Sequence[CriterionResult],
        region: str | None = None,
    ) -> PriorAuthorisation:
        """Whether to ask before the procedure is done on a day.

        Args:
            setting: payer, state and place of service.
            option: the option, if it is one.
            code: the procedure code, if it is known; else every code of the option may be used.
            day: day of service.
            criteria: the option's criteria with their verdicts, for the items of the request.
            region: where the problem is; codes for another region are not used there.
        """
        mine = [p for p in self.programmes if setting.payer in p.payers]
        if not mine:
            return self._unlisted(setting)
        family = self.family.get(option or "", set())
        codes = frozenset({code}) if code else self.codes.of(option, region)
        places = self._places(setting.place)
        found = {
            place: hits(mine, family, codes, code is not None, setting.state, place, day)
            for place in places
        }
        by_place = [self._at(place, found[place], mine) for place in places]
        firsts = [each[0] for each in found.values() if each]
        first = min(firsts, key=Hit.rank) if firsts else None
        required, why, ask = self._verdict(by_place, first, mine, setting)
        return self._result(
            setting, required, why, ask, by_place, first, mine, codes=codes, criteria=criteria
        )

    def _places(self, place: str | None) -> list[str | None]:
        if place is not None:
            return [place]
        return [each.id for each in self.places.values() if each.usual] or [None]

    def _at(
        self, place: str | None, found: Sequence[Hit], mine: Sequence[schema.Authorisation]
    ) -> PlaceAnswer:
        best = found[0] if found else None
        required: bool | None
        if best is None:
            required = False if any(p.complete for p in mine) else None
        else:
            required = True if best.sure and best.programme.effect != "ask" else None
        return PlaceAnswer(
            place=place or "any",
            name=self.places[place].name if place in self.places else "any place",
            required=required,
            programme=best.programme.id if best else None,
            since=best.since if best else None,
        )

    def _verdict(
        self,
        by_place: Sequence[PlaceAnswer],
        first: Hit | None,
        mine: Sequence[schema.Authorisation],
        setting: Setting,
    ) -> tuple[bool | None, str, str | None]:
        """Required or not, why, and what would settle it."""
        verdicts = {answer.required for answer in by_place}
        if first is None:
            names = listing([p.name for p in mine if p.complete])
            if verdicts == {False}:
                return False, f"Not on the lists that hold for this payer ({names}).", None
            ask = next((p.ask for p in mine if p.ask), None)
            why = f"Not on the list of {setting.payer_name} that was read; the rest is not on file."
            return None, why, ask or _ASK_LIST.format(payer=setting.payer_name)
        programme = first.programme
        if programme.effect == "ask":
            ask = programme.ask or _ASK_LIST.format(payer=setting.payer_name)
            return None, programme.statement, ask
        if verdicts == {True}:
            return True, f"{programme.name}: {programme.statement}", None
        if len(verdicts) > 1 and True in verdicts:
            yes = _any_of([_a(a.name) for a in by_place if a.required])
            no = _any_of([_a(a.name) for a in by_place if a.required is False])
            why = f"Depends on the place: asked for in {yes}" + (f", not in {no}." if no else ".")
            ask = _ASK_PLACE.format(places=_any_of([a.name for a in by_place]))
            return None, f"{why} {programme.name}: {programme.statement}", ask
        if first.doubt == "state":
            states = ", ".join(sorted(s for area in programme.areas for s in area.states))
            return None, f"{programme.name} holds in {states}; no state is on record.", _ASK_STATE
        on_it = listing(sorted(first.codes))
        why = f"Depends on the procedure code: of those of this option, {on_it} is on the list"
        return None, f"{why} ({programme.name}).", _ASK_CODE

    def _unlisted(self, setting: Setting) -> PriorAuthorisation:
        if setting.payer == CLINICAL:
            why, ask = _NO_PAYER, _ASK_PAYER
        else:
            why = f"No prior-authorisation list of {setting.payer_name} is on file."
            ask = _ASK_LIST.format(payer=setting.payer_name)
        return self._result(setting, None, why, ask, [], None, [], codes=frozenset(), criteria=[])

    def _result(
        self,
        setting: Setting,
        required: bool | None,
        why: str,
        ask: str | None,
        by_place: list[PlaceAnswer],
        first: Hit | None,
        mine: Sequence[schema.Authorisation],
        *,
        codes: frozenset[str],
        criteria: Sequence[CriterionResult],
    ) -> PriorAuthorisation:
        programme = first.programme if first else None
        service = first.service if first else None
        asked_of = [programme] if programme else [p for p in mine if p.complete]
        cites = [c for p in asked_of for c in as_tuple(p.cite)]
        if service is not None and service.cite:
            cites = [*as_tuple(service.cite), *cites]
        grades = [service.review] if service is not None and service.review else []
        grades += [p.review for p in asked_of]
        items = [*(service.items if service else []), *(programme.items if programme else [])]
        notes = [*(programme.notes if programme else [])]
        notes += [r for r in (service and service.reading, programme and programme.reading) if r]
        return PriorAuthorisation(
            required=required,
            effect=programme.effect if programme else None,
            why=why,
            programme=programme.id if programme else None,
            name=programme.name if programme else None,
            since=first.since if first else None,
            until=first.until if first else None,
            payer=setting.payer,
            state=setting.state,
            place=setting.place,
            by_place=by_place,
            where=first.to if first else None,
            decision=programme.decision if programme else None,
            valid_days=programme.valid_days if programme else None,
            together=_together(service, codes),
            condition=service.condition if service else None,
            documents=list(service.documents) if service else [],
            items=[_item(item, criteria) for item in items],
            notes=notes,
            ask=ask,
            review=grades[0] if grades else "unverified",
            cite=list(dict.fromkeys(cites)),
        )


def _together(service: schema.AuthorisationService | None, codes: frozenset[str]) -> list[str]:
    """Codes of the groups that the procedure's codes belong to."""
    if service is None:
        return []
    groups = [[str(code) for code in group] for group in service.together]
    return sorted({code for group in groups if set(group) & codes for code in group})


def _item(
    item: schema.AuthorisationItem, criteria: Sequence[CriterionResult]
) -> AuthorisationItemResult:
    """Whether the record has what the item asks for; one criterion that is met will do."""
    found = {c.verdict for c in criteria if c.id in item.criteria}
    if "met" in found:
        state = "on-record"
    elif "unknown" in found:
        state = "missing"
    elif "not-met" in found:
        state = "not-met"
    else:
        state = "not-applicable" if found else "add"
    return AuthorisationItemResult(text=item.text, state=state, criteria=list(item.criteria))


def _any_of(words: list[str]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _a(words: str) -> str:
    """`an office`, `a hospital`."""
    return f"an {words}" if words[:1] in "aeiou" else f"a {words}"
