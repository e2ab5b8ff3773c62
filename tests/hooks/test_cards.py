"""Cards keep the specification's rules: over the examples, all hooks, and a cohort."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest

from painpath.cohort.making import TODAY, Order, make
from painpath.hooks.cards import LONGEST_SUMMARY, clipped, named
from painpath.hooks.making import quoted, shortened
from painpath.hooks.settings import HookSettings
from tests.hooks.asking import (
    EXAMPLE_IDS,
    Json,
    answered,
    appointment,
    asked,
    booked,
    example,
    medication,
    ordered,
    procedure,
)
from tests.hooks.invariants import check

LAUNCH = HookSettings(launch_url="https://pain.example.org/launch")
CODES = ("62323", "64483", "64493-KX", "64635", "64454", "63650", "22514", "64615", "64520")


def told(request: Json, settings: HookSettings = LAUNCH, day: datetime.date | None = None) -> Json:
    """The answer as the client reads it."""
    terms = {} if day is None else {"day": day}
    answer: Json = msgspec.json.decode(
        answered(request, settings=settings, **terms).response.to_json()
    )
    return answer


@pytest.mark.parametrize("key", EXAMPLE_IDS)
def test_opening_the_chart_of_an_example(key: str) -> None:
    answer = told(asked("patient-view", example(key)))
    check(answer)
    assert len(answer["cards"]) <= 1


@pytest.mark.parametrize("key", EXAMPLE_IDS)
def test_ordering_for_an_example(key: str) -> None:
    orders = [procedure(f"o{n}", code, "2026-11-20") for n, code in enumerate(CODES)]
    orders.append(medication("m1", "oxycodone 5 MG Oral Tablet", "1049621", 4, 3, "tablet"))
    one = orders[EXAMPLE_IDS.index(key) % len(orders)]
    selected = (f"{one['resourceType']}/{one['id']}",)
    check(told(asked("order-select", example(key), ordered(*orders, selected=selected))))
    check(told(asked("order-sign", example(key), ordered(*orders))))


@pytest.mark.parametrize("key", EXAMPLE_IDS)
def test_booking_for_an_example(key: str) -> None:
    times = [appointment(f"a{n}", code, "2026-12-01T09:00:00Z") for n, code in enumerate(CODES)]
    check(told(asked("appointment-book", example(key), booked(*times))))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Json, ...]]:
    folder = tmp_path_factory.mktemp("cohort")
    make(Order(patients=24, seed=7, out=folder, today=TODAY), cores=1)
    return [read(path) for path in sorted(folder.rglob("*.json")) if "truth" not in path.name]


def read(path: Path) -> tuple[Json, ...]:
    bundle = msgspec.json.decode(path.read_bytes())
    entries = bundle.get("entry", []) if isinstance(bundle, dict) else []
    return tuple(entry["resource"] for entry in entries)


def test_opening_the_charts_of_a_cohort(cohort: list[tuple[Json, ...]]) -> None:
    charts = [chart for chart in cohort if chart]
    assert len(charts) >= 20
    answers = [told(asked("patient-view", chart), day=TODAY) for chart in charts]
    for answer in answers:
        check(answer)
    assert 0 < sum(bool(answer["cards"]) for answer in answers) < len(answers)


# -- pieces --


def test_the_same_call_has_the_same_answer() -> None:
    request = asked("patient-view", example("example-06"))
    assert told(request) == told(request)


def test_another_call_has_other_uuids() -> None:
    request = asked("patient-view", example("example-06"))
    other = {**request, "hookInstance": "6f1b2c9e-2f0e-4c3b-9d55-000000000001"}
    one, two = told(request)["cards"][0], told(other)["cards"][0]
    assert one["uuid"] != two["uuid"] and one["summary"] == two["summary"]


def test_links_start_the_smart_page_and_name_nobody() -> None:
    (card,) = told(asked("patient-view", example("example-06")))["cards"]
    (link,) = card["links"]
    assert link["type"] == "smart" and link["url"] == "https://pain.example.org/launch"
    context = msgspec.json.decode(link["appContext"])
    assert context == {
        "card": "option",
        "about": "lumbar-radiculopathy/epidural-steroid-injection",
    }


def test_without_a_launch_address_there_are_no_links() -> None:
    (card,) = told(asked("patient-view", example("example-06")), HookSettings())["cards"]
    assert "links" not in card


@pytest.mark.parametrize("most", [0, 1, 2])
def test_no_more_cards_than_are_wanted_and_the_gravest_first(most: int) -> None:
    orders = ordered(procedure("o1", "64483", "2026-11-10"), procedure("o2", "64493-KX"))
    everything = told(asked("order-sign", example("example-07"), orders))["cards"]
    assert len(everything) == 3
    few = HookSettings(most_cards=most)
    assert len(told(asked("order-sign", example("example-07"), orders), few)["cards"]) == most
    extension = {"davinci-crd.configuration": {"max-cards": most}}
    request = asked("order-sign", example("example-07"), orders, extension=extension)
    assert told(request, HookSettings())["cards"] == [
        {k: v for k, v in card.items() if k != "links"} for card in everything[:most]
    ]


def test_a_summary_is_cut_at_a_word() -> None:
    text = "word " * 60
    cut = clipped(text)
    assert len(cut) <= LONGEST_SUMMARY and cut.endswith("word…")
    assert clipped("x" * 500) == "x" * 138 + "…"
    exact = "y" * 139
    assert clipped(exact) == exact
    assert clipped("two\nlines\tof  text") == "two lines of text"


def test_text_of_the_record_is_no_markup() -> None:
    said = quoted("<script>alert(1)</script> [click](https://evil.example.org) *bold* `code`")
    assert "<script" not in said.replace("\\<", "") and "](" not in said.replace("\\]", "")
    assert "://" not in said
    assert quoted("pain 7/10, L4-L5") == "pain 7/10, L4-L5"


def test_long_details_say_how_much_more_there_is() -> None:
    lines = [f"line {n}" for n in range(9)]
    assert shortened(lines, 4) == [*lines[:3], "and 6 more on the page of the patient"]
    assert shortened(lines[:4], 4) == lines[:4]


def test_names_are_uuids() -> None:
    assert named("a", "b") == named("a", "b") != named("a", "c")
