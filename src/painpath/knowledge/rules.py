"""Knowledge as rows: criteria become deduplicated questions, groups become a tree of nodes.

The engine joins these tables to facts; it never sees YAML. A *selection* is a set of concepts with
the places they must share with the problem; a *question* is a selection plus its tests, asked once
however many policies ask it; a *node* is a criterion or group in a rule's tree.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import msgspec

from painpath.knowledge import schema
from painpath.knowledge.loading import Knowledge
from painpath.knowledge.quantities import Duration, parse_duration, parse_number
from painpath.knowledge.vocabulary import Vocabulary

ONSET = -2
"""As an anchor: counted from the onset of the problem."""

PATIENT = 0
"""Pseudo-problem under which patient-wide rules (safety, red flags) are asked once a patient."""

VERDICTS = {"not-met": 0, "unknown": 1, "met": 2, "not-applicable": -1}

_COMPARISONS = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<"}

# Categories whose value is a yes or a no, so that 0 speaks against.
YES_NO = {"condition", "finding", "document", "imaging", "device", "allergy", "procedure", "care"}

RULE_PURPOSES = (
    "criteria",
    "safety",
    "red-flag",
    "care-when",
    "care-unless",
    "hold",
    "hold-check",
    "hold-agreed",
    "upgrade",
    "checklist-when",
    "checklist-known",
)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides an answer; equal questions are one row."""

    kind: str
    selection: int = -1
    anchor: int = -1
    """Selection whose latest fact is the `since`; -1: none; -2: onset of the problem."""
    active: bool = False
    within_months: int = 0
    within_days: int = 0
    has_window: bool = False
    comparison: str = ""
    threshold: float = 0.0
    months: int = 0
    days: int = 0
    has_duration: bool = False
    number: int = 0
    spacing: int = 0
    gap: int = 0
    pick: str = ""
    family: int = 0
    """Region mask the question counts in; not applicable to a problem outside it."""
    absent: int = 1
    problems: tuple[int, ...] = ()


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf as written, with the question it asks."""

    leaf: schema.Leaf
    question: int
    review: schema.Review
    cite: tuple[str, ...]
    decides: bool


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tree: a policy's rule for one option, or a safety, red-flag or care condition."""

    purpose: str
    owner: str
    """Policy id, safety rule id, red flag id, ..."""
    options: tuple[tuple[int, tuple[int, ...]], ...] = ()
    """Options that share this tree, each with the problems it is asked for."""
    position: str = ""
    statement: str = ""
    cite: tuple[str, ...] = ()
    review: str = "secondary"
    start: datetime.date | None = None
    end: datetime.date | None = None
    states: tuple[str, ...] = ()
    problems: tuple[int, ...] = ()


class NodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a rule's tree. `slot` 0 is the condition of a `when`, 1 everything else."""

    rule: int
    parent: int
    op: str
    depth: int
    n: int = 0
    slot: int = 1
    criterion: int = -1


Selection = tuple[tuple[tuple[int, int], ...], bool, bool, bool, int]
"""((concept, the kind of care it counts as), ...), same region, same side, same level, family."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All rows; list positions are the keys."""

    problem_ids: list[str]
    option_ids: list[str]
    selections: list[Selection]
    questions: list[Question]
    criteria: list[Criterion]
    rules: list[RuleRow]
    nodes: list[NodeRow]


def as_tuple(value: schema.OneOrMany) -> tuple[str, ...]:
    """A `one or many` key as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def expand(concepts: Iterable[str], by_id: dict[str, schema.Concept]) -> tuple[str, ...]:
    """The concepts and everything they include, each once."""
    seen: dict[str, None] = {}
    waiting = list(concepts)
    while waiting:
        concept = waiting.pop()
        if concept in seen:
            continue
        seen[concept] = None
        if concept in by_id:
            waiting.extend(by_id[concept].includes)
    return tuple(seen)


def leaves(nodes: Sequence[schema.Node]) -> Iterator[schema.Leaf]:
    """Every criterion under these nodes, in reading order."""
    for node in nodes:
        if isinstance(node, schema.AllOf):
            yield from leaves(node.all)
        elif isinstance(node, schema.AnyOf):
            yield from leaves(node.any)
        elif isinstance(node, schema.AtLeast):
            yield from leaves(node.of)
        elif isinstance(node, schema.When):
            yield from leaves([node.when])
            yield from leaves(node.then)
        else:
            yield node


def _comparison(leaf: Any) -> tuple[str, Any] | None:
    for key, sign in _COMPARISONS.items():
        value = getattr(leaf, key, None)
        if value is not None:
            return sign, value
    return None


class _Builder:
    def __init__(self, knowledge: Knowledge, vocabulary: Vocabulary) -> None:
        self.knowledge = knowledge
        self.vocabulary = vocabulary
        self.concepts = {concept.id: concept for concept in knowledge.concepts}
        self.concept_key = {name: key for key, name in enumerate(vocabulary.concepts)}
        self.problem_ids = ["(patient)", *(problem.id for problem in knowledge.problems)]
        self.problem_key = {name: key for key, name in enumerate(self.problem_ids)}
        self.option_ids = [option.id for option in knowledge.options]
        self.option_key = {name: key for key, name in enumerate(self.option_ids)}
        # How many different state lists a payer's policies have for an option.
        self.states_of: dict[tuple[str, str], set[frozenset[str]]] = {}
        for policy in knowledge.policies:
            states = frozenset(state for document in policy.documents for state in document.states)
            for rule in policy.rules:
                for name in rule.options:
                    self.states_of.setdefault((policy.payer, name), set()).add(states)
        self.selections: dict[Selection, int] = {}
        self.questions: dict[Question, int] = {}
        self.criteria: list[Criterion] = []
        self.rules: list[RuleRow] = []
        self.nodes: list[NodeRow] = []

    # -- questions --

    def selection(
        self, of: schema.OneOrMany, same: Iterable[str], family: int = 0, kinds: int = 1
    ) -> int:
        """Key of the set of concepts a question looks at.

        Where several kinds of care are asked for, a concept counts as the listed one that includes
        it (or, of a single umbrella, as its direct member): two drugs of one class are one kind.
        """
        listed = as_tuple(of)
        if kinds > 1 and len(listed) == 1 and listed[0] in self.concepts:
            listed = tuple(self.concepts[listed[0]].includes) or listed
        members: dict[int, int] = {}
        for name in listed:
            for concept in expand((name,), self.concepts):
                if concept in self.concept_key:
                    counted_as = name if kinds > 1 else concept
                    members.setdefault(self.concept_key[concept], self.concept_key[counted_as])
        places = set(same)
        row = (
            tuple(sorted(members.items())),
            "region" in places,
            "side" in places,
            "level" in places,
            family,
        )
        return self.selections.setdefault(row, len(self.selections))

    def question(self, leaf: schema.Leaf) -> int:
        made = self._question(leaf)
        return self.questions.setdefault(made, len(self.questions))

    def _question(self, leaf: schema.Leaf) -> Question:
        kind = str(leaf.__struct_config__.tag)
        values: dict[str, Any] = {
            "kind": kind,
            "absent": VERDICTS[leaf.absent or default_absent(leaf)],
        }
        family = 0
        if isinstance(leaf, schema.Sessions) and leaf.region is not None:
            family = self.vocabulary.region_bits[leaf.region]
            values["family"] = family
        if isinstance(leaf, schema.IsProblem):
            values["problems"] = tuple(sorted(self.problem_key[p] for p in as_tuple(leaf.of)))
        elif hasattr(leaf, "of"):
            same = getattr(leaf, "same", ())
            kinds = leaf.kinds if isinstance(leaf, schema.Tried) else 1
            values["selection"] = self.selection(leaf.of, same, family, kinds)
            since = getattr(leaf, "since", None)
            if since == "onset":
                values["anchor"] = ONSET
            elif since is not None:
                values["anchor"] = self.selection(since, self._anchor_places(since, same))
        within = getattr(leaf, "within", None)
        if within is not None:
            duration = parse_duration(within)
            values |= {
                "has_window": True,
                "within_months": duration.months,
                "within_days": duration.days,
            }
        values["active"] = bool(getattr(leaf, "active", False))
        values["pick"] = getattr(leaf, "pick", "")
        values |= self._threshold(leaf)
        match leaf:
            case schema.Blocks():
                values["number"] = leaf.number
                values["spacing"] = parse_duration(leaf.spacing).days if leaf.spacing else 0
            case schema.Tried():
                values["number"] = leaf.kinds
                values["gap"] = parse_duration(leaf.gap).days
            case schema.Sex():
                values["pick"] = leaf.equals
            case _:
                pass
        return Question(**values)

    def _anchor_places(self, since: str, same: Iterable[str]) -> tuple[str, ...]:
        """A surgery counts as anchor only where it concerns the problem's own side."""
        del since
        return tuple(same) or ("side",)

    @staticmethod
    def _threshold(leaf: schema.Leaf) -> dict[str, Any]:
        if isinstance(leaf, schema.Tried):
            duration = parse_duration(leaf.lasting) if leaf.lasting else Duration()
            return {
                "months": duration.months,
                "days": duration.days,
                "has_duration": bool(leaf.lasting),
            }
        found = _comparison(leaf)
        values: dict[str, Any] = {}
        if found is not None:
            sign, value = found
            values["comparison"] = sign
            if isinstance(leaf, schema.Lasted | schema.Elapsed):
                duration = parse_duration(value)
                values |= {"months": duration.months, "days": duration.days, "has_duration": True}
            else:
                values["threshold"] = parse_number(value)
        if isinstance(leaf, schema.Relief) and leaf.lasting:
            duration = parse_duration(leaf.lasting)
            values |= {"months": duration.months, "days": duration.days, "has_duration": True}
        return values

    # -- trees --

    def tree(
        self, rule: int, nodes: Sequence[schema.Node], review: schema.Review, cite: tuple[str, ...]
    ) -> None:
        root = self._node(NodeRow(rule=rule, parent=-1, op="all", depth=0))
        for node in nodes:
            self._grow(rule, root, node, 1, 1, review, cite)

    def _node(self, row: NodeRow) -> int:
        self.nodes.append(row)
        return len(self.nodes) - 1

    def _grow(
        self,
        rule: int,
        parent: int,
        node: schema.Node,
        depth: int,
        slot: int,
        review: schema.Review,
        cite: tuple[str, ...],
    ) -> None:
        def group(op: str, n: int = 0) -> int:
            return self._node(NodeRow(rule=rule, parent=parent, op=op, depth=depth, n=n, slot=slot))

        def children(key: int, members: Sequence[schema.Node], child_slot: int = 1) -> None:
            for member in members:
                self._grow(rule, key, member, depth + 1, child_slot, review, cite)

        match node:
            case schema.AllOf():
                children(group("all"), node.all)
            case schema.AnyOf():
                children(group("any"), node.any)
            case schema.AtLeast():
                children(group("at-least", node.n), node.of)
            case schema.When():
                key = group("when")
                children(key, [node.when], 0)
                children(key, node.then)
            case _:
                grade = node.review or review
                self.criteria.append(
                    Criterion(
                        leaf=node,
                        question=self.question(node),
                        review=grade,
                        cite=as_tuple(node.cite) or cite,
                        decides=grade != "unverified" and node.role != "advice",
                    )
                )
                self._node(
                    NodeRow(
                        rule=rule,
                        parent=parent,
                        op="leaf",
                        depth=depth,
                        slot=slot,
                        criterion=len(self.criteria) - 1,
                    )
                )

    # -- rules --

    def add(
        self,
        row: RuleRow,
        nodes: Sequence[schema.Node],
        review: schema.Review,
        cite: tuple[str, ...],
    ) -> int:
        self.rules.append(row)
        key = len(self.rules) - 1
        self.tree(key, nodes, review, cite)
        return key

    def policies(self) -> None:
        options = {option.id: option for option in self.knowledge.options}
        routes: dict[str, list[str]] = {}
        for option in self.knowledge.options:
            if option.part_of is not None:
                routes.setdefault(option.part_of, []).append(option.id)
        for policy in self.knowledge.policies:
            states = tuple(sorted({s for d in policy.documents for s in d.states}))
            for rule in policy.rules:
                review = rule.review or policy.review
                cite = as_tuple(rule.cite) or as_tuple(policy.cite)
                # What is asked of a parent is asked of each of its routes too.
                named = [*rule.options, *(r for o in rule.options for r in routes.get(o, ()))]
                for group in self._shared(policy.payer, list(dict.fromkeys(named))):
                    asked = tuple(
                        (self.option_key[option_id], self._problems(options[option_id], rule))
                        for option_id in group
                    )
                    row = RuleRow(
                        purpose="criteria",
                        owner=policy.id,
                        options=asked,
                        position=rule.position,
                        statement=rule.statement,
                        cite=cite,
                        review=review,
                        start=policy.start,
                        end=policy.end,
                        states=states,
                        problems=tuple(sorted({p for _, problems in asked for p in problems})),
                    )
                    self.add(row, rule.criteria, review, cite)

    def _problems(self, option: schema.Option, rule: schema.Rule) -> tuple[int, ...]:
        fits = {fit.problem for fit in option.fits}
        wanted = fits & set(rule.problems) if rule.problems else fits
        return tuple(sorted(self.problem_key[p] for p in wanted))

    def _shared(self, payer: str, named: list[str]) -> list[list[str]]:
        """Options that can share one tree; those on which contractors differ by state cannot."""
        together = [o for o in named if len(self.states_of.get((payer, o), ())) < 2]
        apart = [[o] for o in named if o not in together]
        return [together, *apart] if together else apart

    def _scope(self, nodes: Sequence[schema.Node], problems: Sequence[str] = ()) -> tuple[int, ...]:
        """Patient-wide where no leaf looks at the problem, else every problem named (or all)."""
        local = any(
            getattr(leaf, "same", ())
            or isinstance(leaf, schema.Lasted | schema.IsProblem)
            or getattr(leaf, "since", None) == "onset"
            for leaf in leaves(nodes)
        )
        if not local and not problems:
            return (PATIENT,)
        names = problems or self.problem_ids[1:]
        return tuple(sorted(self.problem_key[p] for p in names))

    def conditions(self) -> None:
        for option in self.knowledge.options:
            if option.answered:
                scope = [fit.problem for fit in option.fits]
                self._condition(
                    "answered", option.id, option.answered, scope, option.review, option.cite
                )
        for item in self.knowledge.safety:
            self._condition("safety", item.id, item.when, (), item.review, item.cite)
        for flag in self.knowledge.red_flags:
            self._condition("red-flag", flag.id, flag.when, (), flag.review, flag.cite)
        for advice in self.knowledge.care:
            scope = advice.problems
            if advice.when:
                self._condition(
                    "care-when", advice.id, advice.when, scope, advice.review, advice.cite
                )
            if advice.unless:
                self._condition(
                    "care-unless", advice.id, advice.unless, scope, advice.review, advice.cite
                )
        for rules in self.knowledge.hold_rule_sets:
            for index, hold in enumerate(rules.holds):
                owner = f"{rules.id}:{index}"
                if hold.only_if:
                    self._condition(
                        "hold", owner, hold.only_if, (), hold.review or rules.review, hold.cite
                    )
                for bleeding in get_args(schema.BleedingClass):
                    cell: schema.HoldCell | None = getattr(hold, bleeding)
                    if cell is not None and cell.check is not None:
                        named, check = f"{owner}:{bleeding}", [cell.check]
                        self._condition("hold-check", named, check, (), hold.review, hold.cite)
            if rules.agreed is not None:
                self._condition(
                    "hold-agreed", rules.id, [rules.agreed], (), rules.review, rules.cite
                )
            for index, node in enumerate(rules.upgrade_when):
                owner = f"{rules.id}:{index}"
                self._condition("upgrade", owner, [node], (), rules.review, rules.cite)
        for entry in self.knowledge.checklist:
            if entry.when:
                self._condition(
                    "checklist-when", entry.id, entry.when, (), entry.review, entry.cite
                )
            self._condition("checklist-known", entry.id, entry.known, (), entry.review, entry.cite)

    def _condition(
        self,
        purpose: str,
        owner: str,
        nodes: Sequence[schema.Node],
        problems: Sequence[str],
        review: schema.Review | None,
        cite: schema.OneOrMany,
    ) -> None:
        # The grade of a condition shows with its text; its leaves must decide whether it fires.
        row = RuleRow(
            purpose=purpose,
            owner=owner,
            cite=as_tuple(cite),
            review=review or "secondary",
            problems=self._scope(nodes, problems),
        )
        self.add(row, nodes, "secondary", as_tuple(cite))


def default_absent(leaf: schema.Leaf) -> schema.Absent:
    """What silence means for a kind, unless the criterion says otherwise."""
    match leaf:
        case schema.Absence() | schema.Sessions() | schema.Total():
            return "met" if _met_at_zero(leaf) else "not-met"
        case schema.Relief():
            return "not-applicable"
        case _:
            return "unknown"


def _met_at_zero(leaf: schema.Absence | schema.Sessions | schema.Total) -> bool:
    if isinstance(leaf, schema.Absence):
        return True
    found = _comparison(leaf)
    if found is None:
        return True
    sign, value = found
    limit = parse_number(value)
    return {">=": limit <= 0, ">": limit < 0, "<=": limit >= 0, "<": limit > 0}[sign]


def build_rules(knowledge: Knowledge, vocabulary: Vocabulary) -> Rules:
    """Turn checked knowledge into rows."""
    builder = _Builder(knowledge, vocabulary)
    builder.policies()
    builder.conditions()
    return Rules(
        problem_ids=builder.problem_ids,
        option_ids=builder.option_ids,
        selections=list(builder.selections),
        questions=list(builder.questions),
        criteria=builder.criteria,
        rules=builder.rules,
        nodes=builder.nodes,
    )
