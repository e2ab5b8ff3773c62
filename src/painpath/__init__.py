"""PainPath: which interventional pain care fits a patient, why, what is missing, what comes next.

The promised surface is what stands in `__all__`; everything else may change.
"""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from painpath.planning.plan import Plan
    from painpath.planning.planner import Planner
    from painpath.records.reading import Record
    from painpath.screening.collecting import Result

__version__ = "0.1.0"

__all__ = ["Plan", "Record", "__version__", "plan", "planner", "read_record", "screen"]


def read_record(source: str | Path) -> Record:
    """Read one patient from a FHIR R4 Bundle, NDJSON file or folder, or `-` for standard input.

    Raises:
        painpath.records.RecordError: if nothing in the input is usable; one sentence says why.
    """
    from painpath.records.reading import read_record as read

    return read(source, planner().vocabulary)


@cache
def planner() -> Planner:
    """The planner with the knowledge that ships with the package, made once per process."""
    from painpath.knowledge.store import compiled
    from painpath.planning.planner import Planner

    ready = compiled()
    return Planner(ready.knowledge, ready.vocabulary, ready.rules)


def plan(
    record: Record, *, as_of: datetime.date | str | None = None, policy: str = "auto", **terms: Any
) -> Plan:
    """The plan for a record, as of a day (default today).

    Args:
        record: from `read_record`.
        as_of: a date, or one as text (`2026-11-01`); facts recorded later do not exist.
        policy: `auto`, `clinical`, a payer family or a policy id.
        terms: `hold_rules`, `mme_rules`, `booked`; see `painpath.planning.planner.Planner.plan`.

    Raises:
        ValueError: if `as_of` is no date.
    """
    return planner().plan(record, as_of=_day(as_of), policy=policy, **terms)


def screen(
    export: str | Path,
    out: str | Path,
    *,
    as_of: datetime.date | str | None = None,
    policy: str = "auto",
    smallest: int = 11,
    jobs: int | None = None,
    engine: Literal["duckdb", "spark"] = "duckdb",
) -> Result:
    """Screen a population: worklists, tables and a summary; goes on where it was interrupted.

    Args:
        export: a folder of Bundles, of bulk-export NDJSON, or of the facts of an earlier screen; or
            OMOP tables (a folder of Parquet or CSV, a DuckDB file, the address of PostgreSQL).
        out: folder for the results; what an earlier run finished there is used again.
        as_of: a date, or one as text (`2026-11-01`), default today; what came later does not exist.
        policy: `auto` (from each Coverage), `clinical`, a payer family or a policy id.
        smallest: counts below this are hidden in the summary.
        jobs: processes side by side; default one a core.
        engine: `duckdb`, or `spark`: in the Spark session that runs, else in a new one; `export`
            (facts) and `out` may then be on any file system that Spark reaches.

    Raises:
        painpath.records.RecordError: if nothing in the input is usable; one sentence says why.
        ValueError: if `as_of` is no date.
    """
    from painpath.screening.terms import Terms

    terms = Terms(_day(as_of), policy, smallest)
    if engine == "spark":
        from painpath.cluster.screen import screen as on_spark

        return on_spark(export, out, terms, jobs=jobs)
    from painpath.screening.screen import screen as here

    return here(export, out, terms, jobs=jobs)


def _day(as_of: datetime.date | str | None) -> datetime.date:
    """The day asked about, at any hour of it."""
    if as_of is None:
        return datetime.date.today()
    if isinstance(as_of, datetime.datetime):
        return as_of.date()
    if isinstance(as_of, datetime.date):
        return as_of
    try:
        return datetime.date.fromisoformat(as_of)
    except ValueError:
        raise ValueError(f'as_of: "{as_of}" is not a date such as 2026-11-01') from None


def __getattr__(name: str) -> Any:
    """`Plan` and `Record`, imported on first use so that `import painpath` stays cheap."""
    if name == "Plan":
        from painpath.planning.plan import Plan

        return Plan
    if name == "Record":
        from painpath.records.reading import Record

        return Record
    raise AttributeError(f"module 'painpath' has no attribute {name!r}")
