"""Dates on the command line."""

from __future__ import annotations

import datetime

from painpath.cli.errors import WRONG_USAGE, fail

_YEARS = range(1900, 2200)
"""Windows reach years back and due dates years ahead: the calendar must not end in them."""


def day(text: str | None, option: str) -> datetime.date | None:
    """`2026-11-01` as a date; anything else is wrong usage."""
    if text is None:
        return None
    try:
        asked = datetime.date.fromisoformat(text)
    except ValueError:
        raise fail(f'{option}: "{text}" is not a date such as 2026-11-01', WRONG_USAGE) from None
    if asked.year not in _YEARS:
        years = f"{_YEARS[0]} to {_YEARS[-1]}"
        raise fail(f'{option}: "{text}" is not in the years {years}', WRONG_USAGE)
    return asked
