"""Knowledge rows as the `k_` tables that the SQL files join to. No medicine, no SQL text here."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import PATIENT, YES_NO, Rules, as_tuple, expand
from painpath.knowledge.vocabulary import Vocabulary

ANY_STATE = "*"
RELIEF_CONCEPTS = {"relief-percent": False, "relief-duration": True}

_HOLDS = {"condition"}


def _table(columns: dict[str, pa.DataType], rows: list[tuple[object, ...]]) -> pa.Table:
    schema = pa.schema(list(columns.items()))
    if not rows:
        return schema.empty_table()
    return pa.Table.from_arrays(
        [pa.array([row[i] for row in rows], type=kind) for i, kind in enumerate(columns.values())],
        schema=schema,
    )


INT, MASK, FLAG, TEXT, DAY, REAL = (
    pa.int32(),
    pa.int64(),
    pa.bool_(),
    pa.string(),
    pa.date32(),
    pa.float64(),
)


def rule_tables(
    knowledge: Knowledge, rules: Rules, payers: frozenset[str] | None = None
) -> dict[str, pa.Table]:
    """Questions, selections, rules and their trees; only policies of `payers` are put."""
    family = {policy.id: policy.payer for policy in knowledge.policies}
    put = [
        payers is None or rule.purpose != "criteria" or family[rule.owner] in payers
        for rule in rules.rules
    ]
    tables = _question_tables(rules)
    tables |= _tree_tables(rules)
    tables |= _rule_tables(knowledge, rules, put)
    return tables


def _question_tables(rules: Rules) -> dict[str, pa.Table]:
    questions = rules.questions
    return {
        "k_anchor": _table(
            {"selection": INT},
            [(anchor,) for anchor in sorted({q.anchor for q in questions if q.anchor >= 0})],
        ),
        "k_question": _table(
            {
                "question": INT,
                "kind": TEXT,
                "selection": INT,
                "anchor": INT,
                "active": FLAG,
                "yes_no": FLAG,
                "has_window": FLAG,
                "strict_window": FLAG,
                "within_months": INT,
                "within_days": INT,
                "comparison": TEXT,
                "threshold": REAL,
                "months": INT,
                "days": INT,
                "has_duration": FLAG,
                "number": INT,
                "spacing": INT,
                "gap": INT,
                "pick": TEXT,
                "family": MASK,
                "absent": INT,
            },
            [
                (
                    key,
                    q.kind,
                    q.selection,
                    q.anchor,
                    q.active,
                    q.yes_no,
                    q.has_window,
                    q.kind in ("sessions", "total"),
                    q.within_months,
                    q.within_days,
                    q.comparison,
                    q.threshold,
                    q.months,
                    q.days,
                    q.has_duration,
                    q.number,
                    q.spacing,
                    q.gap,
                    q.pick,
                    q.family,
                    q.absent,
                )
                for key, q in enumerate(questions)
            ],
        ),
        "k_question_problem": _table(
            {"question": INT, "problem": INT},
            [(key, problem) for key, q in enumerate(questions) for problem in q.problems],
        ),
    }


def _tree_tables(rules: Rules) -> dict[str, pa.Table]:
    leaves: list[tuple[object, ...]] = []
    groups: list[tuple[object, ...]] = []
    for key, node in enumerate(rules.nodes):
        if node.op == "leaf":
            criterion = rules.criteria[node.criterion]
            if criterion.decides:
                exclusion = criterion.leaf.role == "exclusion"
                question = rules.questions[criterion.question]
                row = (node.rule, key, node.parent, node.depth, node.slot, criterion.question)
                leaves.append((*row, exclusion, question.absent, question.family))
        else:
            groups.append((key, node.parent, node.rule, node.op, node.n, node.slot, node.depth))
    return {
        "k_leaf": _table(
            {
                "rule": INT,
                "node": INT,
                "parent": INT,
                "depth": INT,
                "slot": INT,
                "question": INT,
                "exclusion": FLAG,
                "absent": INT,
                "family": MASK,
            },
            leaves,
        ),
        "k_group": _table(
            {
                "node": INT,
                "parent": INT,
                "rule": INT,
                "op": TEXT,
                "n": INT,
                "slot": INT,
                "depth": INT,
            },
            groups,
        ),
    }


def _rule_tables(knowledge: Knowledge, rules: Rules, put: list[bool]) -> dict[str, pa.Table]:
    roots = {node.rule: key for key, node in enumerate(rules.nodes) if node.depth == 0}
    policy_key = {policy.id: key for key, policy in enumerate(knowledge.policies)}
    questions_of: dict[int, set[int]] = defaultdict(set)
    for node in rules.nodes:
        if node.op == "leaf":
            questions_of[node.rule].add(rules.criteria[node.criterion].question)
    asked: set[tuple[int, int]] = set()
    looked_at: set[tuple[int, int]] = set()
    for key, rule in enumerate(rules.rules):
        for problem in rule.problems if put[key] else ():
            for question in questions_of[key]:
                asked.add((problem, question))
                row = rules.questions[question]
                looked_at.update((problem, s) for s in (row.selection, row.anchor) if s >= 0)
    states, rivals = _states(knowledge, rules)
    return {
        "k_rule": _table(
            {
                "rule": INT,
                "purpose": TEXT,
                "policy": INT,
                "root": INT,
                "starts": DAY,
                "ends": DAY,
            },
            [
                (
                    key,
                    rule.purpose,
                    policy_key.get(rule.owner, -1) if rule.purpose == "criteria" else -1,
                    roots[key],
                    rule.start,
                    rule.end,
                )
                for key, rule in enumerate(rules.rules)
            ],
        ),
        "k_rule_problem": _table(
            {"rule": INT, "problem": INT},
            [
                (key, problem)
                for key, rule in enumerate(rules.rules)
                if put[key]
                for problem in rule.problems
            ],
        ),
        "k_rule_option": _table(
            {"rule": INT, "option": INT, "problem": INT},
            [
                (key, option, problem)
                for key, rule in enumerate(rules.rules)
                for option, problems in rule.options
                for problem in problems
            ],
        ),
        "k_rule_state": _table({"rule": INT, "state": TEXT}, states),
        "k_rival": _table({"rule": INT, "local_rule": INT, "state": TEXT}, rivals),
        "k_problem_question": _table({"problem": INT, "question": INT}, sorted(asked)),
        "k_look": _look_table(rules, looked_at),
    }


def _look_table(rules: Rules, looked_at: set[tuple[int, int]]) -> pa.Table:
    """Which concepts a problem's selections look at, and which places they must share."""
    rows: list[tuple[object, ...]] = []
    for problem, selection in sorted(looked_at):
        concepts, *places = rules.selections[selection]
        rows.extend(
            (problem, concept, counts_as, selection, *places) for concept, counts_as in concepts
        )
    columns = {
        "problem": INT,
        "concept": INT,
        "counts_as": INT,
        "selection": INT,
        "same_region": FLAG,
        "same_side": FLAG,
        "same_level": FLAG,
        "family": MASK,
    }
    return _table(columns, rows)


def _states(
    knowledge: Knowledge, rules: Rules
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Which rule speaks in which state, and which local rule silences a general one there.

    Where several policies of one payer speak of an option, those whose contractors name the state
    speak there; one without states speaks wherever no local one does that day for that problem;
    failing a general one, all of them speak in the states that none names.
    """
    payer = {policy.id: policy.payer for policy in knowledge.policies}
    every_state = sorted({state for rule in rules.rules for state in rule.states})
    spoken: dict[tuple[str, int], list[int]] = defaultdict(list)
    rows: set[tuple[object, ...]] = set()
    rivals: set[tuple[object, ...]] = set()
    for key, rule in enumerate(rules.rules):
        if rule.purpose == "criteria":
            for option, _ in rule.options:
                spoken[payer[rule.owner], option].append(key)
        else:
            rows.add((key, ANY_STATE))
    for keys in spoken.values():
        local = [key for key in keys if rules.rules[key].states]
        general = [key for key in keys if key not in local]
        if not local or len({rules.rules[key].states for key in keys}) == 1:
            rows.update((key, ANY_STATE) for key in keys)
            continue
        rows.update((key, state) for key in local for state in rules.rules[key].states)
        rows.update((key, ANY_STATE) for key in general)
        rivals.update(
            (one, key, state)
            for one in general
            for key in local
            for state in rules.rules[key].states
        )
        if not general:
            named = {state for key in local for state in rules.rules[key].states}
            rows.update((key, state) for key in local for state in {*every_state, ""} - named)
    return sorted(rows), sorted(rivals)


def problem_tables(
    knowledge: Knowledge, vocabulary: Vocabulary, rules: Rules
) -> dict[str, pa.Table]:
    """How problems are recognised, and which replace which."""
    concepts = {concept.id: concept for concept in knowledge.concepts}
    concept_key = {name: key for key, name in enumerate(vocabulary.concepts)}
    problem_key = {name: key for key, name in enumerate(rules.problem_ids)}
    regions = vocabulary.region_bits
    problems: list[tuple[object, ...]] = [(PATIENT, False, False, 0)]
    ways: list[tuple[object, ...]] = []
    terms: list[tuple[object, ...]] = []
    replaces: list[tuple[object, ...]] = []
    for problem in knowledge.problems:
        key = problem_key[problem.id]
        region = regions[problem.region] if problem.region else 0
        problems.append((key, problem.sided, problem.weak, region))
        replaces.extend(
            (key, problem_key[other]) for other in problem.replaces if other in problem_key
        )
        for recognise in problem.recognise:
            way = len(ways)
            ways.append((way, key, len(recognise.all)))
            since = set(expand((recognise.since,), concepts)) if recognise.since else None
            groups = [(term, False) for term in recognise.all]
            groups += [(term, True) for term in recognise.without]
            for index, (term, negative) in enumerate(groups):
                for concept in expand(as_tuple(term), concepts):
                    if concept not in concept_key:
                        continue
                    category = concepts[concept].category if concept in concepts else "finding"
                    gives_since = not negative and (
                        concept in since if since is not None else index == 0
                    )
                    terms.append(
                        (
                            key,
                            way,
                            index,
                            concept_key[concept],
                            negative,
                            gives_since,
                            category in _HOLDS,
                            category in YES_NO,
                            region,
                        )
                    )
    return {
        "k_side": _table({"side": INT}, [(0,), (1,), (2,)]),
        "k_problem": _table(
            {"problem": INT, "sided": FLAG, "weak": FLAG, "region": MASK}, problems
        ),
        "k_way": _table({"way": INT, "problem": INT, "terms": INT}, ways),
        "k_problem_term": _table(
            {
                "problem": INT,
                "way": INT,
                "term": INT,
                "concept": INT,
                "negative": FLAG,
                "gives_since": FLAG,
                "must_hold": FLAG,
                "yes_no": FLAG,
                "region": MASK,
            },
            terms,
        ),
        "k_replaces": _table({"problem": INT, "replaced": INT}, replaces),
        "k_relief": _table(
            {"concept": INT, "is_duration": FLAG},
            [
                (concept_key[name], is_duration)
                for name, is_duration in RELIEF_CONCEPTS.items()
                if name in concept_key
            ],
        ),
        "k_hold": hold_table(knowledge, concept_key),
    }


def hold_rows(knowledge: Knowledge) -> list[tuple[int, int]]:
    """(rule set, row in it) of every antithrombotic row; the position is the `hold` key."""
    return [
        (set_index, row)
        for set_index, rule_set in enumerate(knowledge.hold_rule_sets)
        for row in range(len(rule_set.holds))
    ]


def hold_table(knowledge: Knowledge, concept_key: dict[str, int]) -> pa.Table:
    """Drug concepts of the antithrombotic tables, and how many days a stopped dose still counts."""
    concepts = {concept.id: concept for concept in knowledge.concepts}
    rows: list[tuple[object, ...]] = []
    for key, (set_index, row) in enumerate(hold_rows(knowledge)):
        hold = knowledge.hold_rule_sets[set_index].holds[row]
        hours = [cell.hours or 0.0 for cell in (hold.low, hold.intermediate, hold.high)]
        reach = int(-(-max(hours) // 24))
        drugs = [name for name in expand((hold.drug,), concepts) if name in concept_key]
        rows.extend((key, concept_key[name], reach) for name in drugs)
    return _table({"hold": INT, "concept": INT, "reach": INT}, rows)
