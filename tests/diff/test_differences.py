"""Two versions of the knowledge: what changed, in lines, and whose status would change."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import msgspec
import pytest

from painpath.knowledge.differences import Change, differences
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.store import compile_knowledge
from painpath.planning.effects import effects, standings
from painpath.planning.planner import Planner
from painpath.records.single import each_record
from tests.engine.small import read
from tests.planning.small import KNOWLEDGE, ache

DAY = datetime.date(2026, 11, 1)


def changed(*pairs: tuple[str, str]) -> Knowledge:
    text = KNOWLEDGE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return read(text)


def changes(*pairs: tuple[str, str]) -> dict[str, Change]:
    return {f"{c.section} {c.id}": c for c in differences(read(KNOWLEDGE), changed(*pairs))}


def test_the_same_knowledge_does_not_differ() -> None:
    assert differences(read(KNOWLEDGE), read(KNOWLEDGE)) == []


def test_a_threshold_is_shown_with_its_old_and_new_value() -> None:
    found = changes(
        ("id: alpha-weeks, text: Four weeks of pain, kind: lasted, at_least: 4 weeks",
         "id: alpha-weeks, text: Six weeks of pain, kind: lasted, at_least: 6 weeks"),
    )  # fmt: skip
    assert list(found) == ["policies alpha-policy"]
    assert found["policies alpha-policy"].lines == [
        "criterion alpha-weeks, text: Four weeks of pain → Six weeks of pain",
        "criterion alpha-weeks, at_least: 4 weeks → 6 weeks",
    ]


def test_another_comparison_is_a_change() -> None:
    (change,) = changes(("lasted, at_least: 9 years", "lasted, more_than: 9 years")).values()
    assert change.lines == [
        "criterion beta-years, at_least: 9 years → none",
        "criterion beta-years, more_than: none → 9 years",
    ]


def test_criteria_that_come_and_go_are_named() -> None:
    old = "[{id: beta-years, text: Nine years of pain, kind: lasted, at_least: 9 years}]"
    new = "[{id: beta-mood, text: Mood measured, kind: present, of: mood}]"
    (change,) = changes((old, new)).values()
    assert change.lines == [
        "criterion beta-years removed: Nine years of pain",
        "criterion beta-mood added: Mood measured",
    ]


def test_codes_are_compared_as_sets() -> None:
    plainly = "{id: knee-ache, name: Knee ache, category: condition, region: knee}"
    one = plainly.replace("}", ", icd10cm: [M25.561, M17.11]}")
    two = plainly.replace("}", ", icd10cm: [M17.11, M17.12]}")
    old, new = changed((plainly, one)), changed((plainly, two))
    (change,) = differences(old, new)
    assert change.lines == ["icd10cm added: M17.12", "icd10cm removed: M25.561"]


def test_elements_that_come_and_go_are_named() -> None:
    (gone,) = changes(("  - {id: beta, name: Beta, words: [beta]}\n", "")).values()
    assert (gone.section, gone.id, gone.how, gone.lines) == ("payers", "beta", "removed", ["Beta"])


def test_dates_of_a_policy_are_shown() -> None:
    (change,) = changes(("name: Alpha\n", "name: Alpha\n    end: 2026-12-31\n")).values()
    assert change.lines == ["end: none → 2026-12-31"]


# --- whose status --------------------------------------------------------------------------------


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Two patients in one folder: pain for ten days, and for years."""
    for name, since in (("new", "2026-10-22"), ("old", "2020-01-05")):
        patient = {"resourceType": "Patient", "id": name, "birthDate": "1958-03-02"}
        pain = ache("back-ache", since) | {"subject": {"reference": f"Patient/{name}"}}
        entry = [{"resource": patient}, {"resource": pain}]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entry}
        (tmp_path / f"{name}.json").write_text(json.dumps(bundle), encoding="utf-8")
    return tmp_path


def _standings(knowledge: Knowledge, clinic: Path, policy: str):
    ready = compile_knowledge(knowledge)
    planner = Planner(ready.knowledge, ready.vocabulary, ready.rules)
    return standings(planner, each_record(clinic, ready.vocabulary), DAY, policy)


_SHORTER = (
    "id: alpha-weeks, text: Four weeks of pain, kind: lasted, at_least: 4 weeks",
    "id: alpha-weeks, text: One week of pain, kind: lasted, at_least: 1 week",
)


def test_only_those_whose_status_differs_are_named(clinic: Path) -> None:
    then = _standings(read(KNOWLEDGE), clinic, "alpha")
    now = _standings(changed(_SHORTER), clinic, "alpha")
    assert set(then) == {"new", "old"}
    (effect,) = effects(then, now)
    assert (effect.patient, effect.problem, effect.option) == ("new", "back-ache", "block")
    assert effect.old is not None and effect.new is not None
    assert (effect.old.status, effect.old.date) == ("wait", datetime.date(2026, 11, 19))
    assert effect.new.status == "eligible"


def test_with_all_policies_the_one_that_changed_is_named(clinic: Path) -> None:
    then = _standings(read(KNOWLEDGE), clinic, "all")
    now = _standings(changed(_SHORTER), clinic, "all")
    assert {(e.patient, e.policy) for e in effects(then, now)} == {("new", "alpha-policy")}


def test_a_problem_that_is_no_longer_recognised_is_said(clinic: Path) -> None:
    then = _standings(read(KNOWLEDGE), clinic, "alpha")
    blind = changed(("recognise: [{all: [back-ache]}]", "recognise: [{all: [knee-ache]}]"))
    found = effects(then, _standings(blind, clinic, "alpha"))
    assert {(e.patient, e.new) for e in found} == {("new", None), ("old", None)}


def test_each_record_of_a_population_is_the_record_read_alone(clinic: Path) -> None:
    ready = compile_knowledge(read(KNOWLEDGE))
    planner = Planner(ready.knowledge, ready.vocabulary, ready.rules)
    together = {
        str(record.patients.column("id")[0]): planner.plan(record, as_of=DAY)
        for record in each_record(clinic, ready.vocabulary)
    }
    for name, plan in together.items():
        (alone,) = each_record(clinic / f"{name}.json", ready.vocabulary)
        assert msgspec.to_builtins(planner.plan(alone, as_of=DAY)) == msgspec.to_builtins(plan)
