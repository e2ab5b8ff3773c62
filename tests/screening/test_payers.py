"""Whose criteria decided, in the words of the results: nobody takes "no payer" for a payer."""

from __future__ import annotations

import pytest

from painpath.planning.payer import CLINICAL
from painpath.planning.plan import PolicyChoice
from painpath.screening.payers import payer_words


@pytest.mark.parametrize(
    ("decides", "pays", "words"),
    [
        ("medicare", "medicare", "Medicare"),
        (CLINICAL, "small-plan", "Small Plan (no policy on file)"),
        (CLINICAL, CLINICAL, "No payer policy (clinical criteria)"),
    ],
)
def test_words(decides: str, pays: str, words: str) -> None:
    names = {"medicare": "Medicare", "small-plan": "Small Plan", CLINICAL: "Clinical criteria"}
    choice = PolicyChoice(id=decides, name=names[decides], why="", payer=pays)
    assert payer_words(choice, names) == words
