"""The checklist: every criterion with its evidence and source, what is missing, who supplies it."""

from __future__ import annotations

import msgspec
import pytest

from painpath.paperwork import pdf
from painpath.paperwork.text import checklist_text
from tests.paperwork.conftest import AS_OF, KEYS, Cases, checklist_of, compare, with_criteria


@pytest.mark.parametrize(
    ("key", "option"),
    [
        ("example-01", "genicular-nerve-block"),
        ("example-04", "scs-trial"),
        ("example-07", "epidural-steroid-injection"),
    ],
)
def test_checklist_reads_as_reviewed(key: str, option: str, cases: Cases) -> None:
    """Without the sources, which change with the knowledge; tests below hold them."""
    text = checklist_text(checklist_of(cases.of(key), option))
    compare(f"checklist-{key}.txt", text.split("\nSOURCES\n")[0])


@pytest.mark.parametrize("key", KEYS)
def test_every_criterion_that_decides_stands_in_one_group(key: str, cases: Cases) -> None:
    case = cases.of(key)
    for problem, option in with_criteria(case):
        made = case.checklist(problem, option)
        shown = [line.id for group in (made.missing, made.unmet, made.met) for line in group]
        assert len(shown) == len(set(shown))
        decisive = {c.id for c in option.criteria if c.decides and c.decisive}
        assert decisive <= set(shown)
        assert {line.verdict for line in made.missing} <= {"unknown"}
        assert {line.verdict for line in made.met} <= {"met"}


@pytest.mark.parametrize("key", KEYS)
def test_what_is_missing_names_who_can_supply_it(key: str, cases: Cases) -> None:
    case = cases.of(key)
    for problem, option in with_criteria(case):
        made = case.checklist(problem, option)
        settled = {text for supply in made.supplies for text in supply.settles}
        assert {line.text for line in made.missing} <= settled
        assert all(supply.act and supply.actor for supply in made.supplies)


@pytest.mark.parametrize("key", KEYS)
def test_every_source_is_listed_with_its_grade(key: str, cases: Cases) -> None:
    case = cases.of(key)
    for problem, option in with_criteria(case):
        made = case.checklist(problem, option)
        listed = {source.id for source in made.sources}
        for line in (*made.missing, *made.unmet, *made.met, *made.also):
            assert line.cite and {name.split("#")[0] for name in line.cite} <= listed
            assert line.review in ("primary", "secondary", "unverified")


def test_evidence_is_quoted_in_the_records_own_words(cases: Cases) -> None:
    made = checklist_of(cases.of("example-05"), "scs-implant")
    imaging = next(line for line in made.met if line.text.startswith("Imaging"))
    assert imaging.quotes[0].words is not None and "post-discectomy" in imaging.quotes[0].words
    assert imaging.quotes[0].ref == "DiagnosticReport/diagnosticreport-1"


def test_red_flag_heads_the_checklist(cases: Cases) -> None:
    case = cases.of("example-10")
    problem, option = next(with_criteria(case))
    made = case.checklist(problem, option)
    assert "Cauda equina" in made.flags[0]
    assert "RED FLAG, ACT ON IT FIRST" in checklist_text(made)
    assert (
        cases.of("example-04").checklist(*next(with_criteria(cases.of("example-04")))).flags == []
    )


def test_without_a_policy_the_checklist_says_so(cases: Cases) -> None:
    made = checklist_of(cases.of("example-01"), "epidural-steroid-injection")
    assert made.policy is None and not made.met
    text = " ".join(checklist_text(made).split())
    assert "Checked against: no policy on file states criteria for this" in text
    assert "Status: Does not fit. The pain comes from the replaced knee" in text
    assert pdf.packet_pdf(made, AS_OF["example-01"]).startswith(b"%PDF")


def test_complete_means_that_nothing_is_missing(cases: Cases) -> None:
    assert not checklist_of(cases.of("example-01"), "genicular-nerve-block").complete
    assert checklist_of(cases.of("example-05"), "scs-implant").complete


def test_a_question_of_safety_that_decides_keeps_it_incomplete(cases: Cases) -> None:
    case = cases.of("example-05")
    made = checklist_of(case, "scs-implant")
    (problem, option) = next(p for p in with_criteria(case) if p[1].id == "scs-implant")
    hold = next(item for item in option.safety if item.ask)
    asked = msgspec.structs.replace(hold, needs_more=True)
    safety = [asked if item.id == hold.id else item for item in option.safety]
    changed = case.checklist(problem, msgspec.structs.replace(option, safety=safety))
    assert made.complete and not changed.complete
    assert len(changed.supplies) == len(made.supplies) + 1


def test_whom_to_ask_and_what_goes_on_the_request(cases: Cases) -> None:
    made = checklist_of(cases.of("example-04"), "scs-trial")
    assert "hospital outpatient department: needed" in " ".join(made.send)
    assert ("Psychological evaluation", "on record") in made.items
    assert any("where it will be done" in supply.act for supply in made.supplies)


def test_the_payers_own_position_stands_beside_criteria_of_others(cases: Cases) -> None:
    made = checklist_of(cases.of("example-01"), "genicular-nerve-block")
    assert made.policy is not None and made.policy.startswith("clinical")
    assert made.payer_says == "Medicare: no policy names it"
