"""Small cells are hidden, and cannot be worked out from what is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import painpath
from painpath.screening.disclosure import ROUND_TO, Cell, Guard
from tests.screening.conftest import DAY
from tests.screening.exports import names, patient, rows

GUARD = Guard(11)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (1, None), (10, None), (11, 10), (12, 10), (13, 15), (1000, 1000)]
)
def test_counts_from_one_to_the_limit_are_hidden(count: int, shown: int | None) -> None:
    assert GUARD.count(count) == Cell(shown)


def test_one_hidden_cell_is_never_alone() -> None:
    assert [cell.shown for cell in GUARD.row([100, 3, 40, 60])] == [100, None, None, 60]
    assert [cell.shown for cell in GUARD.row([100, 3, 4])] == [100, None, None]
    assert [cell.shown for cell in GUARD.row([3, 0])] == [None, 0]


def test_what_is_hidden_for_the_sake_of_another_is_not_called_small() -> None:
    words = [cell.words(GUARD.smallest) for cell in GUARD.row([225, 103, 33, 2])]
    assert words == ["225", "105", "hidden", "hidden"]
    assert [cell.words(GUARD.smallest) for cell in GUARD.row([100, 3, 4])] == [
        "100",
        "< 11",
        "< 11",
    ]


@given(st.lists(st.integers(0, 200), min_size=2, max_size=8))
def test_what_is_said_of_hidden_counts_is_true(numbers: list[int]) -> None:
    for number, cell in zip(numbers, GUARD.row(numbers), strict=True):
        assert cell.words(GUARD.smallest) != f"< {GUARD.smallest}" or number < GUARD.smallest


@given(st.lists(st.integers(0, 200), min_size=2, max_size=8))
def test_what_is_hidden_cannot_be_worked_out(numbers: list[int]) -> None:
    cells = GUARD.row(numbers)
    hidden = [n for n, cell in zip(numbers, cells, strict=True) if cell.shown is None]
    assert all(cell.shown is not None or n > 0 for n, cell in zip(numbers, cells, strict=True))
    assert len(hidden) != 1 or sum(n > 0 for n in numbers) == 1
    for number, cell in zip(numbers, cells, strict=True):
        if cell.shown is not None and number:
            assert number >= GUARD.smallest
            assert cell.shown % ROUND_TO == 0 and abs(cell.shown - number) <= ROUND_TO / 2


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(50, 200, "25 %"), (3, 200, "hidden"), (195, 200, "hidden"), (0, 200, "0 %"), (0, 0, "–")],
)
def test_a_share_is_hidden_with_its_part_or_its_rest(part: int, whole: int, words: str) -> None:
    assert GUARD.share(part, whole) == words


def test_the_guard_can_be_taken_off() -> None:
    assert Guard(0).count(3) == Cell(3)
    assert Guard(0).share(1, 8) == "12.5 %"


def test_the_page_of_a_small_population_shows_no_small_count(of_bundles: Path) -> None:
    page = (of_bundles / "summary.html").read_text(encoding="utf-8")
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    shown = [int(n.replace(",", "")) for n in re.findall(r'<td class="n">([\d,]+)</td>', body)]
    counts = [int(n.replace(",", "")) for n in re.findall(r'<td class="n">([\d,]+)', body)]
    assert shown
    assert all(count == 0 or count >= 10 for count in counts)


def test_the_page_names_no_patient_and_loads_nothing(of_bundles: Path) -> None:
    page = (of_bundles / "summary.html").read_text(encoding="utf-8")
    assert not any(name in page for name in names())
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "<script" not in page


def test_words_of_single_records_stay_within_the_house(tmp_path: Path) -> None:
    """What somebody typed instead of a code may name the patient."""
    export = tmp_path / "export"
    export.mkdir()
    for number in range(12):
        typed = [{"text": f"Tail pain as in letter {number}"}, {"text": "Pain of the tail"}]
        typed.append({"coding": [{"system": "urn:local", "code": f"X{number}"}], **typed[0]})
        resources = [{"resourceType": "Condition", "code": code} for code in typed]
        data = json.dumps(patient(f"p{number}", *resources))
        (export / f"p{number}.json").write_text(data, encoding="utf-8")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    page = (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
    assert "as in letter" not in page
    assert "12 more are words without a code" in page
    assert "Pain of the tail" in page and ">X3<" in page
    kept = {row["display"] for row in rows(tmp_path / "out", "codes")}
    assert {"Tail pain as in letter 3", "Pain of the tail"} <= kept


def test_without_guard_pictures_and_tables_show_everything(bundles: Path, tmp_path: Path) -> None:
    painpath.screen(bundles, tmp_path, as_of=DAY, smallest=0)
    page = (tmp_path / "summary.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 3
    assert "are hidden" not in page
    for heading in ("Worklists", "Along the ladders", "Unsafe combinations", "Data quality"):
        assert heading in page
