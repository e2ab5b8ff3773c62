"""Whatever is sent, the answer is cards or one sentence; never an error of the program."""

from __future__ import annotations

import copy
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import painpath
from painpath.hooks.answering import Answerer
from painpath.hooks.catalogue import BY_ID
from painpath.hooks.errors import HookError
from painpath.hooks.prefetch import complete, gather
from painpath.hooks.request import parse
from painpath.hooks.settings import HookSettings
from tests.hooks.asking import (
    DAY,
    Json,
    appointment,
    asked,
    booked,
    example,
    medication,
    ordered,
    procedure,
)
from tests.hooks.invariants import check

ODD: list[Any] = [
    None,
    "",
    "x",
    "\x00",
    "‮evil\u2028",
    "<script>alert(1)</script>",
    "9999-99-99",
    "0000-01-01",
    -1,
    0,
    1e308,
    10**30,
    True,
    [],
    {},
    [[]],
    [None],
    {"resourceType": "Bundle"},
    {"reference": "Patient/../x"},
    {"reference": 7},
    "A" * 20_000,
]


def outcome(request: Any) -> str:
    """`cards` or `sentence`; anything else raises."""
    hook = request.get("hook") if isinstance(request, dict) else None
    service = BY_ID.get(f"painpath-{hook}", BY_ID["painpath-patient-view"])
    try:
        parsed = parse(msgspec.json.encode(request), service)
        gathered = complete(gather(parsed), parsed)
        answer = Answerer(HookSettings()).answer(
            painpath.planner(), parsed, gathered, DAY, lambda _: set()
        )
    except HookError as error:
        said = str(error)
        assert said and "\n" not in said and "Traceback" not in said
        return "sentence"
    check(msgspec.json.decode(answer.response.to_json()))
    return "cards"


def whole(hook: str) -> Json:
    order = procedure("o1", "64483", "2026-11-10", bodySite=[{"text": "right L4-L5"}])
    opioid = medication("m1", "oxycodone 5 MG Oral Tablet", "1049621", 4, 3, "tablet")
    context = {
        "patient-view": {},
        "order-select": ordered(order, opioid, selected=("ServiceRequest/o1",)),
        "order-sign": ordered(order, opioid),
        "appointment-book": booked(appointment("a1", "64483", "2026-12-28")),
    }[hook]
    return copy.deepcopy(asked(hook, example("example-07"), context))


HOOKS = ("patient-view", "order-select", "order-sign", "appointment-book")


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("seed", range(6))
def test_anything_may_stand_anywhere(hook: str, seed: int) -> None:
    chance = random.Random(f"{hook}{seed}")
    request = whole(hook)
    for _ in range(4):
        places = list(walk(request))
        holder, key = chance.choice(places)
        holder[key] = chance.choice(ODD)
    assert outcome(request) in ("cards", "sentence")


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("seed", range(3))
def test_anything_may_be_missing(hook: str, seed: int) -> None:
    chance = random.Random(f"{hook}{seed}")
    request = whole(hook)
    for _ in range(6):
        places = [(h, k) for h, k in walk(request) if isinstance(h, dict)]
        holder, key = chance.choice(places)
        holder.pop(key, None)
    assert outcome(request) in ("cards", "sentence")


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_drafts(odd: Any) -> None:
    request = whole("order-sign")
    for entry in request["context"]["draftOrders"]["entry"]:
        for name in ("code", "occurrenceDateTime", "subject", "extension", "status", "dosage"):
            entry["resource"][name] = odd
    assert outcome(request) in ("cards", "sentence")


def walk(value: Any) -> Any:
    """Every place in a request: holder and key."""
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list):
            yield from walk(inner)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(request=json, hook=st.sampled_from(HOOKS))
def test_any_json_is_one_sentence(request: Any, hook: str) -> None:
    with pytest.raises(HookError):
        parsed = parse(msgspec.json.encode(request), BY_ID[f"painpath-{hook}"])
        complete(gather(parsed), parsed)


@settings(max_examples=60, deadline=None)
@given(context=json, prefetch=json, hook=st.sampled_from(HOOKS))
def test_any_context_and_prefetch(context: Any, prefetch: Any, hook: str) -> None:
    request = {"hook": hook, "hookInstance": "i", "context": context, "prefetch": prefetch}
    assert outcome(request) == "sentence"


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=64))
def test_any_bytes(body: bytes) -> None:
    with pytest.raises(HookError):
        parse(body, BY_ID["painpath-order-sign"])


def test_a_chart_of_thousands_of_resources_is_answered() -> None:
    request = asked("patient-view", example("example-06"))
    entry = request["prefetch"]["observations"]["entry"]
    for n in range(3000):
        entry.append({"resource": {**entry[0]["resource"], "id": f"more-{n}"}})
    assert outcome(request) == "cards"


def test_scripts_in_the_record_stay_text() -> None:
    request = asked("patient-view", example("example-10"))
    for entry in request["prefetch"]["conditions"]["entry"]:
        code = entry["resource"]["code"]
        code["text"] = "<img src=x onerror=alert(1)> [x](https://evil.example.org)"
        for coding in code["coding"]:
            coding["display"] = code["text"]
    parsed = parse(msgspec.json.encode(request), BY_ID["painpath-patient-view"])
    gathered = complete(gather(parsed), parsed)
    answer = Answerer(HookSettings()).answer(
        painpath.planner(), parsed, gathered, DAY, lambda _: set()
    )
    for card in answer.response.cards:
        assert "<img" not in (card.detail or "").replace("\\<", "")
        assert "<img" not in card.summary
        assert "https://evil" not in (card.detail or "")
