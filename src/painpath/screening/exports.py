"""What an export consists of: its files, cut into pieces that can be read apart."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from painpath.records import sources
from painpath.records.errors import RecordError

_RANGE = 128 << 20
"""Bytes of a plain NDJSON file that are read as one piece."""
_GROUP = 128 << 20
_SMALLEST_GROUP = 4 << 20
_READ = 1 << 20


class Piece(msgspec.Struct, frozen=True, order=True):
    """A file of an export, or a range of bytes of a large one, as it was when it was listed."""

    path: str
    """Relative to the export's folder, with slashes."""
    start: int
    end: int
    size: int
    """Of the whole file."""
    changed: int
    """When the file was last written, in nanoseconds."""

    @property
    def place(self) -> tuple[str, int]:
        """What stays the same when the content changes."""
        return self.path, self.start


def root(export: Path) -> Path:
    """The folder that paths of pieces are relative to."""
    return export if export.is_dir() else export.parent


def pieces(export: Path, out: Path | None = None) -> list[Piece]:
    """The pieces of an export in the order of their names.

    Args:
        export: a folder or file.
        out: the folder of results, which is no part of the export should it lie within.

    Raises:
        RecordError: if there is nothing to read.
    """
    if not export.exists():
        raise RecordError(f"{export}: there is no such file or folder")
    files = sources.files(export) if export.is_dir() else [export]
    if out is not None:
        files = [file for file in files if not file.resolve().is_relative_to(out.resolve())]
    if not files:
        raise RecordError(
            f"{export}: the folder holds no .json or .ndjson file and no Parquet facts"
        )
    home = root(export)
    return sorted(piece for file in files for piece in _cut(file, home))


def _cut(file: Path, home: Path) -> Iterator[Piece]:
    state = file.stat()
    name = file.relative_to(home).as_posix()
    step = state.st_size or 1
    if sources.is_lines(name) and not name.lower().endswith(".gz"):
        step = _RANGE
    for start in range(0, state.st_size or 1, step):
        end = min(start + step, state.st_size)
        yield Piece(name, start, end, state.st_size, state.st_mtime_ns)


def groups(found: Iterable[Piece], workers: int) -> list[list[Piece]]:
    """Pieces in their order, together as large as one worker reads before it reports."""
    listed = list(found)
    total = sum(piece.end - piece.start for piece in listed)
    most = min(max(total // (4 * workers), _SMALLEST_GROUP), _GROUP)
    made: list[list[Piece]] = []
    held = most
    for piece in listed:
        if held >= most:
            made.append([])
            held = 0
        made[-1].append(piece)
        held += piece.end - piece.start
    return made


def checksum(home: Path, piece: Piece) -> int:
    """Of the piece's bytes as they are now; with the size it tells whether they have changed."""
    value = 0
    left = piece.end - piece.start
    with (home / piece.path).open("rb") as file:
        file.seek(piece.start)
        while left > 0 and (data := file.read(min(_READ, left))):
            value = zlib.crc32(data, value)
            left -= len(data)
    return value
