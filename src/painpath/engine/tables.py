"""Knowledge rows as the `k_` tables that the SQL files join to. No medicine, no SQL text here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa

from painpath.knowledge.loading import Knowledge
from painpath.knowledge.rules import ONSET, PATIENT, YES_NO, Question, Rules, as_tuple, expand
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


LISTED = {"score", "tried", "sessions", "relief", "blocks", "total"}
"""Kinds that look at each fact; the others ask only for the latest day or the bounds."""

_COUNTED = {"sessions", "total"}


def is_wide(rules: Rules, question: Question) -> bool:
    """Whether a question is about the patient as a whole: asked once, whatever hurts."""
    if question.kind in ("problem", "lasted") or question.family or question.anchor == ONSET:
        return False
    places = [
        rules.selections[key][1:] for key in (question.selection, question.anchor) if key >= 0
    ]
    return not any(any(place) for place in places)


def put_rules(
    knowledge: Knowledge, rules: Rules, payers: frozenset[str] | None = None
) -> list[bool]:
    """Which rules are asked at all: of policies only those of these payer families."""
    family = {policy.id: policy.payer for policy in knowledge.policies}
    return [
        payers is None or rule.purpose != "criteria" or family[rule.owner] in payers
        for rule in rules.rules
    ]


def policy_keys(knowledge: Knowledge, rules: Rules) -> list[int]:
    """Policy of each rule, -1 for safety, red flags and care."""
    key = {policy.id: key for key, policy in enumerate(knowledge.policies)}
    return [key[rule.owner] if rule.purpose == "criteria" else -1 for rule in rules.rules]


def question_tables(rules: Rules, put: Sequence[bool]) -> dict[str, pa.Table]:
    """Which questions are asked of which problem, and what their selections look at."""
    asked = _asked(rules, put)
    reaches: dict[tuple[object, ...], int] = {}
    reach_of = [reaches.setdefault(_reach(q), len(reaches)) for q in rules.questions]
    spans: dict[tuple[int, int, bool], int] = {(0, 0, False): 0}
    span_of = [spans.setdefault(_span(q), len(spans)) for q in rules.questions]
    tables = {
        "k_ask": _ask_table(rules, asked, reach_of, span_of),
        "k_reach": _reach_table(rules, asked, reach_of, span_of),
        "k_span": _table(
            {"span": INT, "months": INT, "days": INT, "strict": FLAG},
            [(key, *window) for window, key in spans.items()],
        ),
        "k_want": _want_table(rules, put),
        "k_question_problem": _table(
            {"question": INT, "problem": INT},
            [(key, problem) for key, q in enumerate(rules.questions) for problem in q.problems],
        ),
    }
    tables["k_look"] = _look_table(rules, asked, tables["k_want"])
    tables["k_question"] = _distinct_questions(tables["k_ask"])
    return tables


def _asked(rules: Rules, put: Sequence[bool]) -> list[tuple[int, int]]:
    """(problem, question) pairs; what is about the patient as a whole is asked of problem 0."""
    wide = [is_wide(rules, question) for question in rules.questions]
    return sorted({(PATIENT if wide[q] else problem, q) for problem, q in _questions(rules, put)})


def _questions(rules: Rules, put: Sequence[bool]) -> set[tuple[int, int]]:
    """(problem, question) pairs as the rules put them."""
    questions_of: dict[int, set[int]] = defaultdict(set)
    for node in rules.nodes:
        if node.op == "leaf":
            questions_of[node.rule].add(rules.criteria[node.criterion].question)
    return {
        (problem, question)
        for key, rule in enumerate(rules.rules)
        if put[key]
        for problem in rule.problems
        for question in questions_of[key]
    }


def _is_latest(question: Question) -> bool:
    return question.kind == "score" and question.pick == "latest"


def _reach(q: Question) -> tuple[object, ...]:
    """Which facts a question may count; questions that differ only in thresholds share it."""
    window = (q.has_window, q.within_months, q.within_days)
    return (q.kind, q.selection, q.anchor, q.active, window, q.gap, _is_latest(q))


def _span(q: Question) -> tuple[int, int, bool]:
    """A rolling window; none is (0, 0, False)."""
    if not q.has_window:
        return (0, 0, False)
    return (q.within_months, q.within_days, q.kind in _COUNTED)


def _want_table(rules: Rules, put: Sequence[bool]) -> pa.Table:
    """Selections about the patient as a whole that only some problems' rules look at."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for problem, question in _questions(rules, put):
        q = rules.questions[question]
        if is_wide(rules, q):
            wanted[problem] |= {s for s in (q.selection, q.anchor) if s >= 0}
    always = wanted.pop(PATIENT, set())
    return _table(
        {"problem": INT, "selection": INT},
        sorted(
            (problem, selection)
            for problem, selections in wanted.items()
            for selection in selections - always
        ),
    )


def _ask_table(
    rules: Rules, asked: list[tuple[int, int]], reach_of: list[int], span_of: list[int]
) -> pa.Table:
    columns = {
        "problem": INT,
        "question": INT,
        "reach": INT,
        "span": INT,
        "kind": TEXT,
        "selection": INT,
        "anchor": INT,
        "active": FLAG,
        "has_window": FLAG,
        "within_months": INT,
        "within_days": INT,
        "comparison": TEXT,
        "threshold": REAL,
        "months": INT,
        "days": INT,
        "has_duration": FLAG,
        "number": INT,
        "spacing": INT,
        "pick": TEXT,
        "absent": INT,
    }
    rows = []
    for problem, key in asked:
        q = rules.questions[key]
        own = [getattr(q, name) for name in list(columns)[4:]]
        rows.append((problem, key, reach_of[key], span_of[key], *own))
    return _table(columns, rows)


def _distinct_questions(asked: pa.Table) -> pa.Table:
    """One row a question, for statements that already know whom it is asked of."""
    first = asked.group_by("question", use_threads=False).aggregate(
        [(name, "first") for name in asked.column_names if name not in ("question", "problem")]
    )
    return first.rename_columns([name.removesuffix("_first") for name in first.column_names])


def _reach_table(
    rules: Rules, asked: list[tuple[int, int]], reach_of: list[int], span_of: list[int]
) -> pa.Table:
    columns = {
        "problem": INT,
        "reach": INT,
        "span": INT,
        "kind": TEXT,
        "selection": INT,
        "anchor": INT,
        "active": FLAG,
        "gap": INT,
        "latest_only": FLAG,
        "is_listed": FLAG,
        "has_course": FLAG,
    }
    with_duration = {reach_of[key] for key, q in enumerate(rules.questions) if q.has_duration}
    rows: dict[tuple[int, int], tuple[object, ...]] = {}
    for problem, key in asked:
        q = rules.questions[key]
        own = [getattr(q, name) for name in list(columns)[3:8]]
        flags = (_is_latest(q), q.kind in LISTED, reach_of[key] in with_duration)
        if q.selection >= 0:
            row = (problem, reach_of[key], span_of[key], *own, *flags)
            rows[problem, reach_of[key]] = row
    return _table(columns, list(rows.values()))


SEEN, DATED, LISTS, LATEST = 1, 2, 4, 8
"""What a selection's facts are looked at for, as bits: by `seen.sql`, `dated.sql`, and `tested.sql`
(one by one, or only those that may be the latest value)."""


def _look_table(rules: Rules, asked: list[tuple[int, int]], want: pa.Table) -> pa.Table:
    """Which concepts a problem's selections look at, which places they must share, and what for."""
    uses: dict[tuple[int, int], int] = defaultdict(int)
    for problem, key in asked:
        q = rules.questions[key]
        if q.selection >= 0:
            uses[problem, q.selection] |= _use(q)
        if q.anchor >= 0:
            uses[problem, q.anchor] |= DATED
    sometimes = set(want.column("selection").to_pylist())
    rows: list[tuple[object, ...]] = []
    for (problem, selection), bits in sorted(uses.items()):
        concepts, *places = rules.selections[selection]
        always = problem != PATIENT or selection not in sometimes
        rows.extend(
            (problem, concept, counts_as, selection, *places, bits, always)
            for concept, counts_as in concepts
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
        "uses": INT,
        "always": FLAG,
    }
    return _table(columns, rows)


def _use(q: Question) -> int:
    if q.kind in ("present", "absent"):
        return SEEN
    if q.kind == "elapsed":
        return DATED
    return DATED | LATEST if _is_latest(q) else LISTS


def concept_table(
    knowledge: Knowledge, vocabulary: Vocabulary, tables: dict[str, pa.Table]
) -> pa.Table:
    """Concepts that some rule looks at, and of which a recorded 0 means "no"."""
    category = {concept.id: concept.category for concept in knowledge.concepts}
    look = tables["k_look"]
    looked = list(
        zip(look.column("concept").to_pylist(), look.column("problem").to_pylist(), strict=True)
    )
    local = {concept for concept, problem in looked if problem != PATIENT}
    wide = {concept for concept, problem in looked if problem == PATIENT}
    others: set[int] = set()
    for name in ("k_problem_term", "k_hold"):
        others |= set(tables[name].column("concept").to_pylist())
    return _table(
        {"concept": INT, "is_local": FLAG, "is_wide": FLAG, "yes_no": FLAG},
        [
            (key, key in local, key in wide, category.get(vocabulary.concepts[key]) in YES_NO)
            for key in sorted(local | wide | others)
        ],
    )


def rule_states(
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
