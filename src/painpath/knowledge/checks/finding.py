"""What a checker reports."""

from __future__ import annotations

from typing import Literal

import msgspec

from painpath.knowledge.loading import Knowledge


class Finding(msgspec.Struct, frozen=True):
    """One finding: how bad, where (`policies/x.yaml:12`), and the mend."""

    level: Literal["error", "warning", "note"]
    where: str
    what: str
    subject: str = ""
    """The checker that found it; findings of one subject are shown together."""


def place(knowledge: Knowledge, section: str, key: str, inner: str | None = None) -> str:
    """File and line of an element, or of what has the id `inner` within it."""
    around = knowledge.where.get(f"{section}:{key}", section)
    return around if inner is None else knowledge.where.get(f"{section}:{key}/{inner}", around)
