"""What documents hold: their resources, still JSON or already decoded, and what was left out."""

from __future__ import annotations

from collections import Counter

import msgspec

from painpath.records.facts import Skipped
from painpath.records.resources import Resource

Item = tuple[str, bytes | msgspec.Raw | Resource, str | None, str | int]
"""A resource: type, JSON (or decoded), `fullUrl`, and its place for messages (entry number)."""


class Parts:
    """Resources of one or several documents of the same record."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.ignored: Counter[str] = Counter()
        """Resources of types that are not read."""
        self.skipped: list[Skipped] = []
        self.unreadable: Counter[str] = Counter()
        self.unknown: Counter[bytes] = Counter()
        """Codes of sifted-out conditions and procedures, as JSON."""

    def leave_out(self, where: str, why: str, kind: str = "unknown") -> None:
        """Count a resource that cannot be used at all."""
        self.skipped.append(Skipped(where, why))
        self.unreadable[kind] += 1
