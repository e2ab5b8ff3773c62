"""A waiting option of which more than time is lacking on its day: that is asked for now."""

from __future__ import annotations

import datetime
import json

import painpath
from painpath.examples import example_bytes
from painpath.planning.plan import OptionResult, Plan
from painpath.records.reading import read_bytes

DAY = datetime.date(2026, 11, 1)
EPIDURAL = "epidural-steroid-injection"
DOCUMENTS = {"pain-limits-function", "esi-primary-care-informed"}


def plan_of(*, without: set[str], policy: str = "medicare") -> Plan:
    """The patient who has had four epidurals in a year; treatment passes twelve months."""
    bundle = json.loads(example_bytes("example-07"))
    bundle["entry"] = [
        entry
        for entry in bundle["entry"]
        if not without
        & {c.get("code") for c in entry["resource"].get("code", {}).get("coding", [])}
    ]
    record = read_bytes(json.dumps(bundle).encode(), painpath.planner().vocabulary)
    return painpath.plan(record, as_of=DAY, policy=policy)


def epidural(*, without: set[str]) -> OptionResult:
    plan = plan_of(without=without)
    return next(o for o in plan.problems[0].options if o.id == EPIDURAL)


def test_with_everything_on_record_only_time_is_lacking() -> None:
    option = epidural(without=set())
    assert (option.status, option.earliest_date) == ("wait", datetime.date(2026, 12, 21))


def test_what_will_be_asked_for_on_the_day_is_asked_for_now() -> None:
    option = epidural(without=DOCUMENTS)
    assert (option.status, option.earliest_date) == ("needs-more", None)
    assert option.why is not None and "Not before 21 Dec 2026" in option.why
    lacking = {c.id: c.ask for c in option.criteria if c.verdict == "unknown" and c.decisive}
    assert set(lacking) == {"esi-long-disability", "esi-long-primary-care-told"}
    assert all(lacking.values())
    waiting = {c.id: c.due for c in option.criteria if c.verdict == "not-met"}
    assert waiting["esi-repeat-relief"] == datetime.date(2026, 12, 21)


def test_one_document_of_two_leaves_the_other() -> None:
    option = epidural(without={"esi-primary-care-informed"})
    lacking = [c.id for c in option.criteria if c.verdict == "unknown" and c.decisive]
    assert (option.status, lacking) == ("needs-more", ["esi-long-primary-care-told"])


def test_whom_to_ask_says_the_same() -> None:
    answers = {
        answer.policy: answer for answer in plan_of(without=DOCUMENTS, policy="all").policies
    }
    option = next(o for o in answers["medicare-esi"].options if o.option == EPIDURAL)
    assert (option.status, option.from_date) == ("needs-more", None)
    assert {"esi-long-disability", "esi-long-primary-care-told"} <= set(option.open)
    assert any("primary care" in ask for ask in option.ask)
