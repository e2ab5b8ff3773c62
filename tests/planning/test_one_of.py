"""An order whose code does not tell which option is meant: the verdict on each that it may be."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from rich.console import Console

from painpath import planner
from painpath.planning.plan import Plan, RequestResult
from painpath.planning.requests import BookedProcedure
from painpath.records.reading import read_bytes
from painpath.records.record import Record
from painpath.report import fhir, html, terminal
from tests.planning.small import resource

CPT = "http://www.ama-assn.org/go/cpt"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def _code(system: str, *codes: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def _pain(code: str) -> dict[str, Any]:
    active = {"coding": [{"code": "active"}]}
    return resource(
        "Condition", code=_code(ICD, code), onsetDateTime="2026-01-01", clinicalStatus=active
    )


def _order(*codes: str, **more: Any) -> dict[str, Any]:
    return resource(
        "ServiceRequest",
        code=_code(CPT, *codes),
        status="active",
        intent="order",
        occurrenceDateTime="2026-11-20",
        **more,
    )


def _record(*resources: dict[str, Any]) -> Record:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1958-03-02"}
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": each} for each in (patient, *resources)]
    return read_bytes(json.dumps(bundle).encode(), planner().vocabulary)


def _plan(*resources: dict[str, Any], booked: tuple[BookedProcedure, ...] = ()) -> Plan:
    record = _record(*resources)
    return planner().plan(record, as_of=datetime.date(2026, 11, 1), booked=booked)


def _only(plan: Plan) -> RequestResult:
    (request,) = plan.requests
    return request


FACET = ["facet-mbb-diagnostic", "facet-ia-injection-therapeutic"]
SACROILIAC = ["sij-injection-diagnostic", "sij-injection-therapeutic"]


@pytest.mark.parametrize(
    ("code", "pain", "options"),
    [
        ("64493", "M47.816", FACET),
        ("64494", "M47.816", FACET),
        ("64495", "M47.816", FACET),
        ("64490", "M47.812", FACET),
        ("64491", "M47.812", FACET),
        ("64492", "M47.812", FACET),
        ("27096", "M46.1", SACROILIAC),
    ],
)
def test_an_injection_without_kx_is_judged_as_each_that_it_may_be(
    code: str, pain: str, options: list[str]
) -> None:
    request = _only(_plan(_pain(pain), _order(code)))
    assert (request.code, request.option) == (code, None)
    assert [each.option for each in request.one_of] == options
    assert all(each.criteria for each in request.one_of)
    assert request.prior_authorisation is not None
    assert (request.why or "").startswith("The order does not say which it is: ")


def test_kx_or_a_word_settles_it() -> None:
    request = _only(_plan(_pain("M47.816"), _order("64493", "KX")))
    assert (request.option, request.one_of) == ("facet-mbb-diagnostic", [])


def test_each_verdict_is_that_of_the_option_itself() -> None:
    plan = _plan(_pain("M47.816"), _order("64493"))
    planned = {o.id: o.status for p in plan.problems for o in p.options}
    for each in _only(plan).one_of:
        assert each.status == planned[each.option]


def test_what_differs_needs_more_and_what_is_shared_stands() -> None:
    request = _only(_plan(_pain("M47.816"), _order("64493")))
    statuses = {each.status for each in request.one_of}
    assert request.status == (statuses.pop() if len(statuses) == 1 else "needs-more")
    unfit = _only(_plan(_pain("M17.11"), _order("64493")))
    assert unfit.status == "not-indicated"
    assert {each.status for each in unfit.one_of} == {"not-indicated"}


def test_a_drug_is_held_whichever_it_is() -> None:
    apixaban = resource(
        "MedicationRequest",
        status="active",
        intent="order",
        authoredOn="2026-10-01",
        medicationCodeableConcept={"text": "apixaban 5 mg"},
    )
    request = _only(_plan(_pain("M47.812"), _order("64490"), apixaban))
    assert "apixaban" in {item.drug for item in request.safety}


def test_a_code_booked_by_hand_is_no_clearer() -> None:
    booked = BookedProcedure(what="64493", on=datetime.date(2026, 11, 20))
    assert [e.option for e in _only(_plan(_pain("M47.816"), booked=(booked,))).one_of] == FACET


def test_every_output_names_both() -> None:
    pain, order = _pain("M47.816"), _order("64493")
    plan = _plan(pain, order)
    names = {o.id: o.name for p in plan.problems for o in p.options}
    screen = Console(record=True, width=200)
    terminal.render(plan, screen)
    page = html.to_html(plan, _record(pain, order), planner().knowledge).decode()
    made = fhir.bundle(plan)
    Bundle.model_validate(made)
    booking = next(
        e["resource"]["detail"]
        for e in made["entry"]
        if e["resource"].get("implicated") == [{"reference": f"ServiceRequest/{order['id']}"}]
    )
    shown = screen.export_text()
    for option in FACET:
        assert names[option] in shown
        assert f"If it is <strong>{names[option]}" in page
        assert names[option] in booking
