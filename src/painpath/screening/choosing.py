"""The next step of every problem of a population, from where its options stand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from painpath.planning.findings import MET
from painpath.screening.aside import Aside, pairs
from painpath.screening.known import ANSWERED, DONE, STATUS, STATUSES, Known


def next_steps(known: Known, asked: pa.Table, options: pa.Table, aside: Aside) -> pa.Array:
    """The next step of each problem; none where a red flag stands."""
    complaint = options.column("complaint").to_numpy()
    place = pairs(complaint, options.column("option").to_numpy())
    status = pc.index_in(options.column("status"), value_set=pa.array(STATUSES)).to_numpy()
    if len(aside.options):
        silent = options.column("policy").is_null().to_numpy()
        status = np.where(silent & np.isin(place, aside.options), len(STATUSES), status)
    done = options.column("times").to_numpy() > 0
    answered = np.isin(place, _answered(known, aside.verdicts.outcomes))
    marks = (STATUS * status + DONE * done + ANSWERED * answered).astype(np.uint8)
    found, begins = np.unique(complaint, return_index=True)
    ends = np.append(begins, len(complaint))[1:]
    marked = {
        key: marks[begin:end].tobytes()
        for key, begin, end in zip(found.tolist(), begins.tolist(), ends.tolist(), strict=True)
    }
    steps = [
        -1 if flagged or key not in marked else known.step(problem, marked[key])
        for key, problem, flagged in zip(
            asked.column("complaint").to_pylist(),
            asked.column("problem").to_pylist(),
            asked.column("red_flag").to_pylist(),
            strict=True,
        )
    ]
    values = np.array(steps, dtype=np.int32)
    return pa.array(values, mask=values < 0)


def _answered(known: Known, outcomes: pa.Table) -> NDArray[np.int64]:
    """Complaints and the tests that have given them their answer, as `pairs` writes them."""
    rules = pa.array(list(known.answers), outcomes.column("rule").type)
    found = outcomes.filter(
        pc.and_(
            pc.equal(outcomes.column("now"), MET),
            pc.is_in(outcomes.column("rule"), value_set=rules),
        )
    )
    tests = [known.answers[rule] for rule in found.column("rule").to_pylist()]
    return pairs(found.column("complaint").to_numpy(), np.array(tests, dtype=np.int64))
