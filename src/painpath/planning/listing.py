"""Lines of prior-authorisation lists that name a procedure, for a state, a place and a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from painpath.knowledge import schema


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list that names the procedure, or may name it."""

    programme: schema.Authorisation
    service: schema.AuthorisationService | None
    doubt: str | None
    """`state` or `code`: what is not known; null: the line holds."""
    codes: frozenset[str]
    """The procedure's codes that stand on the line."""
    since: datetime.date | None
    until: datetime.date | None
    to: str | None

    @property
    def sure(self) -> bool:
        """Nothing is in doubt."""
        return self.doubt is None

    def rank(self) -> tuple[bool, int]:
        """What holds goes before what may hold, what is asked for before what is voluntary."""
        return not self.sure, ("required", "or-review", "ask").index(self.programme.effect)


def hits(
    programmes: Iterable[schema.Authorisation],
    options: set[str],
    codes: frozenset[str],
    code_known: bool,
    state: str | None,
    place: str | None,
    day: datetime.date,
) -> list[Hit]:
    """Every line in force on the day that names the procedure, the most binding first.

    Args:
        programmes: the payer's.
        options: the option and the one it is part of; empty: no option.
        codes: the procedure's code, or every code that the option may use.
        code_known: the code is the one that will be used.
        state: where it is done, if known.
        place: place of service; `None`: not told apart.
        day: day of service.
    """
    found: list[Hit] = []
    for programme in programmes:
        if programme.standing != "in-force" or not _at(programme, place):
            continue
        area, state_known = _area(programme, state)
        if state_known and area is None and programme.areas:
            continue
        spans = [(programme.start, programme.end)]
        spans += [(area.start, area.end)] if area else []
        if programme.effect == "ask":
            found += _hit(programme, None, None, frozenset(), spans, area, day)
        for service in programme.services:
            named = _named(service, options, codes, code_known)
            if named is not None:
                on_it, doubt = named
                doubt = doubt if state_known else "state"
                dates = [*spans, (service.start, service.end)]
                found += _hit(programme, service, doubt, on_it, dates, area, day)
    return sorted(found, key=Hit.rank)


def _at(programme: schema.Authorisation, place: str | None) -> bool:
    return place is None or not programme.places or place in programme.places


def _area(
    programme: schema.Authorisation, state: str | None
) -> tuple[schema.AuthorisationArea | None, bool]:
    """The area of a state, and whether it is known if the programme holds there."""
    if not programme.areas:
        return None, True
    if state is None:
        return None, False
    return next((area for area in programme.areas if state in area.states), None), True


def _named(
    service: schema.AuthorisationService,
    options: set[str],
    codes: frozenset[str],
    code_known: bool,
) -> tuple[frozenset[str], str | None] | None:
    """The codes on the line, and a doubt about which is used; `None`: it is not named."""
    if service.options and options and not options & set(service.options):
        return None
    if not service.codes:
        return (frozenset(), None) if options & set(service.options) else None
    on_it = codes & {str(code) for code in service.codes}
    if code_known:
        return (on_it, None) if on_it else None
    listed = bool(options & set(service.options))
    if listed and not codes:
        # An option that shares its codes with others: the line names the option itself.
        return frozenset(str(code) for code in service.codes), None
    if on_it and (listed or on_it == codes):
        return on_it, None
    if on_it or listed:
        return on_it or frozenset(str(code) for code in service.codes), "code"
    return None


def _hit(
    programme: schema.Authorisation,
    service: schema.AuthorisationService | None,
    doubt: str | None,
    codes: frozenset[str],
    spans: Sequence[tuple[datetime.date | None, datetime.date | None]],
    area: schema.AuthorisationArea | None,
    day: datetime.date,
) -> list[Hit]:
    """The hit, if the line is in force on the day."""
    since = max((start for start, _ in spans if start is not None), default=None)
    until = min((end for _, end in spans if end is not None), default=None)
    if (since is not None and day < since) or (until is not None and day > until):
        return []
    to = area.to if area and area.to else programme.to
    return [
        Hit(
            programme=programme,
            service=service,
            doubt=doubt,
            codes=codes,
            since=since,
            until=until,
            to=to,
        )
    ]
