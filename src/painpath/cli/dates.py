"""Dates on the command line."""

from __future__ import annotations

import datetime

from painpath.cli.errors import WRONG_USAGE, fail


def day(text: str | None, option: str) -> datetime.date | None:
    """`2026-11-01` as a date; anything else is wrong usage."""
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise fail(f'{option}: "{text}" is not a date such as 2026-11-01', WRONG_USAGE) from None
