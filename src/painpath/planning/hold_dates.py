"""Holds and restarts as calendar dates. Hours are kept beside them: they decide at the needle.

A hold of N days is N whole days without a dose before the day of the procedure, and none on that
day; of other holds the whole days are counted so and the last dose keeps the hours as well.
"""

from __future__ import annotations

import datetime

_HOURS = 24


def hold_from(day: datetime.date, hours: float) -> datetime.date:
    """First day without a dose before a procedure on `day`."""
    return day - datetime.timedelta(days=int(hours // _HOURS))


def last_dose_on(day: datetime.date, hours: float) -> datetime.date:
    """Last day on which a dose may still be taken."""
    return hold_from(day, hours) - datetime.timedelta(days=1)


def restart_on(day: datetime.date, hours: float) -> datetime.date:
    """First day on which the drug may be taken again, not before so many hours after."""
    return day + datetime.timedelta(days=int(hours // _HOURS))


def clear_on(last_dose: datetime.date, hours: float) -> datetime.date:
    """First day on which a hold is over, counted from the day of the last dose."""
    return last_dose + datetime.timedelta(days=int(hours // _HOURS) + 1)


def hours_still_count(last_dose: datetime.date, day: datetime.date, hours: float) -> bool:
    """Whether on `day` the date alone does not tell that the hours are over (36 h, 6 h)."""
    return bool(hours % _HOURS) and day == clear_on(last_dose, hours)


def span(hours: float) -> str:
    """`3 days`, `24 h`, `12 h`."""
    if hours >= 2 * _HOURS and hours % _HOURS == 0:
        return f"{int(hours // _HOURS)} days"
    return f"{hours:g} h"


def plain(day: datetime.date) -> str:
    """`7 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"
