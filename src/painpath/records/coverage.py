"""Coverage: who pays, as everything that names the payer. Which policy that is, others say."""

from __future__ import annotations

from painpath.records import dates
from painpath.records.chart import Chart, Outcome
from painpath.records.facts import CoverageEntry
from painpath.records.meanings import code_in, short, texts_of
from painpath.records.resources import Coverage, Organization
from painpath.records.status import refusal


def read(coverage: Coverage, ref: str, chart: Chart) -> Outcome:
    """The payer of one Coverage."""
    why = refusal("Coverage", coverage.status)
    if why is not None:
        return chart.skip(ref, why)
    words: list[str] = []
    for payor in coverage.payor:
        words.append(payor.display or "")
        if payor.identifier is not None:
            words.append(payor.identifier.value or "")
        target = chart.index.find(payor, coverage)
        if target is not None and isinstance(target.resource, Organization):
            chart.referred.add(target.ref)
            organization = target.resource
            words.append(organization.name or "")
            words.extend(organization.alias)
            words.extend(identifier.value or "" for identifier in organization.identifier)
        elif payor.reference and not payor.display:
            chart.note(ref, "payor points to nothing in the record")
    words.extend(texts_of(coverage.type))
    kind = code_in(coverage.type) or ""
    if coverage.type is not None:
        words.extend(coding.code or "" for coding in coverage.type.coding)
    for class_ in coverage.class_:
        words.extend((class_.name or "", class_.value or ""))
    start, end = chart.period(coverage.period, ref, "period")
    chart.coverages.append(
        CoverageEntry(
            ref=ref,
            text=short(" | ".join(dict.fromkeys(word.strip() for word in words if word.strip()))),
            type=kind,
            active=(coverage.status or "active") == "active",
            start=dates.date_of(start[0]) if start else None,
            end=dates.date_of(end[1]) if end else None,
            order=coverage.order,
        )
    )
    return "used"
