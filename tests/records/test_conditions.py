"""Diagnoses: when they began and ended, which count, words where no code is known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.builders import LEFT, RIGHT, has
from tests.records.small import CPT, ICD, SNOMED, coded, condition, only, procedure, read, region

ASSERTED = {
    "url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
    "valueDateTime": "2026-03-01",
}
SINCE = [
    ({"onsetDateTime": "2026-05-01"}, ("2026-05-01", "2026-05-01")),
    ({"onsetDateTime": "2026-05"}, ("2026-05-01", "2026-05-31")),
    ({"onsetPeriod": {"start": "2025-01-01", "end": "2025-03-01"}}, ("2025-01-01", "2025-03-01")),
    ({"onsetPeriod": {"start": "2025-01-01"}}, ("2025-01-01", "2025-01-01")),
    ({"onsetAge": {"value": 60, "code": "a"}}, ("2018-03-02", "2019-03-01")),
    (
        {"onsetRange": {"low": {"value": 60, "code": "a"}, "high": {"value": 61, "code": "a"}}},
        ("2018-03-02", "2020-03-01"),
    ),
    ({"onsetString": "2019"}, ("2019-01-01", "2019-12-31")),
    ({"onsetString": "in childhood"}, (None, None)),
    # Only when it was recorded is known: it began some time before.
    ({"recordedDate": "2026-05-01"}, ("1958-03-02", "2026-05-01")),
    # R4 keeps the day on which it was first asserted in an extension (US Core, mCODE).
    ({"recordedDate": "2026-05-01", "extension": [ASSERTED]}, ("1958-03-02", "2026-03-01")),
    (
        {"extension": [{"url": "http://example.org/other", "valueString": "x"}, ASSERTED]},
        ("1958-03-02", "2026-03-01"),
    ),
    ({}, (None, None)),
]


@pytest.mark.parametrize(("when", "expected"), SINCE)
def test_onset(when: dict[str, Any], expected: tuple[str | None, str | None]) -> None:
    fact = only(condition(coded(ICD, "M54.16", "Radiculopathy, lumbar region"), **when))
    assert has(fact, start_lo=expected[0], start_hi=expected[1])
    assert has(
        fact,
        concept="lumbar-radiculopathy",
        kind="condition",
        region=region("lumbar"),
        ref="Condition/1",
        text="M54.16 Radiculopathy, lumbar region",
    )


ENDS = [
    ({}, True, None),
    ({"clinicalStatus": coded("x", "active")}, True, None),
    ({"clinicalStatus": coded("x", "recurrence")}, True, None),
    ({"clinicalStatus": coded("x", "relapse")}, True, None),
    ({"clinicalStatus": coded("x", "inactive")}, False, None),
    ({"clinicalStatus": coded("x", "remission")}, False, None),
    ({"clinicalStatus": {"text": "Resolved"}}, False, None),
    ({"abatementDateTime": "2026-06-01"}, False, "2026-06-01"),
    ({"abatementPeriod": {"end": "2026-06-01"}}, False, "2026-06-01"),
    ({"abatementString": "2026"}, False, "2026-01-01"),
    (
        {"clinicalStatus": coded("x", "active"), "abatementDateTime": "2026-06-01"},
        False,
        "2026-06-01",
    ),
]


@pytest.mark.parametrize(("rest", "is_open", "end"), ENDS)
def test_abatement(rest: dict[str, Any], is_open: bool, end: str | None) -> None:
    fact = only(condition(coded(ICD, "E11.9"), onsetDateTime="2020-01-01", **rest))
    assert has(fact, open=is_open, end_lo=end)


def test_recorded_is_kept_beside_onset() -> None:
    fact = only(
        condition(
            coded(ICD, "E11.9"), onsetDateTime="2020-01-01", recordedDate="2021-06-01T10:00:00Z"
        )
    )
    assert has(fact, start_lo="2020-01-01", recorded="2021-06-01")


@pytest.mark.parametrize("status", ["entered-in-error", "refuted"])
def test_refuted_is_no_fact(status: str) -> None:
    record = read(condition(coded(ICD, "E11.9"), verificationStatus=coded("x", status)))
    assert record.facts.num_rows == 0
    assert record.counts["Condition"] == {"used": 0, "ignored": 0, "skipped": 1}
    assert record.skipped[0].why == f"verificationStatus is {status}"


def test_provisional_is_said_in_the_text() -> None:
    fact = only(condition(coded(ICD, "E11.9", "DM"), verificationStatus=coded("x", "provisional")))
    assert fact["text"] == "E11.9 DM (provisional)"


def test_unknown_code_is_ignored_but_counted_if_it_looks_like_pain() -> None:
    record = read(
        condition(coded(ICD, "M79.7", "Fibromyalgia")),
        condition(coded(ICD, "I10", "Hypertension")),
        condition(coded(SNOMED, "82423001", "Chronic pain")),
        procedure(coded(CPT, "99213", "Office visit")),
    )
    assert record.counts["Condition"]["ignored"] == 3
    assert set(record.unknown_codes) == {
        (ICD, "M79.7", "Fibromyalgia"),
        (SNOMED, "82423001", "Chronic pain"),
    }


def test_words_count_only_where_no_code_is_known() -> None:
    text = {"text": "Cervical radiculopathy, left"}
    fact = only(condition({**coded("urn:local", "77"), **text}))
    assert has(fact, concept="cervical-radiculopathy", side=LEFT, region=region("cervical"))
    known = only(condition({**coded(ICD, "M54.16"), **text}))
    assert known["concept"] == "lumbar-radiculopathy"


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Cervical radiculopathy, left", {"root-pain-somewhere", "cervical-radiculopathy"}),
        # The code may not stand for it, so its words are not believed either.
        ("Lumbar radiculopathy", {"root-pain-somewhere"}),
        ("Radiculopathy, site unspecified", {"root-pain-somewhere"}),
        ("No cervical radiculopathy", {"root-pain-somewhere"}),
    ],
)
def test_words_tell_which_of_several_a_code_means(text: str, concepts: set[str]) -> None:
    record = read(condition({**coded(ICD, "M54.10"), "text": text}))
    assert {row["concept"] for row in record.facts.to_pylist()} == concepts


@pytest.mark.parametrize("text", ["Cervical radiculopathy", "Cervical radiculopathy, right"])
def test_what_words_tell_keeps_the_side_of_its_code(text: str) -> None:
    rows = read(condition({**coded(ICD, "G56.82"), "text": text})).facts.to_pylist()
    told = next(row for row in rows if row["concept"] == "cervical-radiculopathy")
    assert has(told, side=LEFT, region=region("cervical"))


def test_two_codings_of_one_thing_are_one_fact() -> None:
    code = {
        "coding": [
            {"system": SNOMED, "code": "239873007"},
            {"system": ICD, "code": "M17.11"},
            {"system": "urn:local", "code": "9"},
        ]
    }
    assert has(only(condition(code)), concept="knee-osteoarthritis", side=RIGHT)


@pytest.mark.parametrize(
    "status", [{"coding": [{"display": "Entered in Error"}]}, {"text": "Entered in error"}]
)
def test_a_status_by_name_only_counts_too(status: dict[str, Any]) -> None:
    told = condition(coded(ICD, "M54.16"), verificationStatus=status)
    assert read(told).facts.num_rows == 0
