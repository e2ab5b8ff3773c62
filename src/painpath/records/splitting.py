"""A document's bytes into its resources, each still JSON: Bundle, single resource, NDJSON, lists.

The fast way validates the whole document with simdjson where that is installed, with msgspec
otherwise; what neither accepts is taken apart tolerantly, so that one broken entry costs itself.
"""

# ruff: noqa: N815 - names of FHIR elements

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from painpath.records.encodings import to_utf8
from painpath.records.errors import NotFhirError, RecordError
from painpath.records.facts import Skipped
from painpath.records.parts import Item, Parts
from painpath.records.repair import UnreadableError, parse
from painpath.records.resource_types import AnyResource
from painpath.records.resources import TYPES
from painpath.records.salvage import WRAPPED, file_resource, salvage
from painpath.records.sieve import Sieve, Wants


def _simdjson() -> Any:
    try:
        return importlib.import_module("simdjson")
    except ImportError:
        return None


simdjson = _simdjson()


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
    if not data.strip():
        raise NotFhirError(f"{name}: the file is empty")
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if _by_simdjson(data, parts, sieve) or _typed(data, parts):
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


def _by_simdjson(data: bytes, parts: Parts, sieve: Sieve | None) -> bool:
    if simdjson is None:
        return False
    items: list[Item] = []
    ignored: list[str] = []
    try:
        bundle: Any = _parse(data)
        if bundle["resourceType"] != "Bundle":
            return False
        entries = bundle["entry"]
        people = _sift(entries, sieve.wants if sieve is not None else {}, items, ignored)
        if people is None:
            return False
        if people != 1 and sieve is not None:
            # With several patients every resource counts for the choice of one.
            items, ignored, sieve = [], [], None
            _sift(entries, {}, items, ignored)
    except (ValueError, KeyError, TypeError, RuntimeError, AttributeError):
        return False
    parts.items.extend(items)
    parts.ignored.update(ignored)
    if sieve is not None:
        parts.unknown.update(sieve.unknown)
    return True


_kept: list[Any] = []
"""A parser between two documents: its memory is warm, which spares much of the next one's time."""
_KEEP = 8_000_000
"""A parser that has read more bytes than this is let go."""


def _parse(data: bytes) -> Any:
    parser = _kept.pop() if _kept else simdjson.Parser()
    if len(data) <= _KEEP:
        _kept.append(parser)
    try:
        return parser.parse(data)
    except RuntimeError:
        # Something still looks into its last document (another thread, a traceback).
        return simdjson.Parser().parse(data)


def _sift(
    entries: Any, wants: Mapping[str, Wants], items: list[Item], ignored: list[str]
) -> int | None:
    """Resources worth decoding as bytes, the others as ignored.

    Returns:
        The number of Patients; `None` if there is something to be unwrapped first.
    """
    people = 0
    for number, entry in enumerate(entries, 1):
        resource = entry["resource"]
        kind = resource["resourceType"]
        wanted = wants.get(kind)
        if wanted is not None:
            try:
                if not wanted(resource):
                    ignored.append(kind)
                    continue
            except (KeyError, TypeError, AttributeError):
                pass
        elif kind not in TYPES:
            if kind in WRAPPED or not kind or type(kind) is not str:
                return None
            ignored.append(kind)
            continue
        elif kind == "Patient":
            people += 1
        try:
            url = entry["fullUrl"]
        except KeyError:
            url = None
        items.append((kind, resource.mini, url if type(url) is str else None, number))
    return people


def _typed(data: bytes, parts: Parts) -> bool:
    """The whole Bundle at once; any surprise in it, and it is not done this way."""
    try:
        bundle = _TYPED.decode(data)
    except _BROKEN:
        return False
    for number, entry in enumerate(bundle.entry, 1):
        resource = entry.resource
        kind = type(resource).__name__
        if kind in TYPES:
            parts.items.append((kind, resource, entry.fullUrl, number))
        else:
            parts.ignored[kind] += 1
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
