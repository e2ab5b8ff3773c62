"""What the record should show before a procedure is scheduled: on file, or missing."""

from __future__ import annotations

from collections.abc import Sequence

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import as_tuple
from painpath.planning.computed import COMPUTED
from painpath.planning.facts import FactBook
from painpath.planning.findings import MET, Findings
from painpath.planning.plan import ChecklistResult


def checklist(
    knowledge: Knowledge, findings: Findings, book: FactBook, options: Sequence[schema.Option]
) -> list[ChecklistResult]:
    """The entries that these options want, the missing ones first."""
    results: list[ChecklistResult] = []
    patient = findings.patient_complaint
    for entry in knowledge.checklist:
        wanting = [o.id for o in options if not entry.tags or set(entry.tags) & set(o.tags)]
        if not wanting:
            continue
        if entry.when and findings.fires(patient, "checklist-when", entry.id) != MET:
            continue
        on_file = findings.fires(patient, "checklist-known", entry.id) == MET
        facts: list[int] = []
        if on_file:
            facts = findings.condition_evidence(patient, "checklist-known", entry.id)
        results.append(
            ChecklistResult(
                id=entry.id,
                text=entry.text,
                state="on-file" if on_file else "missing",
                for_=wanting,
                ask=None if on_file else entry.ask,
                # What was worked out is no resource to point to.
                evidence=[each for each in book.evidence(facts) if each.ref != COMPUTED],
                review=entry.review or "secondary",
                cite=list(as_tuple(entry.cite)),
            )
        )
    return sorted(results, key=lambda item: item.state != "missing")
