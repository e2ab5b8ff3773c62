"""A shipped file broken in any way: a sentence with file, line and mend; never a traceback.

Each example changes one of the files as an author's slip or a bad merge would: a value of another
type, a key misspelt, dropped or doubled, a line lost, indented or cut, an odd character.
"""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from painpath.cli.main import app
from painpath.knowledge.checks import check
from painpath.knowledge.loading import BASE, convert_file, knowledge_files, load
from painpath.knowledge.store import compile_knowledge
from painpath.knowledge.yaml_source import KnowledgeError

FILES = [str(file.relative_to(BASE)) for file in knowledge_files()]
VALUES = [
    "",
    "~",
    "[]",
    "{}",
    "[[1]]",
    "0",
    "-1",
    "99999999999999999999",
    "1e999",
    "yes",
    '"',
    "*",
    "&a",
    "!tag x",
    "2026-02-31",
    "nobody",
    "{a: 1}",
    "a: b: c",
    "'",
    "50 %",
    "\u0000",
    "\u202e",
    "# x",
]
_PLACE = re.compile(r"^[\w./-]+\.yaml:\d+: .{8,}")


def change(text: str, how: int, where: random.Random) -> str:
    """One slip in a text."""
    lines = text.split("\n")
    keyed = [n for n, line in enumerate(lines) if re.search(r"\w+: \S", line)]
    number = where.choice(keyed)
    line = lines[number]
    key = where.choice(list(re.finditer(r"(\w+): ", line)))
    value = where.choice(VALUES)
    match how:
        case 0:
            lines[number] = line[: key.end()] + value
        case 1:
            lines[number] = line.replace(key[1], key[1][:-1] + "x", 1)
        case 2:
            del lines[number]
        case 3:
            lines.insert(number, line)
        case 4:
            lines[number] = where.choice([" ", "\t", "   "]) + line
        case 5:
            return "\n".join(lines[:number])[: -where.randrange(1, 9)]
        case 6:
            at = where.randrange(len(line) + 1)
            lines[number] = line[:at] + value + line[at:]
        case _:
            lines[number] = re.sub(r": (\S+)", f": [{value}]", line, count=1)
    return "\n".join(lines)


SLIPS = {
    "name": st.sampled_from(FILES),
    "how": st.integers(0, 7),
    "seed": st.integers(0, 2**32 - 1),
}


@settings(max_examples=120, deadline=None)
@given(**SLIPS)
def test_a_slip_that_is_no_knowledge_is_one_sentence(name: str, how: int, seed: int) -> None:
    text = change((BASE / name).read_text(encoding="utf-8"), how, random.Random(seed))
    try:
        convert_file(text, name)
    except KnowledgeError as error:
        _is_a_sentence(error, name, text)


def _is_a_sentence(error: KnowledgeError, name: str, text: str) -> None:
    assert _PLACE.match(str(error)), error
    assert str(error.file) == name
    assert 1 <= error.line <= text.count("\n") + 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("knowledge") / "base"
    shutil.copytree(BASE, made)
    return made


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(**SLIPS)
def test_a_slip_that_still_reads_is_found_or_harmless(
    folder: Path, name: str, how: int, seed: int
) -> None:
    """The whole base with one file changed: refused, or found by the checkers, or it compiles."""
    file = folder / name
    before = file.read_bytes()
    text = change(before.decode(), how, random.Random(seed))
    file.write_text(text, encoding="utf-8")
    try:
        loaded = load(folder)
    except KnowledgeError as error:
        # An id that stands twice is found where it stands the second time, in whichever file.
        if "already defined" not in error.what:
            _is_a_sentence(error, name, text)
        return
    finally:
        file.write_bytes(before)
    errors = [finding for finding in check(loaded) if finding.level == "error"]
    for finding in errors:
        assert _PLACE.match(f"{finding.where}: {finding.what}"), finding
    if not errors:
        compile_knowledge(loaded)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "not UTF-8; save it as UTF-8"),
        (b"", "the file is empty"),
        (b"options: [", "not valid YAML"),
        (b"options: [{id: x}]", "add it"),
        (b"concepts: [{id: x, name: X, category: nothing}]", "one of allergy, care"),
    ],
)
def test_the_command_says_it_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    shutil.copytree(BASE, tmp_path / "base")
    (tmp_path / "base" / "options" / "broken.yaml").write_bytes(content)
    result = CliRunner().invoke(app, ["knowledge", "check", str(tmp_path / "base")])
    assert result.exit_code == 1
    (line,) = result.output.strip().splitlines()
    assert "options/broken.yaml:1: " in line
    assert says in line


def test_a_folder_without_knowledge_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["knowledge", "check", str(tmp_path)])
    assert result.exit_code == 1
    assert "no knowledge file (*.yaml) in this folder" in result.output
