"""On what terms a population is screened."""

from __future__ import annotations

import datetime
import hashlib

import msgspec


class Terms(msgspec.Struct, frozen=True):
    """The day asked about and whose criteria decide."""

    as_of: datetime.date
    policy: str = "auto"
    """`auto` (from each patient's Coverage), `clinical`, a payer family or a policy id."""
    smallest: int = 11
    """Counts below this are hidden in the summary; it changes no verdict."""

    def fingerprint(self, knowledge: str) -> str:
        """Changes with anything that could change a verdict."""
        said = f"{knowledge} {self.as_of} {self.policy}"
        return hashlib.blake2b(said.encode(), digest_size=10).hexdigest()
