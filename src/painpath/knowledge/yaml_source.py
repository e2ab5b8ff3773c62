"""YAML text to plain data, with the line of every element kept for error messages.

A deliberately small YAML: no yes/no booleans, no octal or sexagesimal numbers, no tags, no
duplicate keys. Codes such as `00222` or `10:30` stay text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

Lines = dict[str, int]
"""Path of an element, as msgspec prints it (`$.policies[0].rules[1]`), to its line."""


class KnowledgeError(Exception):
    """A knowledge file cannot be used; the message names file, line and mend."""

    def __init__(self, file: Path | str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}")
        self.file = file
        self.line = line
        self.what = what


_INT = re.compile(r"-?(0|[1-9]\d*)")
_FLOAT = re.compile(r"-?(0|[1-9]\d*)\.\d+")
_LONGEST_NUMBER = 18
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


def _scalar(node: yaml.ScalarNode) -> object:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
        return int(text)
    if _FLOAT.fullmatch(text) and len(text) <= _LONGEST_NUMBER:
        return float(text)
    return text


class _Loader(yaml.CSafeLoader):
    """Without the guesses at types, a fifth of the time: `_scalar` says what a word is."""

    def resolve(self, _kind: object, _value: object, _implicit: object) -> str:
        """Every tag alike."""
        return "str"

    def descend_resolver(self, _current: object, _index: object) -> None:
        """No tag depends on where an element stands."""

    def ascend_resolver(self) -> None:
        """Nor does one here."""


class _Reader:
    def __init__(self, file: Path | str) -> None:
        self.file = file
        self.lines: Lines = {}

    def read(self, node: yaml.Node, path: str) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(child, f"{path}[{i}]") for i, child in enumerate(node.value)]
        assert isinstance(node, yaml.MappingNode)
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                line = key_node.start_mark.line + 1
                raise KnowledgeError(self.file, line, "a key is one word; write it as text")
            key = key_node.value
            if key in data:
                line = key_node.start_mark.line + 1
                raise KnowledgeError(self.file, line, f'"{key}" stands twice; keep one')
            data[key] = self.read(value_node, f"{path}.{key}")
        if "kind" not in data:
            self._name_group(data)
        return data

    @staticmethod
    def _name_group(data: dict[str, Any]) -> None:
        """Let `any: [...]` stand without `kind: any`, as a guideline would be read aloud."""
        if isinstance(data.get("when"), dict) and "then" in data:
            data["kind"] = "when"
            return
        for key, kind in (("all", "all"), ("any", "any"), ("of", "at-least")):
            members = data.get(key)
            # The terms of a problem's recognition are concept ids, not criteria.
            if isinstance(members, list) and members and isinstance(members[0], dict):
                data["kind"] = kind
                return


def read_yaml(text: str, file: Path | str) -> tuple[Any, Lines]:
    """Parse one document.

    Returns:
        The data, and the line of every element by its path.

    Raises:
        KnowledgeError: for broken YAML, tags, anchors or a key that stands twice.
    """
    try:
        _refuse_tricks(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        # What is missing at the end is reported on the line after the last.
        line = min(mark.line, text.count("\n")) + 1 if mark is not None else 1
        raise KnowledgeError(file, line, f"not valid YAML: {error.problem}; mend it") from None
    except (yaml.YAMLError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise KnowledgeError(file, 1, f"not valid YAML: {what}; mend it") from None
    if node is None:
        raise KnowledgeError(file, 1, "the file is empty")
    reader = _Reader(file)
    try:
        return reader.read(node, "$"), reader.lines
    except RecursionError:
        raise KnowledgeError(file, 1, "nested too deeply; flatten it") from None


_MAY_BE_TRICK = re.compile(r"(?<!\w)[&*!]\S")
"""Cheap to look for; only where it is found are the file's events read one by one."""


def _refuse_tricks(text: str, file: Path | str) -> None:
    """Tags and anchors make a file say more than a reader sees: neither is needed here."""
    if _MAY_BE_TRICK.search(text) is None:
        return
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if getattr(event, "anchor", None) is not None:
            raise KnowledgeError(
                file, line, "not valid YAML here: no anchors (& and *); write it out"
            )
        if getattr(event, "tag", None) is not None:
            raise KnowledgeError(file, line, "tags (!) are not allowed; remove it")
