"""The example patients as documents, made once for all tests of paperwork."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from painpath import planner
from painpath.examples import example_bytes
from painpath.paperwork.case import Case
from painpath.paperwork.checklist import Checklist
from painpath.planning.plan import OptionResult, Plan, ProblemResult
from painpath.records.originals import of_documents
from painpath.records.record import Record
from tests.report.conftest import AS_OF, KEYS, Examples

__all__ = ["AS_OF", "KEYS", "Case", "case", "cases", "checklist_of", "compare", "with_criteria"]

GOLDEN = Path(__file__).parent / "golden"


def case(record: Record, plan: Plan, bundle: bytes) -> Case:
    """A case from a record, its plan and its Bundle."""
    return Case(record, plan, planner().knowledge, of_documents([bundle]))


def with_criteria(known: Case) -> Iterator[tuple[ProblemResult, OptionResult]]:
    """Every option that some policy states criteria for."""
    for problem in known.plan.problems:
        for option in problem.options:
            if option.criteria:
                yield problem, option


def checklist_of(known: Case, option: str) -> Checklist:
    """The checklist of an option by its id."""
    chosen = known.choose(option)
    assert chosen.option is not None
    return known.checklist(chosen.problem, chosen.option)


class Cases:
    """The examples, and records made from them."""

    def __init__(self, folder: Path) -> None:
        self.examples = Examples(folder)
        self.of = cache(self._of)

    def _of(self, key: str) -> Case:
        return case(self.examples.record(key), self.examples.plan(key), example_bytes(key))

    def changed(self, key: str, bundle: dict[str, Any]) -> Case:
        """A record with something changed, planned anew."""
        record = self.examples.read(bundle, f"changed-{key}")
        made = planner().plan(record, as_of=AS_OF[key])
        return case(record, made, json.dumps(bundle).encode())


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    return Cases(tmp_path_factory.mktemp("paperwork"))


def compare(name: str, text: str) -> None:
    """Hold a text against its reviewed copy; PAINPATH_GOLDEN=write takes the new one over."""
    path = GOLDEN / name
    if os.environ.get("PAINPATH_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
