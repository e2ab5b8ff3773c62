"""`plan` with a place of service and with every policy, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from painpath.cli.main import app

EXAMPLES = Path(__file__).parents[2] / "src" / "painpath" / "examples"


def plan(example: str, *arguments: str, code: int = 0) -> str:
    record = str(EXAMPLES / f"{example}.json")
    done = CliRunner().invoke(app, ["plan", record, "--as-of", "2026-11-01", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_the_place_decides_where_the_list_is_of_places() -> None:
    booked = ("--procedure", "scs-trial", "--on", "2026-11-10")
    assert "Depends on the place" in plan("example-04", *booked)
    assert "not needed in WA" in plan("example-04", *booked, "--place", "office")
    said = plan("example-04", *booked, "--place", "22")
    assert "Prior authorisation: needed (Medicare's hospital outpatient list" in said


def test_a_place_that_is_none_is_wrong_usage() -> None:
    said = plan("example-04", "--place", "the moon", code=2)
    assert "is no place of service; known are office" in said


def test_every_policy_is_answered_in_every_format() -> None:
    said = plan("example-07", "--policy", "all")
    assert "WHOM TO ASK  as of 1 Nov 2026" in said
    assert "from 1 Dec 2026" in said
    read = json.loads(plan("example-07", "--policy", "all", "--format", "json"))
    medicare = next(a for a in read["policies"] if a["policy"] == "medicare-esi")
    assert medicare["from_date"] == "2026-12-21"
    assert medicare["documents"] == ["L33906"]
    page = plan("example-07", "--policy", "all", "--format", "html")
    assert '<section aria-label="Whom to ask"' in page and "eviCore CMM-200" in page


def test_a_plan_for_one_payer_has_no_such_table() -> None:
    assert "WHOM TO ASK" not in plan("example-07")
    assert json.loads(plan("example-07", "--format", "json"))["policies"] == []


def test_what_is_not_in_force_is_marked() -> None:
    def knowledge(*arguments: str) -> str:
        return CliRunner().invoke(app, ["knowledge", *arguments]).output

    before = knowledge("show", "wiser", "--as-of", "2026-01-14")
    assert "wiser" in before
    assert "(in force from 15 Jan 2026)" in knowledge(
        "list", "authorisation", "--find", "wiser", "--as-of", "2026-01-14"
    )
    listed = knowledge("list", "authorisation", "--as-of", "2026-01-15")
    assert "postponed, not in force" in listed
    assert "in force from" not in "".join(
        line for line in listed.splitlines() if line.startswith("wiser ")
    )
    compared = knowledge("compare", "genicular-nerve-block", "--as-of", "2026-11-01")
    assert "proposed" in compared
