"""DocumentReference: that a document is on file. Its text is not searched for facts."""

from __future__ import annotations

from painpath.knowledge.vocabulary import Matches
from painpath.records.chart import Chart, Outcome
from painpath.records.datatypes import CodeableConcept
from painpath.records.meanings import label, merge
from painpath.records.resources import DocumentReference
from painpath.records.status import NEVER, refusal


def read(document: DocumentReference, ref: str, chart: Chart) -> Outcome:
    """Facts of one DocumentReference."""
    codes = [code for code in (document.type, *document.category) if code is not None]
    if document.context is not None:
        codes.extend(document.context.event)
    titles = [document.description]
    titles.extend(c.attachment.title for c in document.content if c.attachment)
    codes.extend(CodeableConcept(text=title) for title in titles if title)
    found: Matches = ()
    for code in codes:
        hits = chart.find(code, "document")
        found = merge(found, hits)
    if not found:
        return "ignored"
    why = refusal("DocumentReference", document.status)
    if why is None and document.docStatus in NEVER:
        why = f"docStatus is {document.docStatus}"
    if why is not None:
        return chart.skip(ref, why)
    filed = chart.span(document.date, ref, "date")
    start = None
    if document.context is not None:
        start = chart.period(document.context.period, ref, "context.period")[0]
    if start is None:
        created = [c.attachment.creation for c in document.content if c.attachment]
        start = chart.span(created[0], ref, "attachment.creation") if created else None
    start = start or filed
    if start is None:
        chart.note(ref, "no date of the document")
    for match in found:
        chart.add(
            match,
            "document",
            ref,
            next((name for code in codes if (name := label(code))), ""),
            start=start,
            end=start,
            recorded=filed[0] if filed else None,
        )
    return "used"
