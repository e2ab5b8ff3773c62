"""A later export put among the earlier ones: of each resource only the newest version stays.

The new files are put beside the old ones first, then what they replace or what was deleted leaves
the old ones; so nothing is ever missing, and doing it again after an interruption changes nothing.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from painpath.exporting.checking import heads
from painpath.exporting.state import Finished, Part


class _Request(msgspec.Struct):
    method: str = ""
    url: str = ""


class _Entry(msgspec.Struct):
    request: _Request = msgspec.field(default_factory=_Request)


class _Bundle(msgspec.Struct):
    entry: list[_Entry] = []


def deleted_in(path: Path) -> Iterator[str]:
    """`Type/id` of each resource that a file of transaction Bundles deletes."""
    for line, head in heads(path):
        if head is None or head.resourceType != "Bundle":
            continue
        try:
            bundle = msgspec.json.decode(line, type=_Bundle)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        for entry in bundle.entry:
            if entry.request.method.upper() == "DELETE":
                yield "/".join(entry.request.url.split("?")[0].rstrip("/").split("/")[-2:])


def names_in(path: Path) -> Iterator[str]:
    """`Type/id` of each resource in a file."""
    for _, head in heads(path):
        if head is not None and head.id:
            yield f"{head.resourceType}/{head.id}"


def merge(
    folder: Path, earlier: Iterable[Finished], new: Iterable[Part], gone: set[str], work: Path
) -> list[Finished]:
    """Take out of earlier exports what a new one replaces.

    Args:
        folder: of the records.
        earlier: exports, whose files are in the folder.
        new: files of the new export, in the folder already.
        gone: `Type/id` of deleted resources.
        work: folder for files that are being written.

    Returns:
        The earlier exports with what is left of them.
    """
    replaced = set(gone)
    for part in new:
        replaced.update(names_in(folder / part.file))
    kinds = {name.partition("/")[0] for name in replaced}
    left: list[Finished] = []
    for export in earlier:
        parts = []
        for part in export.parts:
            if kinds.intersection(part.kinds):
                part = _without(folder / part.file, part, replaced, work)
            if part.resources or part.broken:
                parts.append(part)
        left.append(msgspec.structs.replace(export, parts=parts))
    return left


def _without(path: Path, part: Part, replaced: set[str], work: Path) -> Part:
    """A file without some of its resources; it is removed if nothing is left."""
    if not path.exists():
        return msgspec.structs.replace(part, resources=0, broken=0)
    stay = taken = 0
    beside = work / f"{path.name}.part"
    with _writing(beside, packed=path.name.endswith(".gz")) as file:
        for line, head in heads(path):
            if head is not None and f"{head.resourceType}/{head.id}" in replaced:
                taken += 1
                continue
            stay += head is not None
            file.write(line if line.endswith(b"\n") else line + b"\n")
    if not taken:
        beside.unlink()
    elif stay or part.broken:
        beside.replace(path)
    else:
        beside.unlink()
        path.unlink()
    if not (stay or part.broken):
        return msgspec.structs.replace(part, resources=0)
    return msgspec.structs.replace(part, resources=stay, size=path.stat().st_size)


@contextmanager
def _writing(path: Path, *, packed: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as raw:
        if not packed:
            yield raw
            return
        # Without name and time the same content gives the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as file:
            yield cast(IO[bytes], file)
