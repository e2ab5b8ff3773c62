"""Who the plan is about, and the opioid dose, as plan entries."""

from __future__ import annotations

import datetime

import pyarrow as pa

from painpath.opioids import OpioidLoad
from painpath.planning.ages import years
from painpath.planning.facts import partial_date, printable
from painpath.planning.plan import OpioidItemResult, OpioidResult, PatientResult


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


def opioid_result(load: OpioidLoad) -> OpioidResult:
    """The opioid load in the plan's own words."""
    return OpioidResult(
        mme_per_day=load.mme_per_day,
        rule_set=load.rule_set,
        band=load.band,
        incomplete=load.incomplete,
        items=[
            OpioidItemResult(
                ref=item.ref,
                text=item.text,
                drug=item.drug,
                mme_per_day=item.mme_per_day,
                working=item.working,
                why=item.why,
                flags=list(item.flags),
            )
            for item in load.items
        ],
        cite=list(dict.fromkeys(c for item in load.items for c in item.cite)),
    )
