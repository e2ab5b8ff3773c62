"""Patients of before and of now as one set of tables: nobody is lost, doubled or out of order."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from painpath.screening.joining import Blend

SCHEMA = pa.schema([("patient", pa.string()), ("value", pa.string())])
NAMES = [f"p{number}" for number in range(12)]

Rows = dict[str, list[str]]
"""Values by patient; a patient may have none."""


def table(rows: Rows, *, coded: bool) -> pa.Table:
    """The rows of all patients, as text or as words of a dictionary."""
    flat = [(name, value) for name, values in rows.items() for value in values]
    columns = [pa.array([pair[n] for pair in flat], pa.string()) for n in (0, 1)]
    made = [column.dictionary_encode() if coded else column for column in columns]
    return pa.table(made, names=SCHEMA.names)


def rows(names: list[str], side: str) -> st.SearchStrategy[Rows]:
    """Patients in the order of all, each with none to three rows that say whose they are."""
    counts = st.lists(st.integers(0, 3), min_size=len(names), max_size=len(names))
    return counts.map(
        lambda found: {
            name: [f"{side}-{name}-{n}" for n in range(count)]
            for name, count in zip(names, found, strict=True)
        }
    )


@st.composite
def populations(draw: st.DrawFn) -> tuple[Rows, Rows, list[str]]:
    """Patients of before, those who are new or have changed, and who is there now."""
    was = sorted(draw(st.sets(st.sampled_from(NAMES))), key=NAMES.index)
    fresh = sorted(draw(st.sets(st.sampled_from(NAMES))), key=NAMES.index)
    gone = draw(st.sets(st.sampled_from(NAMES))) - set(fresh)
    order = [name for name in NAMES if name in {*was, *fresh} - gone]
    return draw(rows(was, "old")), draw(rows(fresh, "new")), order


@pytest.mark.parametrize("coded", [False, True])
@given(populations())
def test_everyone_stands_there_once_in_order_with_the_newest_rows(
    coded: bool, population: tuple[Rows, Rows, list[str]]
) -> None:
    old, new, order = population
    ids = [pa.array(list(names), pa.string()) for names in (old, new, order)]
    made = Blend(*ids).table(table(old, coded=coded), table(new, coded=coded))
    newest = {**old, **new}
    expected = {name: newest[name] for name in order}
    assert made.to_pylist() == table(expected, coded=False).to_pylist()
    assert all(column.num_chunks <= 1 for column in made.columns)
