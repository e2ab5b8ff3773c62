"""The library as a stranger calls it: a day is a date, a moment of it, or text."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

import painpath
from painpath.examples import example_bytes

DAY = datetime.date(2026, 11, 1)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> painpath.Record:
    path: Path = tmp_path_factory.mktemp("record") / "example-02.json"
    path.write_bytes(example_bytes("example-02"))
    return painpath.read_record(path)


@pytest.mark.parametrize("as_of", [DAY, "2026-11-01", datetime.datetime(2026, 11, 1, 23, 59)])
def test_a_day_may_be_a_date_a_moment_or_text(record: painpath.Record, as_of: Any) -> None:
    made = painpath.plan(record, as_of=as_of)
    assert made.as_of == DAY
    assert made == painpath.plan(record, as_of=DAY)


def test_a_day_that_is_none_gets_a_sentence(record: painpath.Record) -> None:
    with pytest.raises(ValueError, match='as_of: "last week" is not a date such as 2026-11-01'):
        painpath.plan(record, as_of="last week")
