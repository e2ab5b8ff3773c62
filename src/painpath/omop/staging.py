"""The first step: rows that mean something, one file per table, in the order of the patients.

DuckDB sorts on disk what does not fit into memory, so memory does not grow with the population.
A file is named after what it was made of and is whole or not there; it is used again as long as
the source and the knowledge stay the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from painpath.knowledge.vocabulary import Vocabulary
from painpath.omop import sources
from painpath.omop.codes import Coder, Triple
from painpath.omop.sources import mark_of, quoted
from painpath.omop.survey import Survey, Unread, column
from painpath.omop.tables import CODES, PERSON, Table
from painpath.omop.wanted import Keeps, Wanted
from painpath.records.errors import RecordError
from painpath.records.record import UnknownCode, pain_codes

CONCEPTS = "concepts.msgpack"
_MEMORY = ".memory"
_KEY = "md5_number_lower('person/' || person)"
"""Where a patient stands in the order of all: as good as random, the same everywhere."""
_GROUP = 30 * 2048
"""Rows that are skipped together where their patients are not asked for."""
_TOLD = 1000
"""Broken lines of a table that are listed."""

Told = Callable[[int, int], None]


class Staged(msgspec.Struct, frozen=True):
    """What became of one table."""

    table: str
    file: str
    """Name of its file."""
    seen: int
    kept: int
    nobodys: int
    """Rows without a person."""
    broken: int
    """Lines that could not be read."""
    unread: Unread
    unknown: list[tuple[UnknownCode, int]]
    """Codes that look like pain and that no concept knows."""


class Stage(msgspec.Struct, frozen=True):
    """A whole source, ready to be read by patient."""

    name: str
    """Changes with the source."""
    tables: list[Staged]
    size: int
    """Bytes of the source."""


def stage(
    source: Path,
    folder: Path,
    vocabulary: Vocabulary,
    keeps: Keeps,
    *,
    knowledge: str,
    threads: int,
    tell: Told,
    only: str | None = None,
) -> Stage:
    """Bring a source into files by patient.

    Args:
        source: a folder or a DuckDB file.
        folder: for the files.
        vocabulary: what the codes and words mean.
        keeps: which drugs are needed though no concept knows them.
        knowledge: fingerprint of the knowledge and of the program.
        threads: of DuckDB.
        tell: told of the bytes that are done, of how many.
        only: the person_id of the only person that is wanted.

    Raises:
        RecordError: if the source cannot be read.
    """
    try:
        return _staged(source, folder, vocabulary, keeps, knowledge, threads, tell, only)
    except duckdb.Error as error:
        raise RecordError(f"{source}: {str(error).splitlines()[0]}") from None


def _staged(
    source: Path,
    folder: Path,
    vocabulary: Vocabulary,
    keeps: Keeps,
    knowledge: str,
    threads: int,
    tell: Told,
    only: str | None,
) -> Stage:
    folder.mkdir(parents=True, exist_ok=True)
    with sources.opened(source, folder / _MEMORY, threads) as db:
        found = sources.relations(db, source)
        marks = {name: relation.mark for name, relation in found.items()}
        made_of = [knowledge, duckdb.__version__, sources.absolute(source), only, *marks.items()]
        name = mark_of(made_of)
        if (before := kept_stage(folder, name)) is not None:
            return before
        survey = Survey(db, found, folder / _MEMORY, only)
        made = _Staging(survey, folder, name).run(vocabulary, keeps, tell)
        beside = folder / f".{name}.json"
        beside.write_bytes(msgspec.json.encode(made))
        beside.replace(folder / f"{name}.json")
        return made


def kept_stage(folder: Path, name: str) -> Stage | None:
    """A finished stage."""
    try:
        return msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Stage)
    except (OSError, msgspec.DecodeError):
        return None


class _Staging:
    def __init__(self, survey: Survey, folder: Path, name: str) -> None:
        self.survey = survey
        self.found = survey.found
        self.folder = folder
        self.name = name

    def run(self, vocabulary: Vocabulary, keeps: Keeps, tell: Told) -> Stage:
        """All tables."""
        sizes = {name: relation.size for name, relation in self.found.items()}
        total = sum(sizes.values())
        done = 0.0
        tell(0, total)
        for name, relation in list(self.found.items()):
            if relation.is_csv:
                self.survey.copy_text(name)
            done += sizes[name] / 2
            tell(int(done), total)
        concepts = self.survey.concepts()
        concepts.write(self.folder / f"{self.name}.{CONCEPTS}")
        wanted = Wanted(Coder(vocabulary, concepts), keeps)
        made = []
        for table in (PERSON, *self.survey.tables):
            made.append(self._table(table, wanted))
            done += sizes[table.name] / 2
            tell(int(done), total)
        tell(total, total)
        return Stage(self.name, made, total)

    def _table(self, table: Table, wanted: Wanted) -> Staged:
        survey = self.survey
        unread: Unread = []
        unknown: Counter[UnknownCode] = Counter()
        where = self._choose(table, wanted, unknown, unread) if table.coded else "true"
        file = f"{self.name}.{table.name}.parquet"
        self._write(table, where, self.folder / file)
        nobodys = survey.count(f"({survey.rows(table)}) WHERE person IS NULL")
        if nobodys:
            unread.append((table.name, f"{_rows(nobodys)} without a person_id"))
        broken = survey.broken.get(table.name, [])
        unread += broken[:_TOLD]
        if len(broken) > _TOLD:
            unread.append((table.name, f"{_rows(len(broken) - _TOLD)} more that are broken"))
        return Staged(
            table=table.name,
            file=file,
            seen=survey.count(self.found[table.name].sql),
            kept=survey.count(f"read_parquet({quoted(str(self.folder / file))})"),
            nobodys=nobodys,
            broken=len(broken),
            unread=unread,
            unknown=sorted(unknown.items(), key=str),
        )

    def _write(self, table: Table, where: str, path: Path) -> None:
        """The rows that are kept, each with what changes with it and with its concepts."""
        rows = self._person() if table is PERSON else self.survey.rows(table)
        if table.name == "condition_occurrence":
            rows = self._with_visits(rows)
        ids = [*(CODES[:2] if table.coded else ()), *table.concepts]
        joins = " ".join(f"LEFT JOIN marks m{n} ON m{n}.id = r.{c}" for n, c in enumerate(ids))
        marks = "".join(f", m{n}.mark" for n in range(len(ids)))
        beside = path.with_name(f".{path.name}")
        self.survey.db.execute(
            f"COPY (SELECT {_KEY} AS key, hash(r{marks}) AS digest, r.* FROM ({rows}) r {joins}"
            f" WHERE person IS NOT NULL AND ({where}) ORDER BY key, try_cast(r.id AS BIGINT), r.id)"
            f" TO {quoted(str(beside))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP})"
        )
        beside.replace(path)

    def _choose(
        self, table: Table, wanted: Wanted, unknown: Counter[UnknownCode], unread: Unread
    ) -> str:
        """Which rows are kept, as SQL; counts the codes that nobody knows."""
        kept: list[Triple] = []
        missing: Counter[str] = Counter()
        lost = 0
        for triple, number in self.survey.triples(table):
            coded = wanted.coder.of(table.name, triple)
            if wanted.means(coded):
                kept.append(triple)
            elif not coded.has_code and coded.missing:
                lost += number
                missing.update(dict.fromkeys(coded.missing, number))
            elif coded.kind in ("condition", "procedure"):
                for code in pain_codes(Counter([bytes(coded.raw)])):
                    unknown[code] += number
        if lost:
            few = ", ".join(id for id, _ in missing.most_common(3))
            why = f"{_rows(lost)} with concept ids that the table concept lacks ({few})"
            unread.append((table.name, why))
        columns = [list(each) for each in zip(*kept, strict=True)] or [[], [], []]
        name = f"kept_{table.name}"
        arrays = [pa.array(each, pa.string()) for each in columns]
        self.survey.keep(name, pa.table(arrays, names=list(CODES)))
        same = " AND ".join(f"k.{c} IS NOT DISTINCT FROM r.{c}" for c in CODES)
        where = f"EXISTS (SELECT 1 FROM {name} k WHERE {same})"
        answers = [id for id in wanted.coder.concepts if wanted.answers(id)]
        if table.answers and answers:
            where += f" OR r.{table.answers} IN ({', '.join(map(quoted, answers))})"
        return where

    # -- what other tables add --

    def _person(self) -> str:
        """The people with what other tables say of them: state, clinic, clinician, death."""
        said, joins = [], []
        for here, table, name, key in (
            ("location", "location", "state", "location_id"),
            ("care_site", "care_site", "care_site_name", "care_site_id"),
            ("provider", "provider", "provider_name", "provider_id"),
        ):
            relation = self.found.get(table)
            if relation is None:
                said.append(f"NULL::VARCHAR AS {here}_name")
                continue
            said.append(f"{here}_t.said AS {here}_name")
            joins.append(
                f"LEFT JOIN (SELECT {column(relation, key)} AS id,"
                f" max({column(relation, name)}) AS said FROM {relation.sql}"
                f" GROUP BY 1) {here}_t ON {here}_t.id = r.{here}"
            )
        death = self.found.get("death")
        if death is None:
            said.append("false AS is_dead")
        else:
            said.append("death_t.id IS NOT NULL AS is_dead")
            joins.append(
                f"LEFT JOIN (SELECT DISTINCT {column(death, 'person_id')} AS id"
                f" FROM {death.sql}) death_t ON death_t.id = r.person"
            )
        rows = self.survey.rows(PERSON)
        return f"SELECT r.*, {', '.join(said)} FROM ({rows}) r {' '.join(joins)}"

    def _with_visits(self, rows: str) -> str:
        """Conditions with the last day of the visit at which they were recorded."""
        visits = self.found.get("visit_occurrence")
        if visits is None:
            return f"SELECT *, NULL::VARCHAR AS visit_end FROM ({rows})"
        return (
            f"SELECT c.*, v.visit_end FROM ({rows}) c LEFT JOIN (SELECT"
            f" {column(visits, 'visit_occurrence_id')} AS id,"
            f" max({column(visits, 'visit_end_date')}) AS visit_end"
            f" FROM {visits.sql} GROUP BY 1) v ON v.id = c.visit"
        )


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
