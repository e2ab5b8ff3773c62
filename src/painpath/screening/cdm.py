"""A population in OMOP tables: staged by patient, then read like any other source."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from painpath.knowledge.vocabulary import Vocabulary
from painpath.omop import postgres, sources
from painpath.omop.reading import Staging
from painpath.omop.staging import Stage, stage
from painpath.omop.wanted import Keeps
from painpath.records.references import Index
from painpath.screening.exports import Piece
from painpath.screening.fresh import Unread
from painpath.screening.gathering import Share
from painpath.screening.runs import Keys, PieceSheet, Sheet, write_unread

_COPY = "copy"


class Cdm:
    """Staged tables as a source of patients."""

    def __init__(self, folder: Path, name: str, vocabulary: Vocabulary) -> None:
        self.shared = Index()
        self._staging = Staging(folder, name, vocabulary)

    def digests(self, share: Share) -> tuple[Keys, Keys]:
        """Keys of the share's patients, ascending, and what changes with their rows."""
        return self._staging.digests(share.first, share.last)

    def patients(self, wanted: Keys) -> Iterable[Unread]:
        """These patients, each with the rows of all tables."""
        for person in self._staging.people(wanted):
            yield Unread(f"person/{person.id}", person.key, partial(self._staging.read, person))

    def count(self) -> int:
        """How many patients there are."""
        return self._staging.count()


def staged(
    source: str | Path,
    folder: Path,
    vocabulary: Vocabulary,
    keeps: Keeps,
    *,
    knowledge: str,
    threads: int,
    tell: Callable[[int, int], None],
) -> Stage:
    """Stage OMOP tables; what was staged before is used again where nothing has changed.

    Raises:
        RecordError: if the source cannot be read.
    """
    place = Path(source)
    if sources.is_url(str(source)):
        shutil.rmtree(folder / _COPY, ignore_errors=True)
        place = postgres.copied(str(source), folder / _COPY, tell)
    made = stage(place, folder, vocabulary, keeps, knowledge=knowledge, threads=threads, tell=tell)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif not path.name.startswith(made.name):
            path.unlink(missing_ok=True)
    return made


def sheets_of(made: Stage, runs: Path) -> list[PieceSheet]:
    """What became of each table, kept where collecting looks for it."""
    sheets = []
    unread: list[tuple[int, str, str]] = []
    for number, table in enumerate(made.tables):
        unread += [(number, where, why) for where, why in table.unread]
        ignored = table.seen - table.kept - table.nobodys
        sheets.append(
            PieceSheet(
                piece=Piece(table.table, 0, 0, 0, 0),
                checksum=0,
                seen=table.seen + len(table.unread),
                kept=table.kept,
                ignored={table.table: ignored} if ignored else {},
                unread=table.nobodys + table.broken,
                unknown=table.unknown,
            )
        )
    write_unread(runs, made.name, unread, Sheet(sheets))
    return sheets
