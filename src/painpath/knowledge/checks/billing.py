"""ICD-10-CM codes that no claim can carry: headers, and codes that were retired.

Records hold both, so a concept may know them; a list of what a claim accepts may not.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from painpath.knowledge import schema
from painpath.knowledge.checks.codes import codes_of
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge

_CLAIM = "claim-diagnosis"
"""In the id of every concept that lists what a claim accepts."""


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """Headers and retired codes: an error in a claim list, a note elsewhere.

    A code retired by one concept and not by another is a warning.
    """
    exact = {code for c in knowledge.concepts for code in _exact(c)}
    headers = {code for code in exact if any(o != code and o.startswith(code) for o in exact)}
    retired: dict[str, datetime.date] = {}
    for concept in knowledge.concepts:
        retired.update(_retired(concept))
    for concept in knowledge.concepts:
        where = place(knowledge, "concepts", concept.id)
        label = f'concept "{concept.id}"'
        dated = dict(_retired(concept))
        for code in sorted(set(_exact(concept))):
            if code in retired and code not in dated:
                what = f"{label}: {code} was retired on {retired[code]} elsewhere; add until"
                yield Finding("warning", where, what)
            if code in retired:
                yield from _unbillable(where, concept, f"{code} was retired on {retired[code]}")
            elif code in headers:
                yield from _unbillable(where, concept, f"{code} is a header with codes under it")


def _unbillable(where: str, concept: schema.Concept, why: str) -> Iterator[Finding]:
    label = f'concept "{concept.id}"'
    if _CLAIM in concept.id:
        yield Finding("error", where, f"{label}: {why}, so no claim can carry it; remove it")
    else:
        yield Finding("note", where, f"{label}: {why}; records may hold it, no claim can")


def _exact(concept: schema.Concept) -> Iterator[str]:
    for code in codes_of(concept, "icd10cm"):
        if not code.endswith("*"):
            yield code.rstrip(".")


def _retired(concept: schema.Concept) -> Iterator[tuple[str, datetime.date]]:
    for entry in concept.icd10cm:
        if isinstance(entry, schema.Codes) and entry.until is not None:
            for code in entry.codes:
                yield str(code).rstrip(".*"), entry.until
