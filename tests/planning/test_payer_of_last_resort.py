"""Of several payers the first named decides, but never one that pays what the others leave."""

from __future__ import annotations

import datetime

import pytest

from painpath import planner
from painpath.planning.payer import choose_policy
from painpath.records.facts import CoverageEntry

DAY = datetime.date(2026, 11, 20)


def covered(*names: str) -> str:
    entries = [
        CoverageEntry(f"Coverage/{n}", name, "", True, None, None) for n, name in enumerate(names)
    ]
    return choose_policy(planner().knowledge, "auto", entries, DAY).payer


@pytest.mark.parametrize(
    ("names", "payer"),
    [
        (("Alabama Medicaid", "Medicare"), "medicare"),
        (("Medicare", "Alabama Medicaid"), "medicare"),
        (("Texas Medicaid", "Aetna PPO"), "aetna"),
        (("Alabama Medicaid",), "alabama-medicaid"),
        (("Alabama Medicaid", "Health plan that nobody knows"), "alabama-medicaid"),
        (("Aetna PPO", "Medicare"), "aetna"),
    ],
)
def test_who_decides(names: tuple[str, ...], payer: str) -> None:
    assert covered(*names) == payer
