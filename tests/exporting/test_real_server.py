"""The same against a server that nobody here wrote, where one is named.

PAINPATH_BULK_SERVER is its FHIR base address. If its SMART configuration names a registration
endpoint that takes key sets (as that of smart-on-fhir/bulk-data-server does), the client registers
and comes in with a key; otherwise the server must be open.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from joserfc.jwk import ECKey, RSAKey

import painpath
from tests.exporting.conftest import contents, resources

SERVER = os.environ.get("PAINPATH_BULK_SERVER", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER, reason="PAINPATH_BULK_SERVER names no server"),
]


def signed_in(key: RSAKey | ECKey, folder: Path) -> list[str]:
    """Flags with which the server lets this key in; none where it is open."""
    smart = httpx2.get(f"{SERVER}/.well-known/smart-configuration")
    endpoint = smart.json().get("registration_endpoint") if smart.status_code == 200 else None
    if endpoint is None:
        return []
    public = json.dumps({"keys": [key.as_dict(private=False)]})
    client = httpx2.post(endpoint, data={"jwks": public, "dur": "1"}).raise_for_status().text
    path = folder / f"{key.kid}.json"
    path.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
    return ["--client-id", client, "--key", str(path)]


def command(out: Path, flags: list[str]) -> list[str]:
    return [sys.executable, "-m", "painpath", "export", SERVER, "--out", str(out), *flags]


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_an_export_arrives_whole_and_can_be_screened(
    tmp_path: Path, rsa: RSAKey, ec: ECKey, kind: str
) -> None:
    flags = ["--type", "known", *signed_in(rsa if kind == "rsa" else ec, tmp_path)]
    out = tmp_path / "out"
    done = subprocess.run(command(out, flags), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = resources(out)
    assert f"{len(found):,} resources" in done.stdout
    assert len({(r["resourceType"], r["id"]) for r in found}) == len(found)
    people = [r for r in found if r["resourceType"] == "Patient"]
    result = painpath.screen(out, tmp_path / "screened")
    assert result.patients == len(people) > 0


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_killed_and_run_again_the_files_are_the_same(tmp_path: Path, rsa: RSAKey) -> None:
    flags = ["--parallel", "1", *signed_in(rsa, tmp_path)]
    subprocess.run(command(tmp_path / "whole", flags), check=True, capture_output=True)
    killed = 0
    for seconds in (1.0, 2.0, 2.5, 3.0):
        process = subprocess.Popen(
            command(tmp_path / "out", flags),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        else:
            break
    if killed == 4:
        subprocess.run(command(tmp_path / "out", flags), check=True, capture_output=True)
    assert killed
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_changed_since_is_added(tmp_path: Path, rsa: RSAKey) -> None:
    flags = ["--type", "Patient", *signed_in(rsa, tmp_path)]
    subprocess.run(command(tmp_path, flags), check=True, capture_output=True)
    before = contents(tmp_path)
    flags += ["--since", "last"]
    subprocess.run(command(tmp_path, flags), check=True, capture_output=True)
    assert set(contents(tmp_path)) >= set(before)
