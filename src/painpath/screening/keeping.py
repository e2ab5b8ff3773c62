"""Results of which everything they were made of is still the same, and which nobody has touched."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from painpath.screening.runs import PieceSheet
from painpath.screening.state import State
from painpath.screening.terms import Terms

_NAME = "results.json"


class Kept(msgspec.Struct, frozen=True):
    """What was told of results, what they were made of, and their files as they were left."""

    made_of: str
    patients: int
    problems: int
    worklists: dict[str, int]
    skips: int
    files: dict[str, tuple[int, int]]
    """Size, and when it was last written."""


def made_of(terms: Terms, state: State, sheets: Sequence[PieceSheet]) -> str:
    """Changes with anything that results are made of."""
    found = hashlib.blake2b(msgspec.json.encode([terms, state.knowledge]), digest_size=16)
    for number in sorted(state.done):
        found.update(msgspec.json.encode([number, state.done[number]]))
    for sheet in sheets:
        found.update(msgspec.json.encode(sheet))
    return found.hexdigest()


def recall(work: Path, out: Path, of: str) -> Kept | None:
    """The results in a folder, if they were made of this and stand as they were left."""
    try:
        kept = msgspec.json.decode((work / _NAME).read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return None
    return kept if kept.made_of == of and kept.files == stamps(out, kept.files) else None


def stamps(
    out: Path, names: Sequence[str] | dict[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """The files that are there, as they are."""
    found = {}
    for name in names:
        try:
            state = (out / name).stat()
        except OSError:
            continue
        found[name] = (state.st_size, state.st_mtime_ns)
    return found


def forget(work: Path) -> None:
    """The results are about to be written anew."""
    (work / _NAME).unlink(missing_ok=True)


def keep(work: Path, kept: Kept) -> None:
    """Once they are complete."""
    beside = work / f".{_NAME}"
    beside.write_bytes(msgspec.json.encode(kept))
    beside.replace(work / _NAME)
