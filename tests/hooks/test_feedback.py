"""Feedback: as specified, kept, counted; what is not as specified is one sentence."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest

from painpath.hooks.errors import BadRequestError
from painpath.hooks.feedback import (
    FeedbackStore,
    FileFeedback,
    KindCount,
    MemoryFeedback,
    Shown,
    Told,
    parse,
)
from tests.hooks.asking import Json

DAY = datetime.date(2026, 11, 1)
CARD = "4e0a3a1e-3283-4575-ab82-028d55fe2719"


def line(**changes: object) -> Json:
    said = {
        "card": CARD,
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
        "outcomeTimestamp": "2026-11-01T00:00:00Z",
        **changes,
    }
    return {name: value for name, value in said.items() if value is not ...}


def read(*lines: object) -> list[Told]:
    return parse(msgspec.json.encode({"feedback": list(lines)}))


def shown(
    card: str = CARD, kind: str = "option", about: str = "a", on: datetime.date = DAY
) -> Shown:
    return Shown(card=card, service="painpath-patient-view", kind=kind, about=about, on=on)


# -- the specification's examples --


def test_an_accepted_suggestion() -> None:
    (told,) = read(line())
    assert told.outcome == "accepted"
    assert told.suggestions == ["e56e1945-20b3-4393-8503-a1a20fd73152"]


def test_overridden_without_a_reason() -> None:
    (told,) = read(line(outcome="overridden", acceptedSuggestions=...))
    assert (told.reason, told.comment) == (None, None)


def test_overridden_with_a_reason() -> None:
    why = {
        "reason": {"code": "handled", "system": "urn:painpath:override-reason"},
        "userComment": "A comment entered by the clinician.",
    }
    (told,) = read(line(outcome="overridden", acceptedSuggestions=..., overrideReason=why))
    assert told.reason == "handled"
    assert told.comment == "A comment entered by the clinician."


def test_a_comment_alone() -> None:
    why = {"userComment": "later"}
    (told,) = read(line(outcome="overridden", acceptedSuggestions=..., overrideReason=why))
    assert (told.reason, told.comment) == (None, "later")


def test_several_cards_at_once() -> None:
    assert len(read(line(), line(card="other"))) == 2


@pytest.mark.parametrize("at", ["2020-12-11T00:00:00Z", "2020-12-11T00:00:00.123+01:00"])
def test_times(at: str) -> None:
    assert read(line(outcomeTimestamp=at))[0].at == at


@pytest.mark.parametrize(
    "said",
    [
        line(card=...),
        line(card=7),
        line(card=""),
        line(card="x" * 3000),
        line(outcome=...),
        line(outcome="ignored"),
        line(outcome=["accepted"]),
        line(acceptedSuggestions=...),
        line(acceptedSuggestions=[]),
        line(acceptedSuggestions="x"),
        line(acceptedSuggestions=["x"]),
        line(acceptedSuggestions=[{"id": None}]),
        line(outcomeTimestamp=...),
        line(outcomeTimestamp="yesterday"),
        line(outcomeTimestamp=17),
        line(overrideReason="no"),
        line(overrideReason={"reason": "no"}),
        line(overrideReason={"reason": {"system": "x"}}),
        line(overrideReason={"userComment": 7}),
        line(overrideReason={"userComment": "x" * 3000}),
        "x",
        None,
    ],
)
def test_what_is_not_as_specified(said: object) -> None:
    with pytest.raises(BadRequestError) as caught:
        read(said)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"feedback": {}}', b'{"feedback": []}', b"[" * 99_999, b"\xff"]
)
def test_what_is_no_feedback(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        parse(body)


def test_too_many_lines() -> None:
    with pytest.raises(BadRequestError, match="more than"):
        read(*[line()] * 501)


# -- stores --


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FeedbackStore:
    return MemoryFeedback() if request.param == "memory" else FileFeedback(tmp_path / "f.jsonl")


def overridden(card: str = CARD, reason: str | None = None) -> Told:
    return Told(card=card, outcome="overridden", at="2026-11-01T00:00:00Z", reason=reason)


def test_counts_by_kind_with_reasons(store: FeedbackStore) -> None:
    store.add([shown("1"), shown("2"), shown("3"), shown("4", kind="hold")])
    store.add([overridden("1", "handled"), overridden("2")])
    store.add([Told(card="4", outcome="accepted", at="x", suggestions=["s"])])
    assert store.counts() == [
        KindCount(kind="hold", shown=1, accepted=1, overridden=0, reasons={}),
        KindCount(
            kind="option", shown=3, accepted=0, overridden=2, reasons={"handled": 1, "none": 1}
        ),
    ]


def test_the_last_word_on_a_card_counts_once(store: FeedbackStore) -> None:
    store.add([shown()])
    store.add([overridden(), overridden(reason="handled")])
    (count,) = store.counts()
    assert (count.overridden, count.reasons) == (1, {"handled": 1})


def test_feedback_on_a_card_that_nobody_sent_is_not_counted(store: FeedbackStore) -> None:
    store.add([overridden("unknown")])
    assert store.counts() == []


def test_what_was_set_aside_since_a_day(store: FeedbackStore) -> None:
    store.add([shown(about="a"), shown("2", about="b")])
    store.add([overridden()])
    assert store.set_aside(["a", "b", "c"], DAY) == {"a"}
    assert store.set_aside(["a"], DAY + datetime.timedelta(days=1)) == set()


def test_a_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    one = FileFeedback(path)
    one.add([shown()])
    one.add([overridden(reason="handled")])
    again = FileFeedback(path)
    assert again.counts() == one.counts()
    assert again.set_aside(["a"], DAY) == {"a"}


def test_a_file_cut_off_in_the_middle_keeps_its_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    FileFeedback(path).add([shown(), shown("2")])
    path.write_bytes(path.read_bytes()[:-20])
    (count,) = FileFeedback(path).counts()
    assert count.shown == 1


def test_the_memory_has_an_end() -> None:
    store = MemoryFeedback(most=3)
    for n in range(9):
        store.add([shown(str(n))])
        store.add([overridden(str(n))])
    (count,) = store.counts()
    assert (count.shown, count.overridden) == (3, 3)
