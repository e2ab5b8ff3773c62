"""Care that may lie before or after an onset known only by its year."""

from __future__ import annotations

import pytest

from tests.engine.small import Bench, Chart, fact, one_rule

KNOWLEDGE = one_rule(
    concepts="  - {id: therapy, name: Therapy, category: care}",
    done="therapy",
    criteria="""
          {id: asked, text: t, kind: tried, of: therapy, lasting: 4 weeks, since: onset},
          {id: strict, text: t, kind: tried, of: therapy, lasting: 4 weeks, since: onset,
           absent: not-met}""",
)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(KNOWLEDGE)


@pytest.mark.parametrize(
    ("onset", "until", "asked", "strict"),
    [
        # Before the onset nothing is on record, which leaves it open; after it, it is too short.
        ("2026", "2026-03-10", "unknown", "not-met"),
        ("2026-02-01", "2026-03-10", "not-met", "not-met"),
        ("2026-04-01", "2026-03-10", "unknown", "not-met"),
        ("2026", "2026-03-29", "unknown", "unknown"),
        ("2026-02-01", "2026-03-29", "met", "met"),
    ],
)
def test_short_care_that_may_lie_before_the_onset(
    bench: Bench, onset: str, until: str, asked: str, strict: str
) -> None:
    facts = [
        fact("ache", onset, open=True),
        fact("therapy", "2026-03-01", until=until),
    ]
    ((found,),) = bench.ask_all([Chart(facts=facts, problem=None)])
    assert (found.verdict["asked"], found.verdict["strict"]) == (asked, strict)
