"""Later exports into the same folder: of each resource its newest version, or none if deleted."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import painpath
from painpath.exporting import export as exporting
from painpath.exporting import merging
from painpath.exporting.errors import SettingsError
from tests.exporting.conftest import SCIATICA, Serve, contents, export, held, resources
from tests.exporting.server import BulkServer, Resource, Ways

DAY = datetime.date(2026, 11, 1)


def condition(number: int, **changes: Any) -> Resource:
    subject = {"reference": f"Patient/p{number:04}"}
    whole = {"resourceType": "Condition", "id": f"c{number}", **SCIATICA, "subject": subject}
    return {**whole, **changes}


def changed(server: BulkServer) -> None:
    """A day's work: one recoded to what means nothing here, one resolved, one new, some deleted."""
    server.put(
        condition(1, code={"text": "Entered by mistake"}, clinicalStatus=None),
        condition(2, onsetDateTime="2026-09-01"),
        condition(77),
    )
    server.put({"resourceType": "Patient", "id": "p0077", "birthDate": "1970-01-01"})
    server.delete("Condition", "c3")
    for score in range(3):
        server.delete("Observation", f"o4-{score}")


@pytest.mark.parametrize("packs", [True, False], ids=["packed", "plain"])
def test_the_folder_holds_what_the_server_holds(
    serve: Serve, tmp_path: Path, *, packs: bool
) -> None:
    server = serve(Ways(packs=packs))
    first = export(server, tmp_path)
    changed(server)
    result = export(server, tmp_path, since="last")
    assert f"_since={first.at.replace(':', '%3A')}" in server.kick_offs()[-1]
    assert (result.resources, result.deleted) == (4, 4)
    assert resources(tmp_path) == held(server)
    server.put(condition(77, onsetDateTime="2026-10-01"))
    server.deleted.clear()
    third = export(server, tmp_path, since="last")
    assert f"_since={result.at.replace(':', '%3A')}" in server.kick_offs()[-1]
    assert (third.resources, third.deleted) == (1, 0)
    assert resources(tmp_path) == held(server)


def test_files_without_anything_that_changed_are_left_alone(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    export(server, tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("Observation*")}
    server.put(condition(1))
    export(server, tmp_path, since="last")
    after = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("Observation*")}
    assert after == before


def test_a_file_of_which_nothing_is_left_goes(serve: Serve, tmp_path: Path) -> None:
    server = serve(patients=2)
    export(server, tmp_path)
    for number in range(2):
        server.delete("Condition", f"c{number}")
    export(server, tmp_path, since="last")
    assert not list(tmp_path.glob("Condition*"))
    assert resources(tmp_path) == held(server)


def test_a_screen_sees_the_newest_version_and_nothing_deleted(serve: Serve, tmp_path: Path) -> None:
    server, folder = serve(), tmp_path / "export"
    export(server, folder)
    painpath.screen(folder, tmp_path / "out", as_of=DAY)
    before = since_when(tmp_path / "out")
    assert len(before) == 30
    changed(server)
    export(server, folder, since="last")
    painpath.screen(folder, tmp_path / "out", as_of=DAY)
    after = since_when(tmp_path / "out")
    assert set(before) - set(after) == {"p0001", "p0003"}
    assert set(after) - set(before) == {"p0077"}
    assert after["p0002"] == "2026-09-01" != before["p0002"]
    # As if it had been exported afresh, and nothing of the export's own notes is read as records.
    export(server, tmp_path / "fresh")
    painpath.screen(tmp_path / "fresh", tmp_path / "ref", as_of=DAY)
    assert since_when(tmp_path / "ref") == after
    assert pq.read_table(tmp_path / "out" / "skips.parquet").num_rows == (
        pq.read_table(tmp_path / "ref" / "skips.parquet").num_rows
    )


def since_when(out: Path) -> dict[str, str]:
    """Patients with a pain problem, and since when."""
    found = pq.read_table(out / "problems.parquet").to_pylist()
    return {row["patient"]: str(row["since"]) for row in found}


@pytest.mark.parametrize("moment", ["moved", "merged", "kept"])
def test_interrupted_while_merging_it_ends_the_same(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    server = serve()
    export(server, tmp_path / "a")
    export(server, tmp_path / "b")
    changed(server)
    merge = merging.merge

    def broken(*given: Any) -> Any:
        if moment != "moved":
            merge(*given)
        raise KeyboardInterrupt

    if moment == "kept":
        monkeypatch.setattr(exporting.Export, "_clear", lambda self: None)
    else:
        monkeypatch.setattr(merging, "merge", broken)
        with pytest.raises(KeyboardInterrupt):
            export(server, tmp_path / "a", since="last")
        monkeypatch.undo()
        # Nothing is missing meanwhile: only versions may stand beside each other.
        assert {r["id"] for r in held(server)} <= {r["id"] for r in resources(tmp_path / "a")}
    export(server, tmp_path / "a", since="last")
    monkeypatch.undo()
    export(server, tmp_path / "b", since="last")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert resources(tmp_path / "a") == held(server)
    server.put(condition(5))
    export(server, tmp_path / "a", since="last")
    assert resources(tmp_path / "a") == held(server)


def test_a_second_export_needs_to_be_told_what_it_is(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    with pytest.raises(SettingsError, match="needs an earlier export"):
        export(server, tmp_path, since="last")
    export(server, tmp_path)
    with pytest.raises(SettingsError, match="--since last, or choose another --out"):
        export(server, tmp_path)
    with pytest.raises(SettingsError, match="of another server, level, types or filters"):
        export(server, tmp_path, since="last", types=["Patient"])
    assert len(server.kick_offs()) == 1
