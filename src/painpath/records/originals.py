"""The resources of a record as they were sent, by reference: for quoting and for passing on.

Nothing is decided here. A document that cannot be read gives nothing; reading (`reading`) says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from painpath.records import sources

Resource = dict[str, Any]
Originals = Mapping[str, Resource]
"""`Condition/1` -> the resource."""


def originals(source: str | Path) -> Originals:
    """The resources of a file or folder (see `painpath.records.reading.read_record`).

    Raises:
        RecordError: if there is no such file.
    """
    return of_documents(data for _, data in sources.documents(source))


def of_documents(documents: Iterable[bytes]) -> Originals:
    """The same for documents that are already in memory, not compressed."""
    found: dict[str, Resource] = {}
    for data in documents:
        for resource in _resources(data):
            kind, key = resource.get("resourceType"), resource.get("id")
            if isinstance(kind, str) and isinstance(key, str):
                found[f"{kind}/{key}"] = resource
    return found


def _resources(data: bytes) -> Iterator[Resource]:
    """Those of a Bundle, of a list, or of one line each."""
    whole = _parsed(data.removeprefix(b"\xef\xbb\xbf"))
    if whole is None:
        for line in data.split(b"\n"):
            yield from _of(_parsed(line))
    else:
        yield from _of(whole)


def _of(value: Any) -> Iterator[Resource]:
    if isinstance(value, list):
        for each in value:
            yield from _of(each)
    elif isinstance(value, dict):
        entries = value.get("entry")
        if value.get("resourceType") == "Bundle" and isinstance(entries, list):
            for entry in entries:
                yield from _of(entry.get("resource") if isinstance(entry, dict) else None)
        else:
            yield value


def _parsed(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
