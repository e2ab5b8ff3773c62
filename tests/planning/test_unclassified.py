"""What was done and its code does not sort: shown and asked for, counted as nothing."""

from __future__ import annotations

import io

from rich.console import Console

from painpath.planning.plan import OptionResult, Plan
from painpath.report import terminal
from tests.planning.charts import CPT, coded, done, ill, plan

KX = {"code": coded(CPT, "64493-KX")}
BLOCK = "facet-mbb-diagnostic"


def _option(made: Plan, name: str) -> OptionResult:
    return next(o for o in made.problems[0].options if o.id == name)


def test_a_facet_injection_without_its_modifier_is_shown_and_asked_about() -> None:
    made = plan(ill("M47.816"), done("64493", "2026-04-01"), done("64493", "2026-05-04"))
    (group,) = made.problems[0].unclassified
    assert group.concept == "facet-injection-unclassified"
    assert BLOCK in group.options
    assert [item.date for item in group.evidence] == ["2026-05-04", "2026-04-01"]
    assert group.ask.startswith("Record whether it was: diagnostic facet block")
    assert not _option(made, BLOCK).done
    out = io.StringIO()
    terminal.render(made, Console(file=out, width=200))
    assert "Facet injection, diagnostic or therapeutic not stated (4 May 2026" in out.getvalue()


def test_with_the_modifier_it_is_a_block() -> None:
    made = plan(ill("M47.816"), done("64493", "2026-04-01") | KX)
    assert not made.problems[0].unclassified
    assert [item.date for item in _option(made, BLOCK).done] == ["2026-04-01"]


def test_another_region_or_a_later_day_is_another_matter() -> None:
    for other in (done("64490", "2026-04-01"), done("64493", "2026-11-02")):
        assert not plan(ill("M47.816"), other).problems[0].unclassified


def test_problems_that_it_cannot_concern_do_not_show_it() -> None:
    knee = plan(ill("M17.11"), done("64493", "2026-04-01"))
    assert not knee.problems[0].unclassified
