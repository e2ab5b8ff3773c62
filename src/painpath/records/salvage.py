"""Documents that strict parsing refuses: taken apart so that one broken entry costs only itself.

A document that is cut off is refused: what is missing could be what matters (a blood thinner).
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from painpath.records.errors import NotFhirError, RecordError
from painpath.records.facts import Skipped
from painpath.records.parts import Parts
from painpath.records.repair import UnreadableError, parse
from painpath.records.resources import TYPES

WRAPPED = ("Bundle", "Parameters")
"""Resources that hold resources."""

_MAX_NESTING = 4


def salvage(data: bytes, name: str, parts: Parts) -> None:
    """Add what can be read of a document to `parts`.

    Args:
        data: its bytes in UTF-8.
        name: its name, for messages.
        parts: gets the resources, and the notes on what was left out.

    Raises:
        RecordError: if it is cut off, not JSON, or not FHIR.
    """
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
    if _is_feed(document):
        raise NotFhirError(f"{name}: it is FHIR DSTU1 (its entries have content), not R4")
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
        parts.leave_out(where, why, kind[1] if kind else "unknown")


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
        cut = error.pos >= len(text) - 1 and text[error.pos :] not in ("}", "]")
        if cut or "Unterminated" in error.msg:
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
            file_resource(element, None, f"{name}, element {number}", parts, 0)
    else:
        file_resource(document, None, name, parts, 0)


def file_resource(data: Any, url: str | None, where: str, parts: Parts, depth: int) -> None:
    """File one resource given as plain data, or the resources wrapped in it."""
    if not isinstance(data, dict):
        parts.leave_out(where, "not a JSON object")
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
            parts.leave_out(where, "nested too deeply or not text", kind)
    elif isinstance(kind, str) and kind and kind not in WRAPPED:
        parts.ignored[kind[:64]] += 1
    elif isinstance(data.get("resource"), dict):
        _entry(data, where, parts, depth)
    else:
        parts.leave_out(where, "it has no resourceType")


def _is_feed(document: Any) -> bool:
    """DSTU1 wrote a Bundle as a feed whose entries have `content`."""
    entries = document.get("entry") if isinstance(document, dict) else None
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and "content" in entry and "resource" not in entry
        for entry in entries
    )


def _entry(entry: Any, where: str, parts: Parts, depth: int) -> None:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if resource is None:
        parts.leave_out(where, "it has no resource")
        return
    url = entry.get("fullUrl")
    file_resource(resource, url if isinstance(url, str) else None, where, parts, depth + 1)
