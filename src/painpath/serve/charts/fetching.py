"""A patient's record from the clinic's FHIR server: `Patient/ID/$everything`, all of it or none."""

from __future__ import annotations

from painpath.fhirserver import pages
from painpath.fhirserver.addresses import is_id
from painpath.fhirserver.blocking import finished
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.server import Found, connected
from painpath.records.errors import RecordError
from painpath.serve.charts import servers
from painpath.serve.settings import Settings

_FORBIDDEN = "The FHIR server does not let PainPath read this patient"
_BUSY = "The FHIR server is busy; please try again later"
_STATUS = {401: _FORBIDDEN, 403: _FORBIDDEN, 429: _BUSY, 503: _BUSY}
_GONE = (404, 410)
_SENTENCE = {
    Why.slow: "The FHIR server takes too long; please try again later",
    Why.large: "The record on the FHIR server is larger than is allowed",
    Why.unread: "The FHIR server's answer is no Bundle",
    Why.failed: "The FHIR server says that it does not give the whole record",
    Why.endless: "The record on the FHIR server has more pages than are read",
    Why.elsewhere: "The FHIR server sends on to another server, which is not followed",
    Why.open_line: servers.OPEN_LINE,
}
_ELSE = "The FHIR server does not answer; please try again later"


def fetch(settings: Settings, fhir_id: str) -> bytes:
    """One Bundle with all that the server has of a patient.

    Raises:
        RecordError: if there is no such patient, or not all of it comes; one sentence.
    """
    if not is_id(fhir_id):
        raise RecordError("This is no id of a patient on a FHIR server")
    found = finished(_everything(settings, fhir_id))
    if found.error is not None:
        raise RecordError(_sentence(found.error, found.pages))
    if not any(each.kind == "Patient" for each in found.entries):
        raise RecordError("The FHIR server's answer does not have this patient")
    return pages.bundle(bytes(each.whole) for each in found.entries)


async def _everything(settings: Settings, fhir_id: str) -> Found:
    limits = Limits(seconds=180, silence=30, most_bytes=settings.unpacked_mb << 20, pages=200)
    token = settings.fhir_server_token or None
    async with connected(settings.fhir_server, limits, token) as server:
        return await server.search(f"Patient/{fhir_id}/$everything", fhir_id)


def _sentence(error: AskError, pages_read: int) -> str:
    if error.status in _GONE and not pages_read:
        return "The FHIR server knows no patient of this id"
    return _STATUS.get(error.status or 0) or _SENTENCE.get(error.why, _ELSE)
