"""One drug, one concept: a RxNorm code that two concepts list would be counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from painpath.knowledge.checks.codes import codes_of
from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge


def check(knowledge: Knowledge) -> Iterator[Finding]:
    """A code in two concepts is a warning: the wider one includes the other instead."""
    known: dict[str, list[str]] = defaultdict(list)
    for concept in knowledge.concepts:
        for code in dict.fromkeys(codes_of(concept, "rxnorm")):
            known[code].append(concept.id)
    for code, names in known.items():
        for later in names[1:]:
            where = place(knowledge, "concepts", later)
            what = (
                f'RxNorm {code} stands in "{names[0]}" and in "{later}"; keep it in the narrower'
                " and let the wider include that"
            )
            yield Finding("warning", where, what)
