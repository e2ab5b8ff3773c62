"""The reading level is the published formula, on syllables that agree with how words are spoken."""

from __future__ import annotations

import pytest

from painpath.knowledge.checks.reading_level import HIGHEST_GRADE, grade, parts, syllables
from painpath.knowledge.store import compiled

# Counted by saying them aloud.
SPOKEN = {
    1: "pain nerve knee walked pulled goes while guides stopped helped through eight",
    2: "needle needles settled places pulses changes presses needed closely doing being something"
    " people diet quiet doctor steroid guidelines agree",
    3: "medicine area idea usual replacement pacemaker radio stimulate hospital MRI surgery",
    4: "diabetes exercises usually radiation",
}


@pytest.mark.parametrize(
    ("word", "count"),
    [(word, count) for count, words in SPOKEN.items() for word in words.split()],
)
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_formula() -> None:
    # 0.39 * words / sentences + 11.8 * syllables / words - 15.59
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert grade("The cat sat. The doctor came.") == pytest.approx(0.39 * 3 + 11.8 * 7 / 6 - 15.59)


def test_a_sentence_ends_with_a_mark_and_not_with_a_number() -> None:
    assert grade("It took 2.5 hours.") == grade("It took 25 hours.")


def test_nothing_has_no_grade() -> None:
    assert grade("") == 0
    assert grade("...") == 0


@pytest.mark.parametrize(
    ("easy", "hard"),
    [
        (
            "You lie on your front. The skin is numbed. You go home the same day.",
            "Following percutaneous anaesthesia, ambulatory discharge is anticipated.",
        ),
        (
            "Call us if your leg gets weak.",
            "Immediate notification is mandatory in the event of progressive motor deterioration.",
        ),
    ],
)
def test_plain_words_have_a_lower_grade(easy: str, hard: str) -> None:
    assert grade(easy) <= HIGHEST_GRADE < grade(hard)


def test_every_patient_text_is_plain() -> None:
    texts = [
        (option.id, part, grade(text))
        for option in compiled().knowledge.options
        if option.patient is not None
        for part, text in parts(option.patient)
    ]
    assert texts
    assert [text for text in texts if text[2] > HIGHEST_GRADE] == []
