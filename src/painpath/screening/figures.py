"""The numbers of the summary, counted in the files of results. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from painpath.screening.deciding import statement

Values = dict[str, Any]

BY = {"payer": "Payer", "state": "State", "clinic": "Clinic", "clinician": "Clinician"}
"""What counts are broken down by, where it is recorded."""


class Flow(msgspec.Struct, frozen=True):
    """Problems on one ladder: where they stand with its first rung and with the next."""

    first: str
    later: str
    rows: list[tuple[str, str, int]]
    """(first rung: `done` or its status, later rung: the same or `-`, problems)."""


class Figures(msgspec.Struct, frozen=True):
    """Everything the page shows, as exact counts: only `page` may decide what may be seen."""

    patients: int
    with_problem: int
    problems: int
    statuses: list[tuple[str, int]]
    """Of next steps."""
    worklists: list[tuple[str, int, int]]
    """(worklist, rows, patients)."""
    flows: list[Flow]
    groups: dict[str, list[Values]]
    unsafe: list[tuple[str, str, int]]
    """(rule, level, patients with an open option)."""
    flags: list[tuple[str, int]]
    by_problem: list[tuple[str, int, int, int]]
    """(problem, problems, eligible next step, on the never-referred list)."""
    unread: list[tuple[str, int]]
    unknown: list[Values]
    codes: list[Values]


def count(
    out: Path, ladders: Sequence[tuple[str, str]], worklists: Sequence[tuple[str, str]]
) -> Figures:
    """All figures.

    Args:
        out: the folder of results.
        ladders: (first rung, later rung) options.
        worklists: each with the question that it answers.
    """
    with duckdb.connect(":memory:", config={"memory_limit": "1GB"}) as db:
        db.execute("CREATE TABLE lists (worklist VARCHAR, question VARCHAR)")
        if worklists:
            db.executemany("INSERT INTO lists VALUES (?, ?)", worklists)
        db.execute("CREATE TABLE ladders (place INTEGER, first VARCHAR, later VARCHAR)")
        if ladders:
            rows = [(place, *pair) for place, pair in enumerate(ladders)]
            db.executemany("INSERT INTO ladders VALUES (?, ?, ?)", rows)
        for name in (
            "patients", "problems", "options", "verdicts", "safety", "worklist", "skips", "codes",
            "criteria",
        ):  # fmt: skip
            file = out / f"{name}.parquet"
            path = str(file / "*.parquet" if file.is_dir() else file).replace("'", "''")
            db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        return _Counter(db).figures(ladders)


class _Counter:
    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db

    def figures(self, ladders: Sequence[tuple[str, str]]) -> Figures:
        patients, with_problem, problems = self._rows("figures/totals")[0]
        return Figures(
            patients=patients,
            with_problem=with_problem,
            problems=problems,
            statuses=self._rows("figures/statuses"),
            worklists=self._rows("figures/worklists"),
            flows=self._flows(ladders),
            groups={name: self._group(name) for name in BY},
            unsafe=self._rows("figures/unsafe"),
            flags=self._rows("figures/flags"),
            by_problem=self._rows("figures/problems"),
            unread=self._rows("figures/unread"),
            unknown=self._named("figures/unknown"),
            codes=self._named("figures/codes"),
        )

    def _flows(self, ladders: Sequence[tuple[str, str]]) -> list[Flow]:
        rows: dict[int, list[tuple[str, str, int]]] = {}
        for place, first, later, number in self._rows("figures/flows"):
            rows.setdefault(place, []).append((first, later, number))
        return [Flow(*ladders[place], found) for place, found in rows.items()]

    def _group(self, name: str) -> list[Values]:
        text = statement("figures/groups").replace("{{group}}", name)
        return self._named_text(text)

    def _rows(self, name: str) -> list[Any]:
        return self._db.execute(statement(name)).fetchall()

    def _named(self, name: str) -> list[Values]:
        return self._named_text(statement(name))

    def _named_text(self, text: str) -> list[Values]:
        found = self._db.execute(text)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
