"""What a reader must not take for something else: demands, numbers, ids of our own, places."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from painpath import planner
from painpath.records.datatypes import CodeableConcept, Coding
from painpath.records.meanings import label
from painpath.report import terminal
from painpath.report.html import view
from painpath.report.phrases import unmet_words
from painpath.report.words import place_words
from tests.report.conftest import KEYS, Examples


def test_a_criterion_that_is_not_met_is_said_as_a_demand() -> None:
    assert unmet_words("Taking part in a trial") == "asked for is “Taking part in a trial”"
    assert unmet_words("One", "Two") == "asked for are “One” and “Two”"


def test_the_terminal_does_not_state_an_unmet_criterion_as_a_fact(examples: Examples) -> None:
    out = io.StringIO()
    terminal.render(examples.plan("example-05"), Console(file=out, width=200))
    said = " ".join(out.getvalue().split())
    assert "criteria not met: asked for is “An epidural injection was tried" in said


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("urn:painpath:observation", "Oswestry Disability Index"),
        ("http://loinc.org", "odi Oswestry Disability Index"),
    ],
)
def test_an_id_of_our_own_is_not_shown_before_its_name(system: str, words: str) -> None:
    coding = Coding(system=system, code="odi", display="Oswestry Disability Index")
    assert label(CodeableConcept(coding=(coding,))) == words


def test_the_sacroiliac_region_is_a_joint() -> None:
    assert place_words("right", "sacroiliac") == "right sacroiliac joint"


def test_patients_read_the_side_and_not_the_region_twice(examples: Examples) -> None:
    def about(key: str) -> str:
        return view.page(examples.plan(key), planner().knowledge).sheets[0].problem

    assert (
        about("example-12") == "pain from the joint between the spine and the pelvis (right side)"
    )
    assert about("example-08") == "pain from the small joints of the low back (right side)"


def test_what_was_looked_for_is_one_sentence(examples: Examples) -> None:
    whys = [
        c.why or ""
        for key in KEYS
        for problem in examples.plan(key).problems
        for option in problem.options
        for c in option.criteria
    ]
    assert any("Looked for a " in why for why in whys)
    assert not [why for why in whys if "Looked for A " in why]
