"""Short patients written by hand from the sources: what the plan says of each is what they say.

The files beside this one hold them, one family a file. A failure names each point that differs.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from painpath import planner
from painpath.planning.plan import Plan
from painpath.records.reading import read_bytes
from tests.vignettes import form
from tests.vignettes.bundle import BuildError, bundle
from tests.vignettes.compare import differences

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.yaml"))
VIGNETTES = [(file.stem, vignette) for file in FILES for vignette in form.read_file(file)]


def plan_of(vignette: form.Vignette) -> Plan:
    """The plan of a vignette's patient; nothing of the record may have been left unread."""
    made = bundle(vignette, planner().vocabulary)
    Bundle.model_validate(made)
    record = read_bytes(json.dumps(made).encode(), planner().vocabulary)
    plan = planner().plan(record, as_of=vignette.as_of, policy=vignette.policy)
    assert not plan.skipped, plan.skipped
    assert not plan.failures, plan.failures
    return plan


def _marks(family: str) -> list[pytest.MarkDecorator]:
    """The readings by others are as many again as the families: everyday runs leave them out."""
    return [pytest.mark.slow] if family.startswith(("review-", "whole-")) else []


@pytest.mark.parametrize(
    "vignette",
    [pytest.param(v, id=f"{family}/{v.id}", marks=_marks(family)) for family, v in VIGNETTES],
)
def test_vignette(vignette: form.Vignette) -> None:
    plan = plan_of(vignette)
    found = [text for expected in vignette.expect for text in differences(expected, plan)]
    assert not found, "\n".join([vignette.says, *(f"- {text}" for text in found)])


def test_ids_are_unique() -> None:
    counts = Counter(vignette.id for _, vignette in VIGNETTES)
    assert [name for name, count in counts.items() if count > 1] == []


# --- the runner itself ---------------------------------------------------------------------------

EXAMPLE = """
vignettes:
  - id: example
    says: Pain for 4 weeks is asked for.
    as_of: 2026-11-01
    policy: medicare
    patient: {born: 1958-03-02, sex: female, state: AZ}
    coverage: Medicare
    record:
      - condition: {icd10cm: M54.16, onset: 2026-09-01, side: right}
      - procedure: {id: e1, cpt: 64483, modifiers: [RT], on: 2026-02-01, level: L5-S1, relief: [
          {percent: 60, on: 2026-02-15, lasted: 3 months}]}
      - booked: {cpt: 64483, on: 2026-11-10, side: right, level: L5-S1}
      - care: {is: physical-therapy, from: 2026-09-02, to: 2026-10-20}
      - care: {is: home-exercise, from: 2026-10}
      - drug: {rxnorm: 1364430, text: apixaban 5 mg, from: 2026-01-01, to: null}
      - drug: {is: duloxetine, from: 2026, to: 2026-08}
      - score: {is: pain-score, value: 7, on: 2026-10-12}
      - lab: {is: hba1c, value: 7.1, on: 2026-09-01}
      - finding: {is: predominantly-axial-pain, value: false, on: 2026-09-01}
      - document: {is: psych-clearance, on: 2026-09-01}
      - imaging: {is: knee-radiograph, on: 2026-09-01, side: left, conclusion: No fracture.}
      - device: {text: pacemaker, on: 2020}
      - allergy: {text: iodinated contrast, on: 2019}
      - specialist: {nucc: 208VP0014X}
    expect:
      - {problem: lumbar-radiculopathy, side: right, option: epidural-steroid-injection}
"""


def example(**changes: Any) -> form.Vignette:
    vignette = form.read_text(EXAMPLE, "example.yaml")[0]
    return type(vignette)(**{n: getattr(vignette, n) for n in vignette.__struct_fields__} | changes)


def test_every_kind_of_entry_becomes_valid_fhir_and_is_read() -> None:
    made = bundle(example(), planner().vocabulary)
    Bundle.model_validate(made)
    record = read_bytes(json.dumps(made).encode(), planner().vocabulary)
    facts = {(row["concept"], row["side"]) for row in record.facts.to_pylist()}
    assert {
        ("esi-transforaminal", 2),
        ("relief-percent", 0),
        ("physical-therapy", 0),
        ("home-exercise", 0),
        ("apixaban", 0),
        ("duloxetine", 0),
        ("pain-score", 0),
        ("hba1c", 0),
        ("predominantly-axial-pain", 0),
        ("psych-clearance", 0),
        ("knee-radiograph", 1),
    } <= facts
    assert [coverage.text for coverage in record.coverages] == ["Medicare"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (EXAMPLE.replace("onset:", "onste:"), "example.yaml:10: Object contains unknown field"),
        (EXAMPLE.replace("- care:", "- cure:"), "unknown field `cure`"),
        # Every vignette holds: none may be excused.
        (EXAMPLE.replace("    says:", "    open: later\n    says:"), "unknown field `open`"),
        (EXAMPLE.replace("option: epi", "optoin: epi"), "unknown field `optoin`"),
        (EXAMPLE.replace("says: ", "say: "), "example.yaml:3: Object contains unknown field"),
        (EXAMPLE.replace("2026-11-01", "2026-11-31"), "example.yaml:5"),
    ],
)
def test_a_slip_of_the_pen_is_an_error_with_its_line(text: str, says: str) -> None:
    with pytest.raises(form.VignetteError) as raised:
        form.read_text(text, "example.yaml")
    assert says in str(raised.value)


def test_of_several_payers_each_has_its_time_and_a_severe_allergy_its_grade() -> None:
    payers = [
        form.Payer(text="Aetna", to="2026-06-30"),
        form.Payer(text="Medicare", from_="2026-07-01"),
    ]
    allergy = form.Entry(allergy=form.Allergy(rxnorm=5956, severe=True, on="2019"))
    made = bundle(example(coverages=payers, coverage=None, record=[allergy]), planner().vocabulary)
    Bundle.model_validate(made)
    record = read_bytes(json.dumps(made).encode(), planner().vocabulary)
    assert [(str(c.start), str(c.end)) for c in record.coverages] == [
        ("None", "2026-06-30"),
        ("2026-07-01", "None"),
    ]
    assert "contrast-allergy-severe" in {row["concept"] for row in record.facts.to_pylist()}


def test_an_unknown_concept_is_an_error() -> None:
    slip = form.Entry(care=form.Care(is_="physical-thearpy", on="2026-01-01"))
    with pytest.raises(BuildError, match="physical-thearpy"):
        bundle(example(record=[slip]), planner().vocabulary)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"problem": "lumbar-facet-pain"}, "not among the problems"),
        ({"problem": "lumbar-radiculopathy", "found": False}, "must not be a problem"),
        ({"problem": "lumbar-radiculopathy", "option": "no-such"}, "not among the options"),
        ({"problem": "lumbar-radiculopathy", "side": "left"}, "not among the problems"),
        ({"problem": "lumbar-radiculopathy", "next_step": None}, "next step: expected None"),
        ({"red_flag": "cauda-equina"}, "red flag cauda-equina: expected there"),
        ({"payer": "evicore"}, "payer: expected evicore, found medicare"),
        ({"booked": "27447"}, "not one of"),
        ({"missing": "Order a moon rock"}, "is in none of"),
        ({"problems": []}, "problems: expected []"),
        ({"red_flags": ["cauda-equina"]}, "red flags: expected ['cauda-equina']"),
        ({"steps": []}, "next steps: expected []"),
        ({"mme": 50}, "MME per day: expected 50"),
        ({"before_needle": {"no-such": "stop"}}, "before any needle, no-such: expected 'stop'"),
        ({}, "names nothing"),
    ],
)
def test_each_difference_is_said(expected: dict[str, Any], says: str) -> None:
    found = list(differences(form.Expectation(**expected), plan_of(example())))
    assert any(says in text for text in found), found


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"status": "not-indicated"}, "status: expected not-indicated, found"),
        ({"criteria": {"esi-pain-duration": "not-met"}}, "esi-pain-duration: expected not-met"),
        ({"criteria": {"no-such": "met"}}, "no-such: not a criterion of"),
        ({"earliest": None, "status": "wait"}, "status: expected wait"),
        ({"policy": None}, "policy: expected None"),
        ({"safety": {"no-such": "stop"}}, "safety no-such: expected stop"),
        ({"without": ["hold-apixaban"]}, "safety hold-apixaban: must not show; it is hold"),
        ({"coverage": {"no-such": "covered"}}, "coverage: no-such expected covered"),
        ({"found": False}, "must not be offered"),
        ({"why": "moon rock"}, "why: 'moon rock' is not in"),
    ],
)
def test_each_difference_of_an_option_is_said(expected: dict[str, Any], says: str) -> None:
    whole = {"problem": "lumbar-radiculopathy", "option": "epidural-steroid-injection", **expected}
    found = list(differences(form.Expectation(**whole), plan_of(example())))
    assert any(says in text for text in found), found
