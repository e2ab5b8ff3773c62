"""What all tests of exporting share: keys, patients, a server, and a quick client."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet, RSAKey

from painpath.exporting.asking import Asked
from painpath.exporting.export import Export, Result
from painpath.exporting.keys import Key
from painpath.exporting.talking import Patience, Talk
from painpath.exporting.tokens import Access, Tokens
from tests.exporting.server import CLIENT, BulkServer, Resource, Ways, running

QUICK = Patience(times=6, first=0.01, longest=0.05)
START = "2026-09-01T00:00:00Z"


@pytest.fixture(scope="session")
def rsa() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "rsa-1"})


@pytest.fixture(scope="session")
def ec() -> ECKey:
    return ECKey.generate_key("P-384", {"kid": "ec-1"})


@pytest.fixture(scope="session")
def keys(rsa: RSAKey, ec: ECKey) -> KeySet:
    """Public halves, as the server has them."""
    public = [rsa.as_dict(private=False), ec.as_dict(private=False)]
    return KeySet.import_key_set({"keys": public})


Serve = Callable[..., BulkServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers of some patients, that behave in certain ways."""
    with ExitStack() as stack:

        def start(ways: Ways | None = None, patients: int = 30) -> BulkServer:
            return stack.enter_context(running(BulkServer(people(patients), ways)))

        yield start


def people(count: int) -> list[Resource]:
    """Patients with a condition and some scores each."""
    found: list[Resource] = []
    for number in range(count):
        name = f"p{number:04}"
        whose = {"subject": {"reference": f"Patient/{name}"}, "meta": {"lastUpdated": START}}
        who = {"resourceType": "Patient", "id": name, "birthDate": "1960-01-01", "gender": "female"}
        found.append({**who, "meta": {"lastUpdated": START}})
        found.append({"resourceType": "Condition", "id": f"c{number}", **SCIATICA, **whose})
        found.extend(
            {
                "resourceType": "Observation",
                "id": f"o{number}-{score}",
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
                "valueInteger": (number + score) % 11,
                "effectiveDateTime": f"2026-0{score + 5}-01",
                **whose,
            }
            for score in range(3)
        )
    return found


SCIATICA: Resource = {
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.16"}]},
    "onsetDateTime": "2025-01-10",
}


class Notes:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.progress: list[str] = []
        self.files: list[tuple[int, int, int]] = []
        self.notes: list[str] = []

    def waiting(self, progress: str, seconds: float) -> None:
        self.progress.append(progress)

    def fetched(self, files: int, of: int, size: int) -> None:
        self.files.append((files, of, size))

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)


def export(
    server: BulkServer,
    out: Path,
    *,
    key: RSAKey | ECKey | None = None,
    jku: str | None = None,
    watch: Notes | None = None,
    restart: bool = False,
    packed: bool = True,
    parallel: int = 3,
    known: frozenset[str] = frozenset(),
    **asked: Any,
) -> Result:
    """Export into a folder, with little patience."""
    tokens = None
    if key is not None:
        name = key.kid
        assert name is not None
        tokens = Tokens(Access(CLIENT, Key(key, name), jku), server.base)
    with Talk(tokens, QUICK) as talk:
        return Export(
            talk,
            Asked(server.base, **asked),
            out,
            watch or Notes(),
            known=known,
            parallel=parallel,
            packed=packed,
        ).run(restart=restart)


def contents(out: Path) -> dict[str, bytes]:
    """The files of records in a folder."""
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.ndjson*"))}


def resources(out: Path) -> list[Resource]:
    """The resources in a folder, in the order of type and id."""
    found: list[Resource] = []
    for path in sorted(out.glob("*.ndjson*")):
        data = path.read_bytes()
        lines = gzip.decompress(data) if path.suffix == ".gz" else data
        found.extend(json.loads(line) for line in lines.splitlines())
    return sorted(found, key=_name)


def held(server: BulkServer, *types: str) -> list[Resource]:
    """The resources that the server has."""
    return sorted(
        (r for r in server.resources.values() if not types or r["resourceType"] in types), key=_name
    )


def _name(resource: Resource) -> tuple[str, str]:
    return resource["resourceType"], resource["id"]
