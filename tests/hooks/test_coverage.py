"""Coverage information: Da Vinci's codes and invariants, and no claim of coverage."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from painpath.hooks.coverage import URL, info_needed, pa_needed
from painpath.hooks.settings import HookSettings
from painpath.planning.asking import PlaceAnswer, PriorAuthorisation
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
from tests.hooks.invariants import check_action

HOSPITAL = [{"text": "hospital outpatient department"}]


def actions(request: Json, settings: HookSettings | None = None) -> list[Json]:
    answer = msgspec.json.decode(answered(request, settings).response.to_json())
    found: list[Json] = answer.get("systemActions", [])
    return found


def signing(key: str, *orders: Json, **more: object) -> Json:
    return asked("order-sign", example(key), ordered(*orders), **more)


def parts(action: Json) -> dict[str, list[object]]:
    """Parts of the extension: name -> values."""
    (told,) = [e for e in action["resource"]["extension"] if e["url"] == URL]
    found: dict[str, list[object]] = {}
    for part in told["extension"]:
        (value,) = [v for name, v in part.items() if name.startswith("value")]
        found.setdefault(part["url"], []).append(value)
    return found


def check_invariants(told: dict[str, list[object]]) -> None:
    """crd-ci-q1 to q8, and the cardinalities of the extension."""
    for name in ("coverage", "covered", "date", "coverage-assertion-id"):
        assert len(told[name]) == 1, name
    assert len(told.get("pa-needed", [])) <= 1
    assert set(told["covered"]) <= {"covered", "not-covered", "conditional"}
    needed = {"no-auth", "auth-needed", "satisfied", "performpa", "conditional"}
    assert set(told.get("pa-needed", [])) <= needed
    assert set(told.get("doc-needed", [])) <= {"clinical", "admin", "patient", "conditional"}
    assert set(told.get("info-needed", [])) <= {"performer", "location", "timeframe", "OTH"}
    assert "questionnaire" not in told or "doc-needed" in told  # q1
    assert told["covered"] != ["not-covered"] or "pa-needed" not in told  # q2
    parts_ = ("covered", "pa-needed", "doc-needed")
    conditional = any("conditional" in told.get(name, []) for name in parts_)
    assert conditional == ("info-needed" in told)  # q3
    if told.get("pa-needed") in (["satisfied"], ["no-auth"]):  # q4
        assert "withpa" not in told.get("doc-purpose", [])
    assert (told.get("pa-needed") == ["satisfied"]) == ("satisfied-pa-id" in told)  # q5
    if "OTH" in told.get("info-needed", []) or "doc-purpose" in told:  # q6, q8
        assert "reason" in told
    for reason in told.get("reason", []):  # q7
        assert isinstance(reason, dict) and reason["text"]


@pytest.mark.parametrize("key", EXAMPLE_IDS[::3])
def test_every_statement_keeps_the_invariants(key: str) -> None:
    orders = [procedure("o1", "62323"), procedure("o2", "63650", locationCode=HOSPITAL)]
    found = actions(signing(key, *orders))
    assert found
    for action in found:
        check_action(action)
        check_invariants(parts(action))


def test_coverage_is_never_claimed() -> None:
    (action,) = actions(signing("example-04", procedure("o1", "63650", locationCode=HOSPITAL)))
    told = parts(action)
    assert told["covered"] == ["conditional"] and told["pa-needed"] == ["auth-needed"]
    (reason,) = told["reason"]
    assert isinstance(reason, dict)
    assert "the payer decides on coverage" in reason["text"]


def test_where_it_hangs_on_the_place_the_place_is_asked_for() -> None:
    (action,) = actions(signing("example-04", procedure("o1", "63650")))
    told = parts(action)
    assert told["pa-needed"] == ["conditional"] and told["info-needed"] == ["location", "OTH"]


def test_not_on_the_lists() -> None:
    (action,) = actions(signing("example-07", procedure("o1", "64483", "2027-01-10")))
    assert parts(action)["pa-needed"] == ["no-auth"]


def test_the_order_stays_as_it_was_but_for_the_statement() -> None:
    other = {"url": "https://example.org/note", "valueString": "x"}
    order = procedure("o1", "63650", extension=[other], note=[{"text": "mine"}])
    (action,) = actions(signing("example-04", order))
    changed = dict(action["resource"])
    first, told = changed.pop("extension")
    assert first == other and told["url"] == URL
    assert {**changed, "extension": [other]} == order
    assert action["type"] == "update"


def test_it_names_the_coverage_on_record() -> None:
    (action,) = actions(signing("example-04", procedure("o1", "63650")))
    (coverage,) = parts(action)["coverage"]
    ids = [r["id"] for r in example("example-04") if r["resourceType"] == "Coverage"]
    assert coverage == {"reference": f"Coverage/{ids[0]}"}


# -- when nothing is said --


def test_what_a_payer_has_said_stays() -> None:
    word = {"url": URL, "extension": [{"url": "covered", "valueCode": "covered"}]}
    assert actions(signing("example-04", procedure("o1", "63650", extension=[word]))) == []


def test_without_coverage_on_record_nothing_is_said() -> None:
    request = signing("example-04", procedure("o1", "63650"))
    request["prefetch"]["coverage"] = None
    assert actions(request) == []


def test_of_an_order_without_an_id_nothing_is_said() -> None:
    order = procedure("o1", "63650")
    del order["id"]
    assert actions(signing("example-04", order)) == []


def test_of_other_orders_nothing_is_said() -> None:
    assert actions(signing("example-04", procedure("o1", "70450"))) == []


def test_it_can_be_switched_off_by_either_side() -> None:
    order = procedure("o1", "63650")
    assert actions(signing("example-04", order), HookSettings(coverage_information=False)) == []
    options = {"davinci-crd.configuration": {"coverage-info": False}}
    assert actions(signing("example-04", order, extension=options)) == []


def test_only_on_signing() -> None:
    context = ordered(procedure("o1", "63650"), selected=("ServiceRequest/o1",))
    assert actions(asked("order-select", example("example-04"), context)) == []


def test_the_patient_is_not_named_in_the_statement() -> None:
    (action,) = actions(signing("example-04", procedure("o1", "63650")))
    (told,) = action["resource"]["extension"]
    assert patient_of(example("example-04")) not in msgspec.json.encode(told).decode()


# -- codes --


def answer(required: bool | None, effect: str | None, *places: bool | None) -> PriorAuthorisation:
    return PriorAuthorisation(
        required=required,
        effect=effect,
        why="why",
        programme=None,
        name=None,
        since=None,
        until=None,
        payer="p",
        state=None,
        place=None,
        by_place=[
            PlaceAnswer(place=str(n), name=str(n), required=r, programme=None, since=None)
            for n, r in enumerate(places)
        ],
        where=None,
        decision=None,
        valid_days=None,
        together=[],
        condition=None,
        documents=[],
        items=[],
        notes=[],
        ask=None,
        review="primary",
        cite=[],
    )


@pytest.mark.parametrize(
    ("required", "effect", "code"),
    [
        (True, "required", "auth-needed"),
        (True, "or-review", "conditional"),
        (False, None, "no-auth"),
        (None, None, "conditional"),
        (None, "ask", "conditional"),
    ],
)
def test_codes_of_prior_authorisation(required: bool | None, effect: str | None, code: str) -> None:
    assert pa_needed(answer(required, effect)) == code


def test_the_place_matters_only_where_places_differ() -> None:
    for places in itertools.product([True, False, None], repeat=2):
        asked_for = "location" in info_needed(answer(None, None, *places))
        assert asked_for == (len(set(places)) > 1)


def test_an_appointment_for_a_procedure_has_a_statement_too() -> None:
    visit = appointment("a1", "63650", "2026-12-01T09:00:00Z")
    (action,) = actions(asked("appointment-book", example("example-04"), booked(visit)))
    check_action(action)
    check_invariants(parts(action))
    assert action["resource"]["resourceType"] == "Appointment"
    assert {**action["resource"], "extension": None} == {**visit, "extension": None}


def test_a_selection_has_none() -> None:
    order = ordered(procedure("o1", "63650"), selected=("ServiceRequest/o1",))
    assert actions(asked("order-select", example("example-04"), order)) == []
