"""The FHIR server of a clinic: from the settings, or connected on the page; what may be connected.

A server that asks for a key stands in the settings: keys come from the environment only. What is
connected on the page is asked without one.
"""

from __future__ import annotations

import datetime
import ipaddress
import socket

import httpx2
import msgspec
import sqlalchemy as sa

from painpath.fhirserver.blocking import finished
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.server import connected
from painpath.records.errors import RecordError
from painpath.serve.settings import Settings
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Clinic

_LONGEST = 500
_MOST = 20 << 20
"""Bytes of a CapabilityStatement: those of large servers have some."""
_SECONDS, _SILENCE = 20.0, 10.0
OFTEN = (20, datetime.timedelta(minutes=10))
"""Attempts of one account to connect."""
OPEN_LINE = "The FHIR server is not reached over https, so its token is not sent"
_HINT = "It usually ends in /fhir, /r4 or /baseR4."


class _Capabilities(msgspec.Struct):
    resourceType: str | None = None  # noqa: N815 - as FHIR names it
    fhirVersion: str | None = None  # noqa: N815


_DECODER = msgspec.json.Decoder(_Capabilities)


def of(store: Store, settings: Settings, clinic: int | None) -> Settings | None:
    """The settings with which the clinic's server is asked; `None` if it has none."""
    with store.reading() as work:
        row = work.execute(
            sa.select(Clinic.name, Clinic.fhir_server).where(Clinic.id == clinic)
        ).one_or_none()
    if row is None:
        return None
    if settings.fhir_server and row.name == settings.fhir_server_clinic:
        return settings
    if row.fhir_server and settings.connect_servers:
        return msgspec.structs.replace(settings, fhir_server=row.fhir_server, fhir_server_token="")
    return None


def checked(address: str, settings: Settings) -> str:
    """The base address as it is kept, if it may be asked at all.

    Raises:
        RecordError: if it may not; one sentence.
    """
    plain = address.strip().rstrip("/")
    try:
        url = httpx2.URL(plain)
    except httpx2.InvalidURL:
        raise RecordError(f'"{plain[:100]}" is no web address') from None
    if url.scheme not in ("http", "https") or not url.host or len(plain) > _LONGEST:
        raise RecordError("The address begins with https://, then the name of the server")
    if url.userinfo or url.query or url.fragment:
        raise RecordError("The address has no name, password, ? or # in it")
    here = _reachable(url.host)
    if url.scheme == "http" and not (here or settings.demo):
        raise RecordError("Patients' records travel over https:// only, except on this machine")
    return plain


def try_it(settings: Settings) -> str:
    """Ask the server what it is; the version of FHIR that it speaks.

    Raises:
        RecordError: if it is no FHIR R4 server that answers; one sentence with what to do.
    """
    try:
        found = _DECODER.decode(finished(_metadata(settings)))
    except AskError as error:
        raise RecordError(_why(error)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        found = _Capabilities()
    if found.resourceType != "CapabilityStatement":
        raise RecordError(f"There is a web server, but no FHIR server at this address. {_HINT}")
    version = found.fhirVersion or "unknown"
    if not version.startswith("4."):
        raise RecordError(f"The server speaks FHIR {version[:20]}; PainPath reads FHIR R4 (4.0)")
    return version


async def _metadata(settings: Settings) -> bytes:
    limits = Limits(seconds=_SECONDS, silence=_SILENCE, most_bytes=_MOST)
    token = settings.fhir_server_token or None
    async with connected(settings.fhir_server, limits, token) as server:
        return await server.ask("metadata")


def _why(error: AskError) -> str:
    if error.why is Why.open_line:
        return OPEN_LINE
    match error.status:
        case 401 | 403:
            return (
                "The server asks for a key. Whoever runs PainPath sets PAINPATH_FHIR_SERVER and"
                " PAINPATH_FHIR_SERVER_TOKEN; a record system with SMART on FHIR is connected"
                " as the guide “Connect an EHR” says"
            )
        case 404 | 410:
            return f"There is a web server, but no FHIR server at this address. {_HINT}"
        case None:
            return (
                "Nothing answers at this address. Check how it is written, and that the machine"
                " on which PainPath runs can reach it"
            )
        case status:
            return f"The server answers with an error (HTTP {status}); please try again later"


def _reachable(host: str) -> bool:
    """Whether it is this machine.

    Raises:
        RecordError: if the name is not known, or leads where no FHIR server is.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RecordError(f'No server is called "{host[:100]}"; check how it is written') from None
    addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if any(a.is_link_local or a.is_multicast or a.is_unspecified for a in addresses):
        raise RecordError("There is no FHIR server at such an address")
    return all(a.is_loopback for a in addresses)
