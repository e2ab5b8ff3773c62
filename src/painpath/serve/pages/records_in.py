"""Records in: a file dropped on the page, errors in one sentence, and what was read of each."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile

from painpath.records.errors import RecordError
from painpath.records.record import Record
from painpath.serve import service
from painpath.serve.charts import fetching, finding, intake, keeping, servers
from painpath.serve.charts.finding import Found, Wanted
from painpath.serve.guard import rates
from painpath.serve.guard.visitor import Signed, chart, may
from painpath.serve.pages.noting import noted
from painpath.serve.pages.rendering import is_part, show
from painpath.serve.parts import Entry, Part
from painpath.serve.people.roles import Right
from painpath.serve.people.sessions import Visitor
from painpath.serve.settings import Settings
from painpath.serve.store.tables import Patient
from painpath.serve.trail import writing
from painpath.serve.trail.writing import Act

router = APIRouter(tags=["records in"])
PART = Part(router=router, entries=(Entry("/records", "Records in", Right.bring_records),))

Bringer = Annotated[Visitor, may(Right.bring_records)]
_SPAN = datetime.timedelta(minutes=10)
_MOST_FILES = 50
_MOST_SHOWN = 100


class Outcome(msgspec.Struct, frozen=True):
    """What became of one file."""

    file: str
    problem: str | None = None
    patient: str | None = None
    name: str | None = None
    is_new: bool = False
    used: int = 0
    ignored: int = 0
    skipped: list[tuple[str, str]] = []


class Search(msgspec.Struct, frozen=True):
    """Who was looked for on the FHIR server, and who may be meant."""

    wanted: Wanted
    found: list[Found]
    problem: str


@router.get("/records")
def records_page(request: Request, visitor: Bringer) -> Response:
    """The place to drop files, and who is on file."""
    with service.of(request).store.writing() as work:
        address = service.address_of(request)
        writing.note(work, Act.see_list, visitor, address=address, detail="records in")
    return _show(request, visitor, [])


@router.post("/records")
def bring(
    request: Request, visitor: Bringer, files: Annotated[list[UploadFile], File()]
) -> Response:
    """Take files in, each by itself: one that cannot be read costs only itself."""
    here = service.of(request)
    outcomes = []
    for file in files[:_MOST_FILES]:
        try:
            who = str(visitor.account)
            rates.count(here.store, "upload", who, here.settings.uploads, _SPAN)
        except rates.TooOftenError as error:
            outcomes.append(Outcome(_shown(file.filename), problem=str(error)))
            break
        outcomes.append(_bring(request, visitor, file))
    if len(files) > _MOST_FILES:
        outcomes.append(Outcome("", problem=f"At most {_MOST_FILES} files at a time."))
    return _show(request, visitor, outcomes)


@router.post("/records/fetch")
def fetch(
    request: Request, visitor: Bringer, patient: Annotated[str, Form(max_length=64)]
) -> Response:
    """Fetch a patient's record from the clinic's FHIR server."""
    here = service.of(request)
    server = _server(request, visitor)
    try:
        rates.count(here.store, "upload", str(visitor.account), here.settings.uploads, _SPAN)
        outcome = _fetch(request, visitor, server, patient.strip())
    except (rates.TooOftenError, RecordError) as error:
        outcome = Outcome(_shown(patient), problem=str(error))
    return _show(request, visitor, [outcome])


@router.post("/records/find")
def find(
    request: Request,
    visitor: Bringer,
    name: Annotated[str, Form(max_length=100)] = "",
    born: Annotated[str, Form(max_length=10)] = "",
    number: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Look for a patient on the clinic's FHIR server. Names stand in no address of ours."""
    here = service.of(request)
    server = _server(request, visitor)
    wanted = Wanted(" ".join(name.split()), born.strip(), number.strip())
    found, problem = [], ""
    try:
        rates.count(here.store, "upload", str(visitor.account), here.settings.uploads, _SPAN)
        found = finding.find(server, wanted)
    except (rates.TooOftenError, RecordError) as error:
        problem = str(error)
    with here.store.writing() as work:
        writing.note(work, Act.find_patient, visitor, address=service.address_of(request))
    return _show(request, visitor, [], Search(wanted, found, problem))


@router.post("/patients/{patient}/read-again")
def read_again(
    request: Request,
    visitor: Signed,
    patient: Annotated[Patient, chart(Right.bring_records)],
) -> Response:
    """Fetch it anew if it came from a server, else read what is on file; say what became of it."""
    here = service.of(request)
    with here.store.reading() as work:
        kept = keeping.documents(work, patient.id)
    try:
        server = servers.of(here.store, here.settings, visitor.clinic)
        if kept[0].source == keeping.SERVER and server is not None:
            return _show(request, visitor, [_fetch(request, visitor, server, patient.fhir_id)])
        record = keeping.read(kept, here.desk.vocabulary)
        outcome = _told("", patient.id, patient.name, record, is_new=False)
    except RecordError as error:
        outcome = Outcome("", problem=str(error), patient=patient.id, name=patient.name)
    with here.store.writing() as work:
        noted(work, request, visitor, patient, Act.read_again)
    return _show(request, visitor, [outcome])


def _bring(request: Request, visitor: Visitor, file: UploadFile) -> Outcome:
    here = service.of(request)
    name = file.filename or ""
    most = here.settings.unpacked_mb << 20
    try:
        read = intake.read(file.file.read(), name, here.desk.vocabulary, most)
    except RecordError as error:
        return Outcome(_shown(name), problem=str(error))
    return _take(request, visitor, read, _shown(name))


def _fetch(request: Request, visitor: Visitor, server: Settings, fhir_id: str) -> Outcome:
    here = service.of(request)
    most = here.settings.unpacked_mb << 20
    data = fetching.fetch(server, fhir_id)
    read = intake.read(data, "", here.desk.vocabulary, most, keeping.SERVER)
    return _take(request, visitor, read, "the FHIR server")


def _server(request: Request, visitor: Visitor) -> Settings:
    """How the server of the clinic that is shown is asked."""
    here = service.of(request)
    server = servers.of(here.store, here.settings, visitor.clinic)
    if server is None:
        raise HTTPException(404, "No FHIR server is connected for this clinic.")
    return server


def _take(request: Request, visitor: Visitor, read: intake.Read, file: str) -> Outcome:
    here = service.of(request)
    assert visitor.clinic is not None
    taken = intake.take(here.store, visitor.clinic, read, visitor.account)
    with here.store.writing() as work:
        writing.note(
            work,
            Act.bring_record,
            visitor,
            patient=taken.patient,
            address=service.address_of(request),
            detail="new patient" if taken.is_new else "new record",
        )
    return _told(file, taken.patient, read.name, read.record, is_new=taken.is_new)


def _told(file: str, patient: str, name: str, record: Record, *, is_new: bool) -> Outcome:
    counts = list(record.counts.values())
    return Outcome(
        file=file,
        patient=patient,
        name=name,
        is_new=is_new,
        used=sum(each.get("used", 0) for each in counts),
        ignored=sum(each.get("ignored", 0) for each in counts),
        skipped=[(each.ref, each.why) for each in record.skipped[:_MOST_SHOWN]],
    )


def _shown(name: str | None) -> str:
    """The last part of a file's name; it is shown and kept nowhere."""
    return (name or "").replace("\\", "/").rsplit("/", 1)[-1][:100]


def _show(
    request: Request, visitor: Visitor, outcomes: list[Outcome], search: Search | None = None
) -> Response:
    here = service.of(request)
    with here.store.reading() as work:
        mine = sa.select(Patient).where(Patient.clinic_id == visitor.clinic)
        patients = work.scalars(mine.order_by(Patient.changed.desc()).limit(_MOST_SHOWN)).all()
        total = work.scalar(
            sa.select(sa.func.count())
            .select_from(Patient)
            .where(Patient.clinic_id == visitor.clinic)
        )
        sources = keeping.sources(work, [patient.id for patient in patients])
    clinic = visitor.clinics.get(visitor.clinic or 0)
    failed = bool(outcomes) and all(each.problem is not None for each in outcomes)
    failed = failed or (search is not None and bool(search.problem))
    server = servers.of(here.store, here.settings, visitor.clinic)
    return show(
        request,
        "records_list.html.j2" if is_part(request) else "records.html.j2",
        visitor,
        # htmx shows the answer whatever its status; other clients see that nothing was taken in.
        status=422 if failed and not is_part(request) else 200,
        outcomes=outcomes,
        patients=patients,
        opens=Right.see_plan,
        upload_mb=here.settings.upload_mb,
        search=search,
        connectable=here.settings.connect_servers,
        total=total,
        sources=sources,
        server=server.fhir_server if server is not None else None,
        launched=[each for each in here.settings.smart_servers if each.clinic == clinic],
    )
