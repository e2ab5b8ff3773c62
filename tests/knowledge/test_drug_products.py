"""A prescription with a product code and no name is still known, and so is what to hold."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from painpath import planner
from painpath.knowledge.checks import check
from painpath.knowledge.loading import load
from painpath.records.reading import read_bytes
from painpath.records.record import Record

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CODES = [
    ("1364445", {"apixaban"}),
    ("1364447", {"apixaban"}),
    ("1232086", {"rivaroxaban"}),
    ("855332", {"warfarin"}),
    ("1037045", {"dabigatran"}),
    ("1599555", {"edoxaban"}),
    ("854235", {"enoxaparin"}),
    ("309362", {"clopidogrel"}),
    ("1116635", {"ticagrelor"}),
    ("243670", {"aspirin"}),
    ("259081", {"aspirin", "dipyridamole"}),
    ("994226", {"aspirin", "muscle-relaxant", "opioid"}),
    ("1049621", {"opioid"}),
    ("596926", {"duloxetine"}),
]


def record(*resources: dict[str, Any]) -> Record:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1958-03-02"}
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": each} for each in (patient, *resources)]
    return read_bytes(json.dumps(bundle).encode(), planner().vocabulary)


def taken(code: str) -> dict[str, Any]:
    """A current prescription that names its drug by this code alone."""
    return {
        "resourceType": "MedicationRequest",
        "id": f"m{code}",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "authoredOn": "2026-10-01",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code}]},
    }


@pytest.mark.parametrize(("code", "drugs"), CODES)
def test_a_product_is_known_by_its_code_alone(code: str, drugs: set[str]) -> None:
    assert {row["concept"] for row in record(taken(code)).facts.to_pylist()} == drugs


def test_what_to_hold_follows_from_the_code_alone() -> None:
    pain = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.16"}]},
        "onsetDateTime": "2026-05-01",
    }
    plan = planner().plan(record(pain, taken("1364445")), as_of=datetime.date(2026, 11, 1))
    assert "apixaban" in {item.drug for item in plan.safety}


def test_a_code_that_nobody_listed_names_no_drug() -> None:
    assert record(taken("99999999")).facts.num_rows == 0


def test_products_are_checked(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "products.yaml").write_text(
        "sources: [{id: s, title: S, url: u, date: '2026'}]\n"
        "drug_products:\n  - {id: no-drug, codes: [12345, 1a], cite: nowhere}\n"
    )
    says = [f.what for f in check(load(folder)) if f.level == "error"]
    assert 'drug "no-drug" is not defined; define it or correct it' in says
    assert 'products of "no-drug": "1a" is not a rxnorm code' in says
    assert any('cites "nowhere"' in text for text in says)
