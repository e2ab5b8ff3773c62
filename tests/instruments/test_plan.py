"""What scores do in a plan: a safety item, the change that matters, the words on the page."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import pytest
from rich.console import Console

import painpath
from painpath.knowledge.store import compiled
from painpath.planning.plan import Plan
from painpath.records.reading import read_bytes
from painpath.report import terminal
from painpath.report.html import to_html
from painpath.report.scores import change_words, value_words
from tests.records.builders import answers
from tests.records.small import ICD, LOINC, bundle, coded, condition, observation

PAIN = condition(coded(ICD, "M54.16"), onsetDateTime="2026-01-01")
DAY = datetime.date(2026, 11, 1)


def plan(*resources: dict[str, Any]) -> Plan:
    record = read_bytes(json.dumps(bundle(PAIN, *resources)).encode(), compiled().vocabulary)
    return painpath.planner().plan(record, as_of=DAY)


def ninth(code: str, text: str, on: str = "2026-10-01") -> dict[str, Any]:
    coding = {"system": LOINC, "code": code, "display": text}
    item = {"linkId": "/44260-8", "answer": [{"valueCoding": coding}]}
    return answers(item, authored=on)


def peg(on: str, *values: float) -> dict[str, Any]:
    codes = ("75893-8", "91145-3", "91146-1")
    parts = [
        {"code": coded(LOINC, code), "valueQuantity": {"value": value}}
        for code, value in zip(codes, values, strict=True)
    ]
    return observation(coded(LOINC, "91148-7"), on, component=parts)


def alarms(made: Plan) -> list[tuple[str, str]]:
    return [(item.id, item.level) for item in made.safety if item.id == "self-harm-answer"]


def test_any_answer_above_zero_to_the_last_phq_9_question_shows_before_every_procedure() -> None:
    made = plan(ninth("LA6569-3", "Several days"))
    assert alarms(made) == [("self-harm-answer", "caution")]
    advice = [item.id for item in made.alongside]
    assert "phq-9-item-9-positive" in advice


def test_an_answer_of_zero_is_silent_and_takes_back_an_earlier_one() -> None:
    assert alarms(plan(ninth("LA6568-5", "Not at all"))) == []
    earlier = ninth("LA6571-9", "Nearly every day", "2026-03-01")
    assert alarms(plan(earlier, ninth("LA6568-5", "Not at all"))) == []


def test_latest_score_beside_the_one_before_and_the_change_that_matters() -> None:
    made = plan(peg("2026-07-01", 8, 7, 6), peg("2026-10-12", 6, 5, 5))
    (score,) = [s for s in made.scores if s.id == "peg"]
    assert (score.value, score.origin, score.date) == (5.3, "computed", "2026-10-12")
    assert (score.before, score.improved, score.matters) == (7.0, 1.7, True)
    assert value_words(score) == "5.3/10 (12 Oct 2026, computed)"
    assert change_words(score) == (
        "was 7 (1 Jul 2026), better by 1.7: a change that matters (1 to 1.75 points or more)"
    )


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ((7, 7, 6), "better by 0.3: less than a change that matters (1 to 1.75 points or more)"),
        ((9, 8, 7), "worse by 1: a change that matters (1 to 1.75 points or more)"),
        ((8, 7, 6), "unchanged: less than a change that matters (1 to 1.75 points or more)"),
    ],
)
def test_words_of_change(after: tuple[float, ...], words: str) -> None:
    made = plan(peg("2026-07-01", 8, 7, 6), peg("2026-10-12", *after))
    (score,) = [s for s in made.scores if s.id == "peg"]
    assert change_words(score) == f"was 7 (1 Jul 2026), {words}"


def test_a_single_score_shows_what_would_matter() -> None:
    total = observation(coded(LOINC, "44261-6"), "2026-10-12", valueQuantity={"value": 12})
    (score,) = plan(total).scores
    assert value_words(score) == "12/27 (12 Oct 2026), moderate"
    assert change_words(score) == "a change of 5 points or more matters"
    assert score.review == "primary"


def test_terminal_and_page_show_the_scores() -> None:
    made = plan(peg("2026-07-01", 8, 7, 6), peg("2026-10-12", 6, 5, 5))
    out = io.StringIO()
    terminal.render(made, Console(file=out, width=200))
    text = " ".join(out.getvalue().split())
    assert "better by 1.7: a change that matters" in text
    record = read_bytes(json.dumps(bundle(PAIN)).encode(), compiled().vocabulary)
    page = to_html(made, record, compiled().knowledge).decode()
    assert "was 7 (1 Jul 2026), better by 1.7" in page
    assert "Minimally important differences of the PEG" in page
