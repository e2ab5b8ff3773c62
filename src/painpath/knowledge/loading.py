"""Read a folder of knowledge files into one strict, immutable `Knowledge`.

All files load or none does: a broken file raises with its name, line and the mend. What the data
mean together (references, ladders, overlaps) is checked in `checking`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from painpath.knowledge import asking, instruments, responses, schema
from painpath.knowledge.asking import AnswerAlert, Diary, FormSchedule, HelpLine
from painpath.knowledge.instruments import AnswerScale, Instrument
from painpath.knowledge.lists import with_listed_codes
from painpath.knowledge.responses import FollowUp, Response
from painpath.knowledge.yaml_source import KnowledgeError, Lines, read_yaml

BASE = Path(__file__).parent / "base"
"""The knowledge that ships with the package."""


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """Everything PainPath knows, in the order of the files' names."""

    sources: tuple[schema.Source, ...] = ()
    regions: tuple[schema.Region, ...] = ()
    concepts: tuple[schema.Concept, ...] = ()
    problems: tuple[schema.Problem, ...] = ()
    options: tuple[schema.Option, ...] = ()
    policies: tuple[schema.Policy, ...] = ()
    payers: tuple[schema.Payer, ...] = ()
    places: tuple[schema.Place, ...] = ()
    authorisation: tuple[schema.Authorisation, ...] = ()
    code_lists: tuple[schema.CodeList, ...] = ()
    drug_products: tuple[schema.DrugProducts, ...] = ()
    safety: tuple[schema.SafetyRule, ...] = ()
    red_flags: tuple[schema.RedFlag, ...] = ()
    hold_rule_sets: tuple[schema.HoldRuleSet, ...] = ()
    bleeding_classes: tuple[schema.OptionBleeding, ...] = ()
    steroid_equivalents: tuple[schema.SteroidEquivalent, ...] = ()
    anaesthetic_maxima: tuple[schema.AnaestheticMaximum, ...] = ()
    anaesthetic_weight: tuple[schema.AnaestheticWeight, ...] = ()
    planned: tuple[schema.Planned, ...] = ()
    checklist: tuple[schema.ChecklistItem, ...] = ()
    care: tuple[schema.CareAdvice, ...] = ()
    answer_scales: tuple[AnswerScale, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    responses: tuple[Response, ...] = ()
    follow_up: tuple[FollowUp, ...] = ()
    form_schedules: tuple[FormSchedule, ...] = ()
    diaries: tuple[Diary, ...] = ()
    help_lines: tuple[HelpLine, ...] = ()
    answer_alerts: tuple[AnswerAlert, ...] = ()
    worklists: tuple[schema.Worklist, ...] = ()
    where: dict[str, str] = {}
    """`concepts:physical-therapy` -> `concepts/care.yaml:12`, for messages; what has an id within
    an element stands under `policies:medicare-esi/esi-pain-duration`."""


SECTIONS = tuple(field for field in Knowledge.__struct_fields__ if field != "where")

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


def _allowed(path: str) -> list[str]:
    """The words that a key may take, from the schema's own literals."""
    key = path.rsplit(".", 1)[-1].split("[")[0]
    if key == "kind":
        nodes = [*get_args(schema.Node)]
        return sorted(str(node.__struct_config__.tag) for node in nodes)
    words: set[str] = set()
    structs = (
        s for module in (schema, instruments, responses, asking) for s in vars(module).values()
    )
    for struct in structs:
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct):
            hint = get_type_hints(struct).get(key)
            for part in (hint, *get_args(hint)):
                if get_origin(part) is Literal:
                    words.update(map(str, get_args(part)))
    return sorted(words)


def _mend(what: str, path: str) -> str:
    if "unknown field" in what:
        return f"{what}; correct its spelling or remove it"
    if "missing required field" in what:
        return f"{what}; add it"
    if "date" in what.lower():
        return f"{what}; write it as YYYY-MM-DD"
    allowed = _allowed(path)
    return f"{what}; one of {', '.join(allowed)}" if allowed else what


def convert_file(text: str, file: Path | str) -> tuple[schema.KnowledgeFile, Lines]:
    """One file's text as strict structs.

    Raises:
        KnowledgeError: with the line of the offending element.
    """
    data, lines = read_yaml(text, file)
    try:
        return msgspec.convert(data, schema.KnowledgeFile), lines
    except msgspec.ValidationError as error:
        match = _PATH.match(str(error))
        assert match is not None
        path = match["path"] or "$"
        what = _mend(match["what"], path)
        raise KnowledgeError(file, lines.of(path), f"{what} (at {path})") from None


def knowledge_files(folder: Path = BASE) -> list[Path]:
    """The YAML files under a folder, in a stable order."""
    return sorted(folder.rglob("*.yaml"))


def _named(part: object, path: str) -> Iterator[tuple[str, str]]:
    """Ids within an element (criteria of a policy), each with its path."""
    if isinstance(part, list):
        for index, each in enumerate(part):
            if isinstance(each, msgspec.Struct):
                here = f"{path}[{index}]"
                inner = getattr(each, "id", None)
                if inner:
                    yield inner, here
                yield from _named(each, here)
    elif isinstance(part, msgspec.Struct):
        for field in part.__struct_fields__:
            value = getattr(part, field)
            if isinstance(value, list):
                yield from _named(value, f"{path}.{field}")
            elif isinstance(value, msgspec.Struct):
                yield from _named([value], f"{path}.{field}")


def load(folder: Path = BASE) -> Knowledge:
    """Read every YAML file under `folder`.

    Raises:
        KnowledgeError: if a file is broken or an id is defined twice; nothing is half-loaded.
    """
    sections: dict[str, list[Any]] = {name: [] for name in SECTIONS}
    where: dict[str, str] = {}
    files = knowledge_files(folder)
    if not files:
        raise KnowledgeError(folder, 1, "no knowledge file (*.yaml) in this folder")
    for file in files:
        name = file.relative_to(folder)
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            line = file.read_bytes()[: error.start].count(b"\n") + 1
            raise KnowledgeError(name, line, "not UTF-8; save it as UTF-8") from None
        content, lines = convert_file(text, name)
        for section in SECTIONS:
            for index, item in enumerate(getattr(content, section)):
                key = f"{section}:{item.id}"
                line = lines.of(f"$.{section}[{index}]")
                if key in where:
                    message = f'"{item.id}" is already defined at {where[key]}; rename one'
                    raise KnowledgeError(name, line, message)
                where[key] = f"{name}:{line}"
                for inner, path in _named(item, f"$.{section}[{index}]"):
                    where.setdefault(f"{key}/{inner}", f"{name}:{lines.of(path)}")
                sections[section].append(item)
    sections["concepts"] = with_listed_codes(sections["concepts"], sections["code_lists"])
    return Knowledge(**{name: tuple(items) for name, items in sections.items()}, where=where)
