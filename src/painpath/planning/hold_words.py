"""What a hold says: its words and, as far as days are known, its dates."""

from __future__ import annotations

import datetime

import msgspec

from painpath.knowledge import schema
from painpath.planning.hold_dates import clear_on, hold_from, last_dose_on, plain, restart_on, span


class When(msgspec.Struct, frozen=True):
    """The day that a plan or a booking is about."""

    today: datetime.date
    """The day the record is read."""
    asked: datetime.date
    """The day the findings are of."""
    booked: bool = False
    """There is a procedure on that day, so that dates can be counted back from it."""


def words(
    name: str, cell: schema.HoldCell, last: datetime.date | None, over: bool, when: When
) -> list[str]:
    """The item's first clauses."""
    if cell.action == "no-hold":
        return [f"{name}: no hold needed"]
    if cell.action == "shared-assessment":
        return [f"{name}: decide with its prescriber whether to hold"]
    if cell.action == "level-first":
        return [f"{name}: a drug level or a specialist decides before a day is set"]
    if cell.action == "avoid":
        return [f"{name}: procedure advised against while it acts"]
    hours = cell.hours or 0.0
    parts = []
    if over and last is not None:
        parts.append(f"{name}: last taken on {plain(last)}, the hold of {span(hours)} is over")
    elif last is not None:
        clear = plain(clear_on(last, hours))
        parts.append(f"{name}: last taken on {plain(last)}, the hold of {span(hours)} counts from")
        parts[-1] += f" there and is over on {clear}"
    elif when.booked:
        parts.append(_counted_back(name, hours, when))
    else:
        parts.append(f"{name}: hold {span(hours)} before")
    if cell.restart_hours == 0:
        parts.append("restart at once after")
    elif cell.restart_hours is not None:
        again = "" if last is None else ", if it is to go on"
        on = ""
        if when.booked:
            on = f" (from {plain(restart_on(when.asked, cell.restart_hours))})"
        parts.append(f"restart {span(cell.restart_hours)} after{on}{again}")
    return parts


def _counted_back(name: str, hours: float, when: When) -> str:
    """A hold before a booked day, and whether there is still time for it."""
    begins = hold_from(when.asked, hours)
    last = plain(last_dose_on(when.asked, hours))
    text = f"{name}: hold {span(hours)} before, no dose from {plain(begins)} on (last on {last}"
    text += f", at least {span(hours)} before the needle)" if hours % 24 else ")"
    if begins < when.today:
        earliest = plain(_earliest(when, hours))
        text += f"; that day has passed: without a dose from today on it is over on {earliest}"
    return text


def _earliest(when: When, hours: float) -> datetime.date:
    """First day on which a hold is over that begins today."""
    return clear_on(when.today - datetime.timedelta(days=1), hours)


def dates(
    cell: schema.HoldCell, last: datetime.date | None, when: When
) -> dict[str, datetime.date | None]:
    """The dates of an item, as far as they can be told."""
    found: dict[str, datetime.date | None] = {}
    hours = cell.hours if cell.action == "hold" else None
    if hours is not None and last is not None:
        found["last_dose_on"] = last
        found["clear_on"] = clear_on(last, hours)
    elif hours is not None and when.booked:
        begins = hold_from(when.asked, hours)
        found["hold_from"] = begins
        found["last_dose_on"] = last_dose_on(when.asked, hours)
        if begins < when.today:
            found["clear_on"] = _earliest(when, hours)
    if when.booked and cell.restart_hours is not None and cell.action == "hold":
        found["restart_on"] = restart_on(when.asked, cell.restart_hours)
    return found


def listing(names: list[str]) -> str:
    """`apixaban, aspirin and naproxen`."""
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
