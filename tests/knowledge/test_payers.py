"""Every policy belongs to a payer that has a name, and every payer follows families that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from painpath.knowledge.checks import Finding, check
from painpath.knowledge.loading import BASE, load

SOUND = """\
sources: [{id: source, title: Source, url: "u", date: "2026"}]
problems:
  - {id: problem, name: P, patient_name: p, pain_type: mixed, recognise: [{all: [pain]}]}
concepts: [{id: pain, name: Pain, category: condition}]
options:
  - id: option
    name: Option
    family: f
    rung: initial
    done: pain
    fits: [{problem: problem}]
    patient: {name: n, what: w, on_the_day: o, until_then: u, call_if: c}
policies:
  - id: clinical-policy
    name: Clinical
    issuer: i
    payer: clinical
    axis: clinical
    cite: source
    rules: [{options: [option], position: criteria, statement: s}]
  - id: policy
    name: Policy
    issuer: i
    payer: insurer
    axis: coverage
    cite: source
    rules: [{options: [option], position: covered, statement: s}]
payers:
  - {id: insurer, name: Insurer, words: [insurer]}
  - {id: daughter, name: Daughter, words: [daughter], uses: [insurer]}
"""


def found(folder: Path, old: str = "", new: str = "") -> list[Finding]:
    assert old in SOUND
    (folder / "all.yaml").write_text(SOUND.replace(old, new, 1))
    return check(load(folder))


def test_sound_payers_have_no_findings(tmp_path: Path) -> None:
    # The clinical family stands in no Coverage and needs no entry.
    assert found(tmp_path) == []


def test_a_payer_without_an_entry_is_a_warning_at_its_policy(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "payer: insurer", "payer: other")
    assert finding.level == "warning"
    assert finding.what == 'payer "other" has no entry under payers; add one with its name'
    line = SOUND[: SOUND.index("- id: policy")].count("\n") + 1
    assert finding.where == f"all.yaml:{line}"


@pytest.mark.parametrize("uses", ["nobody", "insurer, nobody"])
def test_following_an_unknown_payer_is_an_error(tmp_path: Path, uses: str) -> None:
    (finding,) = found(tmp_path, "uses: [insurer]", f"uses: [{uses}]")
    assert finding.level == "error"
    assert finding.what == '"daughter" uses payer "nobody" is not defined; define it or correct it'


def test_a_family_known_from_its_policy_may_be_followed(tmp_path: Path) -> None:
    findings = found(tmp_path, "  - {id: insurer, name: Insurer, words: [insurer]}\n")
    assert [finding.level for finding in findings] == ["warning"]


def test_every_payer_of_the_base_has_a_name() -> None:
    knowledge = load(BASE)
    named = {payer.id for payer in knowledge.payers if payer.name}
    assert {policy.payer for policy in knowledge.policies} <= named
