"""The rules' trees of one pain problem, laid out for folding: rows of a matrix and ordered steps.

Built once per knowledge. Nothing here looks at a patient (see `fold`) and nothing reads YAML.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from painpath.engine.speaking import ANY_STATE
from painpath.knowledge.rules import Rules

Rows = NDArray[np.int32]
EPOCH = datetime.date(1970, 1, 1)
EARLIEST, LATEST = -(2**31), 2**31 - 1
"""Days since 1970 that stand for "always" and "for ever"."""


class Step(msgspec.Struct, frozen=True):
    """The groups of one depth that are folded alike."""

    op: str
    """`all`, `any`, `when` (the body of one) or `at-least`."""
    groups: Rows
    """Rows that are written."""
    members: Rows
    """Rows that are read, group after group."""
    starts: Rows
    """Where in `members` each group begins."""
    wanted: NDArray[np.int8]
    """How many members an `at-least` group wants."""
    conditions: Rows
    """Row of each `when` group's condition; the last row of the matrix if it has none."""


class Tree(msgspec.Struct, frozen=True):
    """Every rule that is put to one problem. Row numbers count the nodes below."""

    nodes: Rows
    """The knowledge's key of each row."""
    node_rule: Rows
    """Index in `rules` of each row's rule."""
    questions: Rows
    """Questions that some leaf asks, each once."""
    leaf_rows: Rows
    leaf_question: Rows
    """Index in `questions` of each leaf."""
    leaf_family: NDArray[np.int64]
    """Regions outside which a leaf does not apply; 0: applies everywhere."""
    exclusions: Rows
    """Rows of the leaves whose failure means contraindicated."""
    steps: tuple[Step, ...]
    """Deepest first."""
    rules: Rows
    roots: Rows
    """Row of each rule's root; the last row of the matrix if nothing decides."""
    starts: Rows
    ends: Rows
    speaks: NDArray[np.bool_]
    """Whether a rule is put in a state: rules by states."""
    rivals: NDArray[np.int32]
    """Pairs (general rule, local rule that silences it where it is put), as indexes in `rules`."""
    is_condition: NDArray[np.bool_]
    """Safety, red flag, care: rules that belong to no policy."""
    status_policy: Rows
    status_option: Rows
    status_members: Rows
    """Indexes in `rules` of each status's rules, one status after the other."""
    status_starts: Rows


def _days(day: datetime.date | None, missing: int) -> int:
    return missing if day is None else (day - EPOCH).days


def _rows(values: Iterable[int]) -> Rows:
    return np.fromiter(values, dtype=np.int32)


class Forest:
    """The trees of every problem, and the states that matter to some rule."""

    def __init__(
        self,
        rules: Rules,
        policies: Sequence[int],
        put: Sequence[bool],
        states: Iterable[tuple[Any, ...]],
        rivals: Iterable[tuple[Any, ...]],
    ) -> None:
        """Lay out the rules.

        Args:
            rules: the knowledge's rows.
            policies: policy key of each rule, -1 for safety, red flags and care.
            put: whether a rule is asked at all.
            states: (rule, state) rows, `*` for every state.
            rivals: (general rule, local rule, state) rows.
        """
        self._rules = rules
        self._policies = policies
        self._spoken: dict[int, set[str]] = defaultdict(set)
        for rule, state in states:
            self._spoken[rule].add(state)
        self._rivals = sorted({(general, local) for general, local, _ in rivals})
        named = {state for row in rules.rules for state in row.states}
        self.states = {state: key for key, state in enumerate(("", *sorted(named)))}
        """States that some rule names; every other one is `""`."""
        self._nodes_of: dict[int, list[int]] = defaultdict(list)
        for key, node in enumerate(rules.nodes):
            self._nodes_of[node.rule].append(key)
        self._asked: dict[int, list[int]] = defaultdict(list)
        for key, rule in enumerate(rules.rules):
            for problem in rule.problems if put[key] else ():
                self._asked[problem].append(key)
        self._trees: dict[int, Tree] = {}

    def tree(self, problem: int) -> Tree | None:
        """The tree of a problem, laid out when it is first asked for; none if no rule is put."""
        if problem not in self._trees and problem in self._asked:
            self._trees[problem] = self._tree(problem, self._asked[problem])
        return self._trees.get(problem)

    def _tree(self, problem: int, rules: list[int]) -> Tree:
        index = {key: place for place, key in enumerate(rules)}
        keys = [key for rule in rules for key in self._nodes_of[rule] if self._stands(key)]
        row = {key: place for place, key in enumerate(keys)}
        leaves = [key for key in keys if self._rules.nodes[key].op == "leaf"]
        asked = {key: self._rules.criteria[self._rules.nodes[key].criterion] for key in leaves}
        questions = sorted({criterion.question for criterion in asked.values()})
        place = {question: key for key, question in enumerate(questions)}
        roots = {self._rules.nodes[key].rule: row[key] for key in keys if self._is_root(key)}
        decides = {self._rules.nodes[key].rule for key in leaves}
        return Tree(
            nodes=_rows(keys),
            node_rule=_rows(index[self._rules.nodes[key].rule] for key in keys),
            questions=_rows(questions),
            leaf_rows=_rows(row[key] for key in leaves),
            leaf_question=_rows(place[asked[key].question] for key in leaves),
            leaf_family=np.array(
                [self._rules.questions[asked[key].question].family for key in leaves], np.int64
            ),
            exclusions=_rows(row[key] for key in leaves if asked[key].leaf.role == "exclusion"),
            steps=tuple(self._steps(keys, row)),
            rules=_rows(rules),
            roots=_rows(roots[rule] if rule in decides else len(keys) for rule in rules),
            starts=_rows(_days(self._rules.rules[rule].start, EARLIEST) for rule in rules),
            ends=_rows(_days(self._rules.rules[rule].end, LATEST) for rule in rules),
            speaks=np.array(
                [
                    [bool(self._spoken[rule] & {ANY_STATE, state}) for state in self.states]
                    for rule in rules
                ],
                dtype=np.bool_,
            ),
            rivals=np.array(
                [(index[a], index[b]) for a, b in self._rivals if a in index and b in index],
                dtype=np.int32,
            ).reshape(-1, 2),
            is_condition=np.array([self._policies[rule] < 0 for rule in rules], dtype=np.bool_),
            **self._statuses(problem, rules, index, decides),
        )

    def _is_root(self, key: int) -> bool:
        return self._rules.nodes[key].depth == 0

    def _stands(self, key: int) -> bool:
        """Criteria that never decide (advice, unverified) have no place in a tree."""
        node = self._rules.nodes[key]
        return node.op != "leaf" or self._rules.criteria[node.criterion].decides

    def _steps(self, keys: list[int], row: dict[int, int]) -> Iterable[Step]:
        nodes = self._rules.nodes
        members: dict[int, list[int]] = defaultdict(list)
        condition: dict[int, int] = {}
        for key in keys:
            if nodes[key].slot == 0:
                condition[nodes[key].parent] = row[key]
            elif nodes[key].parent >= 0:
                members[nodes[key].parent].append(row[key])
        alike: dict[tuple[int, str], list[int]] = defaultdict(list)
        for key in keys:
            if members[key]:
                alike[-nodes[key].depth, nodes[key].op].append(key)
        for (_, op), groups in sorted(alike.items()):
            sizes = [len(members[key]) for key in groups]
            yield Step(
                op=op,
                groups=_rows(row[key] for key in groups),
                members=_rows(member for key in groups for member in members[key]),
                starts=_rows([0, *np.cumsum(sizes)[:-1]]),
                wanted=np.array([nodes[key].n for key in groups], dtype=np.int8),
                conditions=_rows(condition.get(key, len(keys)) for key in groups),
            )

    def _statuses(
        self, problem: int, rules: list[int], index: dict[int, int], decides: set[int]
    ) -> dict[str, Rows]:
        """All of a policy's rules for an option make its status together."""
        together: dict[tuple[int, int], list[int]] = defaultdict(list)
        for rule in rules:
            if self._policies[rule] >= 0 and rule in decides:
                for option, problems in self._rules.rules[rule].options:
                    if problem in problems:
                        together[self._policies[rule], option].append(index[rule])
        sizes = [len(members) for members in together.values()]
        return {
            "status_policy": _rows(policy for policy, _ in together),
            "status_option": _rows(option for _, option in together),
            "status_members": _rows(m for members in together.values() for m in members),
            "status_starts": _rows([0, *np.cumsum(sizes)[:-1]] if sizes else []),
        }
