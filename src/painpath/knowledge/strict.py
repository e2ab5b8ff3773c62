"""What structs of instruments and outcomes share: strictness, a grade, a citation."""

from __future__ import annotations

from typing import Literal

import msgspec

Review = Literal["primary", "secondary", "unverified"]
"""Grade of a rule's source: read itself, read in another's account, or neither."""

OneOrMany = str | list[str]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every knowledge struct: immutable, keyword-only, no stray keys."""
