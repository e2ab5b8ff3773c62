"""Groups of criteria against a plain twin of Kleene's logic, on generated trees and patients."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.fold_twin import DROPPED, ON, Value, judge
from tests.engine.small import Bench, Chart, Complaint, fact

CONCEPTS = ["a", "b", "c", "d", "e"]

KNOWLEDGE: dict[str, Any] = {
    "regions": [{"id": "knee", "name": "Knee"}],
    "sources": [{"id": "test", "title": "Test", "date": "2026"}],
    "concepts": [
        *({"id": name, "name": name, "category": "finding"} for name in CONCEPTS),
        {"id": "ache", "name": "Ache", "category": "condition"},
    ],
    "problems": [
        {
            "id": "ache",
            "name": "Ache",
            "patient_name": "ache",
            "sided": True,
            "pain_type": "nociceptive",
            "recognise": [{"all": ["ache"]}],
        }
    ],
}


def bench(trees: list[list[Any]]) -> Bench:
    """An engine with one option per tree; option and rule are numbered alike."""
    options = [
        {
            "id": f"option-{i}",
            "name": "Option",
            "family": "f",
            "rung": "initial",
            "done": "ache",
            "fits": [{"problem": "ache"}],
        }
        for i in range(len(trees))
    ]
    rules = [
        {
            "options": [f"option-{i}"],
            "position": "criteria",
            "statement": "t",
            "criteria": tree,
        }
        for i, tree in enumerate(trees)
    ]
    policy = {
        "id": "p",
        "name": "P",
        "issuer": "i",
        "payer": "clinical",
        "axis": "clinical",
        "cite": "test",
        "rules": rules,
    }
    return Bench(json.dumps(KNOWLEDGE | {"options": options, "policies": [policy]}))


# --- what is generated ---


def leaves(absent: list[str], kinds: tuple[str, ...] = ("present", "elapsed")) -> st.SearchStrategy:
    return st.builds(
        lambda kind, of, absent, role, review: (
            {
                "kind": kind,
                "of": of,
                "absent": absent,
                "role": role,
                "review": review,
                "text": "t",
                "id": "x",
            }
            | ({"at_least": "30 days"} if kind == "elapsed" else {})
        ),
        st.sampled_from(kinds),
        st.sampled_from(CONCEPTS),
        st.sampled_from(absent),
        st.sampled_from(["requirement", "requirement", "requirement", "exclusion", "advice"]),
        st.sampled_from(["secondary", "secondary", "secondary", "unverified"]),
    )


def nodes(leaf: Any, condition: Any, depth: int) -> Any:
    """A leaf, or a group of a few members, at most `depth` groups deep."""
    if depth == 0:
        return leaf
    inner = nodes(leaf, condition, depth - 1)
    when = inner if condition is None else condition
    members = st.lists(inner, min_size=1, max_size=4 if depth in (1, 4) else 2)
    counted = members.flatmap(
        lambda chosen: st.builds(lambda n: {"n": n, "of": chosen}, st.integers(1, len(chosen)))
    )
    return st.one_of(
        leaf,
        st.builds(lambda chosen: {"all": chosen}, members),
        st.builds(lambda chosen: {"any": chosen}, members),
        counted,
        st.builds(lambda when, then: {"when": when, "then": then}, when, members),
    )


def trees(leaf: Any, condition: Any = None) -> Any:
    return st.lists(
        st.lists(nodes(leaf, condition, 4), min_size=1, max_size=2), min_size=1, max_size=6
    )


DAYS = [ON - datetime.timedelta(days=days) for days in (0, 1, 7, 29, 30, 400)]
PATIENTS = st.lists(
    st.fixed_dictionaries(dict.fromkeys(CONCEPTS, st.sampled_from([None, None, False, *DAYS]))),
    min_size=1,
    max_size=8,
)
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
ROUNDS = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def chart(patient: dict[str, Any], on: datetime.date = ON) -> Chart:
    facts = [
        fact(name, ON.isoformat() if said is False else said.isoformat(), value=said is not False)
        for name, said in patient.items()
        if said is not None
    ]
    return Chart(facts=facts, on=on.isoformat(), known_by=ON.isoformat())


def folded(trees: list[list[Any]], patients: list[dict[str, Any]]) -> list[list[Value]]:
    """The engine's value of each tree (column) for each patient (row)."""
    judged = bench(trees).ask_all([chart(patient) for patient in patients])
    return [[value(complaint, tree) for tree in range(len(trees))] for (complaint,) in judged]


def value(complaint: Complaint, rule: int) -> Value:
    """A rule of which no criterion applies has no outcome."""
    row = complaint.outcome.get(rule)
    return DROPPED if row is None else Value(row["now"], row["later"], row["due"], row["stops"])


@ROUNDS
@given(trees(leaves(["unknown", "not-met", "not-applicable"])), PATIENTS)
def test_verdicts_follow_kleene(trees: list[list[Any]], patients: list[dict[str, Any]]) -> None:
    for patient, row in zip(patients, folded(trees, patients), strict=True):
        for tree, found in zip(trees, row, strict=True):
            expected = judge({"all": tree}, patient)
            assert (found.now, found.later) == (expected.now, expected.later)
            assert found.stops == expected.stops


KNOWN = leaves(["not-met", "met", "not-applicable"])
STEADY = leaves(["not-met", "met", "not-applicable"], kinds=("present",))


@ROUNDS
@given(trees(KNOWN), PATIENTS)
def test_a_date_is_the_first_day_that_says_what_waiting_will_say(
    trees: list[list[Any]], patients: list[dict[str, Any]]
) -> None:
    for patient, row in zip(patients, folded(trees, patients), strict=True):
        for tree, found in zip(trees, row, strict=True):
            assert found.due == judge({"all": tree}, patient).due


@ROUNDS
@given(trees(KNOWN, STEADY), PATIENTS)
def test_who_waits_is_eligible_on_the_day_and_not_the_day_before(
    trees: list[list[Any]], patients: list[dict[str, Any]]
) -> None:
    engine = bench(trees)
    today = engine.ask_all([chart(patient) for patient in patients])
    again = [
        (patient, name, datetime.date.fromisoformat(day))
        for patient, (complaint,) in zip(patients, today, strict=True)
        for name, day in complaint.earliest.items()
        if complaint.status[name] == "wait" and day is not None
    ]
    if not again:
        return
    before = datetime.timedelta(days=1)
    on_the_day = engine.ask_all([chart(patient, day) for patient, _, day in again])
    day_before = engine.ask_all([chart(patient, day - before) for patient, _, day in again])
    for (_, name, _), (then,), (earlier,) in zip(again, on_the_day, day_before, strict=True):
        assert (earlier.status[name], then.status[name]) == ("wait", "eligible")


# --- the same in single sentences ---


def leaf(kind: str, of: str, **more: Any) -> dict[str, Any]:
    threshold = {"at_least": "30 days"} if kind == "elapsed" else {}
    return {"id": of, "text": "t", "kind": kind, "of": of} | threshold | more


YES, NO, UNKNOWN = leaf("present", "a"), leaf("present", "b"), leaf("present", "c")
SOON, LATE = leaf("elapsed", "d"), leaf("elapsed", "e")
PATIENT = {
    "a": ON,
    "b": False,
    "c": None,
    "d": ON - datetime.timedelta(days=20),
    "e": ON - datetime.timedelta(days=10),
}
NOWHERE = leaf("present", "c", absent="not-applicable")
STOP = leaf("present", "b", role="exclusion")


def status(*tree: Any) -> tuple[str | None, str | None]:
    (found,) = bench([list(tree)]).ask_all([chart(PATIENT)])[0]
    return found.status.get("p"), found.earliest.get("p")


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"all": [YES, UNKNOWN]}, "needs-more"),
        ({"all": [NO, UNKNOWN]}, "not-met"),
        ({"any": [NO, UNKNOWN]}, "needs-more"),
        ({"any": [YES, UNKNOWN]}, "eligible"),
        ({"all": [YES, NOWHERE]}, "eligible"),
        ({"any": [NO, NOWHERE]}, "not-met"),
        ({"n": 2, "of": [YES, NO, UNKNOWN]}, "needs-more"),
        ({"n": 2, "of": [YES, NO, NO]}, "not-met"),
        ({"when": YES, "then": [NO]}, "not-met"),
        ({"when": NO, "then": [NO]}, None),
        ({"when": UNKNOWN, "then": [NO]}, "needs-more"),
        ({"when": UNKNOWN, "then": [YES]}, "eligible"),
        (NO | {"role": "advice"}, None),
        (NO | {"review": "unverified"}, None),
        (STOP, "contraindicated"),
        ({"any": [YES, STOP]}, "contraindicated"),
        ({"when": YES, "then": [STOP]}, "contraindicated"),
        ({"when": NO, "then": [STOP]}, None),
        ({"when": UNKNOWN, "then": [STOP]}, "needs-more"),
        ({"when": STOP, "then": [YES]}, None),
    ],
)
def test_status_of_one_group(tree: Any, expected: str | None) -> None:
    assert status(tree)[0] == expected


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"all": [SOON, LATE]}, "2026-07-05"),
        ({"any": [SOON, LATE]}, "2026-06-25"),
        ({"n": 1, "of": [SOON, LATE]}, "2026-06-25"),
        ({"n": 2, "of": [SOON, LATE]}, "2026-07-05"),
        ({"n": 2, "of": [YES, SOON, LATE]}, "2026-06-25"),
        ({"when": YES, "then": [SOON]}, "2026-06-25"),
    ],
)
def test_waiting_names_its_day(tree: Any, expected: str) -> None:
    assert status(tree) == ("wait", expected)


@pytest.mark.parametrize("tree", [{"any": [UNKNOWN, SOON]}, {"when": UNKNOWN, "then": [SOON]}])
def test_nobody_waits_without_a_day(tree: Any) -> None:
    assert status(tree) != ("wait", None)


def test_a_group_waits_for_what_time_alone_cures() -> None:
    # On the 25th the first member still lacks an answer; on 5 July the second is met.
    assert status({"any": [{"all": [UNKNOWN, SOON]}, LATE]}) == ("wait", "2026-07-05")


def test_what_needs_an_answer_still_names_the_first_day_it_can_be() -> None:
    first, second = {"all": [UNKNOWN, SOON]}, {"all": [UNKNOWN, LATE]}
    assert status({"any": [first, second]}) == ("needs-more", "2026-06-25")
    assert status(first, second) == ("needs-more", "2026-07-05")


def test_n_of_n_is_all() -> None:
    assert status({"n": 2, "of": [UNKNOWN, SOON]}) == status({"all": [UNKNOWN, SOON]})
