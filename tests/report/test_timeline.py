"""The timeline shows what was known on the plan's day, not what the record says since."""

from __future__ import annotations

import datetime

from painpath import planner
from painpath.report.html import timeline
from tests.report.conftest import Examples


def test_a_drug_whose_end_had_not_come_was_going_on(examples: Examples) -> None:
    record = examples.record("example-01")

    def words(day: datetime.date) -> list[str]:
        made = planner()
        outline = timeline.outline(made.plan(record, as_of=day), record, made.knowledge)
        assert outline is not None
        return [row.what for row in outline.rows if row.what.startswith("Duloxetine")]

    assert words(datetime.date(2026, 6, 29)) == ["Duloxetine, ongoing"]
    assert words(datetime.date(2026, 6, 30)) == ["Duloxetine, to 30 Jun 2026"]
