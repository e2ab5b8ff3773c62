"""A document's bytes into its resources, each still JSON: Bundle, single resource, NDJSON, lists.

The fast way decodes the whole document at once; what it does not accept is taken apart tolerantly,
so that one broken entry costs itself.
"""

# ruff: noqa: N815 - names of FHIR elements

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from painpath.records import peeking
from painpath.records.encodings import to_utf8
from painpath.records.errors import NotFhirError, RecordError
from painpath.records.facts import Skipped
from painpath.records.parts import Item, Parts
from painpath.records.repair import UnreadableError, parse
from painpath.records.resource_types import AnyResource
from painpath.records.resources import TYPES, Patient
from painpath.records.salvage import WRAPPED, file_resource, salvage
from painpath.records.sieve import EVERYTHING, Sieve


class _Entry(msgspec.Struct, gc=False):
    resource: msgspec.Raw = msgspec.Raw()
    fullUrl: str | None = None


class _Bundle(msgspec.Struct, gc=False):
    resourceType: str = ""
    entry: list[_Entry] = []


class _Head(msgspec.Struct, gc=False):
    resourceType: str = ""


class _TypedEntry(msgspec.Struct, gc=False):
    resource: AnyResource
    fullUrl: str | None = None


class _TypedBundle(msgspec.Struct, gc=False):
    resourceType: Literal["Bundle"]
    entry: list[_TypedEntry] = []


_TYPED = msgspec.json.Decoder(_TypedBundle)
_TYPED_LINE = msgspec.json.Decoder(AnyResource)
_BUNDLE = msgspec.json.Decoder(_Bundle)
_HEAD = msgspec.json.Decoder(_Head)
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def split(data: bytes, name: str, parts: Parts, sieve: Sieve | None = None) -> None:
    """Add a document's resources to `parts`.

    Args:
        data: the bytes of a whole file, not compressed.
        name: its name, for messages.
        sieve: tells which resources need not be decoded at all.

    Raises:
        RecordError: if it is not FHIR JSON, or is cut off.
    """
    if not data or data.isspace():
        raise NotFhirError(f"{name}: the file is empty")
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if peeking.is_wide(data) and peeking.peek(data, parts, sieve):
        return
    if _typed(data, parts, sieve):
        return
    notes: list[str] = []
    data = to_utf8(data, notes)
    parts.skipped.extend(Skipped(name, note) for note in notes)
    if _by_entry(data, parts):
        return
    if _is_ndjson(data):
        split_lines(data, name, parts)
    else:
        salvage(data, name, parts)


# -- the fast ways: all or nothing --


def _typed(data: bytes, parts: Parts, sieve: Sieve | None) -> bool:
    """The whole Bundle at once; any surprise in it, and it is not done this way."""
    items: list[Item] = []
    ignored: list[str] = []
    try:
        entries = _TYPED.decode(data).entry
        if sieve is not None and [type(entry.resource) for entry in entries].count(Patient) != 1:
            # With several patients every resource counts for the choice of one.
            sieve = None
        wants = sieve.wants if sieve is not None else EVERYTHING
        for number, entry in enumerate(entries, 1):
            resource = entry.resource
            kind = type(resource)
            wanted = wants.get(kind)
            if wanted is not None and not wanted(resource):
                ignored.append(kind.__name__)
                continue
            resource.settle()
            items.append((kind.__name__, resource, entry.fullUrl, number))
    except _BROKEN:
        return False
    parts.items.extend(items)
    parts.ignored.update(ignored)
    if sieve is not None:
        parts.unknown.update(sieve.unknown)
    return True


def _by_entry(data: bytes, parts: Parts) -> bool:
    """A Bundle whose entries are sound JSON, whatever they hold."""
    items: list[Item] = []
    ignored: Counter[str] = Counter()
    try:
        bundle = _BUNDLE.decode(data)
        if bundle.resourceType != "Bundle":
            return False
        for number, entry in enumerate(bundle.entry, 1):
            kind = _HEAD.decode(entry.resource).resourceType
            if kind in TYPES:
                items.append((kind, entry.resource, entry.fullUrl, number))
            elif kind in WRAPPED or not kind:
                return False
            else:
                ignored[kind] += 1
    except _BROKEN:
        return False
    parts.items.extend(items)
    parts.ignored.update(ignored)
    return True


# -- NDJSON --


def _is_ndjson(data: bytes) -> bool:
    """One object per line: the first line is whole and another follows."""
    end = data.find(b"\n")
    if end < 0:
        return False
    first = data[:end].strip()
    rest = data[end:].lstrip()[:1]
    return first.startswith(b"{") and first.endswith(b"}") and rest == b"{"


def split_ndjson(data: bytes, name: str, parts: Parts) -> None:
    """Add the resources of a file that is NDJSON by its name.

    Raises:
        RecordError: if no line of it is a resource.
    """
    notes: list[str] = []
    data = to_utf8(data, notes)
    parts.skipped.extend(Skipped(name, note) for note in notes)
    if not data.lstrip().startswith(b"{"):
        split(data, name, parts)
        return
    first = data.lstrip().split(b"\n", 1)[0].strip()
    if first.endswith(b"}"):
        split_lines(data, name, parts)
    else:
        split(data, name, parts)


def split_lines(data: bytes, name: str, parts: Parts) -> None:
    """Add the resources of an NDJSON document; a broken line costs itself.

    Raises:
        RecordError: if the last line is broken: the file is cut off.
    """
    broken = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        line = line.strip()
        if line:
            broken = 0 if split_line(line, name, number, parts) else number
    if broken:
        raise RecordError(f"{name}: the file ends in the middle; export or copy it again")


def split_line(line: bytes, name: str, number: int, parts: Parts) -> bool:
    """Add the resource of one line; false if the line is not JSON."""
    where = f"{name}:{number}"
    try:
        resource = _TYPED_LINE.decode(line)
    except _BROKEN:
        pass
    else:
        kind = type(resource).__name__
        if kind in TYPES:
            parts.items.append((kind, resource, None, where))
        else:
            parts.ignored[kind] += 1
        return True
    try:
        kind = _HEAD.decode(line).resourceType
    except _BROKEN:
        kind = ""
    if kind in TYPES:
        parts.items.append((kind, line, None, where))
    elif kind and kind not in WRAPPED:
        parts.ignored[kind] += 1
    else:
        try:
            file_resource(parse(line), None, where, parts, 0)
        except UnreadableError as error:
            parts.leave_out(where, str(error))
            return False
    return True
