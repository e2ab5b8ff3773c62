"""Checkers of the knowledge, one subject a module. `check` runs them all.

An `error` would make PainPath say something wrong or fail; a `warning` looks odd and is for a
person to judge; a `note` is counted only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from painpath.knowledge.checks import (
    asking,
    authorisation,
    billing,
    bleeding,
    boundaries,
    citations,
    codes,
    contractors,
    examples,
    instruments,
    ladders,
    lingering,
    overlaps,
    reading_level,
    references,
    reused,
    sources,
    thresholds,
    twice,
    unverified,
)
from painpath.knowledge.checks.examples import Shown
from painpath.knowledge.checks.finding import Finding
from painpath.knowledge.loading import Knowledge

CHECKERS: dict[str, Callable[[Knowledge], Iterator[Finding]]] = {
    "references": references.check,
    "thresholds": thresholds.check,
    "citations": citations.check,
    "codes": codes.check,
    "ladders": ladders.check,
    "overlaps": overlaps.check,
    "reading level": reading_level.check,
    "sources": sources.check,
    "billing": billing.check,
    "known twice": twice.check,
    "one id, one question": reused.check,
    "boundaries": boundaries.check,
    "unverified": unverified.check,
    "instruments": instruments.check,
    "bleeding classes": bleeding.check,
    "prior authorisation": authorisation.check,
    "contractors": contractors.check,
    "asking": asking.check,
    "of a day": lingering.check,
}

_ORDER = {"error": 0, "warning": 1, "note": 2}


def check(knowledge: Knowledge, shown: Shown = ()) -> list[Finding]:
    """Every finding, errors first.

    Args:
        knowledge: as loaded.
        shown: options and statuses that examples outside the policies show.
    """
    found: set[Finding] = set()
    for subject, checker in CHECKERS.items():
        found.update(msgspec.structs.replace(f, subject=subject) for f in checker(knowledge))
    for finding in examples.check(knowledge, shown):
        found.add(msgspec.structs.replace(finding, subject="examples"))
    return sorted(found, key=lambda f: (_ORDER[f.level], f.subject, f.where, f.what))


__all__ = ["CHECKERS", "Finding", "check"]
