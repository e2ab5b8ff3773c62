"""The example patients as documents, made once for all tests of paperwork."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from painpath import planner
from painpath.examples import example_bytes
from painpath.paperwork import pas
from painpath.paperwork.checklist import Checklist, checklist
from painpath.paperwork.choosing import Choice, choose
from painpath.paperwork.letter import Letter, letter
from painpath.paperwork.parties import Parties, parties
from painpath.planning.plan import OptionResult, Plan, ProblemResult
from painpath.records.originals import Originals, of_documents
from painpath.records.record import Record
from tests.report.conftest import AS_OF, KEYS, Examples

__all__ = ["AS_OF", "KEYS", "Case", "case", "cases", "compare"]

GOLDEN = Path(__file__).parent / "golden"


class Case(msgspec.Struct, frozen=True):
    """A record, its plan, and what documents need beside them."""

    record: Record
    plan: Plan
    originals: Originals
    who: Parties

    def letter(self, option: str | None = None, problem: str | None = None) -> Letter:
        """The letter for an option, or for the next step."""
        chosen = choose(self.plan, option, problem)
        return self.letter_of(chosen)

    def letter_of(self, chosen: Choice) -> Letter:
        """The letter for a choice."""
        known = planner().knowledge
        problem, option = chosen.problem, chosen.option
        return letter(self.plan, problem, option, self.record, known, self.who, self.originals)

    def checklist(self, option: str, problem: str | None = None) -> Checklist:
        """The checklist of an option."""
        chosen = choose(self.plan, option, problem)
        assert chosen.option is not None
        return self.checklist_of(chosen.problem, chosen.option)

    def checklist_of(self, problem: ProblemResult, option: OptionResult) -> Checklist:
        """The checklist of an option for a problem."""
        known = planner().knowledge
        return checklist(self.plan, problem, option, known, self.who, self.originals)

    def request(self, problem: ProblemResult, option: OptionResult) -> pas.Request:
        """The request for an option for a problem."""
        return pas.Request(
            plan=self.plan,
            problem=problem,
            option=option,
            checklist=self.checklist_of(problem, option),
            knowledge=planner().knowledge,
            originals=self.originals,
        )

    def with_criteria(self) -> Iterator[tuple[ProblemResult, OptionResult]]:
        """Every option that some policy states criteria for."""
        for problem in self.plan.problems:
            for option in problem.options:
                if option.criteria:
                    yield problem, option


def case(record: Record, plan: Plan, bundle: bytes) -> Case:
    """A case from a record, its plan and its Bundle."""
    originals = of_documents([bundle])
    return Case(record, plan, originals, parties(plan, record, originals))


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
