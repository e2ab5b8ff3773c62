"""Reading FHIR Bundles into facts, side by side in one run, on one core.

    python -m benchmarks.reading [FOLDER_OF_BUNDLES] [--rounds 7]

Compared on the same bytes: bare `simdjson` parsing (nothing extracted), `json` and `orjson` into
dicts with a plain extractor of the same facts, and PainPath; besides, what they cost at least:
`orjson` without extraction, `msgspec` skipping over everything. The ways take turns, round by
round; each document's best round counts, in processor time, so that a busy machine disturbs little
and all of them alike.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pyarrow as pa
import simdjson

from benchmarks.measure import HEAD, Figure, at_least, at_most, clock, peak_megabytes
from benchmarks.plan import records
from painpath.knowledge.loading import load
from painpath.knowledge.terms import Kind
from painpath.knowledge.vocabulary import Matches, Vocabulary
from painpath.records import peeking
from painpath.records.population import read_population
from painpath.records.reading import read_bytes, read_record

BARE = "simdjson, parse only"
OURS = "PainPath"
ALONE = "PainPath without simdjson"
ORJSON = "orjson into dicts, plain extraction"
JSON = "json into dicts, plain extraction"
LOADS = "floor: orjson into dicts, nothing extracted"
SKIP = "floor: msgspec, everything skipped"

_HERE = Path(__file__).parents[1]

Row = tuple[Any, ...]
_COLUMNS = (
    *("concept", "kind", "start", "end", "open", "value", "region", "side", "level"),
    *("ref", "text"),
)


# -- a plain extractor over dicts: what one would write first, with nothing wasted on purpose --


def find(code: Any, kind: Kind, vocabulary: Vocabulary) -> Matches:
    """Concepts of a CodeableConcept, by code, else by its words."""
    found: dict[int, Any] = {}
    for coding in code.get("coding", ()):
        for match in vocabulary.lookup(coding.get("system"), coding.get("code") or ""):
            found.setdefault(match.concept, match)
    if found:
        return tuple(found.values())
    texts = [code.get("text"), *(coding.get("display") for coding in code.get("coding", ()))]
    for text in texts:
        if text and (named := vocabulary.words(text, kind)):
            return named
    return ()


def day(text: str | None) -> datetime.date | None:
    """A full date; the rest of the time is cut off."""
    return datetime.date.fromisoformat(text[:10]) if text and len(text) >= 10 else None


def label(code: Any) -> str:
    """`M54.16 Radiculopathy`."""
    coding = (code.get("coding") or [{}])[0]
    return f"{coding.get('code', '')} {coding.get('display') or code.get('text') or ''}"


def rows_of(resource: Any, vocabulary: Vocabulary) -> Iterator[Row]:
    """Facts of one resource."""
    kind = resource["resourceType"]
    ref = f"{kind}/{resource.get('id')}"
    if kind == "Condition":
        start = day(resource.get("onsetDateTime"))
        end = day(resource.get("abatementDateTime"))
        yield from facts(resource["code"], "condition", start, end, None, ref, vocabulary)
    elif kind == "Procedure":
        period = resource.get("performedPeriod") or {}
        start = day(period.get("start") or resource.get("performedDateTime"))
        end = day(period.get("end")) or start
        yield from facts(resource["code"], "procedure", start, end, None, ref, vocabulary)
    elif kind == "Observation":
        start = day(resource.get("effectiveDateTime"))
        for part in (resource, *resource.get("component", ())):
            value = (part.get("valueQuantity") or {}).get("value")
            yield from facts(part["code"], "observation", start, start, value, ref, vocabulary)
            if "valueCodeableConcept" in part:
                answer = part["valueCodeableConcept"]
                yield from facts(answer, "observation", start, start, None, ref, vocabulary)
    elif kind == "MedicationRequest" and "medicationCodeableConcept" in resource:
        drug, start = resource["medicationCodeableConcept"], day(resource.get("authoredOn"))
        yield from facts(drug, "drug", start, None, None, ref, vocabulary)
    elif kind in ("Claim", "ExplanationOfBenefit"):
        for item in resource.get("item", ()):
            code = item["productOrService"]
            for coding in code.get("coding", ()):
                vocabulary.lookup(coding.get("system"), coding.get("code") or "")
    elif kind == "CarePlan":
        period = resource.get("period") or {}
        start, end = day(period.get("start")), day(period.get("end"))
        for activity in resource.get("activity", ()):
            code = (activity.get("detail") or {}).get("code")
            if code:
                yield from facts(code, "procedure", start, end, None, ref, vocabulary)
    elif kind in ("DiagnosticReport", "AllergyIntolerance"):
        start = day(resource.get("effectiveDateTime") or resource.get("recordedDate"))
        words: Kind = "report" if kind == "DiagnosticReport" else "allergy"
        yield from facts(resource["code"], words, start, start, None, ref, vocabulary)


def facts(
    code: Any,
    kind: Kind,
    start: datetime.date | None,
    end: datetime.date | None,
    value: float | None,
    ref: str,
    vocabulary: Vocabulary,
) -> Iterator[Row]:
    """One row per concept."""
    for match in find(code, kind, vocabulary):
        name = vocabulary.concepts[match.concept]
        place = (match.region, match.side, match.level)
        yield (name, kind, start, end, end is None, value, *place, ref, label(code))


def by_dicts(loads: Callable[[bytes], Any], vocabulary: Vocabulary) -> Callable[[bytes], pa.Table]:
    """Read a Bundle with a JSON library and the plain extractor."""

    def read(data: bytes) -> pa.Table:
        rows = [
            row for entry in loads(data)["entry"] for row in rows_of(entry["resource"], vocabulary)
        ]
        columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
        return pa.table(dict(zip(_COLUMNS, map(list, columns), strict=True)))

    return read


# -- running --


def measure(documents: list[bytes], vocabulary: Vocabulary, rounds: int) -> dict[str, float]:
    """Seconds each way takes for all documents, each at its best."""

    def without_simdjson(data: bytes) -> None:
        library, peeking.simdjson = peeking.simdjson, None
        try:
            read_bytes(data, vocabulary)
        finally:
            peeking.simdjson = library

    skip = msgspec.json.Decoder(_Nothing)
    ways: dict[str, Callable[[bytes], Any]] = {
        BARE: lambda data: simdjson.Parser().parse(data),
        OURS: lambda data: read_bytes(data, vocabulary),
        ALONE: without_simdjson,
        ORJSON: by_dicts(orjson.loads, vocabulary),
        JSON: by_dicts(json.loads, vocabulary),
        LOADS: orjson.loads,
        SKIP: skip.decode,
    }
    best = {name: [float("inf")] * len(documents) for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            gc.collect()
            for number, document in enumerate(documents):
                began = clock()
                run(document)
                took = clock() - began
                best[name][number] = min(best[name][number], took)
    return {name: sum(seconds) for name, seconds in best.items()}


class _Nothing(msgspec.Struct):
    """Decoding this skips every element."""


# -- an export of many patients --


def export(documents: list[bytes], folder: Path) -> int:
    """The documents' resources as bulk-export NDJSON, one file per type; returns its size."""
    files: dict[str, list[bytes]] = {}
    for number, document in enumerate(documents):
        entries = json.loads(document)["entry"]
        names = {
            entry.get("fullUrl"): f"{entry['resource']['resourceType']}/{number}-{place}"
            for place, entry in enumerate(entries)
        }
        for entry in entries:
            text = json.dumps(entry["resource"])
            for url, name in names.items():
                text = text.replace(f'"{url}"', f'"{name}"') if url else text
            resource = json.loads(text)
            kind = resource["resourceType"]
            resource["id"] = names.get(entry.get("fullUrl"), f"{kind}/{number}").split("/")[1]
            files.setdefault(kind, []).append(orjson.dumps(resource))
    for kind, lines in files.items():
        (folder / f"{kind}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    return sum(path.stat().st_size for path in folder.iterdir())


def bulk(documents: list[bytes], vocabulary: Vocabulary, rounds: int) -> list[Figure]:
    """The same patients from bulk-export NDJSON, beside simdjson parsing each line."""
    best = dict.fromkeys((BARE, OURS), float("inf"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        size = export(documents, folder)
        for _ in range(rounds):
            gc.collect()
            began = clock()
            patients = sum(b.patients.num_rows for b in read_population(folder, vocabulary))
            best[OURS] = min(best[OURS], clock() - began)
            began = clock()
            for path in folder.iterdir():
                parser = simdjson.Parser()
                for line in path.read_bytes().splitlines():
                    parser.parse(line)
            best[BARE] = min(best[BARE], clock() - began)
    mean = size / patients / 1e3
    return [
        Figure(f"NDJSON of {mean:,.0f} kB a patient", patients / best[OURS], "patients/s"),
        Figure("NDJSON, megabytes", size / best[OURS] / 1e6, "MB/s"),
        at_least(
            "NDJSON, as a share of simdjson parsing its lines", best[BARE] / best[OURS], "", 0.2
        ),
    ]


def small(vocabulary: Vocabulary, rounds: int, patients: int = 500) -> Figure:
    """Patients with what a pain clinic knows of them: the examples, repeated."""
    files = sorted((Path(peeking.__file__).parents[1] / "examples").glob("*.json"))
    documents = [files[number % len(files)].read_bytes() for number in range(patients)]
    best = float("inf")
    with tempfile.TemporaryDirectory() as place:
        size = export(documents, Path(place))
        for _ in range(rounds):
            began = clock()
            found = sum(b.patients.num_rows for b in read_population(place, vocabulary))
            best = min(best, clock() - began)
    what = f"NDJSON of {size / found / 1e3:,.0f} kB a patient (the examples)"
    return at_least(what, found / best, "patients/s", 1000)


def agreement(documents: list[bytes], vocabulary: Vocabulary) -> Iterator[str]:
    """Where the two extractors differ: what only the careful one finds, or leaves out."""
    ours: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    read = by_dicts(orjson.loads, vocabulary)
    for document in documents:
        ours.update(read_bytes(document, vocabulary).facts.column("concept").to_pylist())
        plain.update(read(document).column("concept").to_pylist())
    yield f"facts: PainPath {ours.total()}, plain {plain.total()}"
    for name in sorted(set(ours) | set(plain)):
        if ours[name] != plain[name]:
            yield f"  {name}: PainPath {ours[name]}, plain {plain[name]}"


def memory(size: int = 10_000_000) -> float:
    """Megabytes that reading one large Bundle takes, its bytes included, in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.json"
        path.write_bytes(enlarged(records()[0][0], size))
        code = f"from benchmarks.reading import grown; print(grown({str(path)!r}))"
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=_HERE
        )
    return float(done.stdout)


def grown(path: str) -> float:
    """How far a ready process grows while it reads this file."""
    vocabulary = Vocabulary(load())
    tiny = b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}'
    read_bytes(tiny, vocabulary)
    before = _highest()
    read_record(path, vocabulary)
    return _highest() - before


def _highest() -> float:
    """The most memory held since this program started (`ru_maxrss` may be the parent's)."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return peak_megabytes()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def enlarged(data: bytes, size: int) -> bytes:
    """A Bundle with its entries repeated, under other ids, until it has this size."""
    bundle = json.loads(data)
    entries = list(bundle["entry"])
    copies = size // len(data)
    for number in range(1, copies):
        for entry in entries:
            if entry["resource"]["resourceType"] != "Patient":
                name = f"{entry['resource'].get('id')}-{number}"
                bundle["entry"].append({**entry, "resource": {**entry["resource"], "id": name}})
    return json.dumps(bundle, indent=4).encode()


def figures() -> list[Figure]:
    """The figures of `python -m benchmarks`."""
    documents = records()[0]
    vocabulary = Vocabulary(load())
    best = measure(documents, vocabulary, rounds=15)
    total = sum(map(len, documents)) / 1e6
    return [
        *(Figure(name, total / seconds, "MB/s") for name, seconds in best.items()),
        at_least("PainPath, as a share of bare simdjson", best[BARE] / best[OURS], "", 0.25),
        at_least("PainPath, times json into dicts", best[JSON] / best[OURS], "", 8),
        at_least("PainPath, times orjson into dicts", best[ORJSON] / best[OURS], "", 8),
        Figure("PainPath, times orjson without extraction", best[LOADS] / best[OURS], ""),
        *bulk(documents, vocabulary, rounds=7),
        small(vocabulary, rounds=5),
        at_most("memory to read a Bundle of 10 MB", memory(), "MB", 150),
    ]


def main() -> None:
    """Print megabytes per second and ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, nargs="?")
    arguments.add_argument("--rounds", type=int, default=7)
    options = arguments.parse_args()
    if options.folder is None:
        documents = records()[0]
    else:
        documents = [path.read_bytes() for path in sorted(options.folder.glob("*.json"))]
    vocabulary = Vocabulary(load())
    total = sum(map(len, documents))
    print(f"{len(documents)} Bundles, {total / 1e6:.1f} MB, {len(vocabulary.concepts)} concepts")
    best = measure(documents, vocabulary, options.rounds)
    print(f"{'':40}{'MB/s':>8}{'ms each':>9}{'of bare':>9}{'x orjson':>9}{'x json':>8}")
    for name, seconds in best.items():
        print(
            f"{name:40}{total / seconds / 1e6:8.0f}{seconds / len(documents) * 1e3:9.3f}"
            f"{best[BARE] / seconds:9.2f}{best[ORJSON] / seconds:9.1f}{best[JSON] / seconds:8.1f}"
        )
    print(HEAD)
    for figure in (*bulk(documents, vocabulary, options.rounds), small(vocabulary, options.rounds)):
        print(figure.row())
    print(f"memory to read a Bundle of 10 MB: {memory():.0f} MB")
    print("\n".join(agreement(documents, vocabulary)))


if __name__ == "__main__":
    main()
