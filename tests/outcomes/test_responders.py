"""Response by every named definition: at the limit, a hair below, and where it cannot be known."""

from __future__ import annotations

from functools import cache

import pytest

from painpath.instruments.change import improved_enough
from painpath.knowledge.store import compiled
from painpath.outcomes.responders import Definitions

PAIN, PI = "pain-score", "promis-pain-interference"


@cache
def definitions() -> Definitions:
    return Definitions.of(compiled().knowledge)


# (definition, before, after, verdict)
LIMITS = [
    ("resp10", {PAIN: 10}, {PAIN: 9}, True),
    ("resp10", {PAIN: 10}, {PAIN: 9.1}, False),
    ("resp30", {PAIN: 10}, {PAIN: 7}, True),
    ("resp30", {PAIN: 10}, {PAIN: 7.01}, False),
    ("resp50", {PAIN: 8}, {PAIN: 4}, True),
    ("resp50", {PAIN: 8}, {PAIN: 4.01}, False),
    ("resp50", {PAIN: 7}, {PAIN: 3.5}, True),
    ("resp80", {PAIN: 10}, {PAIN: 2}, True),
    ("resp80", {PAIN: 10}, {PAIN: 2.1}, False),
    ("resp50", {PAIN: 0}, {PAIN: 0}, None),
    ("resp50", {}, {PAIN: 0}, None),
    ("resp50", {PAIN: 8}, {}, None),
    ("abs2", {PAIN: 5}, {PAIN: 3}, True),
    ("abs2", {PAIN: 5}, {PAIN: 3.1}, False),
    ("abs4", {PAIN: 6}, {PAIN: 2}, True),
    ("abs4", {PAIN: 6}, {PAIN: 2.1}, False),
    ("remitter", {}, {PAIN: 2.5}, True),
    ("remitter", {PAIN: 9}, {PAIN: 2.6}, False),
    ("pgic-improved", {}, {"pgic": 2}, True),
    ("pgic-improved", {}, {"pgic": 3}, False),
    ("bpi-int-1", {"bpi-interference": 5}, {"bpi-interference": 4}, True),
    ("bpi-int-1", {"bpi-interference": 5}, {"bpi-interference": 4.1}, False),
    ("odi-10", {"odi": 50}, {"odi": 40}, True),
    ("odi-10", {"odi": 50}, {"odi": 40.5}, False),
    ("odi-30pct", {"odi": 50}, {"odi": 35}, True),
    ("odi-30pct", {"odi": 50}, {"odi": 35.5}, False),
    ("pi-mid", {PI: 65}, {PI: 61.5}, True),
    ("pi-mid", {PI: 65}, {PI: 61.6}, False),
    ("pi-mid-upper", {PI: 65}, {PI: 59.5}, True),
    ("pi-mid-upper", {PI: 65}, {PI: 59.6}, False),
    ("peg-mid", {"peg": 6}, {"peg": 5}, True),
    ("peg-mid-upper", {"peg": 6}, {"peg": 4.3}, False),
    ("deteriorated", {PAIN: 5}, {PAIN: 5.5}, True),
    ("deteriorated", {PAIN: 5}, {PAIN: 5.4}, False),
    ("success-composite", {PAIN: 10}, {PAIN: 5}, True),
    ("success-composite", {PAIN: 10}, {PAIN: 7, "pgic": 2}, True),
    ("success-composite", {PAIN: 10}, {PAIN: 7, "pgic": 3}, False),
    ("success-composite", {PAIN: 10}, {PAIN: 7}, None),
    ("success-composite", {PAIN: 10}, {PAIN: 8}, False),
]


@pytest.mark.parametrize(("name", "before", "after", "verdict"), LIMITS)
def test_limits(
    name: str, before: dict[str, float], after: dict[str, float], verdict: bool | None
) -> None:
    assert definitions().responded(name, before, after) is verdict


def test_every_definition_has_a_limit_tested() -> None:
    tested = {name for name, *_ in LIMITS} | {"holistic"}
    assert tested == set(definitions().by_id)


BEFORE = {PAIN: 8.0, "odi": 50.0, "phq-9": 15.0, "promis-sleep-disturbance": 60.0, "eq-5d": 0.4}
AFTER = {PAIN: 5.0, "odi": 38.0, "phq-9": 9.0, "promis-sleep-disturbance": 55.0, "eq-5d": 0.5}


def test_holistic_needs_every_domain() -> None:
    assert definitions().responded("holistic", BEFORE, AFTER) is True
    assert definitions().responded("holistic", BEFORE, {**AFTER, "odi": 45.0}) is False
    without = {key: value for key, value in AFTER.items() if key != "eq-5d"}
    assert definitions().responded("holistic", BEFORE, without) is None


# --- the change that matters ---

CHANGES = [
    ("rmdq", 8, 5, True),
    ("rmdq", 8, 6, False),
    ("rmdq", 12, 6, True),
    ("rmdq", 12, 7, False),
    ("rmdq", 20, 11, True),
    ("rmdq", 20, 12, False),
    ("koos-jr", 50, 64, True),
    ("koos-jr", 50, 63.9, False),
    ("pseq", 20, 26.48, True),
    ("pseq", 20, 13, False),
    ("bpi-severity", 10, 7, True),
    ("bpi-severity", 10, 7.1, False),
]


@pytest.mark.parametrize(("concept", "before", "after", "verdict"), CHANGES)
def test_smallest_important_change(
    concept: str, before: float, after: float, verdict: bool
) -> None:
    score = next(
        s for i in compiled().knowledge.instruments for s in i.scores if s.concept == concept
    )
    assert improved_enough(score, before, after) is verdict


def test_no_change_matters_on_a_screen() -> None:
    screen = next(
        s for i in compiled().knowledge.instruments for s in i.scores if s.concept == "dn4"
    )
    assert improved_enough(screen, 8, 0) is None
