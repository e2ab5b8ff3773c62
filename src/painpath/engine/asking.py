"""Questions as the `k_` tables that the SQL files join to: whom each is asked of, and what of.

No medicine, no SQL text here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter

import pyarrow as pa

from painpath.engine.columns import FLAG, INT, MASK, REAL, TEXT, table
from painpath.knowledge.rules import ONSET, PATIENT, Question, Rules

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


def question_tables(rules: Rules, put: Sequence[bool]) -> dict[str, pa.Table]:
    """Which questions are asked of which problem, and what their selections look at."""
    wide = [is_wide(rules, question) for question in rules.questions]
    put_to = _questions(rules, put)
    asked = sorted({(PATIENT if wide[q] else problem, q) for problem, q in put_to})
    reaches: dict[tuple[object, ...], int] = {}
    reach_of = [reaches.setdefault(_reach(q), len(reaches)) for q in rules.questions]
    spans: dict[tuple[int, int, bool], int] = {(0, 0, False): 0}
    span_of = [spans.setdefault(_span(q), len(spans)) for q in rules.questions]
    questions = _question_table(rules, reach_of, span_of)
    tables = {
        "k_ask": _ask_table(asked, questions),
        "k_reach": _reach_table(rules, asked, reach_of, span_of),
        "k_span": table(
            {"span": INT, "months": INT, "days": INT, "strict": FLAG},
            [(key, *window) for window, key in spans.items()],
        ),
        "k_want": _want_table(rules, put_to, wide),
        "k_question_problem": table(
            {"question": INT, "problem": INT},
            [(key, problem) for key, q in enumerate(rules.questions) for problem in q.problems],
        ),
    }
    tables["k_look"] = _look_table(rules, asked, tables["k_want"])
    tables["k_question"] = questions
    return tables


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


def _want_table(rules: Rules, put_to: set[tuple[int, int]], wide: Sequence[bool]) -> pa.Table:
    """Selections about the patient as a whole that only some problems' rules look at."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for problem, question in put_to:
        q = rules.questions[question]
        if wide[question]:
            wanted[problem] |= {s for s in (q.selection, q.anchor) if s >= 0}
    always = wanted.pop(PATIENT, set())
    return table(
        {"problem": INT, "selection": INT},
        sorted(
            (problem, selection)
            for problem, selections in wanted.items()
            for selection in selections - always
        ),
    )


def _question_table(rules: Rules, reach_of: list[int], span_of: list[int]) -> pa.Table:
    """One row a question, in order of their keys."""
    columns = {
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
    own = attrgetter(*list(columns)[3:])
    return table(
        columns,
        [(key, reach_of[key], span_of[key], *own(q)) for key, q in enumerate(rules.questions)],
    )


def _ask_table(asked: Sequence[tuple[int, int]], questions: pa.Table) -> pa.Table:
    """What each problem is asked."""
    rows = table({"problem": INT, "question": INT}, [*asked])
    return questions.take(rows.column("question")).add_column(0, "problem", rows.column("problem"))


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
    return table(columns, list(rows.values()))


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
    return table(columns, rows)


def _use(q: Question) -> int:
    if q.kind in ("present", "absent"):
        return SEEN
    if q.kind == "elapsed":
        return DATED
    return DATED | LATEST if _is_latest(q) else LISTS
