"""The first step: read pieces of an export and deal their resources out by patient.

What means nothing to any concept is counted and dropped here. A broken file, line or entry becomes
a row of what could not be read; it never stops the others.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import msgspec

from painpath.knowledge.vocabulary import Vocabulary
from painpath.records import lines, sources
from painpath.records.charting import Tallies
from painpath.records.encodings import to_utf8
from painpath.records.errors import RecordError
from painpath.records.facts import Skipped
from painpath.records.lines import Line
from painpath.records.parts import Parts
from painpath.records.population import SHARED, separate
from painpath.records.reading import StillCollector, split
from painpath.records.record import pain_codes
from painpath.records.resources import Resource
from painpath.screening.exports import Piece, checksum
from painpath.screening.runs import (
    Entry,
    PieceSheet,
    Sheet,
    digest_of,
    key_of,
    run_name,
    write_run,
)

_NOBODYS = frozenset({"Practitioner", "PractitionerRole"})
_REFERS = frozenset(
    {
        "Patient",
        "Coverage",
        "MedicationRequest",
        "MedicationStatement",
        "MedicationDispense",
        "MedicationAdministration",
        "QuestionnaireResponse",
    }
)
"""Kinds of resources that may point to one of nobody in particular."""
_POINTER = re.compile(rb'"(?:[^"\s]*/)?((?:Medication|Organization|Questionnaire)/[^"/|#\s]+)')


class Deal:
    """Resources of several pieces on their way into one run."""

    def __init__(self, vocabulary: Vocabulary, home: Path) -> None:
        self.vocabulary = vocabulary
        self.home = home
        self._keys: dict[str, int] = {}
        self.entries: list[Entry] = []
        self.shared: list[Entry] = []
        self.unread: list[tuple[int, str, str]] = []
        self.sheets: list[PieceSheet] = []

    def piece(self, piece: Piece) -> None:
        """Read one piece."""
        self._tallies = Tallies()
        self._unknown: Counter[bytes] = Counter()
        self._failures: list[Skipped] = []
        self._kept = 0
        self._lost = 0
        crc = 0
        try:
            crc = checksum(self.home, piece)
            with StillCollector():
                if sources.is_lines(piece.path):
                    self._lines(piece)
                else:
                    self._document(piece)
        except (RecordError, OSError) as error:
            why = str(error).partition(": ")[2] if isinstance(error, RecordError) else ""
            self._failures.append(Skipped(piece.path, why or "the file cannot be read"))
        except Exception as error:
            # A fault of ours must not cost the other files.
            name = type(error).__name__
            self._failures.append(Skipped(piece.path, f"the file could not be worked on ({name})"))
        number = len(self.sheets)
        self.unread.extend((number, each.ref, each.why) for each in self._failures)
        ignored = dict(sorted(self._tallies.ignored.items()))
        self.sheets.append(
            PieceSheet(
                piece=piece,
                checksum=crc,
                seen=self._kept + sum(ignored.values()) + self._lost,
                kept=self._kept,
                ignored=ignored,
                unread=self._lost,
                unknown=sorted(pain_codes(self._unknown).items(), key=lambda item: str(item[0])),
            )
        )

    def _keep(
        self,
        name: str,
        kind: str,
        url: str | None,
        where: str,
        place: int,
        data: bytes,
        *,
        shared: bool = False,
    ) -> None:
        self._kept += 1
        refers: Sequence[int] = ()
        if kind in _REFERS:
            refers = [key_of(found.decode("utf-8", "replace")) for found in _POINTER.findall(data)]
        key = self._keys.get(name)
        if key is None:
            key = self._keys[name] = key_of(name)
        (self.shared if shared else self.entries).append(
            (
                key,
                name,
                len(self.sheets),
                place,
                kind,
                url,
                where,
                digest_of(kind, data),
                refers,
                data,
            )
        )

    # -- NDJSON --

    def _lines(self, piece: Piece) -> None:
        wanted = lines.Wanted(self.vocabulary, self._tallies, self._unknown)
        whole = piece.start == 0 and piece.end == piece.size
        name = f"{piece.path}:" if whole else f"{piece.path}, byte "
        try:
            for line in lines.sift(self._numbered(piece), name, wanted, self._failures):
                self._line(line)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self._lost -= 1
            why = "the file is damaged or cut off; what stands before that was used"
            self._failures.append(Skipped(piece.path, why))
        self._lost += len(self._failures)

    def _numbered(self, piece: Piece) -> Iterator[tuple[int, bytes]]:
        """Number (or place) and bytes of every line that begins in the piece."""
        path = self.home / piece.path
        packed = piece.path.lower().endswith(".gz")
        with gzip.open(path) if packed else path.open("rb") as raw:
            file = cast(io.BufferedReader, raw)
            if piece.start == 0 and piece.end == piece.size:
                wide = file.peek(2)[:2] in (b"\xff\xfe", b"\xfe\xff")
                yield from enumerate(io.BytesIO(to_utf8(file.read(), [])) if wide else file, 1)
                return
            if piece.start:
                file.seek(piece.start - 1)
                file.readline()
            at = file.tell()
            while at < piece.end and (data := file.readline()):
                yield at, data
                at += len(data)

    def _line(self, line: Line) -> None:
        where, place = line.where, line.number
        data = line.data.strip().removeprefix(b"\xef\xbb\xbf")
        if line.kind in SHARED:
            name = f"{line.kind}/{line.resource.id}"
            self._keep(name, line.kind, None, where, place, data, shared=True)
        elif line.kind in _NOBODYS:
            self._tallies.ignored[line.kind] += 1
        elif line.patient is None:
            self._failures.append(Skipped(where, "it does not say whose it is"))
        else:
            self._keep(line.patient, line.kind, None, where, place, data)

    # -- Bundles and other documents --

    def _document(self, piece: Piece) -> None:
        parts = Parts()
        try:
            split(sources.read_bytes(self.home / piece.path), piece.path, parts, self.vocabulary)
        finally:
            self._failures.extend(
                Skipped(f"{piece.path}, {note.ref}", note.why) for note in parts.skipped
            )
        self._unknown.update(parts.unknown)
        self._tallies.ignored.update(parts.ignored)
        self._lost += parts.unreadable.total()
        wanted = lines.Wanted(self.vocabulary, self._tallies, self._unknown)
        place = 0
        for one in separate(parts):
            name = _whose(one, piece.path)
            for kind, data, url, where in one.items:
                place += 1
                if isinstance(data, Resource):
                    wish = wanted.wants.get(type(data))
                    if wish is not None and not wish(data):
                        wanted.ignore(kind)
                        continue
                    data = msgspec.json.encode(data)
                told = where if isinstance(where, str) else f"{piece.path}, entry {where}"
                self._keep(name, kind, url, told, place, bytes(data))


class _Identified(msgspec.Struct):
    id: str | None = None


def _whose(parts: Parts, path: str) -> str:
    """`Patient/1` of a document's patient; where it has none, the document stands for it."""
    for kind, data, url, _ in parts.items:
        if kind != "Patient":
            continue
        name = data.id if isinstance(data, Resource) else _id_in(data)
        if name:
            return f"Patient/{name}"
        if url:
            return f"Patient/{url.rstrip('/').split('/')[-1].split(':')[-1]}"
    return f"({path})"


def _id_in(data: bytes | msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(data, type=_Identified).id
    except msgspec.DecodeError:
        return None


def deal(
    pieces: Sequence[Piece], home: Path, folder: Path, vocabulary: Vocabulary, knowledge: str
) -> str:
    """Read pieces of an export into one run.

    Args:
        pieces: what to read.
        home: the export's folder.
        folder: of the runs.
        vocabulary: what the codes and words mean.
        knowledge: fingerprint of the knowledge.

    Returns:
        The run's name.
    """
    name = run_name(pieces, knowledge)
    dealt = Deal(vocabulary, home)
    for piece in pieces:
        dealt.piece(piece)
    write_run(folder, name, dealt.entries, dealt.shared, dealt.unread, Sheet(dealt.sheets))
    return name
