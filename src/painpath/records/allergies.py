"""AllergyIntolerance: only concepts of allergies; the drug itself is not taken.

What is coded by its drug alone is the allergy to that drug, and a severe reaction makes of an
allergy what the knowledge says (`severe`).
"""

from __future__ import annotations

from collections.abc import Iterable

from painpath.knowledge.vocabulary import OWN_SYSTEM, Match, Matches
from painpath.records.chart import Chart, Outcome
from painpath.records.meanings import by_words, label, merge, status_in
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
        known = chart.find(code, "allergy")
        hits = tuple(m for m in known if about[m.concept].category in _BELIEVED)
        if not hits and code is not None:
            hits = by_words(code, "allergy", chart.vocabulary)
        if not hits:
            named = {name for m in known for name in about[m.concept].allergies}
            hits = _matches(sorted(named), chart)
        found = merge(found, hits)
    if not found:
        return "ignored"
    verification = status_in(allergy.verificationStatus) or allergy.status
    why = refusal("AllergyIntolerance", verification)
    clinical = status_in(allergy.clinicalStatus)
    if why is not None or clinical in NEVER:
        return chart.skip(ref, f"verificationStatus is {verification or clinical}")
    recorded = chart.recorded(allergy.recordedDate or allergy.assertedDate, ref, "recordedDate")
    start = chart.span(allergy.onsetDateTime, ref, "onsetDateTime")
    if start is None and recorded is not None:
        start = (recorded, recorded)
    for match in _graded(found, allergy, chart):
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


def _graded(found: Matches, allergy: AllergyIntolerance, chart: Chart) -> Matches:
    """A severe reaction of the past makes of an allergy what the knowledge says."""
    about = chart.vocabulary.about
    if not any(about[match.concept].severe for match in found):
        return found
    graded = any(reaction.severity == "severe" for reaction in allergy.reaction)
    signs = {
        about[match.concept].id
        for reaction in allergy.reaction
        for sign in reaction.manifestation
        for match in chart.find(sign, "condition")
    }
    made: list[Match] = []
    for match in found:
        kind = about[match.concept]
        severe = kind.severe is not None and (graded or not signs.isdisjoint(kind.severe_signs))
        made += _matches([kind.severe], chart) if severe and kind.severe else (match,)
    return merge((), tuple(made))


def _matches(names: Iterable[str], chart: Chart) -> Matches:
    return tuple(m for name in names for m in chart.vocabulary.lookup(OWN_SYSTEM, name))
