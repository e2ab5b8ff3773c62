"""Looks for a patient on the clinic's FHIR server, by name, birth date or number."""

from __future__ import annotations

import re

import msgspec

from painpath.fhirserver import pages
from painpath.fhirserver.addresses import is_id, query
from painpath.fhirserver.blocking import finished
from painpath.fhirserver.errors import AskError, Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.server import FhirServer, connected
from painpath.planning.facts import printable
from painpath.records.errors import RecordError
from painpath.serve.charts import naming, servers
from painpath.serve.settings import Settings

MOST = 20
_SECONDS, _SILENCE, _BYTES = 20.0, 10.0, 4 << 20


class Wanted(msgspec.Struct, frozen=True):
    """Who is looked for; what is empty does not count."""

    name: str = ""
    born: str = ""
    """ISO date."""
    number: str = ""
    """A record number, or the id on the server."""


class Found(msgspec.Struct, frozen=True):
    """Somebody on the server."""

    id: str
    name: str
    born: str | None
    sex: str | None


class _Patient(msgspec.Struct):
    resourceType: str | None = None  # noqa: N815 - as FHIR names it
    id: str | None = None
    birthDate: str | None = None  # noqa: N815
    gender: str | None = None


_PATIENT = msgspec.json.Decoder(_Patient)
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-\d{2})?)?")
_NOBODY = (400, 404, 410)
_NO_SEARCH = (400, 401, 403, 404, 405, 501)
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def find(settings: Settings, wanted: Wanted) -> list[Found]:
    """Who it may be, at most `MOST`; by number also the patient of that id.

    Raises:
        RecordError: if the server does not answer, or nobody is named; one sentence.
    """
    terms = {"name": wanted.name, "birthdate": wanted.born, "identifier": wanted.number}
    asked = {key: value for key, value in terms.items() if value}
    if not asked:
        raise RecordError("Give a name, a birth date or a number to look for")
    try:
        return finished(_found(settings, asked))[:MOST]
    except AskError as error:
        raise RecordError(_why(error)) from None


async def _found(settings: Settings, asked: dict[str, str]) -> list[Found]:
    limits = Limits(seconds=_SECONDS, silence=_SILENCE, most_bytes=_BYTES)
    number = asked.get("identifier", "")
    people: list[Found] = []
    async with connected(
        settings.fhir_server, limits, settings.fhir_server_token or None
    ) as server:
        try:
            page = pages.page(await server.ask(query("Patient", {**asked, "_count": str(MOST)})))
            people = [found for entry in page.entries for found in _person(entry.resource)]
        except AskError as error:
            # A server that does not search may still give the patient of an id.
            if not number or error.status not in _NO_SEARCH:
                raise
        if not people and is_id(number):
            people = await _of_id(server, number)
    return people


async def _of_id(server: FhirServer, number: str) -> list[Found]:
    try:
        return _person(await server.read("Patient", number))
    except AskError as error:
        if error.status in _NOBODY or error.why is Why.unread:
            return []
        raise


def _person(data: bytes) -> list[Found]:
    """One, or none if it is no patient: servers put remarks among what they found."""
    try:
        read = _PATIENT.decode(data)
    except _BROKEN:
        return []
    if read.resourceType != "Patient" or not read.id or printable(read.id) != read.id:
        return []
    name = naming.shown_name(data, read.id, lines=False)
    return [Found(read.id, name, _date(read.birthDate), read.gender)]


def _date(text: str | None) -> str | None:
    return text if text and _DATE.fullmatch(text) else None


def _why(error: AskError) -> str:
    if error.status in _NO_SEARCH:
        return "The FHIR server does not let PainPath look for patients this way; give the id there"
    if error.why is Why.unread:
        return "The FHIR server's answer is no list of patients"
    if error.why is Why.open_line:
        return servers.OPEN_LINE
    return "The FHIR server does not answer; please try again later"
