"""A criterion that asks for the same spinal level: where levels are known and where not."""

from __future__ import annotations

import pytest

from painpath.engine.cases import run_cases
from tests.engine.small import Bench, Chart, fact, one_rule

KNOWLEDGE = one_rule(
    concepts="  - {id: ablation, name: Ablation, category: procedure}",
    done="ablation",
    criteria="""
          {id: done-here, text: t, kind: present, of: ablation, same: [level], absent: not-met},
          {id: once, text: t, kind: sessions, of: ablation, same: [level], less_than: 1}""",
)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(KNOWLEDGE)


@pytest.mark.parametrize(
    ("problem", "done", "here", "once"),
    [
        ("L4-L5", "L4-L5", "met", "not-met"),
        ("L4-L5", "L4-S1", "met", "not-met"),
        ("L4-L5", "L2-L3", "not-met", "met"),
        ("L4-L5", None, "unknown", "unknown"),
        # A problem of no recorded level may be at any: every ablation counts.
        (None, "L4-L5", "met", "not-met"),
        (None, None, "met", "not-met"),
    ],
)
def test_same_level(
    bench: Bench, problem: str | None, done: str | None, here: str, once: str
) -> None:
    facts = [
        fact("ache", "2026-01-01", open=True, level=problem),
        fact("ablation", "2026-03-01", level=done),
    ]
    ((found,),) = bench.ask_all([Chart(facts=facts, problem=None)])
    assert (found.verdict["done-here"], found.verdict["once"]) == (here, once)


# --- worked cases --------------------------------------------------------------------------------

CASE = """
    cases:
      - name: levels
        option: option
        asked_on: 2026-06-01
        problem: {{id: ache, since: 2026-01-01, level: {problem}}}
        facts: [{{is: ablation, at: 2026-03-01, level: {done}}}]
        verdicts: {{done-here: {here}, once: {once}}}
"""


def _case(problem: str, done: str, here: str, once: str) -> tuple[str, ...]:
    bench = Bench(KNOWLEDGE + CASE.format(problem=problem, done=done, here=here, once=once))
    (result,) = run_cases(bench.engine, bench.engine.knowledge.policies)
    return result.differences


@pytest.mark.parametrize(
    ("problem", "done", "here", "once"),
    [
        ("L4-L5", "L4-L5", "met", "not-met"),
        ("L4-L5", "L2-L3", "not-met", "met"),
        ("L4-L5", "null", "unknown", "unknown"),
        ("null", "L2-L3", "met", "not-met"),
    ],
)
def test_a_case_may_name_levels(problem: str, done: str, here: str, once: str) -> None:
    assert _case(problem, done, here, once) == ()


@pytest.mark.parametrize(("problem", "done"), [("knee", "L4-L5"), ("L4-L5", "knee")])
def test_a_level_that_is_none_breaks_its_case(problem: str, done: str) -> None:
    (said,) = _case(problem, done, "met", "met")
    assert said == 'cannot be built: "knee" names no spinal level such as L4-L5'
