"""Policies that are written for other ages, in a population: set aside, as in a patient's plan."""

from __future__ import annotations

import calendar
import datetime

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from painpath.engine.engine import Verdicts
from painpath.planning.ages import Limits
from painpath.screening.known import Known

Pairs = NDArray[np.int64]


class Aside(msgspec.Struct, frozen=True):
    """An evaluation without the statuses of policies that are for other ages."""

    verdicts: Verdicts
    options: Pairs
    """Complaint and option (as `pairs`) of those who are outside the ages of some policy."""


def set_aside(known: Known, verdicts: Verdicts, patients: pa.Table, day: datetime.date) -> Aside:
    """Take out what was said by criteria that are not for the patient's age."""
    statuses = verdicts.statuses
    options = [np.zeros(0, dtype=np.int64)]
    for limits, rows in known.aged:
        others = _outside(limits, patients, day)
        if not len(others):
            continue
        table = verdicts.complaints
        theirs = table.filter(pc.is_in(table.column("patient"), value_set=pa.array(others)))
        complaints = theirs.column("complaint").to_numpy()
        policies, named = np.array(rows, dtype=np.int64).T
        mine = np.isin(statuses.column("complaint").to_numpy(), complaints)
        said = pairs(statuses.column("policy").to_numpy(), statuses.column("option").to_numpy())
        statuses = statuses.filter(pa.array(~(mine & np.isin(said, pairs(policies, named)))))
        options.append(pairs(complaints[:, None], np.unique(named)[None, :]).ravel())
    return Aside(msgspec.structs.replace(verdicts, statuses=statuses), np.concatenate(options))


def pairs(first: NDArray[np.integer], second: NDArray[np.integer]) -> Pairs:
    """Two keys as one."""
    return (first.astype(np.int64) << 32) + second


def _outside(limits: Limits, patients: pa.Table, day: datetime.date) -> NDArray[np.int32]:
    """Rows of the patients who are certainly of another age (`painpath.planning.ages.outside`)."""
    others = pa.array(np.zeros(patients.num_rows, dtype=np.bool_))
    if limits.from_ is not None:
        young = pc.greater(patients.column("birth_lo"), _born(limits.from_, day))
        others = pc.or_(others, pc.fill_null(young, False))
    if limits.to is not None:
        old = pc.less_equal(patients.column("birth_hi"), _born(limits.to + 1, day))
        others = pc.or_(others, pc.fill_null(old, False))
    found: NDArray[np.int32] = np.flatnonzero(np.asarray(others)).astype(np.int32)
    return found


def _born(age: int, day: datetime.date) -> pa.Scalar:
    """The last birthday of those who have completed so many years."""
    year = day.year - age
    last = min(day.day, calendar.monthrange(year, day.month)[1])
    return pa.scalar(datetime.date(year, day.month, last), pa.date32())
