"""The page of what became of cards: counts that add up, reasons in words, nobody's name."""

from __future__ import annotations

import datetime
import re

import pytest

from painpath.hooks.feedback import Shown, Told
from painpath.serve.hooks import tally
from painpath.serve.hooks.keeping import StoredFeedback
from painpath.serve.pages.cards import first_day
from painpath.serve.people.roles import Role
from painpath.serve.store.opening import Store
from tests.serve.test_hooks import store
from tests.serve.world import World

__all__ = ["store"]

VIEW, SIGN = "painpath-patient-view", "painpath-order-sign"


def sent(card: str, on: str, service: str = VIEW, kind: str = "option") -> Shown:
    day = datetime.date.fromisoformat(on)
    return Shown(card=card, service=service, kind=kind, about=f"about {card}", on=day)


def said(card: str, outcome: str, reason: str | None = None, comment: str | None = None) -> Told:
    at = "2026-11-01T10:00:00Z"
    return Told(card=card, outcome=outcome, at=at, reason=reason, comment=comment)


LINES: list[Shown | Told] = [
    sent("a", "2026-10-31"),
    sent("b", "2026-11-01"),
    sent("c", "2026-11-01"),
    sent("d", "2026-11-01", SIGN, "hold"),
    sent("old", "2025-11-30"),
    said("a", "accepted"),
    said("b", "overridden", "handled", "Mrs Somebody knows"),
    said("d", "overridden"),
    said("old", "accepted"),
]


def test_counts_by_month_kind_and_reason(store: Store) -> None:
    StoredFeedback(store).add(LINES)
    with store.reading() as work:
        found = tally.since(work, datetime.date(2025, 12, 1))
    assert found.total == tally.Count(4, 1, 2) and found.total.open == 1
    assert found.by_month() == [
        ("2026-11", tally.Count(3, 0, 2)),
        ("2026-10", tally.Count(1, 1, 0)),
    ]
    assert found.by_kind() == [
        ((VIEW, "option"), tally.Count(3, 1, 1)),
        ((SIGN, "hold"), tally.Count(1, 0, 1)),
    ]
    assert found.reasons == [
        tally.Reason("hold", "none", 1),
        tally.Reason("option", "handled", 1),
    ]


def test_a_second_word_on_a_card_takes_the_place_of_the_first(store: Store) -> None:
    kept = StoredFeedback(store)
    kept.add([sent("a", "2026-11-01"), said("a", "overridden", "handled"), said("a", "accepted")])
    kept.add([sent("a", "2026-11-01")])
    with store.reading() as work:
        found = tally.since(work, datetime.date(2026, 11, 1))
    assert found.total == tally.Count(1, 1, 0) and found.reasons == []


@pytest.mark.parametrize(
    ("day", "start"),
    [("2026-11-01", "2025-12-01"), ("2026-12-31", "2026-01-01"), ("2024-02-29", "2023-03-01")],
)
def test_twelve_months_end_with_this_one(day: str, start: str) -> None:
    assert first_day(datetime.date.fromisoformat(day), 12).isoformat() == start


@pytest.mark.parametrize("role", [Role.analyst, Role.admin])
def test_the_page(small: World, role: Role) -> None:
    client = small.client(role)
    empty = client.get("/cards").text
    assert "No card has been sent since then." in empty
    StoredFeedback(small.store).add(LINES)
    page = client.get("/cards").text
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "4 cards : 1 taken up, 2 set aside, 1 without an answer." in text
    assert "Already known and being handled" in text and "No reason given" in text
    assert "pain care that fits (patient-view)" in text and "33 %" not in text
    assert "Somebody" not in page, "comments may speak of a patient"
    assert 'href="/cards"' in client.get("/account").text
