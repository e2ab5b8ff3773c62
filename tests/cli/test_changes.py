"""`knowledge drift` and `knowledge diff` on the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from painpath.cli.main import app
from painpath.knowledge.loading import BASE

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.

ROOT = Path(__file__).parents[2]
EXPORT = ROOT / "tests" / "drift" / "export"


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["knowledge", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.output


def test_drift_says_what_is_behind() -> None:
    said = run("drift", EXPORT, "--as-of", "2026-12-15")
    assert "L38773  BEHIND" in said
    assert "read again: Coverage indications" in said
    assert "L38803" not in said


def test_drift_as_json() -> None:
    read = json.loads(run("drift", EXPORT, "--as-of", "2026-12-15", "--format", "json"))
    assert {"export", "as_of", "documents", "lists", "tables_missing"} <= set(read)
    assert read["tables_missing"] == ["ncd_trkg"]


def test_drift_applies_to_the_folder_that_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    shutil.copytree(BASE / "code-lists", folder / "code-lists")
    said = run("drift", EXPORT, "--as-of", "2026-12-15", "--knowledge", folder, "--apply")
    assert "written:" in said and "a58403.yaml" in said
    again = run("drift", EXPORT, "--as-of", "2026-12-15", "--knowledge", folder, "--apply")
    assert "nothing to write" in again


def test_drift_of_what_is_no_export(tmp_path: Path) -> None:
    assert "neither lcd.csv nor article.csv" in run("drift", tmp_path, code=1)


def test_diff_of_two_folders(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        shutil.copytree(BASE / "code-lists", folder)
    assert "Nothing differs" in run("diff", old, new)
    file = new / "a59244.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("M46.1, ", ""), encoding="utf-8")
    said = run("diff", old, new)
    assert "~ code_lists a59244-icd10cm-1" in said and "codes removed: M46.1" in said


def test_diff_names_the_patients(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(BASE, folder)
    file = folder / "policies" / "medicare-epidural.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("at_least: 4 weeks", "at_least: 3 years", 1), encoding="utf-8")
    asked = ("--as-of", "2026-11-01", "--policy", "medicare-esi")
    record = ROOT / "src" / "painpath" / "examples" / "example-06.json"
    said = run("diff", "-", folder, record, *asked)
    assert "criterion esi-pain-duration, at_least: 4 weeks → 3 years" in said
    assert "1 of 1 patients have another status" in said
    assert "example-06" in said and "eligible → wait until" in said
    read = json.loads(run("diff", "-", folder, record, *asked, "--format", "json"))
    assert read["patients"] == 1 and read["effects"][0]["old"]["status"] == "eligible"


def test_diff_of_what_is_neither_folder_nor_revision() -> None:
    assert "neither a knowledge folder nor a git revision" in run("diff", "nonsense", "-", code=2)


def test_diff_with_a_git_revision(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    base = repository / "src" / "painpath" / "knowledge" / "base"
    shutil.copytree(BASE / "code-lists", base / "code-lists")
    git = ["git", "-C", repository, "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "One"]):
        subprocess.run([*git, *command], check=True)
    monkeypatch.chdir(repository)
    (base / "code-lists" / "a58993.yaml").unlink()
    assert "- code_lists a58993-cpt-1 removed" in run("diff", "HEAD", base)
