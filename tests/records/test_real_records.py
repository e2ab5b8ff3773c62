"""Records that nobody here wrote: each is read without a crash, every resource is accounted for.

They are not in this repository. `PAINPATH_TESTDATA` names a folder with checkouts of public ones
(default: `shared/testdata` beside the repository), `PAINPATH_SYNTHEA` one with Synthea R4 bundles.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from benchmarks.survey import AS_OF, Candidate, candidates

from painpath import planner
from painpath.records.errors import RecordError
from painpath.records.reading import read_bytes
from painpath.report.json import to_json

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("PAINPATH_TESTDATA", REPOSITORY.parent / "shared" / "testdata"))
SYNTHEA = Path(os.environ.get("PAINPATH_SYNTHEA", REPOSITORY / "benchmarks" / "data" / "synthea"))

FOLDERS = ("cds4cpm", "opioid-mme-r4", "cdc-opioid-cpg", "davinci-crd")
NO_PATIENT = ("it holds no Patient and no resource that names one", "it holds no FHIR resource")

AT_LEAST = {"cds4cpm": 28, "opioid-mme-r4": 8, "cdc-opioid-cpg": 1, "davinci-crd": 3}
"""How many patients' records each folder holds: fewer read would mean that some were lost."""


def keeps_the_promise(candidate: Candidate) -> bool:
    """Whether it is a patient's record; fails the test if the promise is broken."""
    ready = planner()
    try:
        record = read_bytes(candidate.data, ready.vocabulary, name=candidate.name)
    except RecordError as error:
        sentence = str(error)
        assert "\n" not in sentence and candidate.name in sentence
        assert sentence.endswith(NO_PATIENT), sentence
        return False
    accounted = sum(number for counts in record.counts.values() for number in counts.values())
    assert accounted == candidate.resources, record.counts
    skipped = sum(counts["skipped"] for counts in record.counts.values())
    assert len(record.skipped) >= skipped, "something was skipped without a word"
    assert all(note.ref and note.why for note in record.skipped)
    plan = ready.plan(record, as_of=AS_OF)
    assert not plan.failures
    assert msgspec.json.decode(to_json(plan))["schema"] == "painpath-plan/1"
    return True


@pytest.mark.parametrize("name", FOLDERS)
def test_every_shared_record_is_read_and_planned(name: str) -> None:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not under {SHARED} (set PAINPATH_TESTDATA)")
    found = list(candidates(folder))
    outcomes = Counter(keeps_the_promise(candidate) for candidate in found)
    assert outcomes[True] >= AT_LEAST[name], outcomes


@pytest.mark.parametrize("name", FOLDERS)
def test_every_shared_file_given_as_it_is_makes_a_plan_or_one_sentence(name: str) -> None:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not under {SHARED} (set PAINPATH_TESTDATA)")
    ready = planner()
    for path in sorted(folder.rglob("*.json")):
        try:
            record = read_bytes(path.read_bytes(), ready.vocabulary, name=path.name)
        except RecordError as error:
            assert "\n" not in str(error)
            assert str(error).startswith(path.name)
        else:
            assert not ready.plan(record, as_of=AS_OF).failures


@pytest.mark.slow
def test_every_synthea_record_is_read_and_planned() -> None:
    if not SYNTHEA.is_dir():
        pytest.skip(f"no Synthea bundles in {SYNTHEA} (set PAINPATH_SYNTHEA)")
    outcomes = Counter(keeps_the_promise(candidate) for candidate in candidates(SYNTHEA))
    assert outcomes[True] > 0
    # Beside the patients a run of Synthea writes one file of hospitals and one of practitioners.
    assert outcomes[False] <= 2, outcomes
