"""Where a record comes from: a file, a folder of files, standard input; one patient or many."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from painpath.records.encodings import UndecodableError, inflate
from painpath.records.errors import RecordError

STDIN = "-"
_JSON = (".json", ".json.gz")
_LINES = (".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")
SUFFIXES = (*_JSON, *_LINES)


def is_lines(name: str) -> bool:
    """Whether a file's name says that it is NDJSON."""
    return name.lower().endswith(_LINES)


def files(folder: Path) -> list[Path]:
    """The FHIR files under a folder, in a stable order; nothing that is hidden."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.name.lower().endswith(SUFFIXES)
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def documents(source: str | Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of a record, decompressed.

    Raises:
        RecordError: if there is nothing to read.
    """
    if str(source) == STDIN:
        yield "standard input", _inflated("standard input", sys.stdin.buffer.read())
        return
    path = Path(source)
    if path.is_dir():
        found = files(path)
        if not found:
            raise RecordError(f"{path}: the folder holds no .json or .ndjson file")
        for file in found:
            yield file.name, read_bytes(file)
    else:
        yield path.name, read_bytes(path)


def read_bytes(path: Path) -> bytes:
    """A file's bytes, decompressed.

    Raises:
        RecordError: if it cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise RecordError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise RecordError(f"{path}: it is a folder") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be read"
        raise RecordError(f"{path}: {reason}") from None
    return _inflated(path.name, data)


def _inflated(name: str, data: bytes) -> bytes:
    try:
        return inflate(data)
    except UndecodableError as error:
        raise RecordError(f"{name}: the file {error}") from None
