"""Spinal levels: a segment is the bit of its upper vertebra."""

from __future__ import annotations

import pytest

from painpath.knowledge import levels

TABLE = [
    ("L5-S1", "L5-S1"),
    ("L4/5", "L4-5"),
    ("L4-L5", "L4-5"),
    ("C5-6", "C5-6"),
    ("C7-T1", "C7-T1"),
    ("T12-L1", "T12-L1"),
    ("L3-S1", "L3-4, L4-5, L5-S1"),
    ("L3-4-5", "L3-4, L4-5"),
    ("L4-5 and L5-S1", "L4-5, L5-S1"),
    ("L4, L5", "L4-5, L5-S1"),
    ("L4 to S1", "L4-5, L5-S1"),
    ("right S1 nerve root", "S1"),
    ("C2-C3 facet", "C2-3"),
    ("l5\u2013s1", "L5-S1"),
    ("L-5", "L5-S1"),
    ("no level here", ""),
    ("T1-weighted and T2 weighted images", ""),
    ("T2 signal in L4", "L4-5"),
    ("T2 N0 M0", ""),
    ("T2DM", ""),
    ("L9", ""),
    ("HbA1C 7, B12, C99", ""),
]


@pytest.mark.parametrize(("text", "shown"), TABLE)
def test_levels(text: str, shown: str) -> None:
    assert levels.show(levels.parse(text)) == shown


def test_bit_is_the_upper_vertebra() -> None:
    assert levels.parse("L5-S1") == 1 << levels.VERTEBRAE.index("L5")


def test_levels_tell_their_region() -> None:
    assert levels.regions(levels.parse("L5-S1")) == ("lumbar",)
    assert levels.regions(levels.parse("C7-T1, T3")) == ("cervical", "thoracic")
    assert levels.regions(0) == ()
