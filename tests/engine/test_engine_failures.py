"""A step that cannot run costs its own answers only: they are unknown, and the failure is told."""

from __future__ import annotations

from typing import Any

import pytest

from painpath.engine.engine import KINDS
from painpath.engine.running import statement
from tests.engine.small import Bench, Chart, Complaint, fact

KNOWLEDGE = """
regions: [{id: knee, name: Knee}]
sources: [{id: test, title: Test, date: "2026"}]
concepts:
  - {id: ache, name: Ache, category: condition}
  - {id: image, name: Image, category: imaging}
  - {id: score, name: Score, category: observation}
  - {id: block, name: Block, category: procedure}
  - {id: therapy, name: Therapy, category: care}
problems:
  - {id: ache, name: A, patient_name: a, sided: true, pain_type: mixed, recognise: [{all: [ache]}]}
options:
  - {id: imaged, name: O, family: f, rung: initial, done: block, fits: [{problem: ache}]}
  - {id: scored, name: O, family: f, rung: initial, done: block, fits: [{problem: ache}]}
  - {id: counted, name: O, family: f, rung: initial, done: block, fits: [{problem: ache}]}
  - {id: deep, name: O, family: f, rung: initial, done: block, fits: [{problem: ache}]}
policies:
  - id: p
    name: P
    issuer: i
    payer: clinical
    axis: clinical
    cite: test
    rules:
      - {options: [imaged], position: criteria, statement: s, criteria: [
          {id: present, text: t, kind: present, of: image}]}
      - {options: [scored], position: criteria, statement: s, criteria: [
          {id: score, text: t, kind: score, of: score, at_least: 5}]}
      - {options: [deep], position: criteria, statement: s, criteria: [
          {id: lasted, text: t, kind: lasted, at_least: 3 months},
          {all: [{id: image-here, text: t, kind: present, of: image, same: [side]}]}]}
      - {options: [counted], position: criteria, statement: s, criteria: [
          {id: long, text: t, kind: lasted, at_least: 3 months},
          {n: 1, of: [{id: image-there, text: t, kind: present, of: image, same: [side]}]}]}
  - id: every-kind
    name: P
    issuer: i
    payer: other
    axis: coverage
    cite: test
    rules:
      - options: [deep]
        position: criteria
        statement: s
        criteria:
          - {id: absent, text: t, kind: absent, of: therapy}
          - {id: elapsed, text: t, kind: elapsed, of: block, at_least: 1 month}
          - {id: tried, text: t, kind: tried, of: therapy, lasting: 4 weeks}
          - {id: sessions, text: t, kind: sessions, of: block, less_than: 4}
          - {id: relief, text: t, kind: relief, of: block, at_least: 50 %}
          - {id: blocks, text: t, kind: blocks, of: block, number: 1, at_least: 50 %}
          - {id: age, text: t, kind: age, at_least: 18}
          - {id: sex, text: t, kind: sex, equals: female}
          - {id: problem, text: t, kind: problem, of: ache}
          - {id: total, text: t, kind: total, of: score, within: 12 months, less_than: 100}
"""
FACTS = [
    fact("image", "2026-06-01", value=False, side="left"),
    fact("score", "2026-06-01", value=7),
    fact("block", "2026-05-01", relief=[{"percent": 80, "at": "2026-05-02"}]),
    fact("therapy", "2026-01-01", until="2026-03-01"),
]
CHART = Chart(facts=FACTS, since="2025-01-01", born="1970-01-01", sex="female")
SOUND = {
    "present": "not-met",
    "score": "met",
    "lasted": "met",
    "absent": "met",
    "elapsed": "met",
    "tried": "met",
    "sessions": "met",
    "relief": "met",
    "blocks": "met",
    "age": "met",
    "sex": "met",
    "problem": "met",
    "total": "met",
}


@pytest.fixture
def bench() -> Bench:
    return Bench(KNOWLEDGE)


def smash(bench: Bench, step: str) -> None:
    """Replace the prepared statement of a step by one that fails when it is run."""
    bench.evaluate([CHART])
    runner = bench.engine._runner
    text = statement(f"kinds/{step}" if step in KINDS else step)
    names = runner.once(f"DESCRIBE {text}").column("column_name").to_pylist()
    columns = ["error('broken on purpose')"] + [f"NULL AS {name}" for name in names[1:]]
    runner.prepare(step, f"SELECT {', '.join(columns)}")


def ask(bench: Bench) -> tuple[Complaint, dict[str, str]]:
    """The complaint, and what failed: step -> why."""
    verdicts = bench.evaluate([CHART])
    ((complaint,),) = bench.complaints(verdicts, 1)
    return complaint, {failure.step: failure.why for failure in verdicts.failures}


def kinds_of(complaint: Complaint) -> dict[str, str]:
    return {kind: complaint.verdict[kind] for kind in KINDS}


def test_nothing_broken_nothing_reported(bench: Bench) -> None:
    complaint, failed = ask(bench)
    assert (kinds_of(complaint), failed) == (SOUND, {})


@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_kind_is_unknown_and_the_others_are_answered(bench: Bench, kind: str) -> None:
    smash(bench, kind)
    complaint, failed = ask(bench)
    assert kinds_of(complaint) == SOUND | {kind: "unknown"}
    assert complaint.reason[kind] == "failed"
    assert list(failed) == [kind]
    assert "broken on purpose" in failed[kind]
    assert "\n" not in failed[kind]


def test_only_options_that_hang_on_the_broken_kind_lose_their_status(bench: Bench) -> None:
    smash(bench, "score")
    complaint, _ = ask(bench)
    assert complaint.status["p imaged"] == "not-met"
    assert complaint.status["p scored"] == "needs-more"


def test_every_patient_and_problem_keeps_its_row(bench: Bench) -> None:
    smash(bench, "score")
    found = bench.complaints(bench.evaluate([CHART] * 60), 60)
    assert {row[0].verdict["score"] for row in found} == {"unknown"}
    assert {row[0].verdict["present"] for row in found} == {"not-met"}


def test_without_relief_only_what_asks_for_relief_is_unknown(bench: Bench) -> None:
    smash(bench, "relieved")
    complaint, failed = ask(bench)
    assert kinds_of(complaint) == SOUND | {"relief": "unknown", "blocks": "unknown"}
    assert list(failed) == ["relieved"]


@pytest.mark.parametrize("step", ["matched", "dated", "seen", "tested"])
def test_without_facts_nothing_that_looks_at_facts_is_guessed(bench: Bench, step: str) -> None:
    smash(bench, step)
    complaint, failed = ask(bench)
    looks_at_facts = set(KINDS) - {"lasted", "age", "sex", "problem"}
    assert {complaint.verdict[kind] for kind in looks_at_facts} == {"unknown"}
    assert list(failed) == [step]


@pytest.mark.parametrize("step", ["taken", "witness"])
def test_a_broken_later_step_leaves_the_answers(bench: Bench, step: str) -> None:
    smash(bench, step)
    complaint, failed = ask(bench)
    assert kinds_of(complaint) == SOUND
    assert list(failed) == [step]


@pytest.mark.parametrize("step", [*KINDS, "matched", "dated", "seen", "tested"])
def test_no_option_becomes_eligible_because_a_step_failed(bench: Bench, step: str) -> None:
    sound = ask(bench)[0].status
    smash(bench, step)
    complaint, _ = ask(bench)
    eligible = {name for name, status in complaint.status.items() if status == "eligible"}
    assert eligible <= {name for name, status in sound.items() if status == "eligible"}


def test_two_broken_steps_are_two_failures(bench: Bench) -> None:
    smash(bench, "score")
    smash(bench, "present")
    complaint, failed = ask(bench)
    assert set(failed) == {"score", "present"}
    assert kinds_of(complaint) == SOUND | {"score": "unknown", "present": "unknown"}


def test_one_evaluation_leaves_nothing_behind_for_the_next(bench: Bench) -> None:
    first = bench.evaluate([CHART, CHART])
    second = bench.evaluate([Chart(since="2025-01-01", born="1970-01-01", sex="female")])
    assert first.complaints.num_rows == 4
    assert second.complaints.num_rows == 2
    ((complaint,),) = bench.complaints(second, 1)
    assert complaint.verdict["score"] == "unknown"
    assert complaint.reason.get("score") is None


@pytest.mark.parametrize("patients", [1, 50, 51, 200])
def test_few_or_many_patients_get_the_same_answers(bench: Bench, patients: int) -> None:
    found = bench.ask_all([CHART] * patients)
    answers: list[Any] = [row[0].verdict for row in found]
    assert answers == [answers[0]] * patients
