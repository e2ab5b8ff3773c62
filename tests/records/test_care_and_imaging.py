"""Conservative care and imaging."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from painpath.knowledge import levels
from tests.records.builders import RIGHT, has, order, plan, report, score
from tests.records.small import (
    CPT,
    OWN,
    SNOMED,
    coded,
    facts,
    observation,
    only,
    procedure,
    read,
    region,
)

# --- conservative care ---


def test_care_by_procedure() -> None:
    fact = only(
        procedure(
            coded(SNOMED, "91251008"),
            None,
            performedPeriod={"start": "2026-01-01", "end": "2026-02-12"},
        )
    )
    assert has(fact, kind="care", start_lo="2026-01-01", end_lo="2026-02-12")


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ({"occurrencePeriod": {"start": "2026-01-01", "end": "2026-02-12"}}, "care"),
        ({"status": "completed", "authoredOn": "2026-01-01"}, "care"),
        ({"authoredOn": "2026-01-01"}, "order"),
        ({"intent": "proposal", "occurrencePeriod": {"start": "2026-01-01"}}, "order"),
    ],
)
def test_care_by_service_request(rest: dict[str, Any], kind: str) -> None:
    assert has(only(order(coded(CPT, "97110"), **rest)), kind=kind, start_lo="2026-01-01")


@pytest.mark.parametrize(
    ("detail", "kind", "is_open", "end"),
    [
        ({"status": "in-progress"}, "care", True, None),
        (
            {
                "status": "completed",
                "scheduledPeriod": {"start": "2026-01-01", "end": "2026-02-01"},
            },
            "care",
            False,
            "2026-02-01",
        ),
        ({"status": "not-started"}, "order", False, None),
        ({"status": "cancelled"}, "order", False, None),
    ],
)
def test_care_plan(detail: dict[str, Any], kind: str, is_open: bool, end: str | None) -> None:
    assert has(only(plan(**detail)), concept="home-exercise", kind=kind, open=is_open, end_lo=end)


# --- imaging ---


def test_imaging_study() -> None:
    study = {
        "resourceType": "ImagingStudy",
        "status": "available",
        "started": "2026-01-05T09:00:00Z",
        "modality": [{"code": "MR"}],
        "description": "MRI of lumbar spine",
    }
    assert has(
        only(study),
        concept="spine-mri-ct",
        kind="imaging",
        start_lo="2026-01-05",
        region=region("lumbar"),
    )
    by_series = {
        "resourceType": "ImagingStudy",
        "started": "2026-01-05",
        "series": [
            {
                "modality": {"code": "DX"},
                "bodySite": {"system": SNOMED, "code": "72696002", "display": "knee"},
                "laterality": {"code": "R"},
            }
        ],
    }
    assert has(only(by_series), concept="knee-radiograph", side=RIGHT)
    by_code = {
        "resourceType": "ImagingStudy",
        "procedureCode": [coded(CPT, "72148")],
        "started": "2026-01-05",
    }
    assert has(only(by_code), region=region("lumbar"))


def test_report_is_imaging_on_file() -> None:
    assert has(only(report()), concept="spine-mri-ct", kind="imaging", start_lo="2026-01-05")


def test_conclusion_names_findings_and_denies_others() -> None:
    text = (
        "INDICATION: diabetes. FINDINGS: Lumbar spinal stenosis at L4-5. No evidence of discitis."
    )
    rows = facts(report(conclusion=text))
    assert [r["concept"] for r in rows] == ["spine-mri-ct", "lumbar-stenosis"]
    assert has(rows[1], kind="imaging", level=levels.parse("L4-5"), region=region("lumbar"))
    assert rows[1]["text"] == "Lumbar spinal stenosis at L4-5"


def test_conclusion_codes() -> None:
    rows = facts(report(conclusionCode=[coded(SNOMED, "18347007")]))
    assert [r["concept"] for r in rows] == ["spine-mri-ct", "lumbar-stenosis"]


@pytest.mark.parametrize("kind", ["text/plain", "text/html; charset=utf-8"])
def test_presented_form(kind: str) -> None:
    text = "<p>Lumbar stenosis</p>" if "html" in kind else "Lumbar stenosis"
    form = {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}
    assert "lumbar-stenosis" in [r["concept"] for r in facts(report(presentedForm=[form]))]


def test_presented_pdf_is_not_opened() -> None:
    form = {"contentType": "application/pdf", "data": base64.b64encode(b"lumbar stenosis").decode()}
    assert [r["concept"] for r in facts(report(presentedForm=[form]))] == ["spine-mri-ct"]


def test_observations_inside_a_report() -> None:
    inside = {**score({"value": 7}), "id": "o"}
    rows = facts({**report(), "contained": [inside]})
    assert [r["concept"] for r in rows] == ["spine-mri-ct", "pain-score"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("Yes, three", 1.0), ("not present", 0.0), ("denied", 0.0), ("2 of 5", 2.0), ("mild", None)],
)
def test_findings_in_words(text: str, value: float | None) -> None:
    fact = only(observation(coded(OWN, "three-positive-si-tests"), valueString=text))
    assert fact["value"] == value


@pytest.mark.parametrize(
    "rest",
    [
        {"valueString": "not assessed"},
        {"valueString": "unknown"},
        {"valueCodeableConcept": coded(SNOMED, "261665006")},
        {"dataAbsentReason": coded("x", "not-performed")},
    ],
)
def test_findings_not_looked_for_are_no_findings(rest: dict[str, Any]) -> None:
    record = read(observation(coded(OWN, "three-positive-si-tests"), **rest))
    assert record.facts.num_rows == 0
    assert "not known" in record.skipped[0].why


def test_imaging_by_procedure() -> None:
    assert has(only(procedure(coded(CPT, "72148"))), kind="imaging", concept="spine-mri-ct")
