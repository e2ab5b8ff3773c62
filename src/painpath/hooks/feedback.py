"""What became of cards: feedback as the specification has it, kept and counted by kind of card.

Nothing here says who the patient is: a card is known by its uuid, what it was about by a digest.
"""

from __future__ import annotations

import datetime
import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from painpath.hooks.errors import BadRequestError

_MOST = 500
_LONGEST = 2000
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")


class Shown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A card that was sent."""

    card: str
    service: str
    kind: str
    about: str
    """Digest of patient, finding and what it says: the same while nothing changes."""
    on: datetime.date


class Told(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a client said of a card."""

    card: str
    outcome: str
    at: str
    suggestions: list[str] = []
    reason: str | None = None
    """Code of the reason for which it was set aside."""
    comment: str | None = None


class KindCount(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the cards of one kind."""

    kind: str
    shown: int
    accepted: int
    overridden: int
    reasons: dict[str, int]
    """Code of a reason -> how often; `none` where none was given."""


class FeedbackStore(Protocol):
    """Where it is kept; used from several threads."""

    def add(self, lines: Sequence[Shown | Told]) -> None:
        """Keep these."""

    def set_aside(self, about: Iterable[str], since: datetime.date) -> set[str]:
        """Those digests of which a card sent since a day was set aside."""

    def counts(self) -> list[KindCount]:
        """What became of the cards, by kind."""


def parse(body: bytes) -> list[Told]:
    """A feedback request.

    Raises:
        BadRequestError: if it is not as specified.
    """
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError):
        raise BadRequestError("The request is not JSON.") from None
    lines = data.get("feedback") if isinstance(data, dict) else None
    if not isinstance(lines, list) or not lines:
        raise BadRequestError("The request holds no list called feedback.")
    if len(lines) > _MOST:
        raise BadRequestError(f"The request holds more than {_MOST} entries.")
    return [_told(line) for line in lines]


def _told(line: Any) -> Told:
    if not isinstance(line, dict):
        raise BadRequestError("An entry of feedback is not an object.")
    outcome = line.get("outcome")
    if outcome not in ("accepted", "overridden"):
        raise BadRequestError("outcome is neither accepted nor overridden.")
    at = _text(line.get("outcomeTimestamp"), "outcomeTimestamp")
    if not _TIME.fullmatch(at):
        raise BadRequestError("outcomeTimestamp is not an ISO time.")
    suggestions = line.get("acceptedSuggestions")
    if outcome == "accepted" and not suggestions:
        raise BadRequestError("acceptedSuggestions is missing for an accepted card.")
    why = line.get("overrideReason")
    why = {} if why is None else why
    if not isinstance(why, dict):
        raise BadRequestError("overrideReason is not an object.")
    reason = why.get("reason")
    if reason is not None and not isinstance(reason, dict):
        raise BadRequestError("overrideReason.reason is not a Coding.")
    comment = why.get("userComment")
    return Told(
        card=_text(line.get("card"), "card"),
        outcome=outcome,
        at=at,
        suggestions=_ids(suggestions),
        reason=None if reason is None else _text(reason.get("code"), "overrideReason.reason.code"),
        comment=None if comment is None else _text(comment, "overrideReason.userComment"),
    )


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadRequestError(f"{name} is missing or not a text.")
    if len(value) > _LONGEST:
        raise BadRequestError(f"{name} is too long.")
    return value


def _ids(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadRequestError("acceptedSuggestions is not a list.")
    return [
        _text(each.get("id") if isinstance(each, dict) else None, "acceptedSuggestions.id")
        for each in value
    ]


class MemoryFeedback:
    """Kept while the process runs, of the latest cards."""

    def __init__(self, most: int = 200_000) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._shown: dict[str, Shown] = {}
        self._told: dict[str, Told] = {}
        """The last word on each card: a client may say it more than once."""
        self._aside: dict[str, datetime.date] = {}
        """Digest -> when the latest card of it that was set aside had been sent."""

    def add(self, lines: Sequence[Shown | Told]) -> None:
        """See `FeedbackStore`."""
        with self._lock:
            for line in lines:
                if isinstance(line, Shown):
                    self._shown[line.card] = line
                elif line.card in self._shown:
                    self._say(self._shown[line.card], line)
            while len(self._shown) > self._most:
                oldest = self._shown.pop(next(iter(self._shown)))
                self._told.pop(oldest.card, None)
                self._aside.pop(oldest.about, None)

    def _say(self, shown: Shown, told: Told) -> None:
        self._told[shown.card] = told
        if told.outcome == "overridden":
            self._aside[shown.about] = max(shown.on, self._aside.get(shown.about, shown.on))
        else:
            self._aside.pop(shown.about, None)

    def set_aside(self, about: Iterable[str], since: datetime.date) -> set[str]:
        """See `FeedbackStore`."""
        with self._lock:
            return {each for each in about if self._aside.get(each, datetime.date.min) >= since}

    def counts(self) -> list[KindCount]:
        """See `FeedbackStore`."""
        with self._lock:
            return counted(self._shown.values(), self._told)


class FileFeedback(MemoryFeedback):
    """The same, written to a file of JSON lines as it comes, and read from it at the start."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            super().add(list(_lines(path)))

    def add(self, lines: Sequence[Shown | Told]) -> None:
        """See `FeedbackStore`."""
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        super().add(lines)
        with self._lock, self._path.open("ab") as file:
            file.write(data)


_LINE = msgspec.json.Decoder(Shown | Told)


def _lines(path: Path) -> Iterable[Shown | Told]:
    for line in path.read_bytes().splitlines():
        try:
            yield _LINE.decode(line)
        except msgspec.DecodeError:
            continue  # The last line of a process that was killed.


def counted(shown: Iterable[Shown], told: dict[str, Told]) -> list[KindCount]:
    """Cards by kind with what was said of them."""
    kinds: dict[str, list[Shown]] = {}
    for each in shown:
        kinds.setdefault(each.kind, []).append(each)
    counts = []
    for kind, cards in sorted(kinds.items()):
        words = [told[card.card] for card in cards if card.card in told]
        why: dict[str, int] = {}
        for word in words:
            if word.outcome == "overridden":
                why[word.reason or "none"] = why.get(word.reason or "none", 0) + 1
        counts.append(
            KindCount(
                kind=kind,
                shown=len(cards),
                accepted=sum(word.outcome == "accepted" for word in words),
                overridden=sum(word.outcome == "overridden" for word in words),
                reasons=why,
            )
        )
    return counts
