"""A negative block that is certainly the latest settles the test, whatever came before."""

from __future__ import annotations

import pytest

from tests.engine.small import Bench, Chart, fact, one_rule

KNOWLEDGE = one_rule(
    concepts="  - {id: block, name: Block, category: procedure}",
    done="block",
    criteria="""
          {id: two, text: t, kind: blocks, of: block, number: 2, at_least: 80 %,
           spacing: 14 days}""",
)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(KNOWLEDGE)


@pytest.mark.parametrize(
    ("first", "second", "percent", "two"),
    [
        ("2026-02", "2026-03-05", 30, "not-met"),
        ("2026-03", "2026-03-05", 30, "unknown"),
        ("2026-02-03", "2026-03", 30, "not-met"),
        ("2026-02", "2026-03-20", 90, "unknown"),
        ("2026-02-03", "2026-03-05", 90, "met"),
    ],
)
def test_latest_block(bench: Bench, first: str, second: str, percent: int, two: str) -> None:
    facts = [
        fact("ache", "2025-01-01", open=True),
        fact("block", first, relief=[{"percent": 90, "at": first}]),
        fact("block", second, relief=[{"percent": percent, "at": second}]),
    ]
    ((found,),) = bench.ask_all([Chart(facts=facts, problem=None)])
    assert found.verdict["two"] == two


@pytest.mark.parametrize(
    ("first", "second", "two"),
    [
        ("L4-L5", "L4-L5", "met"),
        ("L4-L5", "L3-L4", "unknown"),
        (None, "L3-L4", "met"),
    ],
)
def test_blocks_at_levels_that_do_not_meet_are_not_in_a_row(
    bench: Bench, first: str | None, second: str, two: str
) -> None:
    facts = [
        fact("ache", "2025-01-01", open=True),
        fact("block", "2026-02-03", level=first, relief=[{"percent": 90, "at": "2026-02-03"}]),
        fact("block", "2026-03-05", level=second, relief=[{"percent": 90, "at": "2026-03-05"}]),
    ]
    ((found,),) = bench.ask_all([Chart(facts=facts, problem=None)])
    assert found.verdict["two"] == two


SINGLE = KNOWLEDGE.replace("number: 2,", "number: 1,").replace(
    ",\n           spacing: 14 days}",
    "},\n          {id: last, text: t, kind: relief, of: block, at_least: 80 %}",
)


@pytest.fixture(scope="module")
def single() -> Bench:
    return Bench(SINGLE)


@pytest.mark.parametrize(
    ("days", "percents", "verdict"),
    [
        # One block, whenever in that month it was.
        (["2026-02"], [90], "met"),
        (["2026-02"], [30], "not-met"),
        # Which of the two was the last is not known.
        (["2026-03-05", "2026-03"], [90, 30], "unknown"),
        (["2026-03-05", "2026-03"], [30, 90], "unknown"),
        (["2026-03-05", "2026-03"], [30, None], "unknown"),
        # The month is over before the other day.
        (["2026-02", "2026-03-05"], [30, 90], "met"),
        (["2026-02", "2026-03-05"], [90, 30], "not-met"),
    ],
)
def test_the_last_block_where_days_are_known_in_part(
    single: Bench, days: list[str], percents: list[int | None], verdict: str
) -> None:
    facts = [fact("ache", "2025-01-01", open=True)]
    for day, percent in zip(days, percents, strict=True):
        relief = [] if percent is None else [{"percent": percent, "at": "2026-04-01"}]
        facts.append(fact("block", day, relief=relief))
    ((found,),) = single.ask_all([Chart(facts=facts, problem=None)])
    assert found.verdict == {"two": verdict, "last": verdict}
