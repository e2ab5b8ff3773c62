"""The status of an option under a policy, its earliest date, and which policy speaks."""

from __future__ import annotations

import pytest

from tests.engine.small import Bench, fact

HEAD = """
regions: [{id: knee, name: Knee}]
sources: [{id: test, title: Test, date: "2026"}]
concepts:
  - {id: ache, name: Ache, category: condition}
  - {id: image, name: Image, category: imaging}
  - {id: infection, name: Infection, category: condition}
  - {id: injection, name: Injection, category: procedure}
  - {id: plain-injection, name: Plain injection, category: procedure}
problems:
  - {id: ache, name: Ache, patient_name: ache, pain_type: nociceptive, sided: true,
     recognise: [{all: [ache]}]}
  - {id: other, name: Other, patient_name: other, pain_type: nociceptive,
     recognise: [{all: [infection]}]}
options:
  - {id: injection, name: Injection, family: f, rung: initial, done: injection,
     fits: [{problem: ache}, {problem: other}]}
  - {id: plain-injection, name: Plain, family: f, rung: initial, done: plain-injection,
     part_of: injection, fits: [{problem: ache}]}
  - {id: unruled, name: Unruled, family: f, rung: initial, done: image, fits: [{problem: ache}]}
"""


def policy(name: str, body: str, **more: str) -> str:
    keys = {"payer": "clinical", "axis": "clinical"} | more
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return f"  - id: {name}\n    name: P\n    issuer: i\n    cite: test\n{lines}    rules:\n{body}"


def rule(*criteria: str, option: str = "injection", position: str = "criteria") -> str:
    text = f"      - options: [{option}]\n        position: {position}\n        statement: s\n"
    if criteria:
        text += "        criteria:\n" + "".join(f"          - {line}\n" for line in criteria)
    return text


def bench(*policies: str) -> Bench:
    return Bench(HEAD + "policies:\n" + "".join(policies))


LASTED = "{id: lasted, text: t, kind: lasted, at_least: 3 months}"
IMAGED = "{id: imaged, text: t, kind: present, of: image}"
CLEAN = "{id: clean, text: t, kind: absent, of: infection, role: exclusion}"
FREE = "{id: free, text: t, kind: sessions, of: injection, less_than: 2, within: 12 months}"

IMAGE = fact("image", "2026-01-01")
NO_IMAGE = fact("image", "2026-01-01", value=False)
INFECTED = fact("infection", "2026-06-01", open=True)


@pytest.fixture(scope="module")
def ordinary() -> Bench:
    return bench(policy("p", rule(LASTED, IMAGED, CLEAN, FREE)))


def done(*days: str) -> list[dict]:
    return [fact("injection", day) for day in days]


@pytest.mark.parametrize(
    ("since", "facts", "status", "earliest"),
    [
        ("2026-03-15", [IMAGE], "eligible", None),
        ("2026-03-16", [IMAGE], "wait", "2026-06-16"),
        ("2026-03-15", [], "needs-more", None),
        (None, [IMAGE], "needs-more", None),
        ("2026-03-15", [NO_IMAGE], "not-met", None),
        ("2026-03-15", [IMAGE, INFECTED], "contraindicated", None),
        # What time cures does not hide what it does not cure.
        ("2026-03-16", [NO_IMAGE], "not-met", None),
        ("2026-03-16", [], "needs-more", "2026-06-16"),
        ("2026-03-16", [IMAGE, INFECTED], "contraindicated", None),
        (None, [NO_IMAGE], "not-met", None),
        ("2026-03-15", [NO_IMAGE, INFECTED], "contraindicated", None),
        # Two waits: the later one.
        (
            "2026-03-16",
            [IMAGE, *done("2025-08-01", "2026-02-01")],
            "wait",
            "2026-08-01",
        ),
        (
            "2026-06-01",
            [IMAGE, *done("2025-08-01", "2026-02-01")],
            "wait",
            "2026-09-01",
        ),
    ],
)
def test_status_table(
    ordinary: Bench, since: str | None, facts: list, status: str, earliest: str | None
) -> None:
    found = ordinary.ask(*facts, since=since)
    assert (found.status["p"], found.earliest["p"]) == (status, earliest)


def test_on_the_earliest_date_the_option_is_eligible_and_not_before(ordinary: Bench) -> None:
    facts = [IMAGE, *done("2025-08-01", "2026-02-01")]

    def on(day: str) -> str | None:
        return ordinary.ask(*facts, since="2026-03-16", on=day).status["p"]

    assert (on("2026-07-31"), on("2026-08-01")) == ("wait", "eligible")


def test_all_rules_of_a_policy_for_an_option_count_together() -> None:
    two = bench(policy("p", rule(LASTED) + rule(IMAGED)))
    assert two.ask(IMAGE, since="2020").status["p"] == "eligible"
    assert two.ask(since="2020").status["p"] == "needs-more"
    assert two.ask(NO_IMAGE, since="2026-06-01").status["p"] == "not-met"


def test_of_two_rules_that_wait_the_later_date_counts() -> None:
    two = bench(policy("p", rule(LASTED) + rule(FREE)))
    found = two.ask(*done("2025-08-01", "2026-02-01"), since="2026-03-16")
    assert (found.status["p"], found.earliest["p"]) == ("wait", "2026-08-01")
    found = two.ask(*done("2025-08-01", "2026-02-01"), since="2026-06-01")
    assert (found.status["p"], found.earliest["p"]) == ("wait", "2026-09-01")


def test_an_exclusion_in_one_rule_stops_the_option() -> None:
    two = bench(policy("p", rule(CLEAN) + rule(LASTED)))
    assert two.ask(INFECTED, since="2020").status["p"] == "contraindicated"


@pytest.mark.parametrize("position", ["covered", "not-covered", "investigational", "silent"])
def test_a_bare_position_has_no_status(position: str) -> None:
    found = bench(policy("p", rule(position=position))).ask(IMAGE, since="2020")
    assert found.status.get("p") is None


def test_policies_are_judged_apart() -> None:
    found = bench(policy("first", rule(IMAGED)), policy("second", rule(LASTED), payer="nice")).ask(
        IMAGE, since="2026-06-01"
    )
    assert found.status["first"] == "eligible"
    assert found.status["second"] == "wait"


def test_a_rule_speaks_only_of_problems_the_option_fits_and_it_names() -> None:
    named = rule(IMAGED).replace("position:", "problems: [other]\n        position:")
    found = bench(policy("p", named))
    assert "p" not in found.ask(IMAGE).status
    assert found.ask(IMAGE, problem="other", sided=False).status["p"] == "eligible"


# --- routes of a parent option ---


def test_what_is_asked_of_a_parent_is_asked_of_its_routes() -> None:
    parent = bench(policy("p", rule(IMAGED)))
    found = parent.ask(IMAGE)
    assert found.status["p injection"] == found.status["p plain-injection"] == "eligible"
    assert "p unruled" not in found.status


def test_a_route_must_also_meet_what_is_asked_of_it_alone() -> None:
    both = bench(policy("p", rule(IMAGED) + rule(LASTED, option="plain-injection")))
    found = both.ask(IMAGE, since="2026-06-01")
    assert found.status["p injection"] == "eligible"
    assert (found.status["p plain-injection"], found.earliest["p plain-injection"]) == (
        "wait",
        "2026-09-01",
    )


def test_a_route_named_beside_its_parent_is_asked_once() -> None:
    named = bench(policy("p", rule(IMAGED).replace("[injection]", "[injection, plain-injection]")))
    asked = [option for rule in named.rules.rules for option, _ in rule.options]
    assert sorted(asked) == sorted(set(asked))
    assert named.ask(IMAGE).status["p plain-injection"] == "eligible"


# --- which policy, by date of service ---


@pytest.fixture(scope="module")
def versions() -> Bench:
    return bench(
        policy("old", rule(IMAGED), payer="medicare", end="2025-12-31"),
        policy("new", rule(IMAGED), payer="medicare", start="2026-01-01", end="2026-12-31"),
    )


@pytest.mark.parametrize(
    ("on", "speaks"),
    [
        ("2025-12-30", {"old"}),
        ("2025-12-31", {"old"}),
        ("2026-01-01", {"new"}),
        ("2026-12-31", {"new"}),
        ("2027-01-01", set()),
    ],
)
def test_the_day_of_service_chooses_the_version(versions: Bench, on: str, speaks: set) -> None:
    assert set(versions.ask(on=on).status) & {"old", "new"} == speaks


# --- which policy, by state ---


def documents(*states: str) -> str:
    return f"[{{id: L1, contractor: c, states: [{', '.join(states)}]}}]"


def by_state(*policies: str, **places: str) -> dict[str, set[str]]:
    """State of the patient -> policies that speak there."""
    asked = bench(*policies)
    return {
        place: {name for name in asked.ask(state=state or None).status if " " not in name}
        for place, state in places.items()
    }


WEST = policy("west", rule(IMAGED), payer="medicare", documents=documents("AZ", "WA"))
SOUTH = policy("south", rule(IMAGED), payer="medicare", documents=documents("FL"))
GENERAL = policy("general", rule(IMAGED), payer="medicare")
PLACES = {"arizona": "AZ", "florida": "FL", "texas": "TX", "unknown": ""}


def test_the_contractor_of_the_state_speaks_and_the_general_policy_elsewhere() -> None:
    assert by_state(WEST, SOUTH, GENERAL, **PLACES) == {
        "arizona": {"west"},
        "florida": {"south"},
        "texas": {"general"},
        "unknown": {"general"},
    }


def test_without_a_general_policy_all_speak_where_no_contractor_is_known() -> None:
    assert by_state(WEST, SOUTH, **PLACES) == {
        "arizona": {"west"},
        "florida": {"south"},
        "texas": {"west", "south"},
        "unknown": {"west", "south"},
    }


def test_one_policy_with_states_speaks_everywhere() -> None:
    assert by_state(WEST, **PLACES) == {place: {"west"} for place in PLACES}


def test_the_states_of_one_payer_do_not_silence_another() -> None:
    other = policy("other", rule(IMAGED), payer="aetna")
    assert by_state(WEST, SOUTH, other, **PLACES)["florida"] == {"south", "other"}


def test_a_local_policy_that_has_ended_leaves_its_states_to_the_general_one() -> None:
    ended = policy(
        "west", rule(IMAGED), payer="medicare", documents=documents("AZ"), end="2025-12-31"
    )
    assert by_state(ended, GENERAL, **PLACES)["arizona"] == {"general"}


def test_a_local_policy_for_one_problem_leaves_the_others_to_the_general_one() -> None:
    only_other = rule(IMAGED).replace("position:", "problems: [other]\n        position:")
    local = policy("west", only_other, payer="medicare", documents=documents("AZ"))
    assert by_state(local, GENERAL, **PLACES)["arizona"] == {"general"}
