"""Answers become scores: from components, members and questionnaires; a stated total wins."""

from __future__ import annotations

import json
from typing import Any

import pytest

from painpath.knowledge.store import compiled
from painpath.records.reading import Record, read_bytes
from tests.records.builders import answers
from tests.records.small import LOINC, OWN, PATIENT, bundle, coded, observation

FREQUENCY = [
    ("LA6568-5", "Not at all"),
    ("LA6569-3", "Several days"),
    ("LA6570-1", "More than half the days"),
    ("LA6571-9", "Nearly every day"),
]
PHQ_9 = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7"]
PHQ_9 += ["44258-2", "44252-5", "44253-3", "44260-8"]
PAIN_4A = ["61758-9", "61769-6", "61773-8", "61775-3"]


def read(*resources: dict[str, Any], sex: str = "female") -> Record:
    """A record read with everything PainPath knows."""
    people = {**PATIENT, "gender": sex}
    data = json.dumps(bundle(*resources, patient=people)).encode()
    return read_bytes(data, compiled().vocabulary)


def scores(record: Record) -> dict[str, tuple[float, str]]:
    """Value and origin by concept."""
    return {f["concept"]: (f["value"], f["origin"]) for f in record.facts.to_pylist()}


def notes(record: Record) -> list[str]:
    return [skipped.why for skipped in record.skipped]


def part(code: str, value: float) -> dict[str, Any]:
    return {"code": coded(LOINC, code), "valueQuantity": {"value": value, "unit": "{score}"}}


def panel(code: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return observation(coded(LOINC, code), component=list(parts))


def chosen(link: str, number: int) -> dict[str, Any]:
    code, text = FREQUENCY[number]
    coding = {"system": LOINC, "code": code, "display": text}
    return {"linkId": link, "answer": [{"valueCoding": coding}]}


PEG = [part("75893-8", 7), part("91145-3", 5), part("91146-1", 4)]


def test_mean_of_components_without_the_mean() -> None:
    record = read(panel("91148-7", *PEG))
    assert scores(record)["peg"] == (pytest.approx(16 / 3), "computed")
    assert scores(record)["pain-score"] == (7, "stated")
    assert notes(record) == []


def test_another_code_for_pain_is_the_first_item_within_its_form() -> None:
    other = [part("72514-3", 7), *PEG[1:]]
    assert scores(read(panel("91148-7", *other)))["peg"] == (pytest.approx(16 / 3), "computed")
    assert "peg" not in scores(read(panel("85353-1", *other)))


def test_a_stated_total_wins_and_a_different_one_is_noted() -> None:
    record = read(panel("91148-7", *PEG, part("91147-9", 5.3)))
    assert scores(record)["peg"] == (5.3, "stated")
    assert notes(record) == []
    record = read(panel("91148-7", *PEG, part("91147-9", 6.7)))
    assert scores(record)["peg"] == (6.7, "stated")
    assert notes(record) == ["the total says 6.7, its answers give 5.3; the total was used"]


def test_a_total_stated_elsewhere_on_the_same_day_wins() -> None:
    total = observation(coded(LOINC, "91147-9"), valueQuantity={"value": 5})
    record = read(panel("91148-7", *PEG), total)
    assert scores(record)["peg"] == (5, "stated")
    other_day = observation(coded(LOINC, "91147-9"), "2026-02-02", valueQuantity={"value": 5})
    record = read(panel("91148-7", *PEG), other_day)
    values = [f["value"] for f in record.facts.to_pylist() if f["concept"] == "peg"]
    assert sorted(values) == [5, pytest.approx(16 / 3)]


def test_answers_in_the_members_of_a_panel() -> None:
    numbers = [1, 2, 3, 0, 1, 2, 3, 0, 1]
    members = [
        observation(
            coded(LOINC, code),
            valueCodeableConcept={"coding": [{"system": LOINC, "code": FREQUENCY[n][0]}]},
        )
        for code, n in zip(PHQ_9, numbers, strict=True)
    ]
    references = [{"reference": f"Observation/{n}"} for n in range(2, 11)]
    record = read(observation(coded(LOINC, "44249-1"), hasMember=references), *members)
    assert scores(record)["phq-9"] == (13, "computed")
    assert scores(record)["phq-9-item-9"] == (1, "stated")


FORMS = [
    [chosen(f"/{code}", 1) for code in PHQ_9],
    [chosen(f"phq-9-item-{n}", 1) for n in range(1, 10)],
    [{"linkId": "/44249-1", "item": [chosen(f"/44249-1/{code}", 1) for code in PHQ_9]}],
    [{"linkId": code, "answer": [{"valueInteger": 1}]} for code in PHQ_9],
    [{"linkId": code, "answer": [{"valueString": "Several days"}]} for code in PHQ_9],
    [{"linkId": code, "answer": [{"valueCoding": {"display": "several days"}}]} for code in PHQ_9],
]


@pytest.mark.parametrize("form", FORMS)
def test_answers_in_a_questionnaire(form: list[dict[str, Any]]) -> None:
    record = read(answers(*form))
    assert scores(record)["phq-9"] == (9, "computed")
    assert scores(record)["phq-9-item-9"] == (1, "stated")
    assert record.counts["QuestionnaireResponse"]["used"] == 1


def test_our_own_questionnaire_comes_back() -> None:
    from painpath.instruments import questionnaire

    form = questionnaire("gad-7")
    asked = [item for item in form["item"] if item["type"] == "choice"]
    response = answers(
        *(
            {
                "linkId": i["linkId"],
                "answer": [{"valueCoding": i["answerOption"][2]["valueCoding"]}],
            }
            for i in asked
        ),
        questionnaire=form["url"],
    )
    assert scores(read(response))["gad-7"] == (14, "computed")


def test_a_questionnaire_with_a_gap_says_so() -> None:
    record = read(answers(*(chosen(f"/{code}", 1) for code in PHQ_9[:8])))
    assert "phq-9" not in scores(record)
    assert notes(record) == ["PHQ-9 (depression): 8 of 9 items answered, all are needed"]


def test_statements_that_were_not_ticked() -> None:
    ticked = [{"linkId": f"rmdq-{n}", "answer": [{"valueBoolean": True}]} for n in (3, 5)]
    url = "urn:painpath:questionnaire:rmdq"
    assert scores(read(answers(*ticked, questionnaire=url)))["rmdq"] == (2, "computed")
    assert scores(read(answers(questionnaire=url)))["rmdq"] == (0, "computed")


@pytest.mark.parametrize(("sex", "value"), [("female", 1), ("male", 3)])
def test_sex_of_the_patient_decides_where_the_instrument_asks_for_it(
    sex: str, value: float
) -> None:
    names = ["family-alcohol", "family-illegal", "family-prescription", "own-alcohol"]
    names += ["own-illegal", "own-prescription", "age-16-45", "sexual-abuse"]
    names += ["mental-illness", "depression"]
    form = [
        {"linkId": f"ort-{name}", "answer": [{"valueBoolean": name == "family-alcohol"}]}
        for name in names
    ]
    assert scores(read(answers(*form), sex=sex))["opioid-risk-tool"] == (value, "computed")


def test_answer_that_the_item_does_not_have() -> None:
    record = read(panel("91148-7", part("75893-8", 7), part("91145-3", 12), part("91146-1", 4)))
    assert "peg" not in scores(record)
    assert notes(record) == [
        "12 is not an answer to peg-2, which goes from 0 to 10",
        "PEG (pain, enjoyment, general activity): 2 of 3 items answered, all are needed",
    ]


# --- sums of points under a code of their own ---

SUMS = [
    ("71972-4", 18, "promis-global-physical", (57.7, "computed")),
    ("71972-4", 57.7, "promis-global-physical", (57.7, "stated")),
    ("71970-8", 4, "promis-global-mental", (21.2, "computed")),
    ("71962-5", 20, "promis-pain-interference", (75.6, "computed")),
    ("71968-2", 12, "promis-anxiety", (63.4, "computed")),
    ("71960-9", 4, "promis-physical-function", (22.9, "computed")),
]


@pytest.mark.parametrize(("code", "value", "concept", "expected"), SUMS)
def test_sums_are_converted_and_t_scores_kept(
    code: str, value: float, concept: str, expected: tuple[float, str]
) -> None:
    record = read(observation(coded(LOINC, code), valueQuantity={"value": value}))
    assert scores(record)[concept] == expected


@pytest.mark.parametrize(("value", "shown"), [(1, "1"), (30, "30"), (12.5, "12.5")])
def test_impossible_sums_are_refused(value: float, shown: str) -> None:
    record = read(panel("62337-1", part("71962-5", value)))
    assert scores(record) == {}
    assert notes(record) == [f"PROMIS Pain Interference 4a: a sum of {shown} is not among 4 to 20"]


def test_pain_interference_from_its_four_items() -> None:
    record = read(panel("91148-7", *(part(code, 3) for code in PAIN_4A)))
    assert scores(record)["promis-pain-interference"] == (61.2, "computed")


def test_items_of_other_kinds_of_panels_are_left_alone() -> None:
    pressure = panel("85354-9", part("8480-6", 120), part("8462-4", 80))
    record = read(pressure, observation(coded(OWN, "odi"), valueQuantity={"value": 40}))
    assert scores(record) == {"odi": (40, "stated")}
    assert notes(record) == []
