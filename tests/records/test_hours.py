"""Entries of one day: the latest by the hour, wherever it stands in the file."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.records.builders import score
from tests.records.small import read


def _at(moment: str, value: float, name: str, **rest: Any) -> dict[str, Any]:
    return {**score({"value": value}), "id": name, "effectiveDateTime": moment, **rest}


@pytest.mark.parametrize(
    "entries",
    [
        [_at("2026-10-12T08:00:00Z", 3, "9"), _at("2026-10-12T15:00:00Z", 7, "1")],
        # The zone counts: 09:00 in Arizona is later than 15:00 in London.
        [_at("2026-10-12T15:00:00Z", 3, "9"), _at("2026-10-12T09:00:00-07:00", 7, "1")],
        # An hour that is not recorded comes first.
        [_at("2026-10-12", 3, "9"), _at("2026-10-12T08:00:00Z", 7, "1")],
        # Without hours, when it was issued; without that, the id.
        [
            _at("2026-10-12", 3, "9", issued="2026-10-12T09:00:00Z"),
            _at("2026-10-12", 7, "1", issued="2026-10-12T10:00:00Z"),
        ],
        [_at("2026-10-12", 3, "9"), _at("2026-10-12", 7, "10")],
    ],
)
def test_the_latest_of_a_day_is_the_last_fact(entries: list[dict[str, Any]]) -> None:
    for some in permutations(entries):
        assert [fact["value"] for fact in read(*some).facts.to_pylist()] == [3, 7]
