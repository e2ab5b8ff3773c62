"""A patient's record from the clinic's FHIR server: `Patient/ID/$everything`, all its pages.

Only the server of the settings is asked, also where a page names the next one.
"""

from __future__ import annotations

import re

import httpx2
import msgspec

from painpath.records.errors import RecordError
from painpath.serve.settings import Settings

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_SECONDS = 30
_MOST_PAGES = 200
_JSON = {"accept": "application/fhir+json"}


class _Link(msgspec.Struct):
    relation: str | None = None
    url: str | None = None


class _Page(msgspec.Struct):
    resourceType: str | None = None  # noqa: N815 - as FHIR names it
    entry: list[msgspec.Raw] = []
    link: list[_Link] = []


_PAGES = msgspec.json.Decoder(_Page)


def fetch(settings: Settings, fhir_id: str) -> bytes:
    """One Bundle with all that the server has of a patient.

    Raises:
        RecordError: if there is no such patient, or the server does not answer; one sentence.
    """
    if not _ID.fullmatch(fhir_id):
        raise RecordError("This is no id of a patient on a FHIR server")
    base = settings.fhir_server.rstrip("/")
    headers = dict(_JSON)
    if settings.fhir_server_token:
        headers["authorization"] = f"Bearer {settings.fhir_server_token}"
    most = settings.unpacked_mb << 20
    entries: list[bytes] = []
    size = 0
    address: str | None = f"{base}/Patient/{fhir_id}/$everything"
    with httpx2.Client(headers=headers, timeout=_SECONDS) as client:
        for _ in range(_MOST_PAGES):
            if address is None:
                break
            page = _page(client, address, most - size)
            entries += (bytes(entry) for entry in page.entry)
            size += sum(len(entry) for entry in page.entry)
            address = _next(page, base)
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join(entries) + b"]}"


def _page(client: httpx2.Client, address: str, most: int) -> _Page:
    try:
        with client.stream("GET", address) as answer:
            if answer.status_code in (404, 410):
                raise RecordError("The FHIR server knows no patient of this id")
            if answer.status_code in (401, 403):
                raise RecordError("The FHIR server does not let PainPath read this patient")
            answer.raise_for_status()
            data = bytearray()
            for part in answer.iter_bytes():
                data += part
                if len(data) > most:
                    raise RecordError("The record on the FHIR server is larger than is allowed")
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise RecordError("The FHIR server does not answer; please try again later") from None
    try:
        page = _PAGES.decode(bytes(data))
    except (msgspec.DecodeError, RecursionError):
        page = _Page()
    if page.resourceType != "Bundle":
        raise RecordError("The FHIR server's answer is no Bundle")
    return page


def _next(page: _Page, base: str) -> str | None:
    """The next page, if it is on the same server."""
    found = next((link.url for link in page.link if link.relation == "next" and link.url), None)
    if found is None:
        return None
    if found.startswith(("http://", "https://")):
        there, here = httpx2.URL(found), httpx2.URL(base)
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise RecordError("The FHIR server sends on to another server, which is not followed")
        return found
    return f"{base}/{found.lstrip('/')}"
