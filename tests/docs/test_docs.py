"""The documentation keeps its word: commands run, outputs are real, links resolve."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from painpath.cli.main import app
from painpath.examples import EXAMPLES, example_bytes
from painpath.knowledge.loading import SECTIONS, Knowledge
from painpath.knowledge.rules import leaves
from painpath.knowledge.store import compiled
from tests.docs import pages
from tests.docs.pages import PAGES, ROOT

_SETUP = {". .venv/bin/activate"}
"""Commands that `make` has made possible; the tests have their own way."""

_LONG = {"docs/how-to/compare-two-versions.md", "docs/how-to/keep-medicare-current.md"}
"""Their commands compile knowledge again and again; tests/cli/test_changes.py has them too."""
_RUNNABLE = [
    pytest.param(page, marks=[pytest.mark.slow] if pages.name(page) in _LONG else [])
    for page in PAGES
    if {"console", "python", "diff"} & {f.kind for f in pages.fences(page)}
]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `painpath` command."""
    folder = tmp_path_factory.mktemp("tools")
    command = folder / "painpath"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m painpath "$@"\n')
    command.chmod(0o755)
    return folder


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: Path) -> Path:
    """A folder as the reader has it after `make demo`."""
    (tmp_path / "src").symlink_to(ROOT / "src")
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    out = tmp_path / "demo-out"
    out.mkdir()
    for example in EXAMPLES:
        (out / f"{example.id}.json").write_bytes(example_bytes(example.id))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", _RUNNABLE, ids=pages.name)
def test_every_command_and_snippet_runs_and_shows_what_the_page_shows(
    page: Path, desk: Path
) -> None:
    names: dict[str, object] = {}
    printed: str | None = None
    for fence in pages.fences(page):
        where = f"{pages.name(page)}:{fence.line}"
        if fence.kind == "console":
            for command in pages.commands(fence.body):
                _run(command, where)
        elif fence.kind == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(fence.body, where, "exec", dont_inherit=True), names)
            printed = out.getvalue()
            continue
        elif fence.kind == "diff":
            _apply(fence.body, desk, where)
        elif fence.kind == "text" and printed is not None:
            _compare(fence.body, printed, where)
        printed = None


def _run(command: pages.Command, where: str) -> None:
    if command.line in _SETUP:
        return
    if command.line.startswith("make "):
        target = command.line.split()[1]
        assert re.search(rf"^{re.escape(target)}:", _makefile(), re.MULTILINE), f"{where}: {target}"
        return
    plain = command.line.startswith("painpath ") and not set(command.line) & set("|;&<>$")
    code, real = (_here if plain else _in_a_shell)(command.line)
    assert code == 0, f"{where}: {command.line}\n{real}"
    if command.shown.strip():
        _compare(command.shown, real, f"{where}: {command.line}")


def _here(line: str) -> tuple[int, str]:
    """Run a `painpath` command in this process, where the planner is warm."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    code: int | str | None = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            app(shlex.split(line)[1:])
        except SystemExit as end:
            code = end.code
    return int(code or 0), out.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]


def _in_a_shell(line: str) -> tuple[int, str]:
    done = subprocess.run(
        line,
        shell=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout


def _compare(shown: str, real: str, where: str) -> None:
    wrong = pages.disagreement(shown, real)
    if wrong is not None:
        pytest.fail(f"{where}\n--- shows\n{wrong}\n--- really\n{real}", pytrace=False)


def _makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def _apply(diff: str, desk: Path, where: str) -> None:
    """Make the change that a diff block shows."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "@@"))]
    file = desk / lines[0].removeprefix("+++ ")
    old = "\n".join(line[1:] for line in lines[1:] if not line.startswith("+"))
    new = "\n".join(line[1:] for line in lines[1:] if not line.startswith("-"))
    text = file.read_text(encoding="utf-8")
    times = text.count(old)
    assert times == 1, f"{where}: the lines to change stand {times} times in {file}"
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=pages.name)
def test_quoted_files_say_what_the_page_quotes(page: Path) -> None:
    for fence in pages.fences(page):
        if fence.quotes is not None:
            text = (ROOT / fence.quotes).read_text(encoding="utf-8")
            body = textwrap.dedent(fence.body).strip()
            spaces = (" " * indent for indent in range(25))
            found = any(
                pages.disagreement(f"...\n{textwrap.indent(body, space)}\n...", f"\n{text}\n")
                is None
                for space in spaces
            )
            assert found, f"{pages.name(page)}:{fence.line}: {fence.quotes} says something else"


@pytest.mark.parametrize("page", PAGES, ids=pages.name)
def test_links_resolve(page: Path) -> None:
    for target in pages.links(page):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        other = (page.parent / file).resolve() if file else page
        assert other.exists(), f"{pages.name(page)} links to {target}"
        if anchor and other.suffix == ".md":
            assert anchor in pages.anchors(other), f"{pages.name(page)} links to {target}"
    for named in pages.named_files(page):
        assert (ROOT / named).exists(), f"{pages.name(page)} names {named}"


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    reached = {index, ROOT / "README.md"}
    waiting = [index]
    while waiting:
        page = waiting.pop()
        for target in pages.links(page):
            other = (page.parent / target.partition("#")[0]).resolve()
            if other.suffix == ".md" and other.exists() and other not in reached:
                reached.add(other)
                waiting.append(other)
    assert {pages.name(page) for page in PAGES} <= {pages.name(page) for page in reached}


def test_the_format_page_names_every_list_of_a_knowledge_file() -> None:
    text = (ROOT / "docs" / "knowledge-format.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", text)) | set(re.findall(r"^(\w+):$", text, re.MULTILINE))
    # Most lists stand in a folder or a file of their name.
    folders = set(re.findall(r"`(\w+)(?:/|\.yaml)`", text))
    assert set(SECTIONS) <= named | folders


def test_the_figures_in_the_readme_are_real() -> None:
    known = compiled().knowledge
    grades = grades_of(known)
    real = {
        "options": len(known.options),
        "pain problems": len(known.problems),
        "policies and guidelines": len(known.policies),
        "criteria in them": grades.total(),
        "worked cases in them": sum(len(policy.cases) for policy in known.policies),
        "red flags": len(known.red_flags),
        "safety rules": len(known.safety),
        "sources": len(known.sources),
        "primary": grades["primary"],
        "secondary": grades["secondary"],
        "unverified": grades["unverified"],
    }
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `?([a-z ]+?)`? \| (\d+) \|", text, re.MULTILINE)
    shown = {what: int(figure) for what, figure in rows}
    assert shown == real, "python docs/build_figures.py"


def grades_of(known: Knowledge) -> Counter[str]:
    """Criteria of policies and guidelines by the grade of their source, own or inherited."""
    return Counter(
        leaf.review or rule.review or policy.review
        for policy in known.policies
        for rule in policy.rules
        for leaf in leaves(rule.criteria)
    )


@pytest.mark.parametrize("script", ["build_clarifications.py", "build_instruments.py"])
def test_generated_pages_are_those_of_the_knowledge(script: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / script, "--check"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_picture_is_small() -> None:
    assert (ROOT / "docs" / "images" / "plan.png").stat().st_size < 200_000
