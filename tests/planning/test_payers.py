"""Which of several Coverages decides: by their order, never by where they stand in the file."""

from __future__ import annotations

import datetime
from itertools import permutations

import pytest

import painpath
from painpath.planning.payer import choose_policy
from painpath.records.facts import CoverageEntry

DAY = datetime.date(2026, 11, 1)


def entry(ref: str, text: str, order: float | None = None) -> CoverageEntry:
    return CoverageEntry(f"Coverage/{ref}", text, "", True, None, None, order)


@pytest.mark.parametrize(
    ("entries", "chosen"),
    [
        ([entry("1", "Aetna", 2), entry("2", "Medicare", 1)], "medicare"),
        # The payer that is asked first decides, with a policy on file or without.
        ([entry("1", "Aetna", 2), entry("2", "Arizona Medicaid", 1)], "clinical"),
        # Without an order one with a policy on file; which of two such, by its id.
        ([entry("1", "Arizona Medicaid"), entry("2", "Medicare")], "medicare"),
        ([entry("1", "Acme Health"), entry("2", "Medicare")], "medicare"),
        ([entry("1", "Medicare"), entry("2", "Aetna")], "medicare"),
        ([entry("1", "Aetna"), entry("2", "Medicare")], "aetna"),
    ],
)
def test_the_choice(entries: list[CoverageEntry], chosen: str) -> None:
    knowledge = painpath.planner().knowledge
    for some in permutations(entries):
        assert choose_policy(knowledge, "auto", some, DAY).id == chosen
