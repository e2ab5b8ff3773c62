"""A screen that was killed goes on; one of a changed export does only what has changed."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import painpath
from painpath.records.errors import RecordError
from painpath.screening import pieces
from painpath.screening import screen as screening
from painpath.screening.collecting import FILES
from painpath.screening.fresh import Batch, Unread
from painpath.screening.state import forget
from painpath.screening.steps import Taken
from tests.screening.conftest import DAY
from tests.screening.exports import as_bundles, bundle, contents, names, parts_of, rows

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.

KILLS = 20


def command(export: Path, out: Path) -> list[str]:
    return [
        sys.executable, "-m", "painpath", "screen", str(export), "--out", str(out),
        "--as-of", DAY.isoformat(), "--jobs", "2",
    ]  # fmt: skip


def many(folder: Path, copies: int) -> Path:
    """The examples over and over, under other names."""
    folder.mkdir()
    for copy in range(copies):
        for name in names():
            text = json.dumps(bundle(name)).replace(name, f"{name}-{copy}")
            (folder / f"{name}-{copy}.json").write_text(text, encoding="utf-8")
    return folder


def files(folder: Path) -> set[tuple[str, int]]:
    """What stands in a folder, and when it was written."""
    found = set()
    for above, _, inside in os.walk(folder):
        for name in inside:
            path = os.path.join(above, name)  # noqa: PTH118
            with suppress(FileNotFoundError):
                found.add((path, os.stat(path).st_mtime_ns))  # noqa: PTH116
    return found


def has_written(process: subprocess.Popen[bytes], out: Path, count: int) -> bool:
    """Wait until a screen has written so many files; not, if it has ended before."""
    before = files(out)
    while process.poll() is None:
        if len(files(out) - before) >= count:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.slow
def test_killed_at_any_moment_the_result_is_that_of_an_undisturbed_run(tmp_path: Path) -> None:
    export = many(tmp_path / "export", 40)
    subprocess.run(command(export, tmp_path / "whole"), check=True, capture_output=True)
    whole = contents(tmp_path / "whole")
    random_ = random.Random(11)
    killed = rounds = 0
    while killed < KILLS:
        # Each round goes on until nothing is left to do; then the next begins from nothing.
        rounds += 1
        out, is_done = tmp_path / f"out-{rounds}", False
        while not is_done and killed < KILLS:
            process = subprocess.Popen(
                command(export, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            # Of some fifty files that it writes.
            if has_written(process, out, random_.randrange(13)):
                time.sleep(random_.uniform(0, 0.5))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            # It may have ended just before.
            is_done = process.wait() != -signal.SIGKILL
            assert process.returncode in (0, -signal.SIGKILL)
            killed += not is_done
        subprocess.run(command(export, out), check=True, capture_output=True)
        assert contents(out) == whole
    assert rounds < KILLS


class Watched:
    """Which steps a screen does, in this process, and for how many patients."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fresh = self.read = self.steps = self.charts = 0
        read_patient = Batch.read

        def read(batch: Batch, patient: Unread, digest: int) -> None:
            self.charts += 1
            read_patient(batch, patient, digest)

        monkeypatch.setattr(Batch, "read", read)
        work = screening.work

        def watched(steps: Any, setting: Any, hands: int) -> Any:
            for step, report in work(steps, setting, hands):
                if isinstance(report, Taken):
                    self.fresh += report.fresh
                    self.steps += 1
                self.read += len(getattr(step, "pieces", ())) if "Deal" in str(type(step)) else 0
                yield step, report

        monkeypatch.setattr(screening, "work", watched)
        monkeypatch.setattr(pieces, "work", watched)


def test_a_second_run_does_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = as_bundles(tmp_path / "export")
    out = tmp_path / "out"
    painpath.screen(export, out, as_of=DAY)
    before = contents(out)
    watched = Watched(monkeypatch)
    painpath.screen(export, out, as_of=DAY)
    assert (watched.read, watched.charts, watched.fresh) == (0, 0, 0)
    assert contents(out) == before


def test_only_the_patient_who_changed_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = as_bundles(tmp_path / "export")
    out = tmp_path / "out"
    painpath.screen(export, out, as_of=DAY)
    name = names()[1]
    changed = bundle(name)
    changed["entry"] = changed["entry"][:-1]
    (export / f"{name}.json").write_text(json.dumps(changed), encoding="utf-8")
    watched = Watched(monkeypatch)
    painpath.screen(export, out, as_of=DAY)
    assert (watched.read, watched.charts, watched.fresh) == (1, 1, 1)
    monkeypatch.undo()
    painpath.screen(export, tmp_path / "fresh", as_of=DAY)
    assert contents(out) == contents(tmp_path / "fresh")


def test_patients_who_changed_in_several_shares_are_judged_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "_SHARE", 2)
    export = as_bundles(tmp_path / "export")
    out = tmp_path / "out"
    painpath.screen(export, out, as_of=DAY)
    shares = len(list((out / "facts" / "patients").iterdir()))
    assert shares >= 8
    changed = names()[1::3]
    for name in changed:
        data = bundle(name)
        data["entry"] = data["entry"][:-1]
        (export / f"{name}.json.gz").unlink(missing_ok=True)
        (export / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    watched = Watched(monkeypatch)
    painpath.screen(export, out, as_of=DAY)
    assert watched.charts == watched.fresh == len(changed)
    assert watched.steps < shares
    monkeypatch.undo()
    monkeypatch.setattr(screening, "_SHARE", 2)
    painpath.screen(export, tmp_path / "fresh", as_of=DAY)
    assert contents(out) == contents(tmp_path / "fresh")


def test_who_came_who_changed_and_who_left_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first in their order, the last and those between, so that every seam is met."""
    came, changed, left = names()[::4], names()[1::4], names()[2::4]
    export = as_bundles(tmp_path / "export", [name for name in names() if name not in came])
    out = tmp_path / "out"
    painpath.screen(export, out, as_of=DAY)
    for name in left:
        for path in export.glob(f"{name}.json*"):
            path.unlink()
    for name in [*came, *changed]:
        data = bundle(name)
        data["entry"] = data["entry"][: None if name in came else -1]
        (export / f"{name}.json.gz").unlink(missing_ok=True)
        (export / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    watched = Watched(monkeypatch)
    painpath.screen(export, out, as_of=DAY)
    assert watched.charts == watched.fresh == len(came) + len(changed)
    monkeypatch.undo()
    painpath.screen(export, tmp_path / "fresh", as_of=DAY)
    assert contents(out) == contents(tmp_path / "fresh")


def test_results_do_not_show_how_the_patients_were_parted(
    of_bundles: Path, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "_SHARE", 2)
    painpath.screen(bundles, tmp_path, as_of=DAY)
    assert len(list((tmp_path / "facts" / "patients").iterdir())) >= 8
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (of_bundles / name).read_bytes(), name


@pytest.mark.parametrize("spoil", ["changed", "gone"])
@pytest.mark.parametrize("name", ["worklist.csv", "summary.html", "options.parquet", "skips.csv"])
def test_results_that_were_touched_are_written_again(tmp_path: Path, name: str, spoil: str) -> None:
    export = as_bundles(tmp_path / "export", names()[:3])
    out = tmp_path / "out"
    painpath.screen(export, out, as_of=DAY)
    before = contents(out)
    if spoil == "gone":
        (out / name).unlink()
    else:
        (out / name).write_bytes(b"")
    again = painpath.screen(export, out, as_of=DAY)
    assert contents(out) == before
    assert again == painpath.screen(export, out, as_of=DAY)


def test_results_that_stand_as_they_were_left_are_not_written_again(tmp_path: Path) -> None:
    export = as_bundles(tmp_path / "export", names()[:3])
    out = tmp_path / "out"
    first = painpath.screen(export, out, as_of=DAY)
    written = (out / "summary.html").stat().st_mtime_ns
    assert painpath.screen(export, out, as_of=DAY) == first
    assert (out / "summary.html").stat().st_mtime_ns == written
    painpath.screen(export, out, as_of=DAY, smallest=0)
    assert (out / "summary.html").stat().st_mtime_ns != written


def test_a_file_that_was_only_written_again_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = as_bundles(tmp_path / "export")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    for path in export.iterdir():
        os.utime(path, (1, 1))
    watched = Watched(monkeypatch)
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    assert (watched.read, watched.fresh) == (0, 0)


def test_patients_who_left_the_export_leave_the_results(tmp_path: Path) -> None:
    export = as_bundles(tmp_path / "export")
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    gone = names()[1]
    (export / f"{gone}.json").unlink()
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    left = {row["patient"] for row in rows(tmp_path / "out", "patients")}
    assert left == set(names()) - {gone}


def test_a_later_export_of_what_changed_is_added(tmp_path: Path) -> None:
    """As `_since` gives it: one more file, with a newer version of one resource."""
    export = tmp_path / "export"
    export.mkdir()
    name = names()[1]
    found = parts_of(name)
    data = b"".join(json.dumps(resource).encode() + b"\n" for resource in found)
    (export / "1.ndjson.gz").write_bytes(gzip.compress(data))
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    assert rows(tmp_path / "out", "problems")
    newer = []
    for resource in found:
        if resource["resourceType"] == "Condition":
            status = {"coding": [{"code": "entered-in-error"}]}
            meta = {"lastUpdated": "2026-10-30T00:00:00Z"}
            newer.append({**resource, "verificationStatus": status, "meta": meta})
    lines = b"".join(json.dumps(resource).encode() + b"\n" for resource in newer)
    (export / "2.ndjson").write_bytes(lines)
    painpath.screen(export, tmp_path / "out", as_of=DAY)
    conditions = [
        row["why"] for row in rows(tmp_path / "out", "skips") if "entered-in-error" in row["why"]
    ]
    assert len(conditions) == len(newer)


def test_what_is_kept_for_the_next_run_can_be_removed(tmp_path: Path) -> None:
    export = as_bundles(tmp_path / "export", names()[:2])
    out = tmp_path / "out"
    painpath.screen(export, out, as_of=DAY)
    before = contents(out)
    assert forget(out / ".painpath")
    assert not (out / ".painpath").exists()
    assert contents(out) == before
    assert not forget(out / ".painpath")
    painpath.screen(export, out, as_of=DAY)
    assert contents(out) == before


def test_two_screens_do_not_write_into_one_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    export = as_bundles(tmp_path / "export", names()[:1])
    with (
        screening.alone(tmp_path / "out" / ".painpath"),
        pytest.raises(RecordError, match="another screen"),
    ):
        painpath.screen(export, tmp_path / "out", as_of=DAY)
