"""Which rung comes next, for each shape of ladder."""

from __future__ import annotations

from typing import Any

import pytest

from painpath.planning.next_step import next_step
from painpath.planning.plan import Evidence, OptionResult

DONE = [Evidence(ref="Procedure/1", date="2026-01-01", text="done")]


def rung(key: str, status: str, *after: str, done: bool = False, **more: Any) -> OptionResult:
    """An option with what the choice depends on."""
    values: dict[str, Any] = {name: [] for name in ("because", "criteria", "safety", "coverage")}
    values |= {name: [] for name in ("evidence", "cite")}
    values |= dict.fromkeys(("policy", "earliest_date", "why", "part_of", "outlook"))
    values |= {"id": key, "name": key, "rung": "r", "alternative": False, "status": status}
    values |= {"after": list(after), "done": DONE if done else []}
    return OptionResult(**(values | more))


CASES = {
    "nothing fits": ([], None),
    "nothing is open": ([rung("a", "not-met"), rung("b", "contraindicated")], None),
    "the first of two": ([rung("a", "needs-more"), rung("b", "eligible")], "a"),
    "a closed first": ([rung("a", "not-met"), rung("b", "wait")], "b"),
    "the first rung before the second": (
        [rung("block", "needs-more"), rung("burn", "needs-more", "block")],
        "block",
    ),
    "the second rung after the first": (
        [rung("block", "eligible", done=True), rung("burn", "eligible", "block")],
        "burn",
    ),
    "a rung that does not fit is not waited for": (
        [rung("steroid", "not-indicated"), rung("block", "needs-more", "steroid")],
        "block",
    ),
    "a block that must be confirmed is repeated": (
        [rung("block", "eligible", done=True), rung("burn", "needs-more", "block")],
        "block",
    ),
    "a test that has given its answer leads on, whatever the next rung lacks": (
        [
            rung("block", "eligible", done=True, answered=True),
            rung("burn", "needs-more", "block"),
        ],
        "burn",
    ),
    "a test whose answer closed the rungs after it is not made again": (
        [
            rung("block", "eligible", done=True, answered=True),
            rung("burn", "not-met", "block"),
            rung("lead", "eligible"),
        ],
        "lead",
    ),
    "an ablation of the joint as it was before an operation does not stand for its new test": (
        [
            rung("block", "eligible", done=True, answered=False),
            rung("burn", "needs-more", "block", done=True),
        ],
        "block",
    ),
    "an ablation that may be repeated goes before a test without an answer": (
        [
            rung("block", "eligible", done=True, answered=False),
            rung("burn", "eligible", "block", done=True),
        ],
        "burn",
    ),
    "nothing is left after a test that answered no": (
        [
            rung("block", "eligible", done=True, answered=True),
            rung("burn", "not-met", "block"),
        ],
        None,
    ),
    "it has led on if one of the rungs after it is open": (
        [
            rung("block", "eligible", done=True),
            rung("burn", "eligible", "block"),
            rung("freeze", "needs-more", "block"),
        ],
        "burn",
    ),
    "what is implanted is not implanted again": (
        [
            rung("trial", "eligible", done=True),
            rung("implant", "eligible", "trial", done=True, rung="implant"),
            rung("revision", "needs-more", "implant"),
        ],
        "revision",
    ),
    "an implant in place and nothing else open": (
        [rung("implant", "eligible", done=True, rung="implant")],
        None,
    ),
    "an alternative does not pass a usual rung": (
        [
            rung("block", "eligible", done=True),
            rung("freeze", "eligible", "block", alternative=True),
        ],
        "block",
    ),
    "an alternative where nothing else is open": (
        [rung("a", "not-met"), rung("b", "eligible", alternative=True)],
        "b",
    ),
    "a usual one goes first, however near the alternative": (
        [rung("other", "eligible", alternative=True), rung("usual", "needs-more")],
        "usual",
    ),
    "an ablation that may be repeated goes before what stands below it": (
        [rung("injection", "eligible"), rung("burn", "eligible", done=True, rung="ablation")],
        "burn",
    ),
    "an ablation that may not be repeated yet does not": (
        [rung("injection", "eligible"), rung("burn", "wait", done=True, rung="ablation")],
        "injection",
    ),
    "a route is no step of its own": (
        [rung("a", "needs-more"), rung("a-left", "eligible", part_of="a")],
        "a",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_next_step(name: str) -> None:
    options, expected = CASES[name]
    order = {option.id: place for place, option in enumerate(options)}
    assert next_step(options, order) == expected


def test_the_order_written_in_does_not_matter() -> None:
    options, expected = CASES["it has led on if one of the rungs after it is open"]
    order = {"block": 1, "freeze": 2, "burn": 2}
    assert next_step(options, order) == expected
    assert next_step(options[::-1], order) == expected
