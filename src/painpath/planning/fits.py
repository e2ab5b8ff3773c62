"""Which options belong to a problem: those that fit it, and those that people expect and do not."""

from __future__ import annotations

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge


def fitting(knowledge: Knowledge, problem: str) -> list[tuple[schema.Option, schema.Indication]]:
    """The options that fit, the preferred ones first."""
    found = [
        (option, fit)
        for option in knowledge.options
        if (fit := next((f for f in option.fits if f.problem == problem), None)) is not None
    ]
    return sorted(found, key=lambda pair: pair[1].order)


def refused(knowledge: Knowledge, problem: str) -> list[tuple[schema.Option, schema.NotFor]]:
    """The options that referrers would expect and that do not fit, with the reason."""
    fits = {option.id for option, _ in fitting(knowledge, problem)}
    return [
        (option, against)
        for option in knowledge.options
        if option.part_of is None and option.id not in fits
        if (against := next((n for n in option.not_for if problem in n.problems), None)) is not None
    ]
