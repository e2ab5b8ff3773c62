"""A downloaded file looked through: is it whole, how many resources are in it, of which types."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

import msgspec

_MAGIC = b"\x1f\x8b"


class DamagedError(Exception):
    """The file is cut off or its checksum is wrong."""


class Head(msgspec.Struct):
    """Which resource a line holds."""

    resourceType: str  # noqa: N815 - FHIR's name
    id: str | None = None


class Contents(NamedTuple):
    """What a file holds."""

    resources: int
    broken: int
    kinds: list[str]


HEAD = msgspec.json.Decoder(Head)


def is_packed(path: Path) -> bool:
    """Whether a file is gzip."""
    with path.open("rb") as file:
        return file.read(2) == _MAGIC


def opened(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked."""
    return cast(IO[bytes], gzip.open(path)) if is_packed(path) else path.open("rb")


def heads(path: Path) -> Iterator[tuple[bytes, Head | None]]:
    """Every line that is not empty, and which resource it holds; none if it is broken.

    Raises:
        DamagedError: if the file is cut off or damaged.
    """
    try:
        with opened(path) as file:
            for line in file:
                if not line.strip():
                    continue
                try:
                    yield line, HEAD.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    yield line, None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DamagedError from None


def look_through(path: Path) -> Contents:
    """What a file holds.

    Raises:
        DamagedError: if it is cut off or damaged.
    """
    resources = broken = 0
    kinds: dict[str, None] = {}
    for _, head in heads(path):
        if head is None:
            broken += 1
        else:
            resources += 1
            kinds[head.resourceType] = None
    return Contents(resources, broken, sorted(kinds))
