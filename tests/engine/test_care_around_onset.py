"""Care that may lie before or after an onset known only by its year."""

from __future__ import annotations

import pytest

from tests.engine.small import Bench, Chart, fact

KNOWLEDGE = """
regions: [{id: lumbar, name: Lumbar}]
sources: [{id: test, title: Test, date: "2026"}]
concepts:
  - {id: ache, name: Ache, category: condition}
  - {id: therapy, name: Therapy, category: care}
problems:
  - {id: ache, name: A, patient_name: a, pain_type: mixed, recognise: [{all: [ache]}]}
options:
  - {id: injection, name: O, family: f, rung: initial, done: therapy, fits: [{problem: ache}]}
policies:
  - id: p
    name: P
    issuer: i
    payer: clinical
    axis: clinical
    cite: test
    rules:
      - {options: [injection], position: criteria, statement: s, criteria: [
          {id: asked, text: t, kind: tried, of: therapy, lasting: 4 weeks, since: onset},
          {id: strict, text: t, kind: tried, of: therapy, lasting: 4 weeks, since: onset,
           absent: not-met}]}
"""


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
