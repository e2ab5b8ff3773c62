"""A whole screen: patients per second and core from NDJSON, beside simdjson; reruns; memory.

    python -m benchmarks.screening [PATIENTS ...]

For each size a cohort is made as a bulk export and screened in a process of its own, pinned to one
core, from start to `worklist.csv`, knowledge and imports included. Then, in new processes: the same
once more, with nothing changed; with a later export beside the first in which one patient in a
hundred has a new pain score; and with another one in a hundred changed within the files, as
`painpath export --since last` merges them. Times are processor time of all threads, with PainPath's
modules compiled as an installed package has them. Between two sizes: what one more patient costs,
and what a screen costs at any size.
"""

from __future__ import annotations

import compileall
import contextlib
import datetime
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

import painpath
from benchmarks.measure import HEAD, Figure, at_least, at_most, clock, one_core, peak_megabytes
from painpath.records.without_pandas import load_pyarrow

SIZES = (600, 6_000, 30_000)
AS_OF = datetime.date(2026, 11, 1)
_EVERY = 100
"""One patient in so many changes."""


class Run(msgspec.Struct, frozen=True):
    """What one process measured."""

    patients: int
    seconds: float
    megabytes: float
    ready_seconds: float
    """Of it, before the export is looked at: imports, and the knowledge from its cache."""


class Size(msgspec.Struct, frozen=True):
    """What was measured at one size."""

    patients: int
    bytes: int
    simdjson_seconds: float
    first: Run
    unchanged: Run
    beside: Run
    within: Run


def figures(sizes: tuple[int, ...] = SIZES) -> list[Figure]:
    """Measure, smallest first."""
    found: list[Figure] = []
    compileall.compile_dir(str(Path(painpath.__file__).parent), quiet=1)
    each = [measured(patients) for patients in sizes]
    for size in each:
        found += told(size)
    if len(each) > 1:
        found += between(each[0], each[-1])
    return found


def between(small: Size, large: Size) -> list[Figure]:
    """What one more patient costs, and what is the same at any size."""
    more = large.first.patients - small.first.patients
    seconds = (large.first.seconds - small.first.seconds) / more
    name = f"between {small.patients:,} and {large.patients:,} patients"
    return [
        Figure(f"{name}: a patient more", 1000 * seconds, "ms"),
        at_least(f"{name}: one core", 1 / seconds, "patients/s", 1000),
        Figure(f"{name}: at any size", small.first.seconds - seconds * small.patients, "s"),
        Figure(f"{name}: memory peak", large.first.megabytes / small.first.megabytes, "times"),
    ]


def told(size: Size) -> list[Figure]:
    """The figures of one size."""
    name, first = f"{size.patients:,} patients", size.first
    rate = first.patients / first.seconds
    share = size.simdjson_seconds / first.seconds

    def cost(run: Run) -> float:
        return 100 * run.seconds / first.seconds

    return [
        Figure(f"{name}: NDJSON", size.bytes / 1e6, "MB"),
        at_least(f"{name}: screened, one core", rate, "patients/s", 1000),
        Figure(f"{name}: of the bytes", size.bytes / first.seconds / 1e6, "MB/s"),
        Figure(f"{name}: simdjson, parse only", size.bytes / size.simdjson_seconds / 1e6, "MB/s"),
        at_least(f"{name}: as a share of simdjson parsing", share, "", 0.2),
        Figure(f"{name}: of the time, imports and knowledge", first.ready_seconds, "s"),
        Figure(f"{name}: again, nothing changed, of the first run", cost(size.unchanged), "%"),
        at_most(f"{name}: again, 1 % changed in a later export", cost(size.beside), "%", 5),
        Figure(f"{name}: again, 1 % changed within the files", cost(size.within), "%"),
        Figure(f"{name}: memory peak", first.megabytes, "MB"),
    ]


def measured(patients: int) -> Size:
    """One cohort, screened four times."""
    from painpath.cohort.making import Order, make

    with tempfile.TemporaryDirectory() as folder:
        export, out = Path(folder) / "export", Path(folder) / "out"
        make(Order(patients=patients, seed=11, out=export, layout="ndjson"))
        files = unpacked(export)
        first = run(export, out)
        unchanged = run(export, out)
        later(export, files)
        beside = run(export, out)
        within_files(files)
        within = run(export, out)
        return Size(
            patients=patients,
            bytes=sum(file.stat().st_size for file in files),
            simdjson_seconds=parsed(files),
            first=first,
            unchanged=unchanged,
            beside=beside,
            within=within,
        )


def unpacked(export: Path) -> list[Path]:
    """The files of an export, none of them packed: what is measured is reading JSON."""
    for file in sorted(export.glob("*.ndjson.gz")):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    return sorted(export.glob("*.ndjson"))


def run(export: Path, out: Path) -> Run:
    """One screen in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.screening", "--alone", str(export), str(out)]
    done = subprocess.run(command, check=True, capture_output=True)
    return msgspec.json.decode(done.stdout, type=Run)


def alone(export: Path, out: Path) -> Run:
    """One screen in this process, which did nothing before; it starts as the command does."""
    one_core()
    load_pyarrow()
    painpath.planner()
    ready = clock()
    result = painpath.screen(export, out, as_of=AS_OF, jobs=1)
    return Run(result.patients, clock(), peak_megabytes(), ready)


def parsed(files: list[Path]) -> float:
    """Seconds that simdjson needs to parse every line."""
    import simdjson

    parser = simdjson.Parser()
    seconds = 0.0
    for file in files:
        lines = file.read_bytes().splitlines()
        began = clock()
        for line in lines:
            # Some are broken, as in real exports.
            with contextlib.suppress(ValueError):
                parser.parse(line)
        seconds += clock() - began
    return seconds


# -- what changes --


def later(export: Path, files: list[Path]) -> None:
    """A later export beside the first: a new pain score of one patient in a hundred."""
    names = [
        whose(line).id
        for file in files
        if file.name.startswith("Patient")
        for line in file.read_bytes().splitlines()
    ]
    with (export / "Observation.later.ndjson").open("w", encoding="utf-8") as file:
        for name in filter(None, names[::_EVERY]):
            file.write(json.dumps(score(f"later-{name}", name)) + "\n")


def within_files(files: list[Path]) -> None:
    """A new pain score of another one patient in a hundred, in the place of an older one."""
    chosen: dict[str, bool] = {}
    for file in files:
        if not file.name.startswith("Observation"):
            continue
        lines = file.read_bytes().splitlines()
        for place, line in enumerate(lines):
            resource = whose(line)
            name = resource.subject.reference.removeprefix("Patient/")
            if name and name not in chosen:
                chosen[name] = len(chosen) % _EVERY == _EVERY // 2
                if chosen[name]:
                    lines[place] = json.dumps(score(resource.id, name)).encode()
        file.write_bytes(b"\n".join(lines) + b"\n")


class _Reference(msgspec.Struct):
    reference: str = ""


class Whose(msgspec.Struct):
    """A resource's id and patient."""

    id: str = ""
    subject: _Reference = msgspec.field(default_factory=_Reference)


def whose(line: bytes) -> Whose:
    """Of a line; empty if it is broken."""
    try:
        return msgspec.json.decode(line, type=Whose)
    except msgspec.DecodeError:
        return Whose()


def score(key: str, patient: str) -> dict[str, object]:
    """A pain score."""
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-10-20",
        "valueInteger": 7,
        "meta": {"lastUpdated": "2026-10-21T00:00:00Z"},
    }


def main() -> None:
    """Print a table."""
    if sys.argv[1:2] == ["--alone"]:
        sys.stdout.buffer.write(msgspec.json.encode(alone(*map(Path, sys.argv[2:4]))))
        return
    one_core()
    print(HEAD)
    for figure in figures(tuple(map(int, sys.argv[1:])) or SIZES):
        print(figure.row())


if __name__ == "__main__":
    main()
