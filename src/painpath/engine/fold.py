"""Kleene folding of answers into rules' outcomes and options' statuses, for all complaints at once.

A tree is folded over a matrix: one row per criterion or group, one column per complaint. Met 2,
unknown 1, not met 0; not applicable (-1) drops out of its group. `all` is the minimum, `any` the
maximum, `at-least` a count, `when` its body where its condition holds. What time cures is found by
folding again as of each day on which a criterion turns, so a waiting day is exact in any nesting.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from painpath.engine.trees import Rows, Step, Tree

Matrix = NDArray[np.int8]
DROPPED, NOT_MET, UNKNOWN, MET = -1, 0, 1, 2
_ABOVE = 3
"""Stands for "not applicable" where the minimum is taken."""
NEVER = np.int32(2**31 - 1)
STATUSES = ("eligible", "wait", "needs-more", "not-met", "contraindicated")
_NO_STATUS = len(STATUSES)


class Asked(msgspec.Struct, frozen=True):
    """The complaints of one problem and what was answered about them."""

    answers: Matrix
    """Verdict of each question of the tree (rows) for each complaint (columns)."""
    region: NDArray[np.int64]
    state: Rows
    """Index in the forest's states."""
    day: Rows
    """The day asked about, in days since 1970."""
    cure_column: Rows
    """Per answer that time will turn from not met to met: its complaint, question, and the day."""
    cure_question: Rows
    cure_day: Rows


class Statuses(msgspec.Struct, frozen=True):
    """What each policy says of each option (rows, as `Tree.status_policy`) for each complaint."""

    status: Matrix
    """Index in STATUSES, or their number where no criterion applies."""
    earliest: Rows
    """The day on which the last of its rules turns; NEVER if none does."""
    stated: NDArray[np.bool_]
    """Whether any of its rules was put."""


class Folded(msgspec.Struct, frozen=True):
    """What a tree says of each complaint (columns)."""

    put: NDArray[np.bool_]
    """Whether each rule was put to the complaint."""
    now: Matrix
    """Every node today, and a last row of nothing but "not applicable"."""
    later: Matrix
    """The same once every cure by time has come."""
    stops: NDArray[np.bool_]
    """Whether an exclusion of each rule is certainly there."""
    due: Rows
    """Per rule the first day on which it says what it will say in the end; NEVER if it does now."""
    statuses: Statuses


def fold(tree: Tree, asked: Asked) -> Folded:
    """Fold one problem's answers."""
    leaves = _leaves(tree, asked)
    now = _climb(tree, leaves, None)
    later = now
    due = np.full((len(tree.rules), now.shape[1]), NEVER, dtype=np.int32)
    if len(asked.cure_day):
        later, due = _in_time(tree, asked, leaves, now, due)
    put = _put(tree, asked)
    stops = _stops(tree, leaves, now)
    return Folded(
        put=put,
        now=now,
        later=later,
        due=due,
        stops=stops,
        statuses=_statuses(tree, put, now[tree.roots], later[tree.roots], stops, due),
    )


def _put(tree: Tree, asked: Asked) -> NDArray[np.bool_]:
    """Rules in force on the day, in the state; a general one is silent where a local one speaks."""
    put = tree.speaks[:, asked.state]
    put &= (tree.starts[:, None] <= asked.day) & (tree.ends[:, None] >= asked.day)
    local = put.copy()
    for general, rival in tree.rivals:
        put[general] &= ~local[rival]
    return put


def _leaves(tree: Tree, asked: Asked) -> Matrix:
    """The matrix with its leaves filled in, everything else not applicable."""
    matrix = np.full((len(tree.nodes) + 1, asked.answers.shape[1]), DROPPED, dtype=np.int8)
    matrix[tree.leaf_rows] = asked.answers[tree.leaf_question]
    for place in np.flatnonzero(tree.leaf_family):
        outside = (asked.region != 0) & ((asked.region & tree.leaf_family[place]) == 0)
        matrix[tree.leaf_rows[place], outside] = DROPPED
    return matrix


def _climb(tree: Tree, leaves: Matrix, conditions: Matrix | None) -> Matrix:
    """Fold level by level up to the roots.

    Args:
        tree: the rules.
        leaves: a matrix with its leaves filled in.
        conditions: where the condition of each `when` stands; default the matrix itself. As of
            another day a condition is still what it is today.
    """
    matrix = leaves.copy()
    for step in tree.steps:
        if step.op == "at-least":
            folded = _counted(step, matrix)
        elif step.op == "any":
            folded = np.maximum.reduceat(matrix[step.members], step.starts, axis=0)
        else:
            folded = _smallest(matrix[step.members], step.starts)
        if step.op == "when":
            folded = _conditioned(
                folded, (matrix if conditions is None else conditions)[step.conditions]
            )
        matrix[step.groups] = folded
    return matrix


def _smallest(members: Matrix, starts: Rows) -> Matrix:
    members[members == DROPPED] = _ABOVE
    folded: Matrix = np.minimum.reduceat(members, starts, axis=0)
    folded[folded == _ABOVE] = DROPPED
    return folded


def _counted(step: Step, matrix: Matrix) -> Matrix:
    members = matrix[step.members]
    wanted = step.wanted[:, None]
    met = np.add.reduceat((members == MET).view(np.int8), step.starts, axis=0)
    possible = np.add.reduceat((members >= UNKNOWN).view(np.int8), step.starts, axis=0)
    applicable = np.maximum.reduceat(members, step.starts, axis=0) != DROPPED
    folded = np.where(met >= wanted, MET, np.where(possible >= wanted, UNKNOWN, NOT_MET))
    return np.where(applicable, folded, DROPPED).astype(np.int8)


def _conditioned(body: Matrix, condition: Matrix) -> Matrix:
    """The body where the condition is met; where that is unknown, at most unknown is lacking."""
    if_unknown = np.where(body == NOT_MET, UNKNOWN, body)
    return np.where(
        condition == MET, body, np.where(condition == UNKNOWN, if_unknown, DROPPED)
    ).astype(np.int8)


def _in_time(
    tree: Tree, asked: Asked, leaves: Matrix, now: Matrix, due: Rows
) -> tuple[Matrix, Rows]:
    """Every node in the end, and per rule the first day on which it says so.

    Each day on which a criterion of a complaint turns is a column of its own, in which what turns
    up to that day is met; the last one of a complaint is its end.
    """
    moments, place = np.unique(
        (asked.cure_column.astype(np.int64) << 32) + asked.cure_day, return_inverse=True
    )
    columns, days = moments >> 32, (moments & 0xFFFFFFFF).astype(np.int32)
    matrix = leaves[:, columns]
    turned = np.zeros((len(tree.questions), len(columns)), dtype=np.bool_)
    # From its own day to the complaint's last one, each cure holds.
    lengths = np.searchsorted(columns, asked.cure_column, side="right") - place
    holds = np.repeat(place - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    turned[np.repeat(asked.cure_question, lengths), holds] = True
    rows = matrix[tree.leaf_rows]
    rows[turned[tree.leaf_question] & (rows == NOT_MET)] = MET
    matrix[tree.leaf_rows] = rows
    then = _climb(tree, matrix, now[:, columns])

    complaints, begins = np.unique(columns, return_index=True)
    ends = np.append(begins[1:], len(columns)) - 1
    later = now.copy()
    later[:, complaints] = then[:, ends]
    # One row a moment: numbers of one moment lie together, and a complaint has few moments.
    roots = np.ascontiguousarray(then[tree.roots].T)
    final = np.repeat(roots[ends], np.diff(np.append(begins, len(columns))), axis=0)
    reached = np.where(roots == final, days[:, None], NEVER)
    first = np.minimum.reduceat(reached, begins, axis=0).T
    before = now[tree.roots][:, complaints]
    lacking = (before < MET) & (later[tree.roots][:, complaints] > before)
    due[:, complaints] = np.where(lacking, first, NEVER)
    return later, due


def _stops(tree: Tree, leaves: Matrix, now: Matrix) -> NDArray[np.bool_]:
    """Per rule whether an exclusion is certainly there, under conditions that are met."""
    stopped = leaves[tree.exclusions] == NOT_MET
    columns = np.flatnonzero(stopped.any(axis=0))
    stops = np.zeros((len(tree.rules), now.shape[1]), dtype=np.bool_)
    if not len(columns):
        return stops
    matrix = np.zeros((now.shape[0], len(columns)), dtype=np.bool_)
    matrix[tree.exclusions] = stopped[:, columns]
    for step in tree.steps:
        folded = np.logical_or.reduceat(matrix[step.members], step.starts, axis=0)
        if step.op == "when":
            folded &= now[step.conditions][:, columns] == MET
        matrix[step.groups] = folded
    stops[:, columns] = matrix[tree.roots]
    return stops


def _statuses(
    tree: Tree,
    put: NDArray[np.bool_],
    now: Matrix,
    later: Matrix,
    stops: NDArray[np.bool_],
    due: Rows,
) -> Statuses:
    """All of a policy's rules for an option together.

    eligible: all met. wait: time cures all that is lacking. needs-more: something is unknown.
    contraindicated: an exclusion is certainly there. None of them where no criterion applies.
    """
    members, starts = tree.status_members, tree.status_starts
    if not len(members):
        nothing = np.zeros((0, put.shape[1]), dtype=np.int8)
        return Statuses(nothing, nothing.astype(np.int32), nothing == MET)
    asked = put[members]
    today = np.minimum.reduceat(_if(asked, now[members]), starts, axis=0)
    in_time = np.minimum.reduceat(_if(asked, later[members]), starts, axis=0)
    stopped = np.logical_or.reduceat(asked & stops[members], starts, axis=0)
    status = np.full(today.shape, _NO_STATUS, dtype=np.int8)
    status[in_time == NOT_MET] = STATUSES.index("not-met")
    status[in_time == UNKNOWN] = STATUSES.index("needs-more")
    status[in_time == MET] = STATUSES.index("wait")
    status[today == MET] = STATUSES.index("eligible")
    status[stopped] = STATUSES.index("contraindicated")
    earliest = np.full(today.shape, NEVER, dtype=np.int32)
    columns = np.flatnonzero((due != NEVER).any(axis=0))
    if len(columns):
        turns = due[members][:, columns]
        turns = np.where(asked[:, columns] & (turns != NEVER), turns, -NEVER)
        last = np.maximum.reduceat(turns, starts, axis=0)
        open_ = (in_time[:, columns] > NOT_MET) & ~stopped[:, columns] & (last != -NEVER)
        earliest[:, columns] = np.where(open_, last, NEVER)
    return Statuses(status, earliest, np.logical_or.reduceat(asked, starts, axis=0))


def _if(asked: NDArray[np.bool_], verdicts: Matrix) -> Matrix:
    """Verdicts that count toward a minimum: of rules that were put and that apply."""
    return np.where(asked & (verdicts != DROPPED), verdicts, _ABOVE).astype(np.int8)
