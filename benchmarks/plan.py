"""Plans of bundles of about 1 MB: warm in the library, and the whole command from cold.

    PAINPATH_SYNTHEA=FOLDER python -m benchmarks.plan

The mix is twenty of that folder's bundles and one pain patient: the resources of an example added
to such a bundle. Without the folder, examples padded with body weights take their place.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import painpath
from benchmarks.measure import HEAD, Figure, at_most, clock, one_core, percentile
from benchmarks.population import AS_OF
from painpath import planner
from painpath.records.reading import read_bytes

SIZE = 1_000_000
MIX = 20
ROUNDS = 5
COLD_RUNS = 7
PAIN_PATIENT = "example-04.json"
_EXAMPLES = Path(painpath.__file__).parent / "examples"

Bundle = dict[str, Any]


# -- the records --


def records(seed: int = 7) -> tuple[list[bytes], bytes]:
    """Twenty records of about 1 MB, and a pain patient of that size."""
    example = (_EXAMPLES / PAIN_PATIENT).read_bytes()
    folder = os.environ.get("PAINPATH_SYNTHEA")
    if folder is None:
        files = sorted(_EXAMPLES.glob("*.json"))
        return [_padded(files[i % len(files)].read_bytes()) for i in range(MIX)], _padded(example)
    near = [
        path
        for path in sorted(Path(folder).glob("*.json"))
        if 0.8 * SIZE < path.stat().st_size < 1.25 * SIZE
    ]
    chosen = random.Random(seed).sample(near, MIX)
    closest = min(near, key=lambda path: abs(path.stat().st_size - SIZE))
    return [path.read_bytes() for path in chosen], _joined(closest.read_bytes(), example)


def _joined(large: bytes, example: bytes) -> bytes:
    """A bundle with the example patient's resources made that patient's own."""
    bundle: Bundle = json.loads(large)
    small: Bundle = json.loads(example)
    whose = f"Patient/{_patient(small)['resource']['id']}"
    mine = _patient(bundle).get("fullUrl") or f"Patient/{_patient(bundle)['resource']['id']}"
    for entry in small["entry"]:
        if entry["resource"]["resourceType"] != "Patient":
            bundle["entry"].append(json.loads(json.dumps(entry).replace(whose, mine)))
    return json.dumps(bundle, indent=2).encode()


def _patient(bundle: Bundle) -> Any:
    return next(e for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")


def _padded(example: bytes) -> bytes:
    """An example with as many body weights as make it 1 MB."""
    bundle: Bundle = json.loads(example)
    weight = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{_patient(bundle)['resource']['id']}"},
        "effectiveDateTime": "2024-05-01T09:00:00Z",
        "valueQuantity": {"value": 81.4, "unit": "kg", "code": "kg"},
    }
    each = len(json.dumps(weight, indent=2)) + 60
    for number in range((SIZE - len(example)) // each):
        bundle["entry"].append({"resource": weight | {"id": f"weight-{number}"}})
    return json.dumps(bundle, indent=2).encode()


# -- warm --


def warm(mix: list[bytes], pain_patient: bytes) -> list[Figure]:
    """Reading and planning in a process that has planned before."""
    ready = planner()
    everyone = [*mix, pain_patient]
    for data in everyone:  # first touch
        ready.plan(read_bytes(data, ready.vocabulary), as_of=AS_OF)
    reading: list[float] = []
    whole: list[float] = []
    hard: list[float] = []
    for _ in range(ROUNDS):
        for data in everyone:
            began = clock()
            record = read_bytes(data, ready.vocabulary)
            read = clock()
            ready.plan(record, as_of=AS_OF)
            done = clock()
            reading.append((read - began) * 1000)
            whole.append((done - began) * 1000)
            if data is pain_patient:
                hard.append(whole[-1])
    runs = f"{len(whole)} runs"
    return [
        at_most(f"plan of a 1 MB bundle, read and planned, p50 of {runs}", _p(whole, 50), "ms", 60),
        at_most(f"the same, p99 of {runs}", _p(whole, 99), "ms", 150),
        Figure("of which reading, p50", _p(reading, 50), "ms"),
        Figure(f"the pain patient alone, median of {ROUNDS}", statistics.median(hard), "ms"),
    ]


def _p(values: list[float], share: int) -> float:
    return percentile(values, share)


# -- cold --


def cold(record: bytes) -> list[Figure]:
    """The whole command, process start included, beside what Python and the libraries cost."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "record.json"
        file.write_bytes(record)
        command = ["-m", "painpath", "plan", str(file), "--as-of", AS_OF.isoformat()]
        command += ["--format", "json", "--out", os.devnull]
        kept = Path(place) / "cache"
        _run(command, kept)
        runs: dict[str, list[Spent]] = {"bare": [], "libraries": [], "kept": [], "fresh": []}
        for run in range(COLD_RUNS):
            runs["bare"].append(_run(["-c", "pass"], kept))
            runs["libraries"].append(_run(["-c", "import duckdb, pyarrow"], kept))
            runs["kept"].append(_run(command, kept))
            runs["fresh"].append(_run(command, Path(place) / f"cache-{run}"))
    wall = {name: statistics.median(s.wall for s in all_) for name, all_ in runs.items()}
    processor = {name: statistics.median(s.processor for s in all_) for name, all_ in runs.items()}
    what = f"`painpath plan` from cold, pain patient of 1 MB, median of {COLD_RUNS}"
    return [
        at_most(f"{what}, processor time", processor["kept"], "s", 1.2),
        Figure("the same on the wall", wall["kept"], "s"),
        Figure("the same, compiling the knowledge, processor time", processor["fresh"], "s"),
        Figure("the same on the wall", wall["fresh"], "s"),
        Figure("floor: `python -c pass`, processor time", processor["bare"], "s"),
        Figure("floor: `import duckdb, pyarrow`, processor time", processor["libraries"], "s"),
    ]


class Spent(NamedTuple):
    """What a process took."""

    wall: float
    processor: float


def _run(arguments: list[str], cache: Path) -> Spent:
    environment = os.environ | {"PAINPATH_CACHE": str(cache)}
    before = os.times()
    subprocess.run([sys.executable, *arguments], env=environment, check=True)
    after = os.times()
    user = after.children_user - before.children_user
    system = after.children_system - before.children_system
    return Spent(after.elapsed - before.elapsed, user + system)


def figures() -> list[Figure]:
    """All of this file's figures."""
    mix, pain_patient = records()
    return [*warm(mix, pain_patient), *cold(pain_patient)]


if __name__ == "__main__":
    print(one_core())
    print(HEAD)
    for figure in figures():
        print(figure.row())
