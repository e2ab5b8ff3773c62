"""A document's bytes into its resources, each still JSON: Bundle, single resource, NDJSON, lists.

The fast way validates the whole document with simdjson where that is installed, with msgspec
otherwise; what neither accepts is taken apart tolerantly, so that one broken entry costs itself.
"""

# ruff: noqa: N815 - names of FHIR elements

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from painpath.records.encodings import to_utf8
from painpath.records.errors import NotFhirError, RecordError
from painpath.records.facts import Skipped
from painpath.records.repair import UnreadableError, parse
from painpath.records.resources import TYPES, AnyResource, Resource
from painpath.records.sieve import Sieve, Wants

Item = tuple[str, bytes | msgspec.Raw | Resource, str | None, str | int]
"""A resource: type, JSON (or decoded), `fullUrl`, and its place for messages (entry number)."""


def _simdjson() -> Any:
    try:
        import simdjson
    except ImportError:
        return None
    return simdjson


simdjson = _simdjson()


class Parts:
    """What a document holds."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.ignored: Counter[str] = Counter()
        """Resources of types that are not read."""
        self.skipped: list[Skipped] = []
        self.unreadable: Counter[str] = Counter()
        self.unknown: Counter[bytes] = Counter()
        """Codes of sifted-out conditions and procedures, as JSON."""


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
_WRAPPED = ("Bundle", "Parameters")
_MAX_NESTING = 4


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
        _tolerantly(data, name, parts)


# -- the fast ways: all or nothing --


def _by_simdjson(data: bytes, parts: Parts, sieve: Sieve | None) -> bool:
    if simdjson is None:
        return False
    items: list[Item] = []
    ignored: list[str] = []
    try:
        bundle: Any = simdjson.Parser().parse(data)
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
            if kind in _WRAPPED or not kind or type(kind) is not str:
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
            elif kind in _WRAPPED or not kind:
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
    """Add the resources of an NDJSON document; a broken line costs itself."""
    for number, line in enumerate(data.split(b"\n"), 1):
        line = line.strip()
        if line:
            split_line(line, name, number, parts)


def split_line(line: bytes, name: str, number: int, parts: Parts) -> None:
    """Add the resource of one line."""
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
        return
    try:
        kind = _HEAD.decode(line).resourceType
    except _BROKEN:
        kind = ""
    if kind in TYPES:
        parts.items.append((kind, line, None, where))
    elif kind and kind not in _WRAPPED:
        parts.ignored[kind] += 1
    else:
        try:
            _resource(parse(line), None, where, parts, 0)
        except UnreadableError as error:
            _unreadable(where, str(error), parts)


# -- the tolerant way --


def _tolerantly(data: bytes, name: str, parts: Parts) -> None:
    try:
        document = parse(data)
    except UnreadableError:
        text = data.decode("utf-8", "replace").strip().strip("\0").strip()
        try:
            document = _leading(text, name, parts)
        except RecordError:
            extents = entry_extents(text)
            if not extents:
                raise
            parts.skipped.append(Skipped(name, "not valid JSON; its entries were read one by one"))
            for number, (start, end) in enumerate(extents, 1):
                _alone(text[start:end], f"entry {number}", parts)
            return
    found = len(parts.items) + parts.ignored.total()
    if isinstance(document, dict | list):
        _document(document, name, parts)
    if len(parts.items) + parts.ignored.total() == found:
        if isinstance(document, dict) and document.get("resourceType") == "Bundle":
            return
        raise NotFhirError(f"{name}: it holds no FHIR resource")


def _alone(text: str, where: str, parts: Parts) -> None:
    """One entry of a Bundle that is broken elsewhere, or here."""
    try:
        _entry(parse(text.encode("utf-8", "replace")), where, parts, 0)
    except (UnreadableError, RecursionError) as error:
        kind = _KIND.search(text)
        why = str(error) if isinstance(error, UnreadableError) else "nested too deeply"
        _unreadable(where, why, parts, kind[1] if kind else "unknown")


_KIND = re.compile(r'"resourceType"\s*:\s*"([A-Za-z]{1,64})"')
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_CLOSES = {"}": "{", "]": "["}


def entry_extents(text: str) -> list[tuple[int, int]]:
    """Where the entries of a Bundle stand in its text, by matching brackets alone.

    Returns:
        Start and end of each; nothing if the brackets do not match or there is no Bundle.
    """
    open_: list[str] = []
    extents: list[tuple[int, int]] = []
    key = ""
    start = entries = -1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] == '"':
            if len(open_) == 1:
                key = token
        elif token in "{[":
            if len(open_) == 1 and token == "[" and key == '"entry"':
                entries = 1
            elif len(open_) == 2 and entries == 1 and token == "{":
                start = match.start()
            open_.append(token)
        else:
            if not open_ or open_.pop() != _CLOSES[token]:
                return []
            if len(open_) == 2 and entries == 1 and token == "}":
                extents.append((start, match.end()))
            elif len(open_) == 1 and entries == 1:
                entries = 2
    return [] if open_ or '"Bundle"' not in text else extents


def _leading(text: str, name: str, parts: Parts) -> Any:
    """The document at the start of a text, if only rubbish follows it."""
    try:
        document, end = json.JSONDecoder(strict=False).raw_decode(text)
    except RecursionError:
        raise RecordError(f"{name}: it is nested too deeply to be read") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(text) - 1 or "Unterminated" in error.msg:
            raise RecordError(
                f"{name}: the file ends in the middle; export or copy it again"
            ) from None
        raise RecordError(
            f"{name}: it is not valid JSON (line {error.lineno}: {error.msg})"
        ) from None
    if text[end:].strip():
        parts.skipped.append(Skipped(name, "text after the end of the document was ignored"))
    return document


def _document(document: Any, name: str, parts: Parts) -> None:
    if isinstance(document, list):
        for number, element in enumerate(document, 1):
            _resource(element, None, f"{name}, element {number}", parts, 0)
    else:
        _resource(document, None, name, parts, 0)


def _resource(data: Any, url: str | None, where: str, parts: Parts, depth: int) -> None:
    """File one resource given as plain data, or the resources wrapped in it."""
    if not isinstance(data, dict):
        _unreadable(where, "not a JSON object", parts)
        return
    kind = data.get("resourceType")
    if kind == "Bundle" and depth < _MAX_NESTING:
        entries = data.get("entry")
        if entries is not None and not isinstance(entries, list):
            parts.skipped.append(Skipped(where, "entry is a single value where a list belongs"))
            entries = [entries]
        for number, entry in enumerate(entries or (), 1):
            _entry(entry, f"entry {number}", parts, depth)
    elif kind == "Parameters" and depth < _MAX_NESTING:
        parameters = data.get("parameter")
        for number, entry in enumerate(parameters if isinstance(parameters, list) else (), 1):
            if isinstance(entry, dict) and "resource" in entry:
                _entry(entry, f"parameter {number}", parts, depth)
    elif isinstance(kind, str) and kind in TYPES:
        try:
            parts.items.append((kind, msgspec.json.encode(data), url, where))
        except (RecursionError, UnicodeEncodeError, ValueError, OverflowError):
            _unreadable(where, "nested too deeply or not text", parts, kind)
    elif isinstance(kind, str) and kind and kind not in _WRAPPED:
        parts.ignored[kind[:64]] += 1
    elif isinstance(data.get("resource"), dict):
        _entry(data, where, parts, depth)
    else:
        _unreadable(where, "it has no resourceType", parts)


def _entry(entry: Any, where: str, parts: Parts, depth: int) -> None:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if resource is None:
        _unreadable(where, "it has no resource", parts)
        return
    url = entry.get("fullUrl")
    _resource(resource, url if isinstance(url, str) else None, where, parts, depth + 1)


def _unreadable(where: str, why: str, parts: Parts, kind: str = "unknown") -> None:
    parts.skipped.append(Skipped(where, why))
    parts.unreadable[kind] += 1
