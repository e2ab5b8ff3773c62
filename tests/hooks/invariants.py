"""What holds of every answer: the specification's rules for cards and actions."""

from __future__ import annotations

import re
import uuid
from typing import Any

from painpath.hooks.cards import KINDS, REASONS
from tests.hooks.asking import Json

_CARD = {
    "uuid",
    "summary",
    "indicator",
    "source",
    "detail",
    "suggestions",
    "selectionBehavior",
    "overrideReasons",
    "links",
    "extension",
}
FORBIDDEN = re.compile(r"\b(denied|rejected|fail(?:ed|s|ure)?|you must)\b", re.IGNORECASE)


def check(answer: Json, most: int = 3) -> None:
    """A whole answer as the client reads it."""
    assert set(answer) <= {"cards", "systemActions"}
    assert isinstance(answer["cards"], list) and len(answer["cards"]) <= most
    for name in set(answer) - {"cards"}:
        without_empty(answer[name])
    uuids = [card["uuid"] for card in answer["cards"]]
    uuids += [s["uuid"] for card in answer["cards"] for s in card.get("suggestions", [])]
    assert len(uuids) == len(set(uuids))
    for card in answer["cards"]:
        check_card(card)
    for action in answer.get("systemActions", []):
        check_action(action)


def check_card(card: Json) -> None:
    assert set(card) <= _CARD
    without_empty(card)
    uuid.UUID(card["uuid"])
    summary = card["summary"]
    assert 10 < len(summary) < 140 and "\n" not in summary
    assert card["indicator"] in ("info", "warning", "critical")
    check_source(card["source"])
    assert len(card["detail"]) <= 3000 and card["detail"].count("\n") < 8
    assert not FORBIDDEN.search(f"{summary} {card['detail']}")
    assert ("suggestions" in card) == ("selectionBehavior" in card)
    assert card.get("selectionBehavior", "any") in ("any", "at-most-one")
    assert [r["code"] for r in card["overrideReasons"]] == list(REASONS)
    assert all(set(r) == {"system", "code", "display"} for r in card["overrideReasons"])
    for suggestion in card.get("suggestions", []):
        uuid.UUID(suggestion["uuid"])
        assert suggestion["label"] and set(suggestion) <= {"label", "uuid", "actions"}
        for action in suggestion["actions"]:
            check_action(action)
    for link in card.get("links", []):
        assert set(link) <= {"label", "url", "type", "appContext"}
        assert link["type"] in ("smart", "absolute")
        assert "appContext" not in link or link["type"] == "smart"


def check_source(source: Json) -> None:
    assert set(source) <= {"label", "url", "topic"}
    assert 0 < len(source["label"]) <= 100
    assert source.get("url", "https://").startswith(("https://", "http://"))
    assert source["topic"]["code"] in KINDS and source["topic"]["display"]


def check_action(action: Json) -> None:
    assert set(action) <= {"type", "description", "resource", "resourceId"}
    assert action["description"]
    match action["type"]:
        case "create":
            assert action["resource"]["resourceType"] == "ServiceRequest"
            assert action["resource"]["status"] == "draft" and "resourceId" not in action
        case "update":
            assert action["resource"]["id"] and "resourceId" not in action
        case "delete":
            assert re.fullmatch(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]+", action["resourceId"])
            assert "resource" not in action
        case other:
            raise AssertionError(other)


def without_empty(value: Any) -> None:
    """No null, empty text, list or object anywhere (what a client sent itself is its own)."""
    assert value not in (None, "", [], {})
    if isinstance(value, dict):
        for inner in value.values():
            without_empty(inner)
    elif isinstance(value, list):
        for inner in value:
            without_empty(inner)
