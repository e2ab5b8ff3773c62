"""Pain after spine surgery: the code names no region, the operation on record may."""

from __future__ import annotations

import pytest

from tests.planning.charts import Resource, done, ill, plan

LUMBAR, CERVICAL = done("22612", "2023-01-15"), done("22551", "2015-01-15")


@pytest.mark.parametrize(
    ("operations", "region"),
    [([LUMBAR], "lumbar"), ([CERVICAL], "cervical"), ([LUMBAR, CERVICAL], None), ([], None)],
)
def test_the_operation_places_the_pain_if_there_is_one(
    operations: list[Resource], region: str | None
) -> None:
    made = plan(ill("M96.1", "2024-03-01"), *operations)
    (problem,) = made.problems
    assert (problem.id, problem.region) == ("pain-after-spine-surgery", region)
    assert problem.since == "2024-03-01"
