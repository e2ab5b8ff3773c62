"""What the benchmarks share: a figure with its target, one core, percentiles, memory."""

from __future__ import annotations

import os
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

clock = time.process_time
"""Seconds of processor time. All that is timed with it runs on one thread and waits for nothing, so
on an idle machine this is the time on the wall; on a busy one, what others use does not count."""


@dataclass(frozen=True)
class Figure:
    """Something measured. `target` is in words; `reached` is None where none was set."""

    what: str
    value: float
    unit: str
    target: str = ""
    reached: bool | None = None

    def row(self) -> str:
        """The figure as a row of a Markdown table."""
        places = 0 if abs(self.value) >= 100 else 1 if abs(self.value) >= 10 else 2
        reached = {True: "yes", False: "**no**", None: ""}[self.reached]
        value = f"{self.value:,.{places}f} {self.unit}"
        return f"| {self.what} | {value} | {self.target} | {reached} |"


HEAD = "| measured | value | target | reached |\n| --- | ---: | --- | --- |"


def at_most(what: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should not exceed a limit."""
    return Figure(what, value, unit, f"at most {limit:,g} {unit}", value <= limit)


def at_least(what: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should reach a limit."""
    return Figure(what, value, unit, f"at least {limit:,g} {unit}", value >= limit)


def one_core() -> str:
    """Keep this process and its children on one core, where the system allows; says what it did."""
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned to a core"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return "pinned to one core"


def percentile(values: Sequence[float], share: int) -> float:
    """The value below which `share` percent of the values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def peak_megabytes() -> float:
    """The most memory this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def megabytes_now() -> float:
    """Memory this process holds now (the peak where the system does not tell)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_megabytes()
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2
