"""Medicare policies say which contractors wrote them, for which states, since when."""

from __future__ import annotations

from collections.abc import Iterator

from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge

_PAYER = "medicare"
_NATIONAL = "NCD"


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """Missing documents are warnings; a state or date that no source gave is a note."""
    in_force = {p.payer for p in knowledge.policies if p.standing == "in-force"}
    for policy in knowledge.policies:
        if policy.standing == "proposed" and policy.payer in in_force:
            what = f'"{policy.id}" is only proposed; give it a payer of its own'
            yield Finding("error", place(knowledge, "policies", policy.id), what)
    for policy in knowledge.policies:
        if policy.payer != _PAYER or policy.axis != "coverage":
            continue
        where = place(knowledge, "policies", policy.id)
        if not policy.documents and any(rule.position != "silent" for rule in policy.rules):
            yield Finding("warning", where, f'"{policy.id}" names no document; add documents')
        if policy.start is None and not any(d.start for d in policy.documents):
            yield Finding("note", where, f'"{policy.id}" and its documents have no start')
        for document in policy.documents:
            named = f'"{policy.id}", {document.id}'
            if document.start and document.end and document.end < document.start:
                yield Finding("error", where, f"{named}: it ends before it starts")
            if not document.states and not document.id.startswith(_NATIONAL):
                yield Finding("note", where, f"{named}: no state is given")
            if document.start is None:
                yield Finding("note", where, f"{named}: no start is given")
