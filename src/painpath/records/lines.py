"""NDJSON line by line, without holding a file: each resource and the patient it belongs to."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records import claims
from painpath.records.charting import Tallies
from painpath.records.errors import RecordError
from painpath.records.facts import Skipped
from painpath.records.meanings import meanings_of
from painpath.records.patients import subject_of
from painpath.records.references import Index
from painpath.records.repair import UnreadableError, decode
from painpath.records.resource_types import AnyResource
from painpath.records.resources import (
    TYPES,
    Claim,
    Component,
    Condition,
    DiagnosticReport,
    Observation,
    Patient,
    Procedure,
    Resource,
)

_TYPED = msgspec.json.Decoder(AnyResource)
_INDEX = Index()


class _Head(msgspec.Struct):
    resourceType: str = ""  # noqa: N815


_HEAD = msgspec.json.Decoder(_Head)


class Line(NamedTuple):
    """One resource of an export."""

    kind: str
    data: bytes
    resource: Resource
    mended: bool
    """It could not be decoded strictly; its notes are made when it is read again."""
    patient: str | None
    where: str


class Wanted:
    """Tells which resources mean something; the others are counted and dropped."""

    def __init__(self, vocabulary: Vocabulary, tallies: Tallies, unknown: Counter[bytes]) -> None:
        self._meanings = meanings_of(vocabulary)
        self._vocabulary = vocabulary
        self._tallies = tallies
        self.unknown = unknown
        """Codes of conditions and procedures that nobody knows, as JSON."""

    def __call__(self, resource: Resource) -> bool:
        if self._means(resource):
            return True
        self._tallies.ignored[type(resource).__name__] += 1
        if isinstance(resource, Condition | Procedure) and resource.code is not None:
            self.unknown[msgspec.json.encode(resource.code)] += 1
        return False

    def ignore(self, kind: str) -> None:
        """Count a resource of a type that is not read."""
        self._tallies.ignored[kind] += 1

    def _means(self, resource: Resource) -> bool:
        of = self._meanings.of
        if isinstance(resource, Observation):
            parts: list[Observation | Component] = [resource, *resource.component]
            return any(
                bool(of(part.code, "observation").matches) or part.valueCodeableConcept is not None
                for part in parts
            )
        if isinstance(resource, Condition):
            return bool(of(resource.code, "condition").matches)
        if isinstance(resource, Procedure):
            meaning = of(resource.code, "procedure")
            return bool(meaning.matches or meaning.codes)
        if isinstance(resource, Claim):
            return any(
                claims.may_be_done(item.productOrService, self._vocabulary)
                for item in resource.item
            )
        if isinstance(resource, DiagnosticReport):
            return bool(
                of(resource.code, "report").matches
                or resource.conclusion
                or resource.conclusionCode
                or resource.presentedForm
            )
        return True


def read(path: Path, wanted: Wanted, failures: list[Skipped]) -> Iterator[Line]:
    """The wanted resources of a file; broken lines are added to `failures`.

    Raises:
        RecordError: if the file cannot be read to its end.
    """
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            for number, data in enumerate(file, 1):
                data = data.strip().removeprefix(b"\xef\xbb\xbf")
                if data:
                    line = _line(data, f"{path.name}:{number}", wanted, failures)
                    if line is not None:
                        yield line
    except (OSError, EOFError, zlib.error):
        raise RecordError(f"{path.name}: the file is damaged or cut off") from None


def _line(data: bytes, where: str, wanted: Wanted, failures: list[Skipped]) -> Line | None:
    mended = False
    try:
        resource = _TYPED.decode(data)
        kind = type(resource).__name__
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        mended = True
        try:
            kind = _HEAD.decode(data).resourceType
            if kind in TYPES:
                resource = decode(data, TYPES[kind])[0]
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, UnreadableError):
            failures.append(Skipped(where, "not a FHIR resource in JSON"))
            return None
    if kind not in TYPES:
        wanted.ignore(kind or "unknown")
        return None
    if not wanted(resource):
        return None
    return Line(kind, data, resource, mended, patient_of(resource), where)


def patient_of(resource: Resource) -> str | None:
    """`Patient/id` of a resource's subject, or of the Patient itself."""
    if isinstance(resource, Patient):
        return f"Patient/{resource.id}" if resource.id else None
    subject = subject_of(resource)
    return _INDEX.name(subject) if subject is not None else None
