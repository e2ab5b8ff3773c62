"""Why a criterion is open, in words that are true of the record."""

from __future__ import annotations

import pytest

from painpath.knowledge import schema
from painpath.planning.wording import why_not_known

AGE = schema.Age(id="adult", text="Adult", at_least=18)
SEX = schema.Sex(id="woman", text="Woman", equals="female")


@pytest.mark.parametrize(
    ("leaf", "reason", "said"),
    [
        (AGE, "no-date", "The birth date is not recorded."),
        (AGE, "found", "The birth date is recorded only in part, and the day decides."),
        (SEX, "none", "The sex is not recorded as female or male."),
    ],
)
def test_why(leaf: schema.Leaf, reason: str, said: str) -> None:
    assert why_not_known(leaf, reason, False, {}, "") == said
