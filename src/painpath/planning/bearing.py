"""What bears on a problem: facts and orders by their place, red flags by their subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from painpath.planning.plan import RedFlagResult
from painpath.records.facts import Request


def concerning(flags: Sequence[RedFlagResult], problem: str) -> list[RedFlagResult]:
    """The red flags that stop procedures for a problem: general ones, and its own."""
    return [flag for flag in flags if not flag.problems or problem in flag.problems]


def near(fact: dict[str, Any], row: dict[str, Any]) -> bool:
    """The fact is not certainly elsewhere: other side or other region."""
    if row["sided"] and row["side"] and fact["side"] and not fact["side"] & row["side"]:
        return False
    return not (row["region"] and fact["region"] and not fact["region"] & row["region"])


def concerns(request: Request, row: dict[str, Any]) -> bool:
    """The order may be for this problem: its place does not rule that out."""
    place = {"side": request.side, "region": request.region}
    return near(place, row)
