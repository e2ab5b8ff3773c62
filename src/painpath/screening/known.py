"""Knowledge as the tables that the SQL of this folder joins to."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from painpath import __version__
from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import PATIENT, YES_NO, Rules, as_tuple, expand
from painpath.knowledge.store import Compiled, compiled, fingerprint
from painpath.knowledge.vocabulary import Vocabulary
from painpath.planning.ages import Limits
from painpath.planning.assess import Lookups
from painpath.planning.bleeding import BleedingDesk
from painpath.planning.findings import RuleIndex
from painpath.planning.fits import fitting, refused
from painpath.planning.next_step import next_step
from painpath.planning.payer import CLINICAL, deciding_order
from painpath.planning.safety import Site, choose_rule_set, concerns

_FORM = 3
"""Of what a screen keeps for the next run."""
STATUSES = ("eligible", "wait", "needs-more", "not-met", "contraindicated")
_MARKS = (*STATUSES, "not-indicated")
DONE, ANSWERED, STATUS = 1, 2, 4
"""Of what a mark of an option is made; see `Known.step`."""
"""What the choice of a next step looks at; criteria for other ages are no step on the way."""
_SAFETY = frozenset({"safety", "hold", "hold-check", "hold-agreed", "upgrade"})
"""What rules are for that decide how a drug is held and what stops a procedure."""
_NO_STEP = -1
NO_REGION = "-"


@cache
def ready() -> Compiled:
    """The knowledge that ships with the package, read once a process."""
    return compiled()


@cache
def knowledge_mark() -> str:
    """Changes with the knowledge, with the program and with what it keeps."""
    return f"{__version__}-{_FORM}-{fingerprint()}"


class Step(NamedTuple):
    """An option for a problem as the choice of the next step looks at it."""

    id: str
    rung: str
    status: str
    alternative: bool
    part_of: str | None
    after: tuple[str, ...]
    done: tuple[int, ...]
    answered: bool | None


class Doubt(NamedTuple):
    """Where a safety rule may leave an option open, and what it needs before it says anything."""

    options: frozenset[int]
    concepts: list[int] | None
    """One of these must be on record; `None`: nothing must."""
    problems: frozenset[int] | None
    """It is about these problems; `None`: about any."""


class Asked(NamedTuple):
    """Rules of a policy for an option, and their questions."""

    rules: NDArray[np.int64]
    own: NDArray[np.int64]
    wide: NDArray[np.int64]
    """Questions about the patient as a whole."""


class _Place(NamedTuple):
    """An option's part in a problem, without what differs from patient to patient."""

    key: int
    id: str
    rung: str
    alternative: bool
    part_of: str | None
    after: tuple[str, ...]
    asks: bool
    """The knowledge says when this test has given its answer."""


class Known:
    """One knowledge, ready for populations."""

    def __init__(self, knowledge: Knowledge, vocabulary: Vocabulary, rules: Rules) -> None:
        self.knowledge = knowledge
        self.vocabulary = vocabulary
        self.rules = rules
        self.option_key = {name: key for key, name in enumerate(rules.option_ids)}
        self.options = {option.id: option for option in knowledge.options}
        self.concepts = {concept.id: concept for concept in knowledge.concepts}
        self.concept_key = {name: key for key, name in enumerate(vocabulary.concepts)}
        self.lookups = Lookups(knowledge, rules, vocabulary.region_bits)
        self.region_of = self.lookups.region_name
        self.index = RuleIndex(rules)
        self._policy_key = {policy.id: key for key, policy in enumerate(knowledge.policies)}
        self._rules_of: dict[tuple[int, int], list[int]] = defaultdict(list)
        for key, rule in enumerate(rules.rules):
            if rule.purpose == "criteria":
                for option, _ in rule.options:
                    self._rules_of[self._policy_key[rule.owner], option].append(key)
        self._places: dict[int, tuple[list[_Place], list[Step], dict[str, int]]] = {}
        self._steps: dict[tuple[int, bytes], int] = {}
        self._asked: dict[tuple[int, int], Asked] = {}
        self._orders: dict[str, list[tuple[str, int, int]]] = {}

    def keys(self, concepts: tuple[str, ...] | list[str] | str) -> list[int]:
        """Keys of concepts and of everything they include."""
        named = expand(as_tuple(concepts) if isinstance(concepts, str) else concepts, self.concepts)
        return sorted(self.concept_key[name] for name in named if name in self.concept_key)

    def region(self, problem: int, mask: int) -> str | None:
        """Name of the region of a problem (by its key) that lies there."""
        fixed = self.knowledge.problems[problem - 1].region if problem else None
        return fixed or self.region_of.get(mask)

    def rules_of(self, policy: int, option: int) -> list[int]:
        """A policy's rules for an option, whatever the problem."""
        return self._rules_of.get((policy, option), [])

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        """The tables that never change."""
        return {
            "k_done": self._done,
            "k_belongs": self._belongs,
            "k_clinical": pa.table(
                {
                    "policy": pa.array(
                        [
                            key
                            for key, policy in enumerate(self.knowledge.policies)
                            if policy.payer == CLINICAL
                        ],
                        pa.int32(),
                    )
                }
            ),
            "k_stop": self._stop,
            "k_flag": self._flag,
        }

    def order(self, payers: list[str]) -> pa.Table:
        """Which policies decide for these payers, in which order."""
        rows: list[tuple[str, int, int]] = []
        for payer in payers:
            if payer not in self._orders:
                found = deciding_order(self.knowledge, payer)
                self._orders[payer] = [(payer, key, place) for key, place in found.items()]
            rows += self._orders[payer]
        return rows_table({"payer": pa.string(), "policy": pa.int32(), "place": pa.int32()}, rows)

    @property
    def _done(self) -> pa.Table:
        rows = [
            (key, concept, self._says_no(concept))
            for key, option in enumerate(self.knowledge.options)
            for concept in self.keys(as_tuple(option.done))
        ]
        return rows_table({"option": pa.int32(), "concept": pa.int32(), "yes_no": pa.bool_()}, rows)

    def _says_no(self, concept: int) -> bool:
        """Whether a value of 0 is a recorded "no"."""
        known = self.concepts.get(self.vocabulary.concepts[concept])
        return known is not None and known.category in YES_NO

    @cached_property
    def fits(self) -> dict[int, list[int]]:
        """Options that fit a problem, by its key."""
        return {
            key: sorted(self.option_key[o.id] for o, _ in fitting(self.knowledge, problem.id))
            for key, problem in enumerate(self.knowledge.problems, start=1)
        }

    @cached_property
    def aged(self) -> list[tuple[Limits, list[tuple[int, int]]]]:
        """Ages that policies are written for, each with the (policy, option) that it holds for."""
        ages = self.lookups.ages
        found: dict[tuple[int | None, int | None], tuple[Limits, set[tuple[int, int]]]] = {}
        for policy, option in self._rules_of:
            limits = ages.of(policy, self.rules.option_ids[option])
            if limits is not None:
                rows = found.setdefault((limits.from_, limits.to), (limits, set()))[1]
                rows.add((policy, option))
        return [(limits, sorted(rows)) for limits, rows in found.values()]

    @property
    def _belongs(self) -> pa.Table:
        rows = [(problem, option) for problem, options in self.fits.items() for option in options]
        return rows_table({"problem": pa.int32(), "option": pa.int32()}, rows)

    @property
    def _stop(self) -> pa.Table:
        """Safety rules that stop an option; with a region where it decides whether they do."""
        safety = {rule.id: rule for rule in self.knowledge.safety}
        rows: list[tuple[Any, ...]] = []
        for key, row in enumerate(self.rules.rules):
            rule = safety.get(row.owner) if row.purpose == "safety" else None
            # A rule that nobody has verified warns and does not stop.
            if rule is None or rule.level != "stop" or rule.review == "unverified":
                continue
            for option in self.knowledge.options:
                if concerns(rule, option):
                    where = self._bleeds(rule, option) if rule.bleeding else [None]
                    rows += [(key, self.option_key[option.id], rule.id, each) for each in where]
        return rows_table(
            {"rule": pa.int32(), "option": pa.int32(), "id": pa.string(), "region": pa.string()},
            rows,
        )

    def _bleeds(self, rule: schema.SafetyRule, option: schema.Option) -> list[str]:
        """The regions (`-`: not known) in which the option bleeds as much as the rule is about."""
        return [place for place, bleeding in self._bleeding[option.id] if bleeding in rule.bleeding]

    @cached_property
    def _bleeding(self) -> dict[str, list[tuple[str, str]]]:
        """By option the regions (`-`: not known) where it has a bleeding class, with that class."""
        default = choose_rule_set(self.knowledge, None)
        if default is None:
            return {option.id: [] for option in self.knowledge.options}
        desk = BleedingDesk(self.knowledge, None)
        regions = (None, *(region.id for region in self.knowledge.regions))
        return {
            option.id: [
                (region or NO_REGION, row.bleeding)
                for region in regions
                if (row := desk.base(default.id, option, Site(region))) is not None
            ]
            for option in self.knowledge.options
        }

    @cached_property
    def doubts(self) -> list[Doubt]:
        """Safety rules that may leave an option open, and of whom that can be said at all."""
        return [self._doubt(rule) for rule in self.knowledge.safety if rule.needs_more]

    def _doubt(self, rule: schema.SafetyRule) -> Doubt:
        options = {
            self.option_key[option.id]
            for option in self.knowledge.options
            if concerns(rule, option)
        }
        for node in rule.when:
            if isinstance(node, schema.Present) and node.absent == "not-met":
                return Doubt(frozenset(options), self.keys(list(as_tuple(node.of))), None)
            if isinstance(node, schema.IsProblem):
                ids = self.rules.problem_ids
                problems = frozenset(ids.index(name) for name in as_tuple(node.of))
                return Doubt(frozenset(options), None, problems)
        return Doubt(frozenset(options), None, None)

    @property
    def _flag(self) -> pa.Table:
        flags = [(key, r) for key, r in enumerate(self.rules.rules) if r.purpose == "red-flag"]
        wide = {row.owner for _, row in flags if PATIENT in row.problems}
        rows = [(key, row.owner, row.owner in wide) for key, row in flags]
        return rows_table({"rule": pa.int32(), "id": pa.string(), "everywhere": pa.bool_()}, rows)

    @cached_property
    def conditions(self) -> pa.Table:
        """Safety rules and red flags by the rule that asks for them."""
        levels = {rule.id: rule.level for rule in self.knowledge.safety}
        rows = [
            (key, row.purpose, row.owner, levels.get(row.owner, "stop"))
            for key, row in enumerate(self.rules.rules)
            if row.purpose in ("safety", "red-flag")
        ]
        return rows_table(
            {"rule": pa.int32(), "kind": pa.string(), "id": pa.string(), "level": pa.string()}, rows
        )

    @cached_property
    def answers(self) -> dict[int, int]:
        """The rules that say that a test has given its answer, each with the test."""
        return {
            key: self.option_key[row.owner]
            for key, row in enumerate(self.rules.rules)
            if row.purpose == "answered"
        }

    @cached_property
    def condition_keys(self) -> tuple[set[int], set[int]]:
        """Rules that safety looks at, and their questions."""
        rules = {k for k, row in enumerate(self.rules.rules) if row.purpose in _SAFETY}
        leaves = [leaf for rule in rules for leaf in self.index.leaves[rule]]
        return rules, {self.index.criterion(leaf).question for leaf in leaves}

    def asked_of(self, policy: int, option: int) -> Asked:
        """What a policy asks about an option, whatever the problem."""
        found = self._asked.get((policy, option))
        if found is None:
            rules = self.rules_of(policy, option)
            leaves = [leaf for rule in rules for leaf in self.index.leaves[rule]]
            questions = sorted({self.index.criterion(leaf).question for leaf in leaves})
            wide = [question for question in questions if self.index.wide[question]]
            own = [question for question in questions if not self.index.wide[question]]
            found = Asked(*(np.array(each, dtype=np.int64) for each in (rules, own, wide)))
            self._asked[policy, option] = found
        return found

    @cached_property
    def rule_of_node(self) -> NDArray[np.int64]:
        """The rule that each node belongs to."""
        return np.array([node.rule for node in self.rules.nodes], dtype=np.int64)

    # -- next steps --

    def step(self, problem: int, marks: bytes) -> int:
        """The next step of a problem.

        Args:
            problem: its key.
            marks: of each option that fits, in the order of their keys, `STATUS` times the place
                of its status in `STATUSES` (their number: set aside), `DONE` if it was done, and
                `ANSWERED` if it is a test that has given its answer.

        Returns:
            The option's key, -1 for none.
        """
        found = self._steps.get((problem, marks))
        if found is None:
            found = self._steps[problem, marks] = self._step(problem, marks)
        return found

    def _step(self, problem: int, marks: bytes) -> int:
        places, others, order = self._place(problem)
        steps = [
            Step(
                place.id,
                place.rung,
                _MARKS[mark // STATUS],
                place.alternative,
                place.part_of,
                place.after,
                (1,) if mark & DONE else (),
                bool(mark & ANSWERED) if place.asks else None,
            )
            for place, mark in zip(places, marks, strict=True)
        ]
        chosen = next_step([*steps, *others], order)
        return _NO_STEP if chosen is None else self.option_key[chosen]

    def preference(self, problem: int) -> dict[str, int]:
        """The options that fit a problem, each with its place in the order of preference."""
        return self._place(problem)[2]

    def _place(self, problem: int) -> tuple[list[_Place], list[Step], dict[str, int]]:
        if problem not in self._places:
            name = self.rules.problem_ids[problem]
            fits = fitting(self.knowledge, name)
            places = [
                _Place(
                    self.option_key[option.id],
                    option.id,
                    option.rung,
                    fit.alternative,
                    option.part_of,
                    as_tuple(option.after),
                    bool(option.answered),
                )
                for option, fit in fits
            ]
            others = [
                Step(o.id, o.rung, "not-indicated", False, o.part_of, as_tuple(o.after), (), None)
                for o, _ in refused(self.knowledge, name)
            ]
            order = {option.id: fit.order for option, fit in fits}
            self._places[problem] = sorted(places), others, order
        return self._places[problem]


def rows_table(columns: dict[str, pa.DataType], rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows as a table of these columns."""
    schema = pa.schema(list(columns.items()))
    if not rows:
        return schema.empty_table()
    values = zip(*rows, strict=True)
    arrays = [pa.array(v, kind) for v, kind in zip(values, columns.values(), strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
