"""The list of files that a finished export consists of, as the server gives it."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_MIXED = "Resources"
"""Name of a file whose type the server does not say."""


class Entry(msgspec.Struct, frozen=True):
    """One file."""

    url: str
    type: str | None = None
    count: int | None = None


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """All files of an export."""

    transaction_time: str
    """State of the server that the export shows; the next one asks for what came after."""
    requires_access_token: bool = True
    output: list[Entry] = []
    deleted: list[Entry] | None = None
    error: list[Entry] | None = None

    def same(self, other: Manifest) -> bool:
        """Whether the files are the same ones, perhaps under new addresses."""
        return self.transaction_time == other.transaction_time and [
            (item.name, item.entry.count) for item in items(self, 0)
        ] == [(item.name, item.entry.count) for item in items(other, 0)]


class Item(NamedTuple):
    """A file, and what it is called here."""

    name: str
    """Without suffix, safe as a file's name."""
    kind: str
    """`output`, `deleted` or `error`."""
    entry: Entry


def items(manifest: Manifest, number: int) -> list[Item]:
    """The files of a manifest in its order, named after type, number of the export, and place."""
    found: list[Item] = []
    for kind in ("output", "deleted", "error"):
        for place, entry in enumerate(getattr(manifest, kind) or (), 1):
            known = entry.type is not None and _TYPE.fullmatch(entry.type)
            named = (entry.type if known else _MIXED) if kind == "output" else kind
            found.append(Item(f"{named}.{number:03}-{place:04}", kind, entry))
    return found
