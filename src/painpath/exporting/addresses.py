"""Addresses and texts from a server, as they may be shown; and lines that others cannot read."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from painpath.exporting.errors import SettingsError

_LONGEST = 240


def plain(text: str) -> str:
    """One line of printable characters, not too long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def place(url: str) -> str:
    """An address without its query, which may hold a signature or who is asked about."""
    parts = urlsplit(url)
    return plain(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def private_line(url: str) -> None:
    """Tokens and assertions go over https only, or stay on this machine.

    Raises:
        SettingsError: if others could read them.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if parts.scheme != "https" and not is_here:
        raise SettingsError(f"{place(url)}: an access token is only sent over https")
