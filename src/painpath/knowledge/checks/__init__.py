"""Checkers of the knowledge, one subject a module. `check` runs them all.

An `error` would make PainPath say something wrong or fail; a `warning` looks odd and is for a
person to judge; a `note` is counted only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from painpath.knowledge.checks import (
    authorisation,
    citations,
    codes,
    contractors,
    ladders,
    overlaps,
    references,
    thresholds,
)
from painpath.knowledge.checks.finding import Finding
from painpath.knowledge.loading import Knowledge

CHECKERS: tuple[Callable[[Knowledge], Iterator[Finding]], ...] = (
    references.check,
    thresholds.check,
    citations.check,
    codes.check,
    ladders.check,
    overlaps.check,
    authorisation.check,
    contractors.check,
)

_ORDER = {"error": 0, "warning": 1, "note": 2}


def check(knowledge: Knowledge) -> list[Finding]:
    """Every finding, errors first."""
    found = [finding for checker in CHECKERS for finding in checker(knowledge)]
    return sorted(set(found), key=lambda f: (_ORDER[f.level], f.where, f.what))


__all__ = ["CHECKERS", "Finding", "check"]
