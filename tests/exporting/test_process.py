"""`painpath export` as people run it: killed and run again, exit codes, sentences, no secrets."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from joserfc.jwk import KeySet, RSAKey
from typer.testing import CliRunner

from painpath.cli.main import app
from painpath.exporting.state import WORK
from tests.exporting.conftest import Serve, contents, held, resources
from tests.exporting.server import CLIENT, BulkServer, Ways, outcome

pytestmark = pytest.mark.slow  # For the everyday run they take too long together.


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "painpath", "export", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PAINPATH_EXPORT_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **more}


def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, env=environment(**more)
    )


def kills(server: BulkServer, out: Path, times: int, arguments: list[object], **more: str) -> int:
    """Export, killing it while files come; how often it was killed."""
    random_ = random.Random(5)
    killed = 0
    for _ in range(times):
        # Anything from before the first answer to the middle of the files.
        server.fall_silent(after=random_.choice((0, 2, 5, 8, 12, 20)))
        process = subprocess.Popen(
            command(*arguments, "--out", out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(**more),
        )
        killed += silenced(server, process)
        # It may be at work still on what has come.
        time.sleep(random_.uniform(0, 0.2))
        kill(process)
        server.speak()
    return killed


def silenced(server: BulkServer, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server fell silent before the process had everything."""
    while not server.is_silent.wait(0.05):
        if process.poll() is not None:
            return False
    return True


def kill(process: subprocess.Popen[bytes]) -> None:
    """At once."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no-ranges"])
def test_killed_at_any_moment_the_files_are_those_of_an_undisturbed_export(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey, *, ranges: bool
) -> None:
    ways = Ways(keys=keys, ranges=ranges, polls=2, packs=False, busy=11)
    server = serve(ways, patients=300)
    key = json.dumps(rsa.as_dict(private=True))
    asking: list[object] = [server.base, "--client-id", CLIENT, "--parallel", 2]
    done = run(*asking, "--out", tmp_path / "whole", PAINPATH_EXPORT_KEY=key)
    assert done.returncode == 0, done.stderr
    assert kills(server, tmp_path / "out", 10, asking, PAINPATH_EXPORT_KEY=key) == 10
    done = run(*asking, "--out", tmp_path / "out", PAINPATH_EXPORT_KEY=key)
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert resources(tmp_path / "out") == held(server)
    assert bool(server.ranges) == ranges
    assert not list((tmp_path / "out" / WORK).glob("*.part*"))


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_what_was_finished_before_the_kill_is_not_fetched_again(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(Ways(packs=False), patients=80)
    out = tmp_path / "out"
    # Each finished file is noted, though it took long to note the one before.
    patiently = (
        "from painpath.exporting import fetching; fetching._SPARING = 0;"
        "from painpath.cli.main import main; main()"
    )
    server.fall_silent(after=24)
    process = subprocess.Popen(
        [sys.executable, "-c", patiently, *command(server.base, "--out", out, "--parallel", 1)[3:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    assert silenced(server, process), "not all files came before the kill"
    before = Counter(path for _, path in server.asked if path.startswith("/files/"))
    state = out / WORK / "state.json"
    done: dict[str, object] = {}
    deadline = time.monotonic() + 600
    # The last one may not have come whole.
    while len(done) < len(before) - 1 and time.monotonic() < deadline:
        time.sleep(0.02)
        done = json.loads(state.read_bytes())["job"]["done"]
    kill(process)
    server.speak()
    assert 3 <= len(before) - 1 <= len(done) < 10
    whole = run(server.base, "--out", out)
    assert whole.returncode == 0, whole.stderr
    # Only the file that was coming when the process was killed may have been asked for twice.
    asked = Counter(path for _, path in server.asked if path.startswith("/files/"))
    assert len(asked) == len(contents(out))
    assert sum(asked.values()) <= len(asked) + 1
    assert len(server.kick_offs()) == 1
    assert resources(out) == held(server)


def test_an_export_from_a_settings_file(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey
) -> None:
    server = serve(Ways(keys=keys))
    key = tmp_path / "key.json"
    key.write_text(json.dumps(rsa.as_dict(private=True)), encoding="utf-8")
    settings = tmp_path / "export.toml"
    settings.write_text(
        f'server = "{server.base}"\nclient-id = "{CLIENT}"\nkey-file = "{key.as_posix()}"\n'
        'group = "pain"\ntype = ["Patient", "Condition"]\n',
        encoding="utf-8",
    )
    done = run("--settings", settings, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "60 resources in 2 files; state of 2026-10-01T" in done.stdout
    assert "Traceback" not in done.stderr
    assert resources(tmp_path / "out") == held(server, "Patient", "Condition")
    again = run("--settings", settings, "--out", tmp_path / "out", "--since", "last")
    assert again.returncode == 0, again.stderr
    assert "0 resources in 0 files" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        ([], 2, "the base address of the FHIR server is missing"),
        (["nonsense"], 2, "nonsense: this is not an http or https address"),
        (["https://a/b", "--group", "g", "--patients"], 2, "exclude each other"),
        (["https://a/b", "--client-id", "x"], 2, "--client-id needs the private key"),
        (["https://a/b", "--settings", "none.toml"], 2, "none.toml: No such file"),
        (["https://a/b", "--since", "soon"], 2, "--since: soon is neither"),
    ],
)
def test_misuse_is_one_sentence(tmp_path: Path, arguments: list[str], code: int, why: str) -> None:
    done = run(*arguments, "--out", tmp_path / "out")
    assert done.returncode == code
    assert why in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_its_packages_it_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["export", "https://a/b", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr == (
        "painpath: export needs httpx2 and joserfc: pip install 'painpath[bulk]'\n"
    )


def test_a_server_that_refuses_or_has_nothing_is_one_sentence_and_exit_code_1(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(Ways(refuses=(403, outcome("forbidden", "not for you"))))
    done = run(server.base, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"painpath: {server.base}/$export was not started:")
    assert done.stderr.endswith("403 Forbidden: not for you\n")
    server.ways.refuses = None
    done = run(server.base, "--out", tmp_path / "out", "--type", "Basic")
    assert done.returncode == 1
    assert "has nothing of what was asked for" in done.stderr


def test_no_patient_and_no_secret_is_printed(
    serve: Serve, tmp_path: Path, keys: KeySet, rsa: RSAKey
) -> None:
    errors = [outcome("exception", "Patient/p0001 is broken")]
    server = serve(Ways(keys=keys, errors=errors, miscounts=1, drops=1))
    key = json.dumps(rsa.as_dict(private=True))
    done = run(
        server.base,
        *("--out", tmp_path / "out", "--client-id", CLIENT),
        PAINPATH_EXPORT_KEY=key,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout + done.stderr
    kept = (tmp_path / "out" / WORK / "state.json").read_text(encoding="utf-8")
    assert "p0001" not in printed
    for text in (printed, kept):
        assert str(rsa.as_dict(private=True)["d"])[:20] not in text
        assert not any(token in text for token in server.tokens)
