"""Zoster: one code family for the fresh rash and the pain that stays; the day of the rash tells."""

from __future__ import annotations

import pytest

from tests.planning.charts import ill, plan, said

FRESH = "esi-acute-herpes-zoster"
PAYERS = ["clinical", "medicare"]


@pytest.mark.parametrize("policy", PAYERS)
def test_a_rash_of_ten_days_does_not_lead_to_a_stimulator(policy: str) -> None:
    made = plan(ill("B02.29", "2026-10-22"), said("pain-score", 8, "2026-10-25"), policy=policy)
    assert made.problems[0].next_step == FRESH


@pytest.mark.parametrize("policy", PAYERS)
def test_established_pain_after_zoster_does_not_lead_to_an_epidural(policy: str) -> None:
    made = plan(ill("B02.29", "2026-01-05"), said("pain-score", 8, "2026-10-25"), policy=policy)
    option = next(o for o in made.problems[0].options if o.id == FRESH)
    assert option.status == "not-met"
    assert made.problems[0].next_step != FRESH
