"""AllergyIntolerance: only concepts of allergies; the drug itself is not taken."""

from __future__ import annotations

from painpath.knowledge.vocabulary import Matches
from painpath.records.chart import Chart, Outcome
from painpath.records.meanings import by_words, code_in, label, merge
from painpath.records.resources import AllergyIntolerance
from painpath.records.status import NEVER, refusal

_BELIEVED = frozenset({"allergy", "condition", "finding"})
_ENDED = frozenset({"inactive", "resolved"})


def read(allergy: AllergyIntolerance, ref: str, chart: Chart) -> Outcome:
    """Facts of one AllergyIntolerance."""
    found: Matches = ()
    about = chart.vocabulary.about
    for code in (
        allergy.code,
        allergy.substance,
        *(reaction.substance for reaction in allergy.reaction),
    ):
        hits = tuple(
            m for m in chart.find(code, "allergy") if about[m.concept].category in _BELIEVED
        )
        if not hits and code is not None:
            hits = by_words(code, "allergy", chart.vocabulary)
        found = merge(found, hits)
    if not found:
        return "ignored"
    verification = code_in(allergy.verificationStatus) or allergy.status
    why = refusal("AllergyIntolerance", verification)
    clinical = code_in(allergy.clinicalStatus)
    if why is not None or clinical in NEVER:
        return chart.skip(ref, f"verificationStatus is {verification or clinical}")
    recorded = chart.recorded(allergy.recordedDate or allergy.assertedDate, ref, "recordedDate")
    start = chart.span(allergy.onsetDateTime, ref, "onsetDateTime")
    if start is None and recorded is not None:
        start = (recorded, recorded)
    for match in found:
        chart.add(
            match,
            "allergy",
            ref,
            label(allergy.code or allergy.substance),
            start=start,
            open=clinical not in _ENDED,
            recorded=recorded,
        )
    return "used"
