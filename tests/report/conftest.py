"""The example plans, made once for all report tests."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from painpath import planner, read_record
from painpath.examples import EXAMPLES, example_bytes
from painpath.planning.plan import Plan
from painpath.records.reading import Record

AS_OF = {example.id: example.as_of for example in EXAMPLES}
KEYS = sorted(AS_OF)


class Examples:
    """Records and plans of the examples, and of records made from them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.record = cache(self._record)
        self.plan = cache(self._plan)

    def bundle(self, key: str) -> dict[str, Any]:
        """The example's Bundle, to be changed."""
        read = json.loads(example_bytes(key))
        assert isinstance(read, dict)
        return read

    def read(self, bundle: dict[str, Any], name: str = "record") -> Record:
        """A record from a Bundle."""
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(bundle), encoding="utf-8")
        return read_record(path)

    def refs(self, key: str) -> set[str]:
        """References of every resource of the example."""
        entries = self.bundle(key)["entry"]
        return {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries}

    def _record(self, key: str) -> Record:
        return self.read(self.bundle(key), key)

    def _plan(self, key: str) -> Plan:
        return planner().plan(self.record(key), as_of=AS_OF[key])


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return Examples(tmp_path_factory.mktemp("examples"))
