"""A whole screen beside the engine that the field runs its pain guideline on, same bundles.

    npm install --prefix benchmarks/cql
    PAINPATH_SYNTHEA=FOLDER PAINPATH_ELM=FOLDER python -m benchmarks.peers

PAINPATH_SYNTHEA holds Synthea R4 bundles, PAINPATH_ELM the folder `src/cql` of AHRQ's Pain
Management Summary (`r4/*.json`, `valueset-db.json`). The peer is `cql-execution` with
`cql-exec-fhir`: it parses each bundle and evaluates the summary's 77 expressions, which list a
patient's pain factors and judge nothing. PainPath reads the same bundles, recognises problems,
judges every option under every policy, and writes tables, worklists and the summary page. Both are
given one core; processor time counts, without what either needs to start.

Where PAINPATH_FHIR4DS names the Python of an environment with `fhir4ds-v2` (and pandas), one
criterion is measured too: a diagnosis that is six weeks old, over an export of cohort patients that
both load from NDJSON. PainPath's share is its whole evaluation divided by the answers it gives.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import HEAD, Figure, at_least, clock, one_core
from benchmarks.population import AS_OF
from painpath.engine.engine import Engine
from painpath.knowledge.store import compiled
from painpath.records.population import read_population

PEER = Path(__file__).parent / "cql"
PEER_BUNDLES = 40
"""As many as the peer needs some fifteen seconds for; its speed does not depend on the number."""
SIZE = (800_000, 1_250_000)
TARGET = 200
ONE_CRITERION = Path(__file__).parent / "fhir4ds" / "six_weeks.py"
PATIENTS = 2_000


def figures() -> list[Figure]:
    """What can be measured with the peers that are there."""
    return [*_guideline(), *_criterion()]


def _guideline() -> list[Figure]:
    folder, elm = os.environ.get("PAINPATH_SYNTHEA"), os.environ.get("PAINPATH_ELM")
    if folder is None or elm is None or not (PEER / "node_modules").is_dir():
        return []
    bundles = [
        path
        for path in sorted(Path(folder).glob("*.json"))
        if SIZE[0] < path.stat().st_size < SIZE[1]
    ]
    theirs = _peer(Path(elm), bundles[:PEER_BUNDLES])
    ours = _screened(bundles) - _screened(bundles[:1])
    rate = (len(bundles) - 1) / ours
    size = sum(path.stat().st_size for path in bundles) / len(bundles) / 1e6
    return [
        Figure(f"cql-execution, bundles of {size:.1f} MB", theirs, "patients/s"),
        Figure("painpath screen, the same bundles", rate, "patients/s"),
        at_least("painpath screen, times cql-execution", rate / theirs, "", TARGET),
    ]


def _criterion() -> list[Figure]:
    python = os.environ.get("PAINPATH_FHIR4DS")
    if python is None:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        export = Path(scratch)
        make = [sys.executable, "-m", "painpath", "cohort", "--patients", str(PATIENTS)]
        make += ["--layout", "ndjson", "--clean", "--cores", "1", "--out", scratch]
        subprocess.run(make, check=True, capture_output=True)
        for file in export.glob("*.ndjson.gz"):
            file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
            file.unlink()
        done = subprocess.run(
            [python, str(ONE_CRITERION), scratch], check=True, capture_output=True, text=True
        )
        theirs = json.loads(done.stdout.splitlines()[-1])
        ready = compiled()
        engine = Engine(ready.knowledge, ready.vocabulary, ready.rules)
        began = clock()
        read = list(read_population(export, ready.vocabulary, size=PATIENTS))
        load = clock() - began
    runs: list[float] = []
    answers = 0
    for _ in range(3):
        began = clock()
        found = [engine.evaluate(b.facts, b.patients, AS_OF, detail=False) for b in read]
        runs.append(clock() - began)
        answers = sum(verdicts.answers.num_rows for verdicts in found)
    patients = sum(batch.patients.num_rows for batch in read)
    one = theirs["patients"] / theirs["answer"]
    ours = answers / min(runs)
    return [
        Figure("fhir4ds-v2, loading NDJSON", theirs["patients"] / theirs["load"], "patients/s"),
        Figure("PainPath, the same NDJSON into facts", patients / load, "patients/s"),
        Figure("fhir4ds-v2, one criterion, warm", one, "answers/s"),
        Figure(f"PainPath, {answers / patients:.0f} answers a patient", ours, "answers/s"),
        Figure("PainPath, times fhir4ds-v2 by answer", ours / one, ""),
    ]


def _peer(elm: Path, bundles: list[Path]) -> float:
    command = ["node", str(PEER / "evaluate.cjs"), str(elm), *map(str, bundles)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    if found["threw"]:
        print(f"the peer threw on {found['threw']} of {len(bundles)} bundles", file=sys.stderr)
    return float(found["evaluated"] / found["seconds"])


def _screened(bundles: list[Path]) -> float:
    """Processor seconds of one screen, starting included."""
    with tempfile.TemporaryDirectory() as scratch:
        export = Path(scratch) / "export"
        export.mkdir()
        for path in bundles:
            (export / path.name).symlink_to(path.resolve())
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "painpath", "screen", str(export), "--jobs", "1"]
        command += ["--out", str(Path(scratch) / "out"), "--as-of", "2026-11-01"]
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> None:
    """Print the figures."""
    print(one_core())
    for line in (HEAD, *(figure.row() for figure in figures())):
        print(line)


if __name__ == "__main__":
    main()
