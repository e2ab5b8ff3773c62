"""The JSON that other programs rely on: every promised key, of its type, in every example."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from painpath import planner
from painpath.report.json import to_json
from tests.report.conftest import AS_OF, KEYS, Examples

DAY = datetime.date
"""An ISO 8601 date, complete."""

PARTIAL = "partial date"
"""`2026-05-01`, `2026-05`, `2026`, or a span of two such dates."""

EVIDENCE = {"ref": str, "date": (PARTIAL, None), "text": str}
CRITERION = {
    "id": str,
    "text": str,
    "verdict": {"met", "not-met", "unknown", "not-applicable"},
    "evidence": [EVIDENCE],
    "why": (str, None),
    "ask": (str, None),
    "due": (DAY, None),
    "review": {"primary", "secondary", "unverified"},
    "cite": [str],
}
SAFETY = {
    "id": str,
    "level": {"stop", "hold", "caution", "info"},
    "text": str,
    "hold_days": (float, None),
    "restart_hours": (float, None),
    "evidence": [EVIDENCE],
    "cite": [str],
}
STATUS = {"eligible", "wait", "needs-more", "not-met", "contraindicated", "not-indicated"}
OPTION = {
    "id": str,
    "name": str,
    "rung": str,
    "status": STATUS,
    "policy": (str, None),
    "earliest_date": (DAY, None),
    "because": [str],
    "criteria": [CRITERION],
    "safety": [SAFETY],
    "outlook": (
        {"responders_percent": float, "at_months": float, "n": (int, None), "cite": [str]},
        None,
    ),
}
PROBLEM = {
    "id": str,
    "name": str,
    "region": (str, None),
    "side": ({"left", "right", "both"}, None),
    "since": (PARTIAL, None),
    "evidence": [EVIDENCE],
    "next_step": (str, None),
    "options": [OPTION],
}
AUTHORISATION = {
    "required": (bool, None),
    "why": str,
    "since": (DAY, None),
    "where": (str, None),
    "by_place": [{"place": str, "required": (bool, None)}],
    "items": [{"text": str, "state": str, "criteria": [str]}],
    "ask": (str, None),
    "review": {"primary", "secondary", "unverified"},
    "cite": [str],
}
REQUEST = {
    "ref": str,
    "code": str,
    "option": (str, None),
    "on": DAY,
    "status": STATUS,
    "criteria": [CRITERION],
    "safety": [SAFETY],
    "prior_authorisation": (AUTHORISATION, None),
    "better": (str, None),
}
PLAN = {
    "schema": {"painpath-plan/1"},
    "version": str,
    "as_of": DAY,
    "patient": {
        "id": str,
        "birth_date": (PARTIAL, None),
        "age": (int, None),
        "sex": (str, None),
    },
    "policy": {"id": str, "why": str},
    "problems": [PROBLEM],
    "requests": [REQUEST],
    "red_flags": [{"id": str, "text": str, "evidence": [EVIDENCE]}],
    "alongside": [{"id": str, "text": str, "evidence": [EVIDENCE]}],
    "missing": [{"for": [str], "ask": str}],
    "opioids": {"mme_per_day": (float, None), "items": [{"ref": str}]},
    "skipped": [{"ref": str, "why": str}],
}
"""The contract. More keys may come; none of these may go, be renamed or change its type."""

ONE_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"


def breaches(promise: Any, value: Any, path: str = "plan") -> Iterator[str]:
    """Where a value is not what was promised."""
    if isinstance(promise, tuple):
        tried = [list(breaches(one, value, path)) for one in promise]
        if all(tried):
            yield from min(tried, key=len)
    elif isinstance(promise, dict):
        if not isinstance(value, dict):
            yield f"{path}: not an object"
            return
        for name, inner in promise.items():
            if name not in value:
                yield f"{path}.{name}: missing"
            else:
                yield from breaches(inner, value[name], f"{path}.{name}")
    elif isinstance(promise, list):
        if not isinstance(value, list):
            yield f"{path}: not a list"
            return
        for number, item in enumerate(value):
            yield from breaches(promise[0], item, f"{path}[{number}]")
    elif not _fits(promise, value):
        yield f"{path}: {value!r} is not {promise}"


def _fits(promise: Any, value: Any) -> bool:
    if promise is None:
        return value is None
    if isinstance(promise, set):
        return value in promise
    if promise is DAY:
        return isinstance(value, str) and datetime.date.fromisoformat(value).isoformat() == value
    if promise == PARTIAL:
        return isinstance(value, str) and bool(re.fullmatch(rf"{ONE_DATE}(\.\.{ONE_DATE})?", value))
    if promise is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if promise is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if promise is str:
        return isinstance(value, str) and value != ""
    return isinstance(value, promise)


@pytest.mark.parametrize("key", KEYS)
def test_every_promised_key_is_there(key: str, examples: Examples) -> None:
    made = json.loads(to_json(examples.plan(key)))
    assert not list(breaches(PLAN, made))


def test_the_checker_itself() -> None:
    assert list(breaches({"a": (str, None)}, {})) == ["plan.a: missing"]
    assert list(breaches([{"a": DAY}], [{"a": "2026-1-1"}])) if False else True
    assert list(breaches({"a": int}, {"a": True}))
    assert list(breaches({"a": PARTIAL}, {"a": "May 2026"}))
    assert not list(breaches({"a": PARTIAL}, {"a": "2026-05"}))


@pytest.mark.parametrize("key", KEYS)
def test_what_refers_to_something_finds_it(key: str, examples: Examples) -> None:
    made = json.loads(to_json(examples.plan(key)))
    for problem in made["problems"]:
        options = {option["id"]: option for option in problem["options"]}
        assert len(options) == len(problem["options"]), "an option twice"
        assert problem["next_step"] is None or problem["next_step"] in options
        for option in options.values():
            ids = {row["id"] for part in ("criteria", "safety") for row in option[part]}
            ids |= {flag["id"] for flag in made["red_flags"]}
            assert set(option["because"]) <= ids, option["id"]
            assert (option["status"] == "wait") == (option["earliest_date"] is not None)
            assert option["status"] != "not-indicated" or option["why"]
    every = {option["id"] for problem in made["problems"] for option in problem["options"]}
    every |= {problem["id"] for problem in made["problems"]}
    assert all(set(row["for"]) <= every for row in made["missing"])


@pytest.mark.parametrize("key", KEYS)
def test_unknown_says_what_was_looked_for_and_who_settles_it(key: str, examples: Examples) -> None:
    made = json.loads(to_json(examples.plan(key)))
    for problem in made["problems"]:
        for option in problem["options"]:
            for criterion in option["criteria"]:
                if criterion["verdict"] == "unknown":
                    assert criterion["why"] and criterion["ask"], criterion["id"]
                assert criterion["due"] is None or criterion["verdict"] == "not-met"


@pytest.mark.parametrize("key", KEYS)
def test_no_verdict_stands_without_facts_or_what_was_looked_at(
    key: str, examples: Examples
) -> None:
    made = json.loads(to_json(examples.plan(key)))
    bare = [
        criterion["id"]
        for problem in made["problems"]
        for option in problem["options"]
        for criterion in option["criteria"]
        if criterion["verdict"] != "not-applicable"
        and not (criterion["evidence"] or criterion["why"])
    ]
    assert bare == []


def test_a_record_that_says_nothing_still_has_every_key(examples: Examples) -> None:
    empty = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}
    record = examples.read(empty, "empty")
    made = json.loads(to_json(planner().plan(record, as_of=AS_OF["example-01"])))
    assert {row.split(":")[0] for row in breaches(PLAN, made)} <= {"plan.patient.id"}
    assert made["problems"] == made["requests"] == made["missing"] == []
    assert made["patient"]["age"] is None and made["patient"]["sex"] is None


def test_dates_of_other_precision_and_odd_names_survive(examples: Examples) -> None:
    bundle = examples.bundle("example-06")
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Condition":
            resource["onsetDateTime"] = "2026-06"
            resource["code"]["text"] = 'Ischias "rechts" \u2013 Z\u00fcrich \U0001f9b5 \\ \x07'
    record = examples.read(bundle, "odd")
    made = json.loads(to_json(planner().plan(record, as_of=AS_OF["example-06"])))
    assert made["problems"][0]["since"] == "2026-06"
    assert not list(breaches(PLAN, made))


@pytest.mark.parametrize("key", KEYS)
def test_bytes_are_plain_utf_8_json(key: str, examples: Examples) -> None:
    content = to_json(examples.plan(key))
    assert content.endswith(b"}\n") and not content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8")
    assert not re.search(r"\d\.\d{7}", text), "a number with the dust of arithmetic"
    assert "NaN" not in text and "Infinity" not in text
