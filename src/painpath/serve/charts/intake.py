"""A file that somebody brings: unpacked within limits, read, kept if it is a patient's record."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.encodings import UndecodableError, inflate
from painpath.records.errors import RecordError
from painpath.records.reading import Record, read_bytes
from painpath.records.sources import is_lines
from painpath.serve.charts import keeping, naming
from painpath.serve.charts.keeping import Incoming
from painpath.serve.store.opening import Store
from painpath.serve.store.tables import Patient

_LONGEST_ID = 200


class Read(msgspec.Struct, frozen=True):
    """A file that was understood."""

    incoming: Incoming
    record: Record
    fhir_id: str
    name: str
    birth_date: str | None


class Taken(msgspec.Struct, frozen=True):
    """A patient whose record was taken in."""

    patient: str
    is_new: bool


def read(
    data: bytes,
    file_name: str,
    vocabulary: Vocabulary,
    most: int,
    source: str = keeping.FILE,
    lacking: str | None = None,
) -> Read:
    """Understand a file.

    Args:
        data: as it came, perhaps gzipped.
        file_name: only its ending is looked at.
        vocabulary: what the codes mean.
        most: bytes that it may have when unpacked.
        source: where it came from (`keeping`).
        lacking: what the record system did not give, in words.

    Raises:
        RecordError: if it is no usable record; one sentence.
    """
    lines = is_lines(file_name)
    name = "The file.ndjson" if lines else "The file"
    try:
        plain = inflate(data, most)
    except UndecodableError as error:
        raise RecordError(f"The file {error}") from None
    try:
        record = read_bytes(plain, vocabulary, name=name)
    except RecordError as error:
        raise RecordError(str(error).replace("The file.ndjson", "The file")) from None
    row = record.patients.to_pylist()[0]
    fhir_id = row["id"] or ""
    if not fhir_id or len(fhir_id) > _LONGEST_ID or not fhir_id.isprintable():
        raise RecordError("The file: its Patient has no id, so it could not be found again")
    born = row["birth_lo"]
    exact = born is not None and born == row["birth_hi"]
    return Read(
        incoming=Incoming(plain, lines, source=source, lacking=lacking),
        record=record,
        fhir_id=fhir_id,
        name=naming.shown_name(plain, fhir_id, lines=lines),
        birth_date=born.isoformat() if exact else (str(born.year) if born else None),
    )


def take(store: Store, clinic: int, read_: Read, account: int | None) -> Taken:
    """Keep the record for a clinic; a patient who is known gets a new record."""
    with store.writing() as work:
        wanted = sa.select(Patient).where(
            Patient.clinic_id == clinic, Patient.fhir_id == read_.fhir_id
        )
        patient = work.scalar(wanted)
        is_new = patient is None
        if patient is None:
            patient = Patient(clinic_id=clinic, fhir_id=read_.fhir_id, name=read_.name, digest="")
            work.add(patient)
            work.flush()
        patient.name, patient.birth_date = read_.name, read_.birth_date
        keeping.keep(work, patient, read_.incoming, account)
        return Taken(patient.id, is_new)
