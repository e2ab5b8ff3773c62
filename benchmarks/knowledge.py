"""What the size of the knowledge costs: loading it, and answering with it.

    python -m benchmarks.knowledge

The four families are those that the project began with: epidural injections, facet and sacroiliac
procedures, the knee, neuromodulation. The whole may cost at most 1.5 times as much per answer.
"""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

import msgspec

from benchmarks.measure import HEAD, Figure, at_most, clock, one_core
from benchmarks.population import AS_OF, batches
from painpath.engine.engine import Engine
from painpath.knowledge.loading import Knowledge, load
from painpath.knowledge.store import Compiled, compile_knowledge, compiled

FAMILIES = ("esi-", "epidural", "facet-", "sij-", "sacral-", "genicular-", "scs-", "drg-", "pns-")
PATIENTS = 5_000
RUNS = 3
_APART = (
    "import time, pyarrow as pa; pa.array([1]); from painpath.knowledge.store import compiled;"
    "began = time.process_time(); compiled(); print(time.process_time() - began)"
)
_COLD = (
    "import time, pyarrow as pa; pa.array([1]); from painpath.knowledge.store import compiled;"
    "began = time.process_time(); compiled(use_cache=False); print(time.process_time() - began)"
)


class Cost(NamedTuple):
    """Of one evaluation of everybody."""

    seconds: float
    answers: int
    statuses: int


def figures() -> list[Figure]:
    """All of this file's figures."""
    compiled()
    began = clock()
    compiled()
    again = clock() - began
    few, whole = cost(compile_knowledge(families(load()))), cost(compiled())
    ratio = (whole.seconds / whole.answers) / (few.seconds / few.answers)
    status = (whole.seconds / whole.statuses) / (few.seconds / few.statuses)
    return [
        at_most("load and compile all knowledge, nothing cached", _apart(_COLD), "s", 0.5),
        Figure("the same from the cache, first time in a process", 1000 * _apart(_APART), "ms"),
        at_most("the same again in a process", 1000 * again, "ms", 20),
        Figure("four families: an answer", 1e6 * few.seconds / few.answers, "µs"),
        Figure("the whole: an answer", 1e6 * whole.seconds / whole.answers, "µs"),
        at_most("the whole, times the four families by answer", ratio, "", 1.5),
        at_most("the whole, times the four families by status of an option", status, "", 1.5),
    ]


def families(knowledge: Knowledge) -> Knowledge:
    """The knowledge with the policies of the four families only."""
    return msgspec.structs.replace(
        knowledge,
        policies=[
            policy
            for policy in knowledge.policies
            if any(option.startswith(FAMILIES) for rule in policy.rules for option in rule.options)
        ],
    )


def cost(ready: Compiled) -> Cost:
    """The least of some runs."""
    ((facts, people),) = batches(ready.vocabulary, PATIENTS, PATIENTS)
    engine = Engine(ready.knowledge, ready.vocabulary, ready.rules)
    found: list[Cost] = []
    for _ in range(RUNS):
        began = clock()
        verdicts = engine.evaluate(facts, people, AS_OF, detail=False)
        seconds = clock() - began
        found.append(Cost(seconds, verdicts.answers.num_rows, verdicts.statuses.num_rows))
    return min(found)


def _apart(text: str) -> float:
    """The least of some runs, each in a process of its own."""
    runs = [
        subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True)
        for _ in range(RUNS)
    ]
    return min(float(run.stdout) for run in runs)


def main() -> None:
    """Print the figures."""
    print(one_core())
    for line in (HEAD, *(figure.row() for figure in figures())):
        print(line)


if __name__ == "__main__":
    main()
