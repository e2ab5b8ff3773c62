"""What a source holds: the rows of its tables as text, its codes, and the concepts it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from painpath.omop.codes import Triple
from painpath.omop.concepts import Concept, Concepts
from painpath.omop.sources import Relation, Relations, quoted
from painpath.omop.tables import CODES, EVENTS, PERSON, Table, wanted_columns

_MANY = 50_000

Unread = list[tuple[str, str]]
"""Where, and why."""


class Survey:
    """Tables of a source in DuckDB.

    Args:
        db: where they can be read.
        found: the tables.
        folder: for copies of text files.
        only: the person_id of the only person that is wanted.
    """

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        found: Relations,
        folder: Path,
        only: str | None = None,
    ) -> None:
        self.db = db
        self._only = only
        self.found = found
        self.folder = folder
        self.tables = [table for table in EVENTS if table.name in found]
        self.broken: dict[str, Unread] = {}
        """Lines of text files that could not be read."""

    def copy_text(self, name: str) -> None:
        """Copy a CSV table's columns to Parquet: it is parsed once and read several times."""
        relation = self.found[name]
        columns = [column for column in wanted_columns(name) if column in relation.columns]
        listed = ", ".join(f'"{column}"' for column in columns) or "1 AS nothing"
        path = self.folder / f"{name}.parquet"
        self._forget_rejects()
        self.db.execute(
            f"COPY (SELECT {listed} FROM {relation.sql}) TO {quoted(str(path))} (FORMAT parquet)"
        )
        rows = self.db.execute(
            "SELECT DISTINCT parse_filename(s.file_path), e.line, lower(e.error_type::VARCHAR)"
            " FROM reject_errors e JOIN reject_scans s USING (scan_id, file_id) ORDER BY ALL"
        ).fetchall()
        lines = {f"{file}:{line}": f"the line is broken ({kind})" for file, line, kind in rows}
        self.broken[name] = list(lines.items())
        sql = f"read_parquet({quoted(str(path))})"
        self.found[name] = Relation(sql, frozenset(columns), relation.mark, relation.size)

    def _forget_rejects(self) -> None:
        for table in ("reject_errors", "reject_scans"):
            with suppress(duckdb.CatalogException):
                self.db.execute(f"TRUNCATE {table}")

    def rows(self, table: Table) -> str:
        """A table with the columns as they are called here, all of them text."""
        relation = self.found[table.name]
        columns = {"id": (table.id,), "person": ("person_id",)}
        if table.coded:
            columns |= {here: (there,) for here, there in zip(CODES, table.coded, strict=True)}
        listed = [
            f"{column(relation, *names)} AS {here}"
            for here, names in (columns | table.columns).items()
        ]
        rows = f"SELECT {', '.join(listed)} FROM {relation.sql}"
        if self._only is None:
            return rows
        return f"{rows} WHERE {column(relation, 'person_id')} = {quoted(self._only)}"

    def triples(self, table: Table) -> Iterator[tuple[Triple, int]]:
        """The codes of a table, each with its number of rows."""
        rows = self.db.execute(f"SELECT {', '.join(CODES)}, n FROM triples_{table.name}")
        while some := rows.fetchmany(_MANY):
            yield from ((Triple(*codes), number) for *codes, number in some)

    def concepts(self) -> Concepts:
        """Concepts in use, with a drug's ingredients and what a source concept maps to."""
        self._ids()
        found = Concepts()
        if "concept" in self.found:
            found.known = True
            self._pairs(
                "parts",
                "concept_ancestor",
                ("descendant_concept_id", "ancestor_concept_id"),
                other="concept_class_id = 'Ingredient'",
            )
            self._pairs(
                "maps",
                "concept_relationship",
                ("concept_id_1", "concept_id_2"),
                only="relationship_id = 'Maps to'",
            )
            found.update(self._read())
        self._mark(found)
        return found

    def _ids(self) -> None:
        """Every concept id in use, as the table `used`; the codes of each table beside it."""
        db = self.db
        db.execute("CREATE TEMP TABLE ids (id VARCHAR)")
        for table in (PERSON, *self.tables):
            if table.coded:
                db.execute(
                    f"CREATE TEMP TABLE triples_{table.name} AS SELECT {', '.join(CODES)},"
                    f" count(*) AS n FROM ({self.rows(table)}) GROUP BY ALL ORDER BY ALL"
                )
                for each in CODES[:2]:
                    db.execute(f"INSERT INTO ids SELECT {each} FROM triples_{table.name}")
            if table.concepts:
                listed = ", ".join(table.concepts)
                db.execute(
                    f"INSERT INTO ids SELECT DISTINCT unnest([{listed}]) FROM ({self.rows(table)})"
                )
        db.execute(
            "CREATE TEMP TABLE used AS SELECT DISTINCT id FROM ids"
            " WHERE id IS NOT NULL AND id <> '0'"
        )

    def _pairs(
        self,
        name: str,
        table: str,
        columns: tuple[str, str],
        *,
        only: str = "true",
        other: str = "true",
    ) -> None:
        """Pairs of concepts in use and others of some kind, as a table (id, other)."""
        self.db.execute(f"CREATE TEMP TABLE {name} (id VARCHAR, other VARCHAR)")
        relation = self.found.get(table)
        if relation is None:
            return
        first, second = (column(relation, each) for each in columns)
        concept = self.found["concept"]
        self.db.execute(
            f"INSERT INTO {name} SELECT id, other FROM"
            f" (SELECT {first} AS id, {second} AS other FROM {relation.sql} WHERE {only})"
            " SEMI JOIN used USING (id) SEMI JOIN (SELECT"
            f" {column(concept, 'concept_id')} AS other FROM {concept.sql} WHERE {other})"
            " USING (other) WHERE id <> other"
        )

    def _read(self) -> Iterator[tuple[str, Concept]]:
        relation = self.found["concept"]
        names = ("concept_id", "vocabulary_id", "concept_code", "concept_name", "concept_class_id")
        listed = ", ".join(column(relation, name) for name in names)
        rows = self.db.execute(
            f"WITH c(id, vocabulary, code, name, class) AS (SELECT {listed} FROM {relation.sql}),"
            " wanted AS (SELECT id FROM used UNION SELECT other FROM parts"
            " UNION SELECT other FROM maps),"
            " p AS (SELECT id, list(DISTINCT other ORDER BY other) AS parts FROM parts GROUP BY 1),"
            " m AS (SELECT id, list(DISTINCT other ORDER BY other) AS maps FROM maps GROUP BY 1)"
            " SELECT c.*, p.parts, m.maps FROM c SEMI JOIN wanted USING (id)"
            " LEFT JOIN p USING (id) LEFT JOIN m USING (id) ORDER BY id"
        )
        while some := rows.fetchmany(_MANY):
            for id, *texts, parts, maps in some:
                vocabulary, code, name, class_ = (text or "" for text in texts)
                yield (
                    id,
                    Concept(
                        id, vocabulary, code, name, class_, tuple(parts or ()), tuple(maps or ())
                    ),
                )

    def _mark(self, concepts: Concepts) -> None:
        """What changes with a concept, so that patients are read again when one of theirs does."""
        marks = pa.table(
            {
                "id": pa.array(list(concepts), pa.string()),
                "mark": pa.array([c.mark for c in concepts.values()], pa.uint64()),
            }
        )
        self.keep("marks", marks)

    def keep(self, name: str, table: pa.Table) -> None:
        """An Arrow table as a table of DuckDB."""
        self.db.register("arrow_view", table)
        self.db.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM arrow_view")
        self.db.unregister("arrow_view")

    def count(self, what: str) -> int:
        """Rows of a relation."""
        ((number,),) = self.db.execute(f"SELECT count(*) FROM {what}").fetchall()
        return int(number)


def column(relation: Relation, *names: str) -> str:
    """The first of these columns that exists and holds something, as text.

    Ids that went through a floating-point column (`8507.0`) lose what that added.
    """
    cleaned = []
    for name in names:
        if name not in relation.columns:
            continue
        text = f"nullif(trim(CAST(\"{name}\" AS VARCHAR)), '')"
        cleaned.append(f"regexp_replace({text}, '\\.0+$', '')" if _is_number(name) else text)
    if not cleaned:
        return "NULL::VARCHAR"
    return cleaned[0] if len(cleaned) == 1 else f"coalesce({', '.join(cleaned)})"


def _is_number(name: str) -> bool:
    return name.endswith(("_id", "_id_1", "_id_2", "_of_birth")) and name not in (
        "vocabulary_id",
        "relationship_id",
        "concept_class_id",
    )
