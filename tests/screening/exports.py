"""Small exports made of the shipped examples, laid out as exports are in the wild."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Resource = dict[str, Any]

TABLES = ("patients", "problems", "options", "positions", "verdicts", "safety", "worklist")
FILES = (
    *(f"{name}.parquet" for name in (*TABLES, "criteria", "codes", "skips")),
    "worklist.csv",
    "skips.csv",
    "summary.html",
)


def bundle(name: str) -> Resource:
    """An example's Bundle."""
    path = resources.files("painpath.examples") / f"{name}.json"
    loaded: Resource = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def names() -> list[str]:
    """The examples."""
    folder = resources.files("painpath.examples")
    return sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".json"))


def parts_of(name: str) -> list[Resource]:
    """An example's resources."""
    return [entry["resource"] for entry in bundle(name)["entry"]]


def as_bundles(folder: Path, wanted: list[str] | None = None) -> Path:
    """One Bundle a patient, some of them packed."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(wanted or names()):
        data = json.dumps(bundle(name)).encode()
        if number % 3:
            (folder / f"{name}.json").write_bytes(data)
        else:
            (folder / f"{name}.json.gz").write_bytes(gzip.compress(data))
    return folder


def as_lines(folder: Path, wanted: list[str] | None = None, seed: int = 4) -> Path:
    """A bulk export: two parts a type, in any order, a patient's resources scattered."""
    folder.mkdir(parents=True, exist_ok=True)
    by_kind: dict[str, list[Resource]] = defaultdict(list)
    for name in wanted or names():
        for resource in parts_of(name):
            by_kind[resource["resourceType"]].append(resource)
    random_ = random.Random(seed)
    for kind, found in by_kind.items():
        random_.shuffle(found)
        half = len(found) // 2
        for number, some in enumerate((found[:half], found[half:])):
            data = b"".join(json.dumps(resource).encode() + b"\n" for resource in some)
            path = folder / f"{kind}.{number:04}.ndjson"
            if number:
                path.with_suffix(".ndjson.gz").write_bytes(gzip.compress(data))
            else:
                path.write_bytes(data)
    return folder


def rows(out: Path, name: str) -> list[Resource]:
    """The rows of a table of results."""
    found: list[Resource] = pq.read_table(out / f"{name}.parquet").to_pylist()
    return found


def contents(out: Path) -> dict[str, bytes]:
    """Every file that a screen writes for people and programs."""
    found = {name: (out / name).read_bytes() for name in FILES}
    for path in sorted((out / "facts").rglob("*.parquet")):
        found[path.relative_to(out).as_posix()] = path.read_bytes()
    return found


def patient(name: str, *others: Resource) -> Resource:
    """A Bundle of a made-up patient with these resources."""
    who: Resource = {
        "resourceType": "Patient",
        "id": name,
        "birthDate": "1960-01-01",
        "gender": "female",
    }
    entries = [{"resource": who}]
    for number, resource in enumerate(others, 1):
        whose = {"subject": {"reference": f"Patient/{name}"}}
        entries.append({"resource": {"id": f"r{number}", **whose, **resource}})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


ICD = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
OWN = "urn:painpath:observation"


def coded(system: str, code: str) -> Resource:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]}


def epidural(key: str, day: str) -> Resource:
    """An epidural in the low back."""
    return {
        "resourceType": "Procedure",
        "id": key,
        "status": "completed",
        "code": coded(CPT, "62323"),
        "performedDateTime": day,
    }


def relief(key: str, of: str, percent: float, day: str) -> Resource:
    """Relief recorded after a procedure."""
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "code": coded(OWN, "relief-percent"),
        "partOf": [{"reference": f"Procedure/{of}"}],
        "valueQuantity": {"value": percent, "unit": "%"},
        "effectiveDateTime": day,
    }


def radiculopathy() -> Resource:
    """Sciatica of the right side."""
    return {
        "resourceType": "Condition",
        "id": "pain",
        "clinicalStatus": coded(
            "http://terminology.hl7.org/CodeSystem/condition-clinical", "active"
        ),
        "code": coded(ICD, "M54.16"),
        "onsetDateTime": "2025-01-10",
    }
