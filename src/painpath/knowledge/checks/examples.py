"""Every option is shown at work: somebody for whom it is eligible, and somebody for whom it is not.

The cases of the policies count, and vignettes where a folder of them is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from painpath.knowledge.checks.finding import Finding, place
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.yaml_source import read_yaml

ELIGIBLE = "eligible"
Shown = Iterable[tuple[str, str]]
"""(option, status)."""


def check(knowledge: Knowledge, others: Shown = ()) -> Iterator[Finding]:
    """An option without an eligible or without a not-eligible example is a warning."""
    shown: dict[str, set[str]] = defaultdict(set)
    for policy in knowledge.policies:
        for case in policy.cases:
            if case.status is not None:
                shown[case.option].add(case.status)
    for name, status in others:
        shown[name].add(status)
    ruled = _with_criteria(knowledge, ("criteria",))
    judged = _with_criteria(knowledge, None)
    for option in knowledge.options:
        where = place(knowledge, "options", option.id)
        names = {option.id, option.part_of}
        if names & ruled and ELIGIBLE not in shown[option.id]:
            what = f'no example shows "{option.id}" eligible; add a case or a vignette'
            yield Finding("warning", where, what)
        if names & judged and not shown[option.id] - {ELIGIBLE}:
            what = f'no example shows "{option.id}" not eligible; add a case or a vignette'
            yield Finding("warning", where, what)


def _with_criteria(knowledge: Knowledge, positions: tuple[str, ...] | None) -> set[str | None]:
    """Options that some rule judges; what everybody refuses can never be eligible."""
    return {
        option
        for policy in knowledge.policies
        for rule in policy.rules
        if rule.criteria and (positions is None or rule.position in positions)
        for option in rule.options
    }


def in_vignettes(folder: Path) -> Iterator[tuple[str, str]]:
    """Options and statuses that the vignettes of a folder expect.

    Raises:
        KnowledgeError: if a file is not YAML.
    """
    for file in sorted(folder.glob("*.yaml")):
        content, _ = read_yaml(file.read_text(encoding="utf-8"), file.name)
        for vignette in _list(content, "vignettes"):
            for expected in _list(vignette, "expect"):
                if isinstance(expected, dict) and {"option", "status"} <= set(expected):
                    yield str(expected["option"]), str(expected["status"])


def _list(part: Any, key: str) -> list[Any]:
    found = part.get(key) if isinstance(part, dict) else None
    return found if isinstance(found, list) else []
