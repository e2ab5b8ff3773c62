"""What PainPath itself sends keeps the rules of the kits: answers of the hooks, forms, requests."""

from __future__ import annotations

import msgspec
import pytest

from painpath.paperwork import pas as requests
from tests.davinci import crd, dtr, pas
from tests.hooks.asking import (
    EXAMPLE_IDS,
    Json,
    answered,
    appointment,
    asked,
    booked,
    example,
    ordered,
    patient_of,
    procedure,
)
from tests.paperwork.conftest import KEYS, Cases, cases, with_criteria
from tests.paperwork.test_fhir import of_kind

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.

__all__ = ["cases"]

CODES = ("62323", "63650", "64483", "64493", "64635", "64624", "27096")


def faults(request: Json, drafts: set[str]) -> list[str]:
    return crd.faults(msgspec.json.decode(answered(request).response.to_json()), drafts)


@pytest.mark.parametrize(
    ("key", "code"), [(key, CODES[n % len(CODES)]) for n, key in enumerate(EXAMPLE_IDS)]
)
def test_answers_keep_the_rules(key: str, code: str) -> None:
    """Every patient and every code, but not each with each: that takes long."""
    keep_the_rules(key, code)
    assert not faults(asked("patient-view", example(key)), set())


@pytest.mark.slow
@pytest.mark.parametrize("key", EXAMPLE_IDS)
def test_answers_to_every_code_keep_the_rules(key: str) -> None:
    for code in CODES:
        keep_the_rules(key, code)


def keep_the_rules(key: str, code: str) -> None:
    resources = example(key)
    subject = {"reference": f"Patient/{patient_of(resources)}"}
    order = procedure("o1", code, "2026-11-20", subject=subject)
    drafts = {"ServiceRequest/o1"}
    assert not faults(asked("order-sign", resources, ordered(order)), drafts)
    selected = ordered(order, selected=("ServiceRequest/o1",))
    assert not faults(asked("order-select", resources, selected), drafts)
    visit = booked(appointment("a1", code, "2026-11-20T09:00:00Z"))
    assert not faults(asked("appointment-book", resources, visit), {"Appointment/a1"})


@pytest.mark.parametrize("key", KEYS)
def test_requests_and_forms_keep_the_rules(key: str, cases: Cases) -> None:
    known = cases.of(key)
    seen = 0
    for problem, option in with_criteria(known):
        made = requests.bundle(known.request(problem, option))
        assert pas.faults(made) == []
        (form,) = of_kind(made, "Questionnaire")
        (filled,) = of_kind(made, "QuestionnaireResponse")
        assert dtr.faults(filled, form) == [] and dtr.origins(filled) == []
        seen += 1
    assert seen
