"""A whole screen beside the engine that the field runs its pain guideline on, same bundles.

    npm install --prefix benchmarks/cql
    PAINPATH_SYNTHEA=FOLDER PAINPATH_ELM=FOLDER python -m benchmarks.peers

PAINPATH_SYNTHEA holds Synthea R4 bundles, PAINPATH_ELM the folder `src/cql` of AHRQ's Pain
Management Summary (`r4/*.json`, `valueset-db.json`). The peer is `cql-execution` with
`cql-exec-fhir`: it parses each bundle and evaluates the summary's 77 expressions, which list a
patient's pain factors and judge nothing. PainPath reads the same bundles, recognises problems,
judges every option under every policy, and writes tables, worklists and the summary page. Both are
given one core; processor time counts, without what either needs to start.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import HEAD, Figure, at_least, one_core

PEER = Path(__file__).parent / "cql"
PEER_BUNDLES = 40
"""As many as the peer needs some fifteen seconds for; its speed does not depend on the number."""
SIZE = (800_000, 1_250_000)
TARGET = 200


def figures() -> list[Figure]:
    """Both rates, where both folders and the peer are there."""
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
