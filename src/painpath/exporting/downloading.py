"""One file from the server, as it comes, going on where a connection or a process broke off."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import msgspec

from painpath.exporting.errors import GoneError, ServerError, StoppedError
from painpath.exporting.sayings import refused, unreachable
from painpath.exporting.talking import Talk

_ACCEPT = "application/fhir+ndjson, application/ndjson;q=0.9, */*;q=0.1"
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_GONE = frozenset({403, 404, 410})
"""How servers say that an address has expired; signed ones say 403."""

Told = Callable[[int], None]
"""Told how many bytes came."""


class Known(msgspec.Struct, frozen=True):
    """What the server said of the file of which some is here."""

    validator: str | None
    """ETag or date of change: a range of another version is not wanted."""
    total: int | None
    encoding: str


class Wanted(msgspec.Struct, frozen=True):
    """What to fetch, and where it goes."""

    name: str
    path: Path
    token: bool
    packed: bool
    """Whether the server may pack it on the way; it is kept packed then."""


def fetch(talk: Talk, wanted: Wanted, url: str, told: Told) -> None:
    """Bring a file to `wanted.path`, whole.

    Raises:
        GoneError: if the address has expired.
        ServerError: if it cannot be had.
        StoppedError: if the talk was stopped.
    """
    pauses = talk.pauses()
    most = _size(wanted.path)
    while True:
        try:
            if _once(talk, wanted, url, told):
                return
            raise httpx2.RemoteProtocolError("less came than was announced")
        except httpx2.TransportError as error:
            size = _size(wanted.path)
            if size > most:
                most = size
                pauses.forget()
            pauses.again(unreachable(wanted.name, error))


def _once(talk: Talk, wanted: Wanted, url: str, told: Told) -> bool:
    """One attempt; whether the file is whole now."""
    held, known = _size(wanted.path), _known(wanted.path)
    headers = {"Accept": _ACCEPT, "Accept-Encoding": "gzip" if wanted.packed else "identity"}
    if held and known is not None and (known.validator or known.total is not None):
        headers["Range"] = f"bytes={held}-"
        if known.validator:
            headers["If-Range"] = known.validator
    response = talk.get(url, headers, token=wanted.token, where=wanted.name, stream=True)
    try:
        if response.status_code == 416 and known is not None and known.total == held:
            return True
        if response.status_code == 416:
            _forget(wanted.path)
            return False
        if response.status_code in _GONE:
            raise GoneError(str(refused(wanted.name, response)))
        if response.status_code not in (200, 206):
            raise refused(wanted.name, response)
        now = _begin(response, wanted, held, known)
        if now is None:
            return False
        with wanted.path.open("ab") as file:
            # As it comes: gathered into larger chunks, what came before a break would be lost.
            for chunk in response.iter_raw():
                if talk.stopped.is_set():
                    raise StoppedError
                file.write(chunk)
                told(len(chunk))
            file.flush()
            os.fsync(file.fileno())
            return now.total is None or file.tell() == now.total
    finally:
        response.close()


def _begin(
    response: httpx2.Response, wanted: Wanted, held: int, known: Known | None
) -> Known | None:
    """Make ready for the bytes of an answer; none if they do not fit to what is here."""
    encoding = response.headers.get("content-encoding", "identity").lower()
    if response.status_code == 206:
        found = _RANGE.fullmatch(response.headers.get("content-range", ""))
        if found is not None and known is not None and int(found[1]) == held:
            total = known.total if found[2] == "*" else int(found[2])
            if encoding == known.encoding and known.total in (None, total):
                return Known(known.validator, total, encoding)
        _forget(wanted.path)
        return None
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise ServerError(f"{wanted.name}: the server packed it in a way nobody asked for")
    length = response.headers.get("content-length", "")
    validator = response.headers.get("etag", "")
    if not validator or validator.startswith("W/"):
        # A weak tag does not promise the same bytes.
        validator = response.headers.get("last-modified", "")
    now = Known(validator or None, int(length) if length.isdigit() else None, encoding)
    _forget(wanted.path)
    _beside(wanted.path).write_bytes(msgspec.json.encode(now))
    return now


def discard(path: Path) -> None:
    """Remove what is here of a file."""
    _forget(path)


def settle(path: Path, target: Path) -> None:
    """Give a whole file its name; what was noted for going on is not needed any more."""
    path.replace(target)
    _beside(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.known")


def _known(path: Path) -> Known | None:
    try:
        return msgspec.json.decode(_beside(path).read_bytes(), type=Known)
    except (OSError, msgspec.DecodeError):
        return None


def _forget(path: Path) -> None:
    # The bytes first: a note without bytes does no harm, bytes under another note would.
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
