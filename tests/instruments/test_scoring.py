"""Instruments give the published numbers, refuse what cannot be scored, and say why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from painpath.instruments import band_of, group_of, score_answers
from painpath.instruments.arithmetic import percent_change
from painpath.instruments.scoring import usable
from tests.instruments.shipped import fill, forms, items, score, scored

# (instrument, answers in the order of the form, score, value)
PUBLISHED = [
    ("peg", (7, 5, 4), "peg", 16 / 3),
    ("nrs", (7,), "pain-score", 7),
    ("bpi", (8, 2, 5, 5) + (4,) * 7, "bpi-severity", 5),
    ("bpi", (8, 2, 5, 5, 4, 4, 4, 8, None, None, None), "bpi-interference", 5),
    ("odi", (2, 2, 2, 2, 2, 2, 2, 2, 0, 0), "odi", 32),
    ("odi", (2, 2, 2, 2, 2, 2, 2, 2, 0, None), "odi", 35.6),
    ("ndi", (1,) * 10, "ndi", 10),
    ("ndi", (1,) * 8 + (None, None), "ndi", 10),
    ("rmdq", (1,) * 5 + (None,) * 19, "rmdq", 5),
    ("phq-9", (1, 2, 3, 0, 1, 2, 3, 0, 1), "phq-9", 13),
    ("phq-2", (3, 3), "phq-2", 6),
    ("phq-4", (3, 2, 1, 0), "phq-4", 6),
    ("gad-7", (3, 3, 3, 3, 3, 3, 3), "gad-7", 21),
    ("gad-2", (1, 2), "gad-2", 3),
    ("pcs", tuple(range(5)) + tuple(range(5)) + (4, 4, 4), "pcs", 32),
    ("pcs", (0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1, 0, 0), "pcs-rumination", 10),
    ("pcs", (0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 2), "pcs-magnification", 9),
    ("pcs", (4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 4, 0), "pcs-helplessness", 24),
    ("pseq", (6,) * 10, "pseq", 60),
    ("start-back", (1, 1, 1, 1, 0, 0, 0, 0, 2), "start-back", 4),
    ("start-back", (1, 1, 1, 1, 1, 1, 1, 1, 3), "start-back", 9),
    ("start-back", (1, 1, 1, 1, 1, 1, 1, 1, 4), "start-back-psychosocial", 5),
    ("dn4", (1, 1, 1, 1, 0, 0, 0, 0, 0, 0), "dn4", 4),
    ("dn4", (1, 1, 1, 1, 0, 0, 0, 1, 1, 1), "dn4-interview", 4),
    ("paindetect", (5,) * 7 + (3, 1), "paindetect", 38),
    ("paindetect", (0,) * 7 + (2, 0), "paindetect", -1),
    ("paindetect", (1,) * 7 + (1, 1), "paindetect", 9),
    ("s-lanss", (1,) * 7, "s-lanss", 24),
    ("s-lanss", (1, 0, 0, 0, 0, 1, 0), "s-lanss", 10),
    ("ort-oud", (1,) * 9, "ort-oud", 9),
    ("comm", (4,) * 17, "comm", 68),
    ("hit-6", (6, 8, 10, 11, 13, 13), "hit-6", 61),
    ("pgic", (2,), "pgic", 2),
    ("koos", (0,) * 7 + (1,) * 9 + (0,) * 26, "koos-pain", 75),
    ("koos", (4,) * 42, "koos-adl", 0),
    ("koos-jr", (0,) * 7, "koos-jr", 100.0),
    ("koos-jr", (1,) * 7, "koos-jr", 68.284),
    ("koos-jr", (4,) * 7, "koos-jr", 0.0),
    ("koos-ps", (4, 4, 3, 0, 0, 0, 0), "koos-ps", 64.7),
    ("hoos-jr", (2,) * 6, "hoos-jr", 52.965),
    ("hoos-ps", (1, 0, 0, 0, 0), "hoos-ps", 95.4),
    ("womac", (1,) * 24, "womac", 24),
    ("womac", (4,) * 5 + (0,) * 19, "womac-pain", 20),
    ("promis-pain-interference-4a", (5, 5, 5, 5), "promis-pain-interference", 75.6),
    ("promis-pain-interference-4a", (1, 1, 1, 2), "promis-pain-interference", 49.6),
    ("promis-pain-interference-6a", (2,) * 6, "promis-pain-interference", 55.6),
    ("promis-pain-interference-6b", (5,) * 6, "promis-pain-interference", 78.3),
    ("promis-pain-interference-8a", (5,) * 8, "promis-pain-interference", 77.0),
    ("promis-pain-interference-8a", (1,) * 8, "promis-pain-interference", 40.7),
    ("promis-pain-intensity-3a", (3, 3, 3), "promis-pain-intensity", 52.1),
    ("promis-physical-function-4a", (1, 1, 1, 1), "promis-physical-function", 22.9),
    ("promis-physical-function-6b", (5,) * 6, "promis-physical-function", 58.7),
    ("promis-physical-function-8b", (5,) * 8, "promis-physical-function", 59.7),
    # Question 7 of the Global-10 is turned and grouped: 0 becomes 5, 10 becomes 1.
    ("promis-global-10", (3, 3, 4, 3, 3, 4, 0, 4, 3, 3), "promis-global-physical", 54.1),
    ("promis-global-10", (3, 3, 4, 3, 3, 4, 10, 4, 3, 3), "promis-global-physical", 42.3),
    ("promis-global-10", (3, 5, 3, 5, 5, 3, 5, 3, 3, 3), "promis-global-mental", 59.0),
    ("nih-impact", (10, 5, 5, 5, 5, 1, 1, 1, 1), "nih-impact", 50),
    ("nih-impact", (0, 1, 1, 1, 1, 5, 5, 5, 5), "nih-impact", 8),
]


@pytest.mark.parametrize(("instrument", "answers", "concept", "value"), PUBLISHED)
def test_published_scores(
    instrument: str, answers: tuple[float | None, ...], concept: str, value: float
) -> None:
    found = scored(instrument, *answers)[concept]
    assert found.why is None
    assert found.value == pytest.approx(value)


PROMIS_29 = {
    # Raw 12 in every domain, then average pain 7.
    "promis-physical-function": 36.7,
    "promis-anxiety": 63.4,
    "promis-depression": 62.2,
    "promis-fatigue": 57.0,
    "promis-sleep-disturbance": 54.3,
    "promis-social-roles": 44.2,
    "promis-pain-interference": 61.2,
    "promis-29-pain-intensity": 7,
    # The impact score of the back pain task force asks nine of these items.
    "nih-impact": 31,
    "promis-29-pain-composite": ((7 - 2.31) / 2.34 + (61.2 - 50) / 10) / 2,
}


def test_all_domains_of_promis_29() -> None:
    found = scored("promis-29", *(3,) * 28, 7)
    assert {name: s.value for name, s in found.items()} == pytest.approx(PROMIS_29)


def test_standard_error_comes_with_the_t_score() -> None:
    found = scored("promis-pain-interference-4a", 1, 1, 1, 1)["promis-pain-interference"]
    assert (found.value, found.error) == (41.6, 6.1)


def test_tables_computed_from_calibrations_are_marked() -> None:
    computed = scored("promis-pain-interference-6a", *(2,) * 6)["promis-pain-interference"]
    read = scored("promis-pain-interference-8a", *(2,) * 8)["promis-pain-interference"]
    assert (computed.computed_table, read.computed_table) == (True, False)


@pytest.mark.parametrize(("sex", "value"), [("female", 4), ("male", 3)])
def test_opioid_risk_tool_is_scored_by_sex(sex: str, value: float) -> None:
    found = scored("opioid-risk-tool", 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, sex=sex)["opioid-risk-tool"]
    assert found.value == value


def test_opioid_risk_tool_needs_the_sex() -> None:
    found = scored("opioid-risk-tool", *(1,) * 10)["opioid-risk-tool"]
    assert found.value is None
    assert found.why is not None
    assert "neither female nor male" in found.why


TOO_FEW = [
    ("peg", (7, 5, None), "peg", "2 of 3 items answered, all are needed"),
    ("odi", (1,) * 7 + (None,) * 3, "odi", "7 of 10 items answered, at least 8 are needed"),
    ("ndi", (1,) * 7 + (None,) * 3, "ndi", "7 of 10 items answered, at least 8 are needed"),
    ("phq-9", (1,) * 8 + (None,), "phq-9", "8 of 9 items answered, all are needed"),
    ("koos-jr", (1,) * 6 + (None,), "koos-jr", "6 of 7 items answered, all are needed"),
    (
        "bpi",
        (1, 1, 1, 1) + (1, 1, 1) + (None,) * 4,
        "bpi-interference",
        "3 of 7 items answered, at least 4 are needed",
    ),
    (
        "koos",
        (0,) * 7 + (1,) * 4 + (None,) * 5 + (0,) * 26,
        "koos-pain",
        "4 of 9 items answered, at least 5 are needed",
    ),
    (
        "promis-pain-interference-8a",
        (3,) * 7 + (None,),
        "promis-pain-interference",
        "7 of 8 items answered, all are needed",
    ),
]


@pytest.mark.parametrize(("instrument", "answers", "concept", "why"), TOO_FEW)
def test_too_few_answers_give_a_reason_instead_of_a_score(
    instrument: str, answers: tuple[float | None, ...], concept: str, why: str
) -> None:
    found = scored(instrument, *answers)[concept]
    assert found.value is None
    assert found.why == f"{forms().instruments[instrument].name}: {why}"


def test_enough_answers_are_marked_as_prorated() -> None:
    assert scored("odi", *(1,) * 8, None, None)["odi"].prorated
    assert not scored("odi", *(1,) * 10)["odi"].prorated
    assert not scored("rmdq", *(1,) * 3, *(None,) * 21)["rmdq"].prorated


def test_a_form_of_statements_of_which_none_was_ticked() -> None:
    found = score_answers(forms(), {}, named="rmdq")
    assert [(s.concept, s.value) for s in found] == [("rmdq", 0)]


# --- which form ---


def test_a_longer_form_with_a_gap_is_not_scored_as_a_shorter_one() -> None:
    answers = fill("promis-pain-interference-8a", *(3,) * 6, None, 3)
    found = score_answers(forms(), answers)
    assert [(s.concept, s.value) for s in found if s.concept == "promis-pain-interference"] == [
        ("promis-pain-interference", None)
    ]


def test_the_shortest_form_that_asks_everything_answered_is_the_one() -> None:
    answers = fill("promis-pain-interference-6a", *(2,) * 6)
    found = {s.concept: s for s in score_answers(forms(), answers)}
    assert found["promis-pain-interference"].instrument == "promis-pain-interference-6a"


def test_a_form_that_only_lends_items_is_not_reported_as_incomplete() -> None:
    found = {s.concept for s in score_answers(forms(), fill("phq-2", 1, 1))}
    assert found == {"phq-2"}


# --- what cannot be an answer ---


@pytest.mark.parametrize(
    ("item", "answer", "why"),
    [
        ("peg-1", 11, "11 is not an answer to peg-1, which goes from 0 to 10"),
        ("promis-painin9", 0, "0 is not an answer to promis-painin9, which goes from 1 to 5"),
        ("odi-pain", 2.5, "2.5 is not an answer to odi-pain, which has whole numbers only"),
        ("peg-1", 5.5, None),
        ("phq-9-item-9", 3, None),
    ],
)
def test_usable_answers(item: str, answer: float, why: str | None) -> None:
    assert usable(forms(), forms().items[item], answer) == why


# --- what a number means ---

BANDS = [
    ("odi", "odi", 20, "minimal disability"),
    ("odi", "odi", 20.5, "moderate disability"),
    ("odi", "odi", 40, "moderate disability"),
    ("odi", "odi", 80.1, "bed-bound or exaggerating"),
    ("ndi", "ndi", 34, "severe disability"),
    ("ndi", "ndi", 35, "complete disability"),
    ("phq-9", "phq-9", 4, "none or minimal"),
    ("phq-9", "phq-9", 5, "mild"),
    ("phq-9", "phq-9", 10, "moderate"),
    ("phq-9", "phq-9", 15, "moderately severe"),
    ("phq-9", "phq-9", 20, "severe"),
    ("gad-7", "gad-7", 14, "moderate"),
    ("phq-2", "phq-2", 3, "positive screen"),
    ("phq-4", "phq-4", 9, "severe"),
    ("pcs", "pcs", 29, "not high"),
    ("pcs", "pcs", 30, "high"),
    ("pseq", "pseq", 19, "severe impairment"),
    ("pseq", "pseq", 20, "not severe"),
    ("dn4", "dn4", 3, "nerve pain not suggested"),
    ("dn4", "dn4", 4, "nerve pain suggested"),
    ("paindetect", "paindetect", 12, "nerve pain unlikely"),
    ("paindetect", "paindetect", 18, "unclear"),
    ("paindetect", "paindetect", 19, "nerve pain likely"),
    ("s-lanss", "s-lanss", 12, "nerve pain suggested"),
    ("opioid-risk-tool", "opioid-risk-tool", 3, "low risk"),
    ("opioid-risk-tool", "opioid-risk-tool", 8, "high risk"),
    ("ort-oud", "ort-oud", 3, "high risk"),
    ("comm", "comm", 9, "positive"),
    ("hit-6", "hit-6", 49, "little or no impact"),
    ("hit-6", "hit-6", 60, "severe impact"),
    ("nrs", "pain-score", 4, "mild"),
    ("nrs", "pain-score", 7, "severe"),
    ("pgic", "pgic", 2, "improved"),
    ("pgic", "pgic", 3, "not improved"),
    ("promis-pain-interference-4a", "promis-pain-interference", 70, "severe"),
    ("promis-global-10", "promis-global-physical", 58, "excellent"),
    ("promis-global-10", "promis-global-mental", 28.4, "poor"),
    ("rmdq", "rmdq", 20, "sensitive to change"),
    ("bpi", "bpi-severity", 7, "severe"),
]


@pytest.mark.parametrize(("instrument", "concept", "value", "name"), BANDS)
def test_bands(instrument: str, concept: str, value: float, name: str) -> None:
    band = band_of(score(instrument, concept), value)
    assert band is not None
    assert band.name == name


@pytest.mark.parametrize(
    ("total", "subscale", "group"),
    [(3, 3, "low risk"), (4, 3, "medium risk"), (4, 4, "high risk"), (9, 5, "high risk")],
)
def test_start_back_groups(total: float, subscale: float, group: str) -> None:
    tool = forms().instruments["start-back"]
    values = {"start-back": total, "start-back-psychosocial": subscale}
    assert group_of(tool, values) == group


def test_start_back_group_without_the_subscale() -> None:
    tool = forms().instruments["start-back"]
    assert group_of(tool, {"start-back": 3}) == "low risk"
    assert group_of(tool, {"start-back": 4}) is None


def test_direction_belongs_to_the_instrument() -> None:
    higher = {
        "promis-physical-function",
        "promis-social-roles",
        "promis-global-physical",
        "promis-global-mental",
        "eq-5d",
        "eq-vas",
        "pseq",
    }
    screens = {"dn4", "dn4-interview", "paindetect", "s-lanss"}
    for concept, known in forms().forms.items():
        for form in known:
            if concept in screens:
                expected = "neither"
            elif concept in higher or concept.startswith(("koos", "hoos")):
                expected = "higher"
            else:
                expected = "lower"
            assert form.score.better == expected, concept


def test_percent_change_only_for_scales_with_a_true_zero() -> None:
    ratio = {c for c, known in forms().forms.items() for f in known if f.score.ratio}
    assert ratio == {
        "pain-score",
        "peg",
        "bpi-severity",
        "bpi-interference",
        "odi",
        "rmdq",
        "promis-29-pain-intensity",
    }


@pytest.mark.parametrize(
    ("before", "after", "percent"), [(8, 4, 50), (10, 7, 30), (5, 6, -20), (0, 3, None)]
)
def test_percent_change(before: float, after: float, percent: float | None) -> None:
    assert percent_change(before, after) == percent


# --- whatever the answers ---


@settings(deadline=None)
@given(st.data())
def test_every_score_stays_in_its_range_and_no_answer_crashes(data: st.DataObject) -> None:
    known = forms()
    name = data.draw(st.sampled_from(sorted(known.instruments)))
    answers = {}
    for item in items(name):
        low, high = known.range_of(item)
        if data.draw(st.booleans()):
            answers[item.id] = float(data.draw(st.integers(int(low), int(high))))
    usable_answers = {
        key: value
        for key, value in answers.items()
        if known.items[key].scale is None
        or value in {a.value for a in known.scales[known.items[key].scale or ""].answers}
    }
    for found in score_answers(known, usable_answers, named=name, sex="male"):
        assert (found.value is None) == (found.why is not None)
        if found.value is not None:
            form = next(
                f for f in known.forms[found.concept] if f.instrument.id == found.instrument
            )
            assert form.score.low - 1e-9 <= found.value <= form.score.high + 1e-9
