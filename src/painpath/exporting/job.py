"""One export on the server: started, waited for, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

import msgspec

from painpath.exporting.addresses import place, plain
from painpath.exporting.errors import FailedError, GoneError, ServerError
from painpath.exporting.manifest import Manifest
from painpath.exporting.sayings import refused, retry_after
from painpath.exporting.talking import Talk

_KICK_OFF = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
_STATUS = {"Accept": "application/json"}
_DENIED = frozenset({401, 403})
_FIRST, _LONGEST = 1.0, 60.0
"""Seconds between two looks where the server does not say."""

Waiting = Callable[[str, float], None]
"""Told what the server says of its progress, and in how many seconds it is asked again."""


def kick_off(talk: Talk, url: str) -> str:
    """Start an export; its status address.

    Raises:
        ServerError: if the server does not take it on.
    """
    response = talk.get(url, _KICK_OFF)
    if response.status_code != 202:
        raise refused(f"{place(url)} was not started", response)
    where = response.headers.get("content-location")
    if not where:
        raise ServerError(f"{place(url)}: the server does not say where the export will be")
    return str(urljoin(str(response.url), where))


def wait(talk: Talk, url: str, waiting: Waiting) -> Manifest:
    """The manifest, when the export is finished.

    Raises:
        GoneError: if the server does not have the export any more.
        FailedError: if the server could not make it.
        ServerError: if the server cannot be asked.
    """
    pause = _FIRST
    while True:
        response = talk.get(url, _STATUS)
        if response.status_code == 202:
            asked = retry_after(response)
            seconds = pause if asked is None else asked
            pause = min(pause * 2, _LONGEST)
            waiting(plain(response.headers.get("x-progress", "")), seconds)
            talk.pause(seconds)
            continue
        if response.status_code in (404, 410):
            raise GoneError("the server no longer has this export")
        if response.status_code != 200:
            why = refused("the export was not finished", response)
            raise why if response.status_code in _DENIED else FailedError(str(why))
        try:
            manifest = msgspec.json.decode(response.content, type=Manifest, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ServerError(f"{place(url)}: the list of files cannot be read") from None
        return _absolute(manifest, str(response.url))


def cancel(talk: Talk, url: str) -> bool:
    """Tell the server that its files are not needed any more; whether it took notice."""
    try:
        return talk.get(url, _STATUS, method="DELETE").status_code in (200, 202, 204, 404, 410)
    except ServerError:
        return False


def _absolute(manifest: Manifest, base: str) -> Manifest:
    lists = {
        kind: [
            msgspec.structs.replace(entry, url=urljoin(base, entry.url))
            for entry in getattr(manifest, kind) or ()
        ]
        for kind in ("output", "deleted", "error")
    }
    return msgspec.structs.replace(manifest, **lists)
