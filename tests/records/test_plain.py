"""Columns as Python values: exactly what Arrow's own way gives."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from painpath.records import plain

DAY = datetime.date(2024, 2, 29)
WORDS = pa.array(["a", None, "b", "a"]).dictionary_encode()
COLUMNS = {
    "dates": pa.array([DAY, None, datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
    "no date": pa.array([None, None], pa.date32()),
    "words": WORDS,
    "small keys": WORDS.cast(pa.dictionary(pa.int8(), pa.string())),
    "lists": pa.array([[1, 2], None, [], [3, None]], pa.list_(pa.int64())),
    "lists of dates": pa.array([[DAY], [None], []], pa.list_(pa.date32())),
    "whole numbers": pa.array([3, 0, -7], pa.int32()),
    "whole numbers and none": pa.array([None, 2**53 + 1, 0, None], pa.int64()),
    "no number": pa.array([None, None], pa.int64()),
    "numbers": pa.array([1.5, None, float("inf")]),
    "yes or no": pa.array([True, None, False]),
    "text": pa.array(["a", None, ""]),
    "structs": pa.array([{"a": 1, "b": [DAY]}, None]),
    "nothing": pa.array([], pa.string()),
}


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize("name", COLUMNS)
def test_values_are_those_of_to_pylist(name: str, times: int) -> None:
    column = pa.concat_arrays([COLUMNS[name]] * times)
    assert plain.values(column) == column.to_pylist()
    assert [type(each) for each in plain.values(column)] == [
        type(each) for each in column.to_pylist()
    ]


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize("name", COLUMNS)
def test_cut_and_joined_columns_too(name: str, times: int) -> None:
    column = pa.concat_arrays([COLUMNS[name]] * times)
    cut = column.slice(1, max(len(column) - 1, 0))
    assert plain.values(cut) == cut.to_pylist()
    joined = pa.chunked_array([cut, column], column.type)
    assert plain.values(joined) == joined.to_pylist()
    none = pa.chunked_array([], column.type)
    assert plain.values(none) == []


def test_rows_are_those_of_to_pylist() -> None:
    table = pa.table({"day": [DAY, None], "word": WORDS.slice(0, 2), "list": [[1], None]})
    assert plain.rows(table) == table.to_pylist()
    assert plain.tuples(table, "list", "day") == [([1], DAY), (None, None)]
