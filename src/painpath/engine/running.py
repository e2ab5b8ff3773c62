"""Runs SQL statements over named Arrow tables whose contents change and whose columns do not.

DuckDB plans a prepared statement again each time it reads a table of the database, and planning
costs several times what running costs for one patient. A statement over a registered Arrow stream
keeps its plan. So every table, of knowledge and of work, is a `Slot`: registered once, filled anew
for each evaluation, read without a copy (docs/decisions/004).
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import duckdb
import pyarrow as pa


class Slot:
    """A named table that can be exchanged for another with the same columns."""

    def __init__(self, content: pa.Table) -> None:
        self.content = content

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows of the moment, for whoever scans."""
        return self.content.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        """The columns, for whoever plans."""
        return self.content.schema.__arrow_c_schema__()


@cache
def statement(name: str) -> str:
    """The text of one SQL file, e.g. `matched` or `kinds/score`."""
    folder = resources.files("painpath.engine") / "sql"
    return folder.joinpath(*f"{name}.sql".split("/")).read_text(encoding="utf-8")


class Runner:
    """One DuckDB connection, its slots, and the statements prepared over them.

    Not safe to share between threads.
    """

    def __init__(self, threads: int, memory: str | None) -> None:
        """Open a database in memory.

        Args:
            threads: worker threads.
            memory: memory limit such as `2GB`; larger work spills to disk.
        """
        config: dict[str, str | bool | int | float | list[str]] = {"threads": str(threads)}
        if memory is not None:
            config["memory_limit"] = memory
        self._db = duckdb.connect(":memory:", config=config)
        self._db.execute("SET preserve_insertion_order = false")
        # Spark has this function; naming it here keeps the SQL files the same for both.
        self._db.execute(
            "CREATE MACRO add_months(day, months) AS CAST(day + to_months(months) AS DATE)"
        )
        self._slots: dict[str, Slot] = {}
        self._prepared: set[str] = set()
        self._shapes: dict[str, tuple[pa.Schema, pa.DataType]] = {}
        """Of a step's rows: their columns, and the same as the type of one row."""

    def put(self, name: str, content: pa.Table) -> None:
        """Fill a slot, made on first use."""
        if name in self._slots:
            self._slots[name].content = content
        else:
            self._slots[name] = Slot(content)
            self._db.register(name, self._slots[name])

    def content(self, name: str) -> pa.Table:
        """What a slot holds."""
        return self._slots[name].content

    def rows(self, step: str, text: str, *, few: bool) -> pa.Table:
        """Run a step, planned on its first run.

        Args:
            step: its name; a step has one text for ever.
            text: the statement.
            few: whether so few rows are expected that they are quicker taken as Python values.

        Raises:
            duckdb.Error: if it cannot run.
        """
        if step not in self._prepared:
            self.prepare(step, text)
        shape = self._shapes.get(step)
        if few and shape is not None:
            return _table(*shape, self._db.execute(f'EXECUTE "{step}"').fetchall())
        table = self.once(f'EXECUTE "{step}"')
        self._shapes[step] = table.schema, pa.struct(list(table.schema))
        return table

    def prepare(self, step: str, text: str) -> None:
        """Plan a step's statement, in place of any planned before."""
        if step in self._prepared:
            self._db.execute(f'DEALLOCATE "{step}"')
        self._db.execute(f'PREPARE "{step}" AS {text}')
        self._prepared.add(step)

    def once(self, text: str) -> pa.Table:
        """Run a statement whose plan need not be kept."""
        return self._db.sql(text).to_arrow_table()

    def empty(self, name: str, text: str) -> None:
        """Leave a slot without rows, in the columns of the statement that would fill it."""
        if name in self._slots:
            self.put(name, self.content(name).schema.empty_table())
        else:
            self.put(name, self.once(f"SELECT * FROM ({text}) LIMIT 0"))


def _table(schema: pa.Schema, row: pa.DataType, rows: list[tuple[object, ...]]) -> pa.Table:
    """Rows as a table; one conversion of them all is quicker than one for each column."""
    if not rows:
        return schema.empty_table()
    return pa.Table.from_arrays(pa.array(rows, row).flatten(), schema=schema)
