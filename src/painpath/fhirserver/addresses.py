"""Which addresses are asked: those below a server's own, and its next pages on the same server."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx2

from painpath.fhirserver.errors import AskError, Why

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_DOTS = (".", "..")


def is_id(text: str) -> bool:
    """Whether it is an id of FHIR's, and one that leads nowhere else when it stands in a path."""
    return _ID.fullmatch(text) is not None and text not in _DOTS


def is_private_line(address: str) -> bool:
    """Whether nobody else reads what is sent there: https, or this machine."""
    try:
        url = httpx2.URL(address)
    except (httpx2.InvalidURL, ValueError):
        return False
    if not url.host or url.userinfo:
        return False
    try:
        is_here = ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        is_here = url.host == "localhost"
    return url.scheme == "https" or (url.scheme == "http" and is_here)


def query(kind: str, terms: Mapping[str, str]) -> str:
    """A search for resources of a type by what somebody typed, relative to a server's address."""
    return f"{kind}?{urlencode(terms)}"


def below(base: str, relative: str) -> str:
    """The address of what a server has: `Condition?patient=1`.

    Raises:
        AskError: if it would lead elsewhere.
    """
    path = relative.partition("?")[0]
    if ":" in path or any(part in ("", *_DOTS) for part in path.split("/")):
        raise AskError(Why.unasked)
    try:
        return str(httpx2.URL(f"{base.rstrip('/')}/{relative}"))
    except (httpx2.InvalidURL, ValueError):
        raise AskError(Why.unasked) from None


def following(base: str, link: str) -> str:
    """The address of a next page as the server names it, whole or relative to its own.

    Raises:
        AskError: if it is on another server, for which neither the question nor a token is meant.
    """
    try:
        here = httpx2.URL(base.rstrip("/") + "/")
        there = here.join(link)
    except (httpx2.InvalidURL, ValueError):
        raise AskError(Why.elsewhere) from None
    same = (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port)
    # A name and password in the link would be sent instead of the token.
    if not same or there.userinfo not in (b"", here.userinfo):
        raise AskError(Why.elsewhere)
    return str(there)
