"""YAML text to plain data, with the line of every element kept for error messages.

A deliberately small YAML: no yes/no booleans, no octal or sexagesimal numbers, no tags, no
duplicate keys. Codes such as `00222` or `10:30` stay text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class Lines:
    """Where the elements of one file stand; looked up only when someone asks."""

    def __init__(self, root: yaml.Node) -> None:
        self._root = root

    def of(self, path: str) -> int:
        """The line of an element, or of the nearest one around it that is there.

        Args:
            path: as msgspec prints it, `$.policies[0].rules[1]`.
        """
        node = self._root
        for key, index in _STEP.findall(path):
            inner = _member(node, int(index)) if index else _value(node, key)
            if inner is None:
                break
            node = inner
        line: int = node.start_mark.line
        return line + 1


def _member(node: yaml.Node, index: int) -> yaml.Node | None:
    members: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else []
    return members[index] if index < len(members) else None


def _value(node: yaml.Node, key: str) -> yaml.Node | None:
    members: list[tuple[yaml.Node, yaml.Node]] = (
        node.value if isinstance(node, yaml.MappingNode) else []
    )
    return next((value for name, value in members if name.value == key), None)


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


def _read(node: yaml.Node, file: Path | str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_read(child, file) for child in node.value]
    assert isinstance(node, yaml.MappingNode)
    data: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            line = key_node.start_mark.line + 1
            raise KnowledgeError(file, line, "a key is one word; write it as text")
        key = key_node.value
        if key in data:
            line = key_node.start_mark.line + 1
            raise KnowledgeError(file, line, f'"{key}" stands twice; keep one')
        data[key] = _read(value_node, file)
    if "kind" not in data:
        _name_group(data)
    return data


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
        The data, and where its elements stand.

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
    try:
        return _read(node, file), Lines(node)
    except RecursionError:
        raise KnowledgeError(file, 1, "nested too deeply; flatten it") from None


_MAY_BE_TRICK = re.compile(r"(?:^|[\s\[{,])[&*!]\S")
"""Only where it is found are the file's events read one by one."""


def _refuse_tricks(text: str, file: Path | str) -> None:
    """Tags and anchors make a file say more than a reader sees: neither is needed here."""
    if not any(mark in text for mark in "&*!") or _MAY_BE_TRICK.search(text) is None:
        return
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if getattr(event, "anchor", None) is not None:
            raise KnowledgeError(
                file, line, "not valid YAML here: no anchors (& and *); write it out"
            )
        if getattr(event, "tag", None) is not None:
            raise KnowledgeError(file, line, "tags (!) are not allowed; remove it")
