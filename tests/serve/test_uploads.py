"""An upload of 100 MB: one sentence, no memory, and the service goes on."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.serve.served import LONG
from tests.serve.test_running import Started
from tests.serve.world import PAGE, form_token

pytestmark = pytest.mark.slow

SENT = 100 << 20
SENTENCE = "What was sent is larger than 50 MB, the most that is taken here."
ROOM = 48 << 10
"""kB by which the process may grow at its peak: far less than what was sent, or than its limit."""

BEFORE = (
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="export.json"\r\n'
    b"Content-Type: application/json\r\n\r\n"
)
AFTER = b"\r\n--x--\r\n"
KIND = {"content-type": "multipart/form-data; boundary=x"}


def pieces() -> Iterator[bytes]:
    """A form with a file of 100 MB, a piece at a time."""
    yield BEFORE
    piece = b'{"a": 1}' * (8 << 10)
    for _ in range(SENT // len(piece)):
        yield piece
    yield AFTER


LENGTH = str(len(BEFORE) + SENT + len(AFTER))


class Signed:
    """A running service and somebody signed in to it."""

    def __init__(self, folder: Path) -> None:
        self.started = Started(folder, "--demo")
        link = re.search(r"http://\S+/sign-in/\S+", self.started.log.read_text())
        assert link is not None
        self.client = httpx2.Client(headers=PAGE, follow_redirects=True, timeout=LONG)
        page = self.client.get(link[0])
        self.client.post(link[0], data={"form_token": form_token(page.text)})
        records = self.client.get(f"{self.started.address}/records").text
        self.headers = {**KIND, "x-form-token": form_token(records)}
        self.cookies = "; ".join(f"{k}={v}" for k, v in self.client.cookies.items())

    def peak(self) -> int:
        """The most memory the process has had, in kB."""
        status = Path(f"/proc/{self.started.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc on this system")
    made = Signed(tmp_path_factory.mktemp("uploads"))
    yield made
    made.client.close()
    made.started.stop()


def sentence(page: str) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]*)<', page)
    return found[1] if found else page


@pytest.mark.parametrize("stated", [True, False], ids=["its length stated", "in chunks"])
@pytest.mark.parametrize("who", ["signed in", "nobody"])
def test_100_mb_are_refused_with_one_sentence(signed: Signed, stated: bool, who: str) -> None:
    address = f"{signed.started.address}/records"
    headers = signed.headers | ({"content-length": LENGTH} if stated else {})
    client: Any = signed.client if who == "signed in" else httpx2.Client(headers=PAGE, timeout=LONG)
    client.get(address)
    before = signed.peak()
    answer = client.post(address, content=pieces(), headers=headers)
    assert answer.status_code == 413 and sentence(answer.text) == SENTENCE
    assert signed.peak() - before < ROOM
    assert httpx2.get(f"{signed.started.address}/health", timeout=LONG).status_code == 200
    assert signed.client.get(address).status_code == 200


def test_who_asks_first_is_refused_before_sending(signed: Signed, tmp_path: Path) -> None:
    """As curl does with what is large."""
    file = tmp_path / "large.json"
    with file.open("wb") as out:
        out.truncate(SENT)
    words = ["-s", "-o", "-", "-w", " %{http_code} %{size_upload}", "-F", f"files=@{file}"]
    words += ["-b", signed.cookies, "-H", f"x-form-token: {signed.headers['x-form-token']}"]
    words += ["-H", "accept: application/json", "-H", "expect: 100-continue"]
    try:
        done = subprocess.run(
            ["curl", *words, f"{signed.started.address}/records"], capture_output=True, text=True
        )
    except FileNotFoundError:
        pytest.skip("curl is not installed")
    said, status, size = done.stdout.rsplit(" ", 2)
    assert status == "413" and int(size) < 1 << 20
    assert said == f'{{"detail":"{SENTENCE}"}}'
