"""Evidence as a document quotes it: what was found, when, where, and in the record's own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from painpath.knowledge.loading import Knowledge
from painpath.planning.facts import printable
from painpath.planning.plan import Evidence
from painpath.records.originals import Originals
from painpath.report.words import span_words

_LONGEST = 300
_REPORTS = {"relief-percent", "relief-duration"}
"""Ids of observations that no concept stands for."""
_ELSEWHERE = ("note", "conclusion", "description", "comment")
"""Where a resource says in prose what its code does not."""


class Quote(msgspec.Struct, frozen=True):
    """One fact of the record with the words it was recorded in."""

    ref: str
    when: str
    text: str
    words: str | None
    """Prose of the resource itself, as written there."""

    def line(self) -> str:
        """`MRI of lumbar spine (11 May 2026): "No compression." DiagnosticReport/1`."""
        said = f": “{self.words}”" if self.words else ""
        return f"{self.text} ({self.when}){said} {self.ref}"


class Quoter:
    """Quotes evidence; knows the ids that mean nothing to a reader."""

    def __init__(self, knowledge: Knowledge, originals: Originals) -> None:
        self._ids = {concept.id for concept in knowledge.concepts} | _REPORTS
        self._originals = originals

    def all(self, evidence: Iterable[Evidence]) -> list[Quote]:
        """Evidence with the record's own words, where the record was given."""
        return [self._quote(item) for item in evidence]

    def short(self, item: Evidence) -> str:
        """`Oswestry Disability Index: 48 % (10 Aug 2026)`."""
        return f"{self.plain(item)} ({span_words(item.date, item.until)})"

    def plain(self, item: Evidence) -> str:
        """Without the id of a concept in front: `odi Oswestry Disability Index`.

        A drug's id is its name, which stays.
        """
        first, _, rest = item.text.partition(" ")
        if item.ref.startswith("Medication"):
            return item.text
        return rest if rest and first in self._ids else item.text

    def _quote(self, item: Evidence) -> Quote:
        when = span_words(item.date, item.until)
        if item.origin != "stated":
            when += f", {item.origin}"
        words = own_words(self._originals.get(item.ref), item.text)
        return Quote(item.ref, when, self.plain(item), words)


def own_words(resource: dict[str, Any] | None, known: str) -> str | None:
    """What a resource says in prose, shortened; none if that is what is shown anyway."""
    said = []
    for prose in _prose(resource or {}):
        text = " ".join(printable(prose).split())
        if text and text not in known and text not in said:
            said.append(text)
    whole = " ".join(said)
    if len(whole) > _LONGEST:
        whole = whole[:_LONGEST].rsplit(" ", 1)[0] + " …"
    return whole or None


def _prose(resource: dict[str, Any]) -> Iterator[str]:
    for name in _ELSEWHERE:
        value = resource.get(name)
        for each in value if isinstance(value, list) else [value]:
            text = each.get("text") if isinstance(each, dict) else each
            if isinstance(text, str):
                yield text
