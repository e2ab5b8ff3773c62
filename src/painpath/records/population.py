"""Many patients: a folder of Bundles or a bulk export, patient by patient, in batches of facts.

Memory stays bounded: an export larger than `_IN_MEMORY` is first dealt out to temporary files by
patient. One patient's trouble is a note; it never stops the others.
"""

from __future__ import annotations

import tempfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records import lines, relief, sources
from painpath.records.chart import Chart
from painpath.records.charting import Tallies, read_chart
from painpath.records.errors import RecordError
from painpath.records.facts import CoverageEntry, Prescription, Request, Skipped
from painpath.records.lines import Line
from painpath.records.parts import Item, Parts
from painpath.records.patients import subject_of
from painpath.records.reading import StillCollector, split
from painpath.records.references import Index, Target
from painpath.records.repair import UnreadableError, decode
from painpath.records.resources import TYPES, Patient, Resource
from painpath.records.table import FactRows, PatientRow, patients_table

_IN_MEMORY = 256 << 20
_SHARD = 128 << 20
SHARED = frozenset({"Medication", "Organization", "Questionnaire"})
_NOBODYS = frozenset({"Practitioner", "PractitionerRole"})


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Some patients of a population. Tuples run parallel to the rows of `patients`."""

    patients: pa.Table
    facts: pa.Table
    prescriptions: tuple[tuple[Prescription, ...], ...]
    requests: tuple[tuple[Request, ...], ...]
    coverages: tuple[tuple[CoverageEntry, ...], ...]
    skipped: tuple[tuple[Skipped, ...], ...]
    failures: tuple[Skipped, ...]
    """Files and lines that could not be used at all."""
    counts: dict[str, dict[str, int]]
    unmatched: Counter[bytes]
    done: int
    """Bytes of the input read so far, of `total`."""
    total: int


def read_population(
    source: str | Path | Sequence[Path],
    vocabulary: Vocabulary,
    *,
    size: int = 500,
    relief_for: Collection[str] | None = None,
    scores: Collection[str] = relief.PAIN_SCORES,
) -> Iterator[Batch]:
    """Every patient of an export.

    Args:
        source: a folder (or the files) of Bundles, of bulk-export NDJSON, or of both.
        vocabulary: what the codes and words mean.
        size: patients per batch.
        relief_for: see `painpath.records.reading.read_record`.
        scores: likewise.

    Raises:
        RecordError: if there is no file to read. Trouble with single files is in `failures`.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        files = sources.files(path) if path.is_dir() else [path]
        if not files:
            raise RecordError(f"{path}: the folder holds no .json or .ndjson file")
    else:
        files = list(source)
    total = sum(file.stat().st_size for file in files if file.exists())
    writer = _Writer(vocabulary, total, relief_for, scores)
    bundles = [file for file in files if not sources.is_lines(file.name)]
    for file in bundles:
        with StillCollector():
            writer.bundle(file)
        if len(writer) >= size:
            yield writer.batch()
    exported = [file for file in files if sources.is_lines(file.name)]
    if exported:
        for patient in _by_patient(exported, writer):
            with StillCollector():
                writer.patient(*patient)
            if len(writer) >= size:
                yield writer.batch()
    writer.done = total
    if len(writer) or writer.failures or writer.tallies.any():
        yield writer.batch()


class _Writer:
    """Gathers patients into the next batch."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        total: int,
        relief_for: Collection[str] | None,
        scores: Collection[str],
    ) -> None:
        self.vocabulary = vocabulary
        self.shared = Index()
        self.done = 0
        self._total = total
        self._relief_for = relief_for
        self._scores = scores
        self._seen: set[int] = set()
        self._clear()

    def _clear(self) -> None:
        self.failures: list[Skipped] = []
        self.tallies = Tallies()
        self.unmatched: Counter[bytes] = Counter()
        self._rows: list[PatientRow] = []
        self._charts: list[Chart] = []
        self._facts = FactRows(self.vocabulary)

    def __len__(self) -> int:
        return len(self._rows)

    def bundle(self, file: Path) -> None:
        """Add the patients of one file."""
        try:
            parts = Parts()
            split(sources.read_bytes(file), file.name, parts, self.vocabulary)
            for one in separate(parts):
                self.patient(file.name, one)
        except RecordError as error:
            self.failures.append(Skipped(file.name, str(error)))
        self.done += file.stat().st_size if file.exists() else 0

    def patient(self, name: str, parts: Parts) -> None:
        """Add one patient's resources."""
        chart = Chart(self.vocabulary, self.shared)
        try:
            row = read_chart(
                parts,
                name,
                chart,
                self.tallies,
                relief_for=self._relief_for,
                scores=self._scores,
            )
        except RecordError as error:
            self.failures.append(Skipped(name, str(error)))
            return
        key = hash(row.id)
        if key in self._seen:
            self.failures.append(Skipped(name, f"Patient/{row.id} stands in several files"))
        self._seen.add(key)
        self._facts.add(len(self._rows), chart.facts)
        self._rows.append(row)
        chart.facts = []
        self._charts.append(chart)
        self.unmatched.update(parts.unknown)
        self.unmatched.update(chart.unknown)

    def batch(self) -> Batch:
        """The batch so far; the next one starts empty."""
        made = Batch(
            patients=patients_table(self._rows),
            facts=self._facts.table(),
            prescriptions=tuple(tuple(chart.prescriptions) for chart in self._charts),
            requests=tuple(tuple(chart.requests) for chart in self._charts),
            coverages=tuple(tuple(chart.coverages) for chart in self._charts),
            skipped=tuple(tuple(chart.skipped) for chart in self._charts),
            failures=tuple(self.failures),
            counts=self.tallies.plain(),
            unmatched=self.unmatched,
            done=self.done,
            total=self._total,
        )
        self._clear()
        return made


# -- several patients in one document --


def separate(parts: Parts) -> list[Parts]:
    """The resources of each patient of a document; what belongs to nobody goes to everybody."""
    if sum(item[0] == "Patient" for item in parts.items) <= 1:
        return [parts]
    index = Index()
    decoded: list[Item] = []
    people: list[str] = []
    for kind, data, url, where in parts.items:
        try:
            resource = data if isinstance(data, Resource) else decode(data, TYPES[kind])[0]
        except UnreadableError:
            continue
        ref = f"{kind}/{resource.id}"
        index.add(Target(ref, resource), url)
        if isinstance(resource, Patient):
            people.append(ref)
        # Bytes are kept, so that their notes are written when they are read.
        decoded.append((kind, data, url, where))
    found = {ref: Parts() for ref in people}
    first = found[people[0]]
    first.skipped, first.ignored, first.unreadable = parts.skipped, parts.ignored, parts.unreadable
    for item in decoded:
        resource = item[1] if isinstance(item[1], Resource) else decode(item[1], TYPES[item[0]])[0]
        subject = subject_of(resource)
        name = index.name(subject) if subject is not None else None
        if isinstance(resource, Patient):
            name = f"Patient/{resource.id}"
        for one in [found[name]] if name in found else [] if name else found.values():
            one.items.append(item)
    return list(found.values())


# -- NDJSON, where a patient's resources lie scattered over files --


def _by_patient(files: Iterable[Path], writer: _Writer) -> Iterator[tuple[str, Parts]]:
    wanted = lines.Wanted(writer.vocabulary, writer.tallies, writer.unmatched)
    size = sum(f.stat().st_size * (8 if f.name.endswith(".gz") else 1) for f in files)
    if size <= _IN_MEMORY:
        yield from _grouped(_lines(files, wanted, writer), writer)
        return
    shards = size // _SHARD + 1
    with tempfile.TemporaryDirectory(prefix="painpath-") as folder:
        paths = [Path(folder) / f"{number}.ndjson" for number in range(shards)]
        handles = [path.open("wb") for path in paths]
        try:
            for line in _lines(files, wanted, writer):
                if line.kind in SHARED:
                    _share(line, writer)
                    continue
                shard = zlib.crc32((line.patient or "").encode()) % shards
                handles[shard].write(line.data + b"\n")
        finally:
            for handle in handles:
                handle.close()
        for path in paths:
            again = lines.Wanted(writer.vocabulary, Tallies(), Counter())
            yield from _grouped(lines.read(path, again, writer.failures), writer)
            path.unlink()


def _lines(files: Iterable[Path], wanted: lines.Wanted, writer: _Writer) -> Iterator[Line]:
    for file in files:
        try:
            yield from lines.read(file, wanted, writer.failures)
        except RecordError as error:
            writer.failures.append(Skipped(file.name, str(error)))
        writer.done += file.stat().st_size if file.exists() else 0


def _share(line: Line, writer: _Writer) -> None:
    writer.shared.add(Target(f"{line.kind}/{line.resource.id}", line.resource), None)


def _grouped(found: Iterable[Line], writer: _Writer) -> Iterator[tuple[str, Parts]]:
    people: dict[str, Parts] = {}
    with StillCollector():
        for line in found:
            if line.kind in SHARED:
                _share(line, writer)
            elif line.kind in _NOBODYS:
                writer.tallies.ignored[line.kind] += 1
            elif line.patient is None:
                writer.failures.append(Skipped(line.where, "it does not say whose it is"))
                writer.tallies.skipped[line.kind] += 1
            else:
                parts = people.get(line.patient)
                if parts is None:
                    parts = people[line.patient] = Parts()
                data = line.data if line.mended else line.resource
                parts.items.append((line.kind, data, None, line.where))
    yield from people.items()
