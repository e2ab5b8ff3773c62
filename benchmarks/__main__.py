"""`python -m benchmarks`: every benchmark, a table with targets, and benchmarks/RESULTS.md.

`--quick` leaves out the largest populations. Set PAINPATH_SYNTHEA to a folder of Synthea
bundles for real records.
"""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import knowledge, peers, plan, screening, spark, verdicts
from benchmarks.measure import HEAD, Figure, one_core

RESULTS = Path(__file__).parent / "RESULTS.md"
_LIBRARIES = ("duckdb", "pyarrow", "msgspec", "orjson", "pysimdjson")


def main() -> None:
    """Run all and write the results."""
    quick = "--quick" in sys.argv[1:]
    sizes = verdicts.SIZES[:2] if quick else verdicts.SIZES
    screened = screening.SIZES[:1] if quick else screening.SIZES
    where = _machine(one_core())
    print(where)
    parts = {
        "Reading": _reading(),
        "One patient's plan": plan.figures(),
        "A population's verdicts": verdicts.figures(sizes),
        "The size of the knowledge": knowledge.figures(),
        "A whole screen": screening.figures(screened),
        "Beside other engines": peers.figures(),
        "On Spark": [] if quick else spark.figures(),
    }
    lines = ["# Benchmark results", "", where, ""]
    for title, figures in parts.items():
        if figures:
            lines += [f"## {title}", "", HEAD, *(figure.row() for figure in figures), ""]
    missed = [f for figures in parts.values() for f in figures if f.reached is False]
    lines.append(
        "Every target is reached."
        if not missed
        else "Not reached: " + "; ".join(f"{f.what} ({f.target})" for f in missed) + "."
    )
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def _reading() -> list[Figure]:
    """The figures of `benchmarks/reading.py`, where it offers them in this form."""
    if importlib.util.find_spec("benchmarks.reading") is None:
        return []
    offered = getattr(importlib.import_module("benchmarks.reading"), "figures", None)
    return list(offered()) if offered is not None else []


def _machine(pinned: str) -> str:
    libraries = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    records = "Synthea R4 bundles" if os.environ.get("PAINPATH_SYNTHEA") else "padded examples"
    return (
        f"{datetime.date.today()}, {_processor()}, {os.cpu_count()} cores, {pinned},"
        f" {platform.system()}; Python {platform.python_version()}, {libraries};"
        f" one patient's plans over {records}. Processor time of one thread unless it says"
        f" otherwise. At the start {_load()}."
    )


def _load() -> str:
    try:
        return f"the load average was {os.getloadavg()[0]:.1f}"
    except (AttributeError, OSError):
        return "the load average was not known"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


if __name__ == "__main__":
    main()
