"""NDJSON line by line, without holding a file: each resource and the patient it belongs to."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records.charting import Tallies
from painpath.records.errors import RecordError
from painpath.records.facts import Skipped
from painpath.records.patients import subject_of
from painpath.records.references import Index
from painpath.records.repair import UnreadableError, decode
from painpath.records.resource_types import AnyResource
from painpath.records.resources import TYPES, ExplanationOfBenefit, Patient, Resource
from painpath.records.sieve import Sieve

_TYPED = msgspec.json.Decoder(AnyResource)
_INDEX = Index()
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


class _Head(msgspec.Struct):
    resourceType: str = ""  # noqa: N815


_HEAD = msgspec.json.Decoder(_Head)


class Line(msgspec.Struct, frozen=True, gc=False):
    """One resource of an export."""

    kind: str
    data: bytes
    resource: Resource
    mended: bool
    """It could not be decoded strictly; its notes are made when it is read again."""
    patient: str | None
    where: str
    number: int
    """Of the line (or the place of its first byte, of a part of a file)."""


class Wanted:
    """Tells which resources mean something; the others are counted and dropped."""

    def __init__(self, vocabulary: Vocabulary, tallies: Tallies, unknown: Counter[bytes]) -> None:
        sieve = Sieve(vocabulary, unknown)
        # The claims of a whole population are too many to remember which bills repeat them.
        self.wants = sieve.wants | {ExplanationOfBenefit: sieve.wants_claim}
        self._tallies = tallies

    def ignore(self, kind: str) -> None:
        """Count a resource that means nothing here."""
        self._tallies.ignored[kind] += 1


def read(path: Path, wanted: Wanted, failures: list[Skipped]) -> Iterator[Line]:
    """The wanted resources of a file; broken lines are added to `failures`.

    Raises:
        RecordError: if the file cannot be read to its end.
    """
    name = path.name
    try:
        with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
            yield from sift(enumerate(file, 1), f"{name}:", wanted, failures)
    except (OSError, EOFError, zlib.error):
        raise RecordError(f"{name}: the file is damaged or cut off") from None


def sift(
    numbered: Iterable[tuple[int, bytes]], name: str, wanted: Wanted, failures: list[Skipped]
) -> Iterator[Line]:
    """The wanted resources among lines; broken ones are added to `failures`.

    Args:
        numbered: the lines; name and number together tell where each stands.
        name: of the file.
        wanted: which resources mean something.
        failures: gets the broken lines.
    """
    wants = wanted.wants
    typed = _TYPED.decode
    for number, data in numbered:
        try:
            resource = typed(data)
            wish = wants.get(type(resource))
            if wish is not None and not wish(resource):
                wanted.ignore(type(resource).__name__)
                continue
            resource.settle()
        except _BROKEN:
            line = _mended(data, f"{name}{number}", number, wanted, failures)
            if line is not None:
                yield line
            continue
        kind = type(resource).__name__
        yield Line(kind, data, resource, False, patient_of(resource), f"{name}{number}", number)


def _mended(
    data: bytes, where: str, number: int, wanted: Wanted, failures: list[Skipped]
) -> Line | None:
    """A line that cannot be decoded strictly."""
    data = data.strip().removeprefix(b"\xef\xbb\xbf")
    if not data:
        return None
    try:
        kind = _HEAD.decode(data).resourceType
        if kind not in TYPES:
            wanted.ignore(kind or "unknown")
            return None
        resource = decode(data, TYPES[kind])[0]
    except (*_BROKEN, UnreadableError):
        failures.append(Skipped(where, "not a FHIR resource in JSON"))
        return None
    wish = wanted.wants.get(type(resource))
    if wish is not None and not wish(resource):
        wanted.ignore(kind)
        return None
    return Line(kind, data, resource, True, patient_of(resource), where, number)


_names: dict[str, str | None] = {}
_MEMORY = 100_000


def patient_of(resource: Resource) -> str | None:
    """`Patient/id` of a resource's subject, or of the Patient itself."""
    if isinstance(resource, Patient):
        return f"Patient/{resource.id}" if resource.id else None
    subject = subject_of(resource)
    if subject is None:
        return None
    found = _names.get(subject, "")
    if found == "":
        if len(_names) > _MEMORY:
            _names.clear()
        found = _names[subject] = _INDEX.name(subject)
    return found
