"""Looks for a patient on the clinic's FHIR server, by name, birth date or number."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from painpath.planning.facts import printable
from painpath.records.errors import RecordError
from painpath.serve.charts import naming
from painpath.serve.settings import Settings
from painpath.serve.smart import asking

MOST = 20
_SECONDS, _BYTES = 20.0, 4 << 20
_JSON = "application/fhir+json"


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


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()


class _Bundle(msgspec.Struct):
    resourceType: str | None = None  # noqa: N815
    entry: list[_Entry] = []


_BUNDLE = msgspec.json.Decoder(_Bundle)
_PATIENT = msgspec.json.Decoder(_Patient)
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-\d{2})?)?")
_NO_SEARCH = (400, 401, 403, 404, 405, 501)
_BROKEN = (msgspec.DecodeError, RecursionError)


def find(settings: Settings, wanted: Wanted) -> list[Found]:
    """Who it may be, at most `MOST`; by number also the patient of that id.

    Raises:
        RecordError: if the server does not answer, or nobody is named; one sentence.
    """
    terms = {"name": wanted.name, "birthdate": wanted.born, "identifier": wanted.number}
    asked = {key: value for key, value in terms.items() if value}
    if not asked:
        raise RecordError("Give a name, a birth date or a number to look for")
    base = settings.fhir_server.rstrip("/")
    budget = asking.Budget(_SECONDS, _BYTES)
    people: list[Found] = []
    with asking.client(settings.fhir_server_token or None) as client:
        try:
            query = urlencode({**asked, "_count": str(MOST)})
            try:
                people = _people(
                    asking.ask(client, budget, "GET", f"{base}/Patient?{query}", _JSON)
                )
            except asking.AskError as error:
                # A server that does not search may still give the patient of an id.
                if not wanted.number or error.status not in _NO_SEARCH:
                    raise
            if not people and wanted.number:
                people = _of_id(client, budget, base, wanted.number)
        except asking.AskError as error:
            raise RecordError(_why(error)) from None
    return people[:MOST]


def _of_id(client: httpx2.Client, budget: asking.Budget, base: str, number: str) -> list[Found]:
    try:
        data = asking.ask(client, budget, "GET", f"{base}/Patient/{quote(number, safe='')}", _JSON)
    except asking.AskError as error:
        if error.status in (400, 404, 410):
            return []
        raise
    return _person(data)


def _people(data: bytes) -> list[Found]:
    try:
        bundle = _BUNDLE.decode(data)
    except _BROKEN:
        bundle = _Bundle()
    if bundle.resourceType != "Bundle":
        raise RecordError("The FHIR server's answer is no list of patients")
    return [found for entry in bundle.entry for found in _person(bytes(entry.resource))]


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


def _why(error: asking.AskError) -> str:
    if error.status in _NO_SEARCH:
        return "The FHIR server does not let PainPath look for patients this way; give the id there"
    return "The FHIR server does not answer; please try again later"
