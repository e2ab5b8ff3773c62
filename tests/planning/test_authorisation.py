"""Whom to ask first: the payer's lists by code, place of service, state and day."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from painpath import planner
from painpath.planning.asking import PriorAuthorisation
from painpath.planning.authorisation import AuthorisationDesk, Setting
from painpath.planning.plan import Plan
from painpath.records.reading import read_bytes
from tests.engine.small import read

DAY = datetime.date(2026, 11, 1)
POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"


def ask(
    option: str | None = None,
    code: str | None = None,
    *,
    state: str | None = "TX",
    place: str | None = "office",
    day: datetime.date = DAY,
    payer: str = "medicare",
) -> PriorAuthorisation:
    """The answer of the built-in lists."""
    setting = Setting(payer=payer, payer_name=payer, state=state, place=place)
    return planner().authorisation.answer(setting, option, code, day, [])


@pytest.mark.parametrize(
    ("option", "code", "state", "place", "required", "programme"),
    [
        # The five worked examples of the source.
        ("esi-transforaminal", "64483", "TX", "office", True, "wiser"),
        ("facet-rfa", "64635", "TX", "hospital-outpatient", True, "medicare-hospital-outpatient"),
        ("facet-rfa", "64635", "TX", "office", False, None),
        ("scs-trial", "63650", "TX", "office", False, None),
        ("scs-implant", "63655", "TX", "surgery-centre", True, "wiser"),
        # Around them.
        ("esi-transforaminal", "64483", "TX", "home", True, "wiser"),
        ("esi-transforaminal", "64483", "TX", "inpatient", False, None),
        ("esi-transforaminal", "64483", "CA", "office", False, None),
        ("esi-interlaminar", "62323", "AZ", "surgery-centre", True, "wiser"),
        ("intrathecal-trial", "62323", "AZ", "surgery-centre", False, None),
        ("scs-implant", "63685", "TX", "surgery-centre", False, None),
        ("scs-trial", "63650", "CA", "hospital-outpatient", True, "medicare-hospital-outpatient"),
        ("facet-rfa", "64635", "CA", "surgery-centre", False, None),
        ("genicular-rfa", "64624", "TX", "hospital-outpatient", False, None),
        (None, "64615", "TX", "surgery-centre", True, "medicare-surgery-centre"),
        (None, "64615", "NV", "surgery-centre", False, None),
        (None, "64615", "NV", "hospital-outpatient", True, "medicare-hospital-outpatient"),
        (None, "64605", "OH", "office", True, "wiser"),
        (None, "22513", "NJ", "office", True, "wiser"),
        (None, "61867", "TX", "hospital-outpatient", False, None),
    ],
)
def test_a_code_at_a_place_in_a_state(
    option: str | None,
    code: str,
    state: str,
    place: str,
    required: bool,
    programme: str | None,
) -> None:
    answer = ask(option, code, state=state, place=place)
    assert (answer.required, answer.programme) == (required, programme)


@pytest.mark.parametrize(
    ("code", "state", "place", "first"),
    [
        ("64483", "TX", "office", "2026-01-15"),
        ("64635", "TX", "hospital-outpatient", "2023-07-01"),
        ("63650", "TX", "hospital-outpatient", "2021-07-01"),
        ("64615", "TX", "hospital-outpatient", "2020-07-01"),
        ("64615", "CA", "surgery-centre", "2026-01-19"),
        ("64615", "OH", "surgery-centre", "2026-02-16"),
    ],
)
def test_a_list_holds_from_its_first_day(code: str, state: str, place: str, first: str) -> None:
    day = datetime.date.fromisoformat(first)
    on_it = ask(code=code, state=state, place=place, day=day)
    assert (on_it.required, on_it.since) == (True, day)
    before = ask(code=code, state=state, place=place, day=day - datetime.timedelta(days=1))
    assert before.required is False


@pytest.mark.parametrize(
    ("code", "place", "last"),
    [("64483", "office", "2031-12-31"), ("64492", "hospital-outpatient", "2024-08-04")],
)
def test_a_list_holds_to_its_last_day(code: str, place: str, last: str) -> None:
    day = datetime.date.fromisoformat(last)
    assert ask(code=code, place=place, day=day).required is True
    assert ask(code=code, place=place, day=day + datetime.timedelta(days=1)).required is False


def test_add_on_codes_go_on_the_same_request() -> None:
    assert ask("esi-transforaminal", "64483").together == ["64483", "64484"]
    assert ask("esi-transforaminal", "64479").together == ["64479", "64480"]
    assert ask("esi-interlaminar", "62323").together == []


def test_each_state_has_its_own_address() -> None:
    where = {s: ask(code="64483", state=s).where for s in ("AZ", "NJ", "OH", "OK", "TX", "WA")}
    assert len(set(where.values())) == 6
    assert "Zyter" in str(where["AZ"]) and "Noridian" in str(where["AZ"])


def test_an_unknown_place_is_answered_for_each_usual_one() -> None:
    answer = ask("facet-rfa", place=None)
    assert answer.required is None
    assert {row.place: row.required for row in answer.by_place} == {
        "office": False,
        "surgery-centre": False,
        "hospital-outpatient": True,
    }
    assert answer.ask is not None and answer.ask.startswith("Record where it will be done")


def test_a_place_that_makes_no_difference_is_not_asked_for() -> None:
    answer = ask("esi-transforaminal", place=None)
    assert (answer.required, answer.ask) == (True, None)


def test_an_unknown_state_is_asked_for_where_it_decides() -> None:
    answer = ask("esi-transforaminal", state=None)
    assert answer.required is None
    assert answer.ask is not None and answer.ask.startswith("Record the state")
    assert ask("facet-rfa", state=None, place="hospital-outpatient").required is True
    assert ask("facet-rfa", state=None, place="office").required is False


def test_an_option_with_listed_and_unlisted_codes_depends_on_the_code() -> None:
    answer = ask("scs-implant", place="surgery-centre")
    assert answer.required is None and "63655" in answer.why
    assert answer.ask is not None and "procedure code" in answer.ask


BY_REGION = """
regions: [{id: cervical, name: Neck}, {id: lumbar, name: Low back}]
concepts:
  - id: needle
    name: Needle
    category: procedure
    cpt: [{codes: ["62321"], region: cervical}, {codes: ["62323"], region: lumbar}]
options: [{id: o, name: O, family: f, rung: initial, done: needle, fits: []}]
authorisation:
  - {id: list, name: List, issuer: i, payers: [p], effect: required, complete: true, statement: s,
     services: [{name: At the neck, codes: ["62321"]}], cite: c, review: primary}
"""


@pytest.mark.parametrize(
    ("region", "required"), [("cervical", True), ("lumbar", False), (None, None)]
)
def test_codes_of_another_region_are_not_used(region: str | None, required: bool | None) -> None:
    desk = AuthorisationDesk(read(BY_REGION))
    setting = Setting(payer="p", payer_name="P", place="office")
    assert desk.answer(setting, "o", None, DAY, [], region).required is required


def test_a_plan_that_keeps_its_own_list_is_to_be_asked() -> None:
    answer = ask("esi-transforaminal", "64483", payer="medicare-advantage")
    assert (answer.required, answer.effect) == (None, "ask")
    assert "never" in answer.why and answer.ask is not None


@pytest.mark.parametrize(
    ("payer", "begins"), [("aetna", "Ask aetna"), ("clinical", "Record who pays")]
)
def test_without_a_list_it_is_not_known(payer: str, begins: str) -> None:
    answer = ask("esi-transforaminal", payer=payer)
    assert answer.required is None
    assert answer.ask is not None and answer.ask.startswith(begins)


def test_a_payer_known_in_part_is_silent_on_the_rest() -> None:
    assert ask("sij-injection-diagnostic", payer="healthpartners").required is True
    assert ask("facet-rfa", payer="healthpartners").required is None
    assert ask("epidural-adhesiolysis", "62264", payer="washington-l-and-i").required is True
    assert ask("epidural-adhesiolysis", "62263", payer="washington-l-and-i").required is None


def test_an_option_without_codes_of_its_own_is_known_by_name() -> None:
    assert ask("facet-ia-injection-therapeutic", place="hospital-outpatient").required is True
    assert ask("drg-trial", place="hospital-outpatient").required is True
    assert ask("drg-trial", place="office").required is False


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (["11"], "office"),
        (["19"], "hospital-outpatient"),
        (["22"], "hospital-outpatient"),
        (["24"], "surgery-centre"),
        (["Ambulatory Surgery Center"], "surgery-centre"),
        (["Riverside Surgicenter"], "surgery-centre"),
        (["Outpatient Hospital"], "hospital-outpatient"),
        (["Inpatient Hospital"], "inpatient"),
        (["Dr Smith's office"], "office"),
        (["somewhere"], None),
        ([], None),
    ],
)
def test_places_are_known_by_code_and_words(words: list[str], place: str | None) -> None:
    assert planner().authorisation.place_of(words) == place


# --- in a plan -----------------------------------------------------------------------------------


def _plan(order: dict[str, Any], *, place: str | None = None, payer: str = "Medicare") -> Plan:
    entries = [
        {"resourceType": "Patient", "id": "p", "birthDate": "1958", "address": [{"state": "TX"}]},
        {
            "resourceType": "Coverage",
            "id": "c",
            "status": "active",
            "beneficiary": {"reference": "Patient/p"},
            "payor": [{"display": payer}],
        },
        {
            "resourceType": "Condition",
            "id": "root",
            "subject": {"reference": "Patient/p"},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.16"}]},
            "onsetDateTime": "2026-01-05",
        },
        {
            "resourceType": "ServiceRequest",
            "id": "order",
            "status": "active",
            "intent": "order",
            "subject": {"reference": "Patient/p"},
            "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64483"}]},
            "occurrenceDateTime": "2026-11-10",
            **order,
        },
    ]
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": each} for each in entries]  # type: ignore[assignment]
    record = read_bytes(json.dumps(bundle).encode(), planner().vocabulary)
    return planner().plan(record, as_of=DAY, place=place)


def test_a_booked_procedure_is_answered_at_the_place_that_the_order_names() -> None:
    code = {"coding": [{"system": POS, "code": "21"}]}
    answer = _plan({"locationCode": [code]}).requests[0].prior_authorisation
    assert answer is not None
    assert (answer.place, answer.required) == ("inpatient", False)
    words = [{"display": "Riverside Surgery Center"}]
    answer = _plan({"locationReference": words}).requests[0].prior_authorisation
    assert answer is not None
    assert (answer.place, answer.required) == ("surgery-centre", True)


def test_a_given_place_stands_where_the_record_is_silent() -> None:
    answer = _plan({}, place="24").requests[0].prior_authorisation
    assert answer is not None and answer.place == "surgery-centre"
    code = {"coding": [{"system": POS, "code": "11"}]}
    answer = _plan({"locationCode": [code]}, place="24").requests[0].prior_authorisation
    assert answer is not None and answer.place == "office"


def test_the_items_of_the_request_say_what_the_record_has() -> None:
    made = _plan({})
    answer = made.requests[0].prior_authorisation
    assert answer is not None
    states = {item.text: item.state for item in answer.items}
    assert states["That the pain has lasted at least 4 weeks"] == "on-record"
    assert states["Pain or function on a named scale before the injection"] == "missing"
    assert states["Levels and side"] == "add"


def test_a_medicare_advantage_patient_is_not_under_wiser() -> None:
    answer = _plan({}, payer="Aetna Medicare Advantage").requests[0].prior_authorisation
    assert answer is not None
    assert (answer.required, answer.programme) == (None, "medicare-advantage-own-list")


def test_every_fitting_option_of_a_plan_has_an_answer() -> None:
    for problem in _plan({}).problems:
        for option in problem.options:
            fits = option.status != "not-indicated"
            assert (option.prior_authorisation is not None) == fits
