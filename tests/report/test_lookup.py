"""What people know by another name: codes, document numbers, and how long a drug is held."""

from __future__ import annotations

import datetime
import io

import pytest
from rich.console import Console

from painpath import planner
from painpath.report.knowledge import show

DAY = datetime.date(2026, 11, 1)


def _shown(key: str) -> str:
    out = io.StringIO()
    found = show(planner().knowledge, key, Console(file=out, width=200), DAY)
    assert found == bool(out.getvalue())
    return out.getvalue()


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("L39240", "policies  medicare-esi"),
        ("a58403", "policies  medicare-facet"),
        ("64454", "options  genicular-nerve-block"),
        ("62323", "options  esi-caudal"),
        ("M54.16", "problems  lumbar-radiculopathy"),
        ("m5416", "concepts  lumbar-radiculopathy"),
        ("1364445", "concepts  apixaban"),
    ],
)
def test_a_code_or_document_number_leads_to_what_it_is(key: str, named: str) -> None:
    assert named in _shown(key)


def test_nothing_is_made_up() -> None:
    assert not _shown("99999")
    assert not _shown("nonsense")


def test_a_drug_shows_how_long_it_is_held() -> None:
    shown = _shown("apixaban")
    line = next(line for line in shown.splitlines() if line.strip().startswith("asra "))
    assert "shared assessment" in line
    assert line.count("hold 3 days, restart after 24 h") == 2
    assert "otherwise" in shown
    assert "Only with the prescriber's agreement" in shown
    assert "Holding" not in _shown("gabapentinoid")
