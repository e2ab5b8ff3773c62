"""`painpath screen` as people run it: exit codes, one sentence, files, and the plan of a row."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.screening.exports import FILES, names, rows

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "painpath", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def test_an_export_is_screened_and_a_row_opens_its_plan(lines: Path, tmp_path: Path) -> None:
    done = run("screen", lines, "--out", tmp_path / "out", "--as-of", "2026-11-01")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{len(names())} patients, ")
    assert "never-referred" in done.stdout
    assert "Traceback" not in done.stderr
    assert set(FILES) <= {path.name for path in (tmp_path / "out").iterdir()}
    row = rows(tmp_path / "out", "worklist")[0]
    plan = run(
        "plan", "facts", "--patient", row["patient"], "--as-of", "2026-11-01", cwd=tmp_path / "out"
    )
    assert plan.returncode == 0, plan.stderr
    assert f"Patient {row['patient']}" in plan.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere", "--out", "out"), 1, "nowhere: there is no such file or folder"),
        ((".", "--out", "out"), 1, "the folder holds no .json or .ndjson file"),
        ((".", "--out", "out", "--as-of", "May"), 2, '"May" is not a date'),
        ((".", "--out", "out", "--policy", "none-such"), 2, 'policy "none-such" is not known'),
        ((".", "--out", "out", "--jobs", "0"), 2, "--jobs: 0 is not at least 1"),
        (("."), 2, "--out"),
        (("--out", "out"), 2, "missing argument 'EXPORT'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    done = run("screen", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_screen_can_leave_nothing_but_its_results(bundles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("screen", bundles, "--out", out, "--as-of", "2026-11-01", "--forget")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{out / '.painpath'}: removed\n")
    assert set(FILES) <= {path.name for path in out.iterdir()}
    assert not (out / ".painpath").exists()
    again = run("screen", "--out", out, "--forget")
    assert again.returncode == 0
    assert "there is nothing to remove" in again.stdout


def test_a_patient_who_is_not_there_is_one_sentence(of_bundles: Path) -> None:
    done = run("plan", of_bundles, "--patient", "nobody")
    assert done.returncode == 1
    assert 'there is no patient "nobody" in these facts' in done.stderr
    done = run("plan", of_bundles / "summary.html", "--patient", "nobody")
    assert done.returncode == 1
    assert "--patient needs the facts" in done.stderr
