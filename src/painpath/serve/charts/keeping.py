"""Documents kept compressed, and read together as one record."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.reading import Record, read_documents
from painpath.serve.store.tables import Document, Patient, now

RECORD, ADDITION = "record", "addition"
FILE, SERVER, LAUNCH, HERE = "file", "server", "launch", "here"
"""Where a document came from; `launch`: with a person's own access, which is over since; `here`: it
was filled in on our own pages."""


class Incoming(msgspec.Struct, frozen=True):
    """One document, not compressed."""

    data: bytes
    lines: bool
    kind: str = RECORD
    source: str = FILE
    lacking: str | None = None
    """What the record system did not give, in words."""


def keep(work: Session, patient: Patient, incoming: Incoming, account: int | None) -> Document:
    """Add a document; a `record` takes the place of the one before it, which stays on file."""
    kept = Document(
        patient_id=patient.id,
        kind=incoming.kind,
        source=incoming.source,
        lines=incoming.lines,
        digest=hashlib.sha256(incoming.data).hexdigest(),
        size=len(incoming.data),
        content=zlib.compress(incoming.data),
        account_id=account,
        lacking=incoming.lacking,
    )
    work.add(kept)
    work.flush()
    patient.digest = _digest(work, patient.id)
    patient.changed = now()
    return kept


def documents(work: Session, patient: str) -> list[Document]:
    """Those in force: the latest record, then every addition."""
    mine = sa.select(Document).where(Document.patient_id == patient)
    latest = work.scalars(
        mine.where(Document.kind == RECORD).order_by(Document.id.desc()).limit(1)
    ).all()
    additions = work.scalars(mine.where(Document.kind == ADDITION).order_by(Document.id)).all()
    return [*latest, *additions]


def lacking(work: Session, patient: str) -> str | None:
    """What was not given of the record in force, in words."""
    mine = sa.select(Document.lacking).where(
        Document.patient_id == patient, Document.kind == RECORD
    )
    return work.scalar(mine.order_by(Document.id.desc()).limit(1))


def sources(work: Session, patients: Sequence[str]) -> dict[str, str]:
    """Where each patient's record in force came from."""
    latest = (
        sa.select(sa.func.max(Document.id))
        .where(Document.kind == RECORD, Document.patient_id.in_(patients))
        .group_by(Document.patient_id)
    )
    rows = sa.select(Document.patient_id, Document.source).where(Document.id.in_(latest))
    return dict(work.execute(rows).all())


def plain(kept: Document) -> bytes:
    """A document as it came."""
    return zlib.decompress(kept.content)


def read(kept: list[Document], vocabulary: Vocabulary) -> Record:
    """All documents as one record.

    Raises:
        RecordError: if nothing in them is usable.
    """
    named = [
        (f"document {number}{'.ndjson' if each.lines else ''}", plain(each))
        for number, each in enumerate(kept, 1)
    ]
    return read_documents(named, vocabulary)


def _digest(work: Session, patient: str) -> str:
    mine = sa.select(Document.kind, Document.digest).where(Document.patient_id == patient)
    rows = work.execute(mine.order_by(Document.id)).all()
    record = [digest for kind, digest in rows if kind == RECORD][-1:]
    added = [digest for kind, digest in rows if kind == ADDITION]
    return hashlib.sha256(" ".join([*record, *added]).encode()).hexdigest()
