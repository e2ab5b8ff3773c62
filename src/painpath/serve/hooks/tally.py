"""Cards and what became of them, counted: by month, and by service and kind. No patient in it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.hooks.feedback import Told
from painpath.serve.store.tables import Card

_TOLD = msgspec.json.Decoder(Told)
NO_REASON = "none"


class Count(msgspec.Struct, frozen=True):
    """Cards of one line of a table."""

    shown: int = 0
    accepted: int = 0
    overridden: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.shown + other.shown,
            self.accepted + other.accepted,
            self.overridden + other.overridden,
        )

    @property
    def open(self) -> int:
        """Of which the record system has said nothing."""
        return self.shown - self.accepted - self.overridden


class Line(msgspec.Struct, frozen=True):
    """What a count is of."""

    month: str
    """`2026-11`."""
    service: str
    kind: str
    count: Count


class Reason(msgspec.Struct, frozen=True):
    """Why cards of a kind were set aside."""

    kind: str
    code: str
    """Of the reason; `none` where none was given."""
    times: int


class Tally(msgspec.Struct, frozen=True):
    """Everything that the page shows."""

    lines: list[Line]
    reasons: list[Reason]

    @property
    def total(self) -> Count:
        """Of all cards."""
        return sum((line.count for line in self.lines), Count())

    def by_month(self) -> list[tuple[str, Count]]:
        """The latest month first."""
        summed: dict[str, Count] = {}
        for line in self.lines:
            summed[line.month] = summed.get(line.month, Count()) + line.count
        return sorted(summed.items(), reverse=True)

    def by_kind(self) -> list[tuple[tuple[str, str], Count]]:
        """By service and kind, the most frequent first."""
        summed: dict[tuple[str, str], Count] = {}
        for line in self.lines:
            key = line.service, line.kind
            summed[key] = summed.get(key, Count()) + line.count
        return sorted(summed.items(), key=lambda item: (-item[1].shown, item[0]))


def since(work: Session, day: datetime.date) -> Tally:
    """Of the cards sent since a day."""
    year, month = sa.extract("year", Card.day), sa.extract("month", Card.day)
    told = sa.select(year, month, Card.service, Card.kind, Card.outcome, sa.func.count())
    told = told.where(Card.day >= day)
    told = told.group_by(year, month, Card.service, Card.kind, Card.outcome)
    return Tally(_lines(work.execute(told).all()), _reasons(work, day))


def _lines(rows: Iterable[sa.Row[int, int, str, str, str | None, int]]) -> list[Line]:
    counts: dict[tuple[str, str, str], Count] = {}
    for year, month, service, kind, outcome, times in rows:
        key = f"{int(year)}-{int(month):02}", service, kind
        one = Count(
            times,
            times if outcome == "accepted" else 0,
            times if outcome == "overridden" else 0,
        )
        counts[key] = counts.get(key, Count()) + one
    return [Line(*key, count) for key, count in sorted(counts.items())]


def _reasons(work: Session, day: datetime.date) -> list[Reason]:
    """By kind, the most frequent first. Comments are not read: they may speak of a patient."""
    wanted = sa.select(Card.kind, Card.told)
    wanted = wanted.where(Card.day >= day, Card.outcome == "overridden")
    times = Counter((kind, _code(told)) for kind, told in work.execute(wanted).all())
    found = [Reason(kind, code, count) for (kind, code), count in times.items()]
    return sorted(found, key=lambda each: (-each.times, each.kind, each.code))


def _code(told: bytes | None) -> str:
    reason = _TOLD.decode(told).reason if told is not None else None
    return reason or NO_REASON
