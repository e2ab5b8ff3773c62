"""The plans of the example patients, as a clinician reviewed them.

Each YAML file holds what the plan must say of one example.
`also` holds what the plan must say of the same patient with a resource less or a booking more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from painpath import planner, read_record
from painpath.examples import EXAMPLES, example_bytes
from painpath.opioids import opioid_knowledge
from painpath.planning.plan import Plan
from painpath.planning.requests import BookedProcedure
from painpath.records.reading import Record
from painpath.report.json import to_json

HERE = Path(__file__).parent
AS_OF = {example.id: example.as_of for example in EXAMPLES}

Entry = dict[str, Any]


@cache
def golden(key: str) -> Entry:
    read = yaml.safe_load((HERE / f"{key}.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


GOLDEN = sorted(path.stem for path in HERE.glob("*.yaml"))
ALSO = [(key, n) for key in GOLDEN for n in range(len(golden(key).get("also", ())))]

WORDS = {
    "plan": "policy mme_per_day red_flags red_flag_says problems first_problem requests safety"
    " missing_first alongside also",
    "problem": "side region since next_step options not_indicated",
    "option": "status policy earliest_date alternative part_of option day better why after open"
    " open_includes met ask things done safety coverage",
    "safety": "id level hold_days restart_hours says",
    "alongside": "includes excludes first",
    "change": "why without booked under expect",
}
"""What may be expected; anything else is a slip of the pen and would not be compared."""


def known_words(expected: Entry, kind: str) -> None:
    assert set(expected) <= set(WORDS[kind].split()), f"unknown in {kind}: {expected}"


@cache
def record(key: str) -> Record:
    with resources.as_file(resources.files("painpath.examples") / f"{key}.json") as path:
        return read_record(path)


@cache
def plan(key: str) -> Entry:
    """The example's plan as its JSON."""
    return _as_json(planner().plan(record(key), as_of=AS_OF[key]))


def changed_plan(key: str, change: Entry, folder: Path) -> Entry:
    """The same without some resources, with a booking or under another policy."""
    bundle = json.loads(example_bytes(key))
    dropped = set(change.get("without", ()))
    bundle["entry"] = [
        entry
        for entry in bundle["entry"]
        if f"{entry['resource']['resourceType']}/{entry['resource']['id']}" not in dropped
    ]
    path = folder / f"{key}.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    bookings = [
        BookedProcedure(what=b["procedure"], on=b["day"], side=b.get("side"), levels=None)
        for b in change.get("booked", ())
    ]
    policy = change.get("under", "auto")
    made = planner().plan(read_record(path), as_of=AS_OF[key], policy=policy, booked=bookings)
    return _as_json(made)


def _as_json(made: Plan) -> Entry:
    content = json.loads(to_json(made))
    assert isinstance(content, dict)
    return content


# --- comparing -----------------------------------------------------------------------------------


def differences(expected: Entry, found: Entry, *, whole: bool = False) -> Iterator[str]:
    """One sentence for each point in which a plan differs from what is expected of it.

    With `whole` the problems and red flags named are all there are, not only some.
    """
    known_words(expected, "plan")
    yield from _plain("policy", expected, found["policy"], "id", "policy")
    yield from _plain("opioids", expected, found["opioids"], "mme_per_day", "mme_per_day")
    flags = {flag["id"]: flag for flag in found["red_flags"]}
    if "red_flags" in expected and sorted(expected["red_flags"]) != sorted(flags):
        yield f"red flags: expected {expected['red_flags']}, found {sorted(flags)}"
    for name, words in expected.get("red_flag_says", {}).items():
        text = json.dumps(flags.get(name))
        yield from (f"red flag {name}: does not say {w!r}" for w in words if w not in text)
    problems = {problem["id"]: problem for problem in found["problems"]}
    if whole and set(problems) != set(expected["problems"]):
        yield f"problems: expected {sorted(expected['problems'])}, found {sorted(problems)}"
    if "first_problem" in expected and expected["first_problem"] != next(iter(problems), None):
        yield f"first problem: expected {expected['first_problem']}, found {list(problems)}"
    for name, wanted in expected.get("problems", {}).items():
        if name in problems:
            yield from (f"{name}: {text}" for text in _problem(wanted, problems[name]))
        else:
            yield f"{name}: not among the problems"
    requests = {row["ref"]: row for row in found["requests"]}
    requests |= {row["code"]: row for row in found["requests"]}
    for name, wanted in expected.get("requests", {}).items():
        if name in requests:
            yield from (f"{name}: {text}" for text in _judged(wanted, requests[name]))
        else:
            yield f"{name}: not among the requests {sorted(requests)}"
    yield from _safety(expected.get("safety", ()), found["safety"])
    asks = [row["ask"] for row in found["missing"]]
    wanted_first = expected.get("missing_first")
    if wanted_first == [] and found["problems"]:
        steps = {problem["next_step"] for problem in found["problems"]}
        for row in found["missing"]:
            if steps & set(row["for"]):
                yield f"missing: nothing was expected for the next step, found {row['ask']!r}"
    for place, words in enumerate(wanted_first or ()):
        if place >= len(asks) or words.lower() not in asks[place].lower():
            yield f"missing: expected {words!r} at place {place + 1}, found {asks}"
    yield from _alongside(expected.get("alongside", {}), found["alongside"])


def _plain(
    what: str, expected: Entry, found: Entry, field: str, name: str | None = None
) -> Iterator[str]:
    name = name or field
    if name not in expected:
        return
    wanted, value = expected[name], found[field]
    if hasattr(wanted, "isoformat"):
        wanted = wanted.isoformat()
    if isinstance(wanted, dict):
        if value == wanted["not"]:
            yield f"{what} {name}: must not be {value!r}"
    elif wanted != value:
        yield f"{what} {name}: expected {wanted!r}, found {value!r}"


def _problem(expected: Entry, found: Entry) -> Iterator[str]:
    known_words(expected, "problem")
    for field in ("side", "region", "since", "next_step"):
        yield from _plain("problem", expected, found, field)
    options = {option["id"]: option for option in found["options"]}
    for name, wanted in expected.get("options", {}).items():
        if name in options:
            yield from (f"{name}: {text}" for text in _judged(wanted, options[name]))
        else:
            yield f"{name}: not among the options"
    for name, words in expected.get("not_indicated", {}).items():
        option = options.get(name)
        if option is None or option["status"] != "not-indicated":
            yield f"{name}: expected not-indicated, found {option and option['status']}"
        elif words not in option["why"]:
            yield f"{name}: the reason does not say {words!r} but {option['why']!r}"


def _judged(expected: Entry, found: Entry) -> Iterator[str]:
    """An option, or a booked procedure."""
    known_words(expected, "option")
    plain = ["status", "policy", "earliest_date", "alternative", "part_of", "option", "better"]
    for field in plain:
        yield from _plain("option", expected, found, field)
    if "day" in expected:
        yield from _plain("option", expected, found, "on", "day")
    if "why" in expected and expected["why"] not in (found["why"] or ""):
        yield f"why: does not say {expected['why']!r} but {found['why']!r}"
    for name in expected.get("after", ()):
        if name not in found["after"]:
            yield f"after: {name} is not among {found['after']}"
    criteria = {criterion["id"]: criterion for criterion in found["criteria"]}
    open_ones = {
        key: c["verdict"] + (f" until {c['due']}" if c["due"] else "")
        for key, c in criteria.items()
        if c["decisive"] and c["verdict"] != "met"
    }
    if "open" in expected and expected["open"] != open_ones:
        yield f"open criteria: expected {expected['open']}, found {open_ones}"
    for key, verdict in expected.get("open_includes", {}).items():
        if open_ones.get(key) != verdict:
            yield f"open criteria: expected {key} {verdict}, found {open_ones.get(key)}"
    for key in expected.get("met", ()):
        if key not in criteria or criteria[key]["verdict"] != "met":
            yield f"{key}: expected met, found {criteria.get(key, {}).get('verdict')}"
        elif not criteria[key]["evidence"] and not _is_silence(criteria[key]):
            yield f"{key}: met, but without evidence"
    asks = [c["ask"] for key, c in criteria.items() if key in open_ones and c["ask"]]
    # Safety may ask for more than the policy that decides.
    asks += [ask for item in found["safety"] if item["needs_more"] for ask in item["ask"]]
    for words in expected.get("ask", ()):
        if not any(words.lower() in ask.lower() for ask in asks):
            yield f"asks: {words!r} is not among {asks}"
    things = len({c["ask"] or key for key, c in criteria.items() if key in open_ones})
    things += len({ask for i in found["safety"] if i["needs_more"] for ask in i["ask"]})
    if "things" in expected and expected["things"] != things:
        yield f"things: expected {expected['things']}, found {things}"
    if "done" in expected:
        dates = [row["date"] for row in found["done"]]
        if dates != [day.isoformat() for day in expected["done"]]:
            yield f"done: expected {expected['done']}, found {dates}"
    yield from _safety(expected.get("safety", ()), found["safety"])
    rows = {row["policy"]: row["status"] or row["position"] for row in found.get("coverage", ())}
    for name, position in expected.get("coverage", {}).items():
        if isinstance(position, dict):
            if rows.get(name, position["not"]) == position["not"]:
                yield f"coverage: {name} must not be {rows.get(name)}"
        elif rows.get(name) != position:
            yield f"coverage: expected {name} {position}, found {rows.get(name)}"


def _is_silence(criterion: Entry) -> bool:
    """Met because nothing was found: "no infection", "fewer than 2", "the problem is ..."."""
    words = ("no ", "fewer than", "not ", "the problem is")
    return str(criterion["text"]).lower().startswith(words)


def _safety(expected: Any, found: list[Entry]) -> Iterator[str]:
    items = {item["id"]: item for item in found}
    for wanted in expected:
        known_words(wanted, "safety")
        item = items.get(wanted["id"])
        if item is None:
            yield f"safety: {wanted['id']} is not among {sorted(items)}"
            continue
        for field in ("level", "hold_days", "restart_hours"):
            yield from _plain(f"safety {wanted['id']}", wanted, item, field)
        if wanted.get("says", "") not in item["text"]:
            yield f"safety {wanted['id']}: does not say {wanted['says']!r} but {item['text']!r}"


def _alongside(expected: Entry, found: list[Entry]) -> Iterator[str]:
    known_words(expected, "alongside")
    ids = [item["id"] for item in found]
    yield from (f"alongside: {n} is missing" for n in expected.get("includes", ()) if n not in ids)
    yield from (f"alongside: {n} is out of place" for n in expected.get("excludes", ()) if n in ids)
    if "first" in expected and ids[:1] != [expected["first"]]:
        yield f"alongside: expected {expected['first']} first, found {ids}"


# --- tests ---------------------------------------------------------------------------------------


def test_every_example_was_reviewed() -> None:
    assert sorted(AS_OF) == GOLDEN


@pytest.mark.parametrize("key", GOLDEN)
def test_plan_is_as_reviewed(key: str) -> None:
    assert not list(differences(golden(key), plan(key), whole=True))


@pytest.mark.parametrize(("key", "number"), ALSO)
def test_changed_record_is_as_reviewed(key: str, number: int, tmp_path: Path) -> None:
    case = golden(key)["also"][number]
    known_words(case, "change")
    changed = set(case) & {"without", "booked", "under"}
    made = changed_plan(key, case, tmp_path) if changed else plan(key)
    assert not list(differences(case["expect"], made)), case["why"]


@pytest.mark.parametrize("key", GOLDEN)
def test_nothing_is_skipped_and_nothing_fails(key: str) -> None:
    made = plan(key)
    assert made["skipped"] == []
    assert made["failures"] == []


@pytest.mark.parametrize("key", GOLDEN)
def test_plan_is_the_same_twice(key: str) -> None:
    assert _as_json(planner().plan(record(key), as_of=AS_OF[key])) == plan(key)


@pytest.mark.parametrize("key", GOLDEN)
def test_every_reason_can_be_traced(key: str) -> None:
    """Every citation is a known source, every piece of evidence a resource of the record."""
    entries = json.loads(example_bytes(key))["entry"]
    refs = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries}
    known = [*planner().knowledge.sources, *opioid_knowledge().sources]
    sources = {source.id for source in known}
    for row in _rows(plan(key)):
        facts = (item for item in row.get("evidence", ()) if "stance" not in item)
        assert all(item["ref"] in refs for item in facts), row
        assert {name.split("#")[0] for name in row.get("cite", ())} <= sources, row


def _rows(part: Any) -> Iterator[Entry]:
    """Everything in the plan that can carry evidence of the record or a citation."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _rows(value)
    elif isinstance(part, list):
        for value in part:
            yield from _rows(value)
