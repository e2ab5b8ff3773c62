"""A broken knowledge file is one sentence with file, line and mend; nothing is half-loaded."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from painpath.knowledge.loading import SECTIONS, convert_file, load
from painpath.knowledge.store import compiled
from painpath.knowledge.yaml_source import KnowledgeError

GOOD = """\
sources:
  - {id: one, title: One, date: "2026"}
concepts:
  - id: ache
    name: Ache
    category: condition
    icd10cm: [{codes: [M25.561], side: right}]
policies:
  - id: policy
    name: Policy
    issuer: issuer
    payer: clinical
    axis: clinical
    start: 2026-01-31
    cite: one
    rules:
      - options: [option]
        position: criteria
        statement: statement
        criteria:
          - {id: here, text: t, kind: present, of: ache}
          - any:
              - {id: lasted, text: t, kind: lasted, at_least: 3 months}
              - n: 1
                of:
                  - {id: age, text: t, kind: age, at_least: 18}
          - when: {id: before, text: t, kind: present, of: ache}
            then: [{id: score, text: t, kind: score, of: ache, at_least: 50 %}]
"""


def error_of(text: str) -> KnowledgeError:
    with pytest.raises(KnowledgeError) as caught:
        convert_file(text, "x.yaml")
    return caught.value


def line_with(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_good_file_is_read() -> None:
    content, lines = convert_file(GOOD, "x.yaml")
    assert [source.id for source in content.sources] == ["one"]
    assert [rule.options for rule in content.policies[0].rules] == [["option"]]
    kinds = [type(node).__name__ for node in content.policies[0].rules[0].criteria]
    assert kinds == ["Present", "AnyOf", "When"]
    assert lines.of("$.policies[0].rules[0].criteria[1].any[0]") == line_with(GOOD, "id: lasted")


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("title: One", "titel: One, title: One", "`titel`; correct its spelling or remove it"),
        ("title: One, date", "date", "`title`; add it"),
        ("{id: one, ", "{", "`id`; add it"),
        ("kind: present, of: ache}", "of: ache}", "`kind`; add it"),
        ("kind: lasted,", "kind: lastet,", "'lastet'"),
        ("kind: age,", "kind: [age],", "Expected `str`, got `list`"),
        ("title: One", "title: [One]", "Expected `str`, got `array`"),
        ("title: One", "title: 5", "Expected `str`, got `int`"),
        ("title: One", "title: ~", "Expected `str`, got `null`"),
        ("at_least: 18", "at_least: eighteen", "Expected `int | null`, got `str`"),
        ("side: right", "side: wrong", "'wrong'"),
        ("category: condition", "category: conditon", "'conditon'"),
        ("start: 2026-01-31", "start: 2026-02-31", "date"),
        ("start: 2026-01-31", "start: 31 January", "date"),
        ("n: 1", "n: one", "Expected `int`, got `str`"),
        ("    name: Ache", "    name: Ache\n    name: Pain", '"name" stands twice; keep one'),
        ("    name: Ache", "    name: [Ache", "not valid YAML"),
        ("    name: Ache", "\tname: Ache", "not valid YAML"),
        ("    name: Ache", "    name: *ache", "not valid YAML"),
        ("sources:", "surces:", "`surces`; correct its spelling or remove it"),
    ],
)
def test_each_way_to_break_a_file(good: str, bad: str, says: str) -> None:
    assert good in GOOD
    broken = GOOD.replace(good, bad, 1)
    error = error_of(broken)
    assert says in error.what
    assert str(error) == f"x.yaml:{error.line}: {error.what}"
    near = line_with(broken, bad.splitlines()[-1])
    assert near - 1 <= error.line <= near + 1


@pytest.mark.parametrize(
    ("question", "rest", "wants"),
    [
        ("one-missing", "", "categories"),
        ("dose-with-option", "rungs: [trial]", "dose"),
        ("worn-off", "rungs: [initial]", "relief"),
        ("rung-not-climbed", "", "rungs"),
        ("repeated-without-relief", "of: x, within: 12 months", "at_least, relief"),
    ],
)
def test_a_worklist_states_every_number_it_goes_by(question: str, rest: str, wants: str) -> None:
    text = f"worklists:\n  - {{id: w, name: W, text: t, question: {question}, {rest}}}\n"
    said = str(error_of(text))
    assert f"the question {question} also wants {wants}" in said
    assert said.startswith("x.yaml:2: ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("~", "Expected `object`, got `null`"),
        ("- a list\n", "Expected `object`, got `array`"),
        ("just words", "Expected `object`, got `str`"),
        ("sources:\n", "Expected `array`, got `null`"),
        ("sources: []\n---\nsources: []\n", "not valid YAML"),
        ("sources: [\x07]\n", "not valid YAML"),
    ],
)
def test_files_that_are_no_knowledge(text: str, says: str) -> None:
    assert says in error_of(text).what


@pytest.mark.parametrize(
    ("good", "bad", "mend"),
    [
        ("kind: lasted,", "kind: lastet,", "elapsed"),
        ("category: condition", "category: conditon", "procedure"),
        ("side: right", "side: wrong", "left"),
        ("start: 2026-01-31", "start: 31 January", r"\d{4}-\d{2}-\d{2}|YYYY-MM-DD"),
    ],
)
def test_the_error_says_what_would_be_right(good: str, bad: str, mend: str) -> None:
    assert re.search(mend, error_of(GOOD.replace(good, bad, 1)).what)


@pytest.mark.parametrize(
    "text",
    [
        "sources: !!python/object:os.system []\n",
        "sources: [!secret {id: a, title: b}]\n",
        "sources: [&a {id: a, title: b}]\n",
    ],
)
def test_tags_and_anchors_are_refused(text: str) -> None:
    error_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "? [a, b]\n: c\n",
        "{a: b}: c\n",
        "sources: &a [*a]\n",
        f"options: [{{id: {'9' * 5000}}}]\n",
        "sources: " + "[" * 3000 + "]" * 3000,
    ],
    ids=["list as key", "mapping as key", "anchor in itself", "long number", "deep nesting"],
)
def test_odd_yaml_is_a_knowledge_error_too(text: str) -> None:
    error_of(text)


@pytest.mark.parametrize(
    ("written", "value"),
    [("yes", "yes"), ("00222", "00222"), ("10:30", "10:30"), ("1e3", "1e3"), ("0x1F", "0x1F")],
)
def test_words_and_codes_stay_text(written: str, value: str) -> None:
    content, _ = convert_file(f"sources: [{{id: a, title: {written}}}]", "x.yaml")
    assert content.sources[0].title == value


# --- folders ---


def folder(tmp_path: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        file = tmp_path / f"{name}.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tmp_path


def fails(path: Path) -> KnowledgeError:
    with pytest.raises(KnowledgeError) as caught:
        load(path)
    return caught.value


def test_files_load_in_the_order_of_their_names(tmp_path: Path) -> None:
    source = "sources: [{{id: {0}, title: t}}]"
    knowledge = load(folder(tmp_path, b=source.format("second"), a=source.format("first")))
    assert [source.id for source in knowledge.sources] == ["first", "second"]
    assert knowledge.where == {"sources:first": "a.yaml:1", "sources:second": "b.yaml:1"}


def test_the_same_id_in_two_files_names_both(tmp_path: Path) -> None:
    error = fails(folder(tmp_path, a=GOOD, b="sources:\n  - {id: one, title: Again}\n"))
    assert str(error) == 'b.yaml:2: "one" is already defined at a.yaml:2; rename one'


def test_the_same_id_for_different_things_is_fine(tmp_path: Path) -> None:
    knowledge = load(folder(tmp_path, a=GOOD, b="sources: [{id: ache, title: About ache}]"))
    assert {source.id for source in knowledge.sources} == {"one", "ache"}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_refuses_an_id_without_the_rest(tmp_path: Path, section: str) -> None:
    error = fails(folder(tmp_path, a=f"{section}:\n  - {{id: x, nonsense: 1}}\n"))
    assert (str(error.file), error.line) == ("a.yaml", 2)


def test_one_broken_file_spoils_the_folder_and_leaves_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("PAINPATH_CACHE", str(cache))
    (tmp_path / "base").mkdir()
    base = folder(tmp_path / "base", a=GOOD, b="sources: [{id: two}]")
    with pytest.raises(KnowledgeError, match=r"b\.yaml:1: .*`title`; add it"):
        compiled(base)
    assert not cache.exists() or list(cache.iterdir()) == []


def test_an_empty_or_missing_folder_is_an_error(tmp_path: Path) -> None:
    assert "no knowledge file" in fails(tmp_path).what
    assert "no knowledge file" in fails(tmp_path / "nowhere").what


def test_a_file_that_is_not_utf8_is_a_knowledge_error(tmp_path: Path) -> None:
    assert str(fails(folder(tmp_path, a=b"sources: [{id: a, title: \xff}]")).file) == "a.yaml"


# --- any damage ---

PIECES = ["[", "]", "{", "}", ": ", "- ", "? ", "&a ", "*a", "!x ", '"', "'", "#", "\n", "  ", "\t"]
PIECES += ["null", "true", "-1", "2026-02-30", "kind: ", "of: ", "any: ", "when: ", "id: one", "é"]


def damaged(seed: int, wounds: int) -> str:
    """The good file with pieces put in, cut out or doubled at random places."""
    choose = random.Random(seed)
    text = GOOD
    for _ in range(wounds):
        at = choose.randrange(len(text))
        end = min(len(text), at + choose.choice([0, 0, 1, 3, 12, 60]))
        text = text[:at] + choose.choice([*PIECES, "", text[at:end] * 2]) + text[end:]
    return text


def survives(text: str) -> None:
    try:
        convert_file(text, "x.yaml")
    except KnowledgeError as error:
        assert 1 <= error.line <= text.count("\n") + 2
        assert error.what


@settings(max_examples=2000, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
@example(277, 1)
def test_a_damaged_file_never_raises_anything_else(seed: int, wounds: int) -> None:
    survives(damaged(seed, wounds))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_raises_anything_else(text: str) -> None:
    survives(text)
