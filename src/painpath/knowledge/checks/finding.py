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


def place(knowledge: Knowledge, section: str, key: str) -> str:
    """File and line of an element."""
    return knowledge.where.get(f"{section}:{key}", section)
