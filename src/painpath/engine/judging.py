"""From answers to what the rules say of them: the bridge between Arrow tables and the fold.

Answers come from the criterion kinds' SQL, keyed by complaint and question; a question about the
patient as a whole is answered once, under the patient's own complaint (problem 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from painpath.engine.fold import DROPPED, NEVER, NOT_MET, STATUSES, Asked, Folded, fold
from painpath.engine.trees import Forest, Rows, Tree
from painpath.knowledge.rules import PATIENT, Rules

Index = NDArray[np.intp]

VALUES = pa.schema(
    [("complaint", pa.int64()), ("node", pa.int32()), ("now", pa.int32()), ("later", pa.int32())]
)
ASKED = pa.schema([("complaint", pa.int64()), ("rule", pa.int32())])
OUTCOMES = pa.schema(
    [
        ("complaint", pa.int64()),
        ("rule", pa.int32()),
        ("now", pa.int32()),
        ("later", pa.int32()),
        ("due", pa.date32()),
        ("stops", pa.bool_()),
    ]
)
STATUS = pa.schema(
    [
        ("complaint", pa.int64()),
        ("policy", pa.int32()),
        ("option", pa.int32()),
        ("status", pa.dictionary(pa.int8(), pa.string())),
        ("earliest", pa.date32()),
    ]
)


class Judged(msgspec.Struct, frozen=True):
    """What the rules say, as Arrow tables keyed by complaint."""

    values: pa.Table
    asked: pa.Table
    outcomes: pa.Table
    statuses: pa.Table


class _Answers(msgspec.Struct, frozen=True):
    """Answers of one kind of keeper (a complaint, or a patient), sorted by nothing."""

    keeper: Index
    question: Rows
    verdict: NDArray[np.int8]
    due: Rows

    def where(self, chosen: NDArray[np.bool_] | Index) -> _Answers:
        return _Answers(
            self.keeper[chosen], self.question[chosen], self.verdict[chosen], self.due[chosen]
        )

    def cures(self) -> _Answers:
        """Those that time turns from not met to met."""
        return self.where((self.verdict == NOT_MET) & (self.due != NEVER))


class Judge:
    """Folds answers with the trees of one knowledge."""

    def __init__(self, rules: Rules, forest: Forest, wide: Sequence[bool]) -> None:
        """Keep what never changes.

        Args:
            rules: the knowledge's rows.
            forest: their trees.
            wide: per question whether it is asked of the patient as a whole.
        """
        self._forest = forest
        self._absent = np.array([q.absent for q in rules.questions], dtype=np.int8)
        self._wide = np.array(wide, dtype=np.bool_)
        self._wide_row = np.cumsum(self._wide, dtype=np.int32) - 1

    def judge(self, complaints: pa.Table, answers: pa.Table, *, detail: bool) -> Judged:
        """Outcomes and statuses of every complaint.

        Args:
            complaints: columns of `complaint.sql`, numbered from 1 in order.
            answers: complaint, question, verdict, due.
            detail: also every node and every rule asked; else only statuses, and of safety, red
                flags and care only what is met.
        """
        parts = [
            _tables(tree, columns, fold(tree, asked), detail)
            for tree, columns, asked in self._problems(complaints, answers)
        ]
        return Judged(
            values=_joined(VALUES, (part.values for part in parts)),
            asked=_joined(ASKED, (part.asked for part in parts)),
            outcomes=_joined(OUTCOMES, (part.outcomes for part in parts)),
            statuses=_joined(STATUS, (part.statuses for part in parts)),
        )

    def _problems(
        self, complaints: pa.Table, answers: pa.Table
    ) -> Iterator[tuple[Tree, Index, Asked]]:
        """Per problem its tree, its complaints (as positions) and what was answered about them."""
        complaints = complaints.take(pc.sort_indices(complaints.column("complaint")))
        problem = _numbers(complaints, "problem")
        patient = _numbers(complaints, "patient")
        region = _numbers(complaints, "region").astype(np.int64)
        day = _dates(complaints, "asked_on")
        state = self._states(complaints)
        heads = np.flatnonzero(problem == PATIENT)
        head_of = np.searchsorted(patient[heads], patient)
        found = _Answers(
            _numbers(answers, "complaint").astype(np.intp) - 1,
            _numbers(answers, "question"),
            _numbers(answers, "verdict").astype(np.int8),
            _dates(answers, "due"),
        )
        is_wide = self._wide[found.question]
        wide = found.where(is_wide)
        wide = msgspec.structs.replace(wide, keeper=head_of[wide.keeper])
        local = found.where(~is_wide)
        about_patient = np.repeat(self._absent[self._wide][:, None], len(heads), axis=1)
        about_patient[self._wide_row[wide.question], wide.keeper] = wide.verdict
        wide_cures = wide.cures()
        by_problem = _grouped(problem)
        local_by_problem = _grouped(problem[local.keeper])
        place = np.empty(len(problem), dtype=np.int32)
        for key, columns in by_problem.items():
            tree = self._forest.tree(key)
            if tree is None:
                continue
            place[columns] = np.arange(len(columns), dtype=np.int32)
            row = np.full(len(self._absent), -1, dtype=np.int32)
            row[tree.questions] = np.arange(len(tree.questions), dtype=np.int32)
            mine = local.where(local_by_problem.get(key, np.zeros(0, dtype=np.intp)))
            mine = mine.where(row[mine.question] >= 0)
            matrix = np.repeat(self._absent[tree.questions][:, None], len(columns), axis=1)
            shared = np.flatnonzero(self._wide[tree.questions])
            matrix[shared] = about_patient[self._wide_row[tree.questions[shared]]][
                :, head_of[columns]
            ]
            matrix[row[mine.question], place[mine.keeper]] = mine.verdict
            cures = mine.cures()
            spread = _spread(wide_cures.where(row[wide_cures.question] >= 0), head_of[columns])
            yield (
                tree,
                columns,
                Asked(
                    answers=matrix,
                    region=region[columns],
                    state=state[columns],
                    day=day[columns],
                    cure_column=np.concatenate([place[cures.keeper], spread.keeper]),
                    cure_question=row[np.concatenate([cures.question, spread.question])],
                    cure_day=np.concatenate([cures.due, spread.due]),
                ),
            )

    def _states(self, complaints: pa.Table) -> Rows:
        named = self._forest.states
        column = complaints.column("state").combine_chunks().dictionary_encode()
        codes = [named.get(state or "", 0) for state in column.dictionary.to_pylist()]
        indices = column.indices.fill_null(len(codes)).to_numpy(zero_copy_only=False)
        found: Rows = np.array([*codes, 0], dtype=np.int32)[indices]
        return found


def _grouped(keys: NDArray[np.int32]) -> dict[int, Index]:
    """Positions by key, each ascending."""
    if not len(keys):
        return {}
    order = np.argsort(keys, kind="stable")
    found, begins = np.unique(keys[order], return_index=True)
    return dict(zip(found.tolist(), np.split(order, begins[1:]), strict=True))


def _spread(cures: _Answers, patient: Index) -> _Answers:
    """Cures of whole patients as cures of each of these complaints (given by their patient)."""
    order = np.argsort(cures.keeper, kind="stable")
    keepers = cures.keeper[order]
    first = np.searchsorted(keepers, patient, side="left")
    lengths = np.searchsorted(keepers, patient, side="right") - first
    column = np.repeat(np.arange(len(patient), dtype=np.intp), lengths)
    offset = np.arange(len(column)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    chosen = order[np.repeat(first, lengths) + offset]
    return _Answers(column, cures.question[chosen], cures.verdict[chosen], cures.due[chosen])


# --- tables --------------------------------------------------------------------------------------


def _tables(tree: Tree, columns: Index, folded: Folded, detail: bool) -> Judged:
    complaint = (columns + 1).astype(np.int64)
    now, later = folded.now[tree.roots], folded.later[tree.roots]
    told = folded.put & (tree.roots < len(tree.nodes))[:, None]
    if not detail:
        told &= tree.is_condition[:, None] & (now == 2)
    rule, at = np.nonzero(told)
    outcomes = [
        complaint[at],
        tree.rules[rule],
        _verdicts(now[rule, at]),
        _verdicts(later[rule, at]),
        _days(folded.due[rule, at]),
        folded.stops[rule, at],
    ]
    row, at = np.nonzero(folded.statuses.stated)
    code = folded.statuses.status[row, at]
    statuses = [
        complaint[at],
        tree.status_policy[row],
        tree.status_option[row],
        pa.DictionaryArray.from_arrays(
            pa.array(code, mask=code == len(STATUSES)), pa.array(STATUSES, pa.string())
        ),
        _days(folded.statuses.earliest[row, at]),
    ]
    if not detail:
        return Judged(
            VALUES.empty_table(),
            ASKED.empty_table(),
            _table(OUTCOMES, outcomes),
            _table(STATUS, statuses),
        )
    rule, at = np.nonzero(folded.put)
    asked = [complaint[at], tree.rules[rule]]
    node, at = np.nonzero(folded.put[tree.node_rule])
    values = [
        complaint[at],
        tree.nodes[node],
        _verdicts(folded.now[node, at]),
        _verdicts(folded.later[node, at]),
    ]
    return Judged(
        _table(VALUES, values),
        _table(ASKED, asked),
        _table(OUTCOMES, outcomes),
        _table(STATUS, statuses),
    )


def _table(schema: pa.Schema, columns: Sequence[object]) -> pa.Table:
    return pa.Table.from_arrays(
        [
            column if isinstance(column, pa.Array) else pa.array(column, type=field.type)
            for column, field in zip(columns, schema, strict=True)
        ],
        schema=schema,
    )


def _joined(schema: pa.Schema, tables: Iterable[pa.Table]) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *tables])


def _verdicts(values: NDArray[np.int8]) -> pa.Array:
    return pa.array(values.astype(np.int32), mask=values == DROPPED)


def _days(values: Rows) -> pa.Array:
    return pa.array(values, mask=values == NEVER).cast(pa.date32())


def _numbers(table: pa.Table, name: str) -> NDArray[np.int32]:
    values: NDArray[np.int32] = table.column(name).to_numpy()
    return values


def _dates(table: pa.Table, name: str) -> Rows:
    """Days since 1970, NEVER where there is none."""
    days = table.column(name).combine_chunks().cast(pa.int32()).fill_null(int(NEVER))
    found: Rows = days.to_numpy(zero_copy_only=False)
    return found
