"""Who the plan is about, as a plan entry."""

from __future__ import annotations

import datetime

import pyarrow as pa

from painpath.planning.ages import years
from painpath.planning.facts import partial_date, printable
from painpath.planning.plan import PatientResult


def patient_result(patients: pa.Table, as_of: datetime.date) -> PatientResult:
    """The first patient of the table; the age is null where a partial birth date leaves it open."""
    row = patients.to_pylist()[0]
    lo, hi = row["birth_lo"], row["birth_hi"]
    age = completed_years(lo, hi, as_of)
    return PatientResult(
        id=printable(row["id"]),
        birth_date=partial_date(lo, hi),
        age=age,
        sex=row["sex"],
        state=row["state"],
        deceased=bool(row["deceased"]),
    )


def completed_years(
    lo: datetime.date | None, hi: datetime.date | None, day: datetime.date
) -> int | None:
    """Age of somebody born between two days; `None` where that leaves it open."""
    if lo is None or hi is None:
        return None
    ages = {years(born, day) for born in (lo, hi)}
    # A day before birth has no age.
    return ages.pop() if len(ages) == 1 and min(ages) >= 0 else None
