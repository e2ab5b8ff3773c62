"""The service under load: many record systems opening charts at once, and pages while warm.

    python -m benchmarks.load [SECONDS [CLIENTS [WORKERS]]]

Starts `painpath serve --demo` as a process, then lets the clients (50) call `patient-view` for so
many seconds (20), each again as soon as it is answered, with the example patients and 200 KB of
prefetch; no request is sent twice with the same chart in it, as nobody opens the same chart over
and over. Then the same clients, each of whom reads for two seconds before the next chart is opened,
which is still far busier than people are. The clients take their own share of the machine. Then
the patient page is opened repeatedly, the time to its first byte is taken, and payer and day are
switched as its form does. All times are on the wall: run it on a machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx2

from benchmarks.hooks import SIZE, request, resources_of
from benchmarks.measure import HEAD, Figure, at_most, percentile
from painpath.examples import EXAMPLES, example_bytes

SECONDS, CLIENTS, WORKERS = 20, 50, 2
_SERVICE = "/cds-services/painpath-patient-view"
_MARK = b'"hookInstance":"'
_HEAD = (
    b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n"
)
_PATIENCE = 60
_PAGES = 40
_PAYERS = ("medicare", "evicore", "clinical")
_PART = {"hx-request": "true"}
_READS = 2.0
"""Seconds that somebody reads before the next chart is opened, on average."""


@contextmanager
def served(workers: int) -> Iterator[tuple[str, str]]:
    """A demonstration of its own: its address, and the link that signs in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["serve", "--demo", "--port", str(port), "--workers", str(workers)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "painpath", *words],
                env={**os.environ, "PAINPATH_DATA_FOLDER": folder},
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(f"{address}/health", process)
            link = re.search(r"http://\S+/sign-in/\S+", log.read_text(encoding="utf-8"))
            assert link is not None
            yield address, link[0]
        finally:
            process.terminate()
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 2 * _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx2.get(address).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the service did not start")


def bodies() -> list[bytes]:
    """A request for each example patient."""
    return [request(resources_of(example_bytes(each.id)), SIZE) for each in EXAMPLES]


async def calls(
    address: str, seconds: float, clients: int, reads: float = 0
) -> tuple[list[float], Counter[str], float]:
    """Seconds each answer took, what came instead of answers, and how long it all took.

    Args:
        address: of the service.
        seconds: until no new call is made.
        clients: so many at a time.
        reads: seconds on average between an answer and the next call of the same client.
    """
    asked, numbers = bodies(), count()
    times: list[float] = []
    faults: Counter[str] = Counter()
    begun, chance = time.perf_counter(), random.Random(1)

    async def client() -> None:
        await asyncio.sleep(chance.uniform(0, reads))
        while time.perf_counter() - begun < seconds:
            number = next(numbers)
            body = asked[number % len(asked)].replace(_MARK, _MARK + b"%d-" % number, 1)
            start = time.perf_counter()
            try:
                answer = await asyncio.wait_for(_answer(address, body), _PATIENCE)
            except (OSError, TimeoutError) as error:
                faults[type(error).__name__] += 1
                continue
            status, content = answer
            if status != b"200" or not content.startswith(b'{"cards"'):
                faults[f"status {status.decode()}"] += 1
                continue
            times.append(time.perf_counter() - start)
            if reads:
                await asyncio.sleep(chance.uniform(0.5, 1.5) * reads)

    await asyncio.gather(*(client() for _ in range(clients)))
    return times, faults, time.perf_counter() - begun


async def _answer(address: str, body: bytes) -> tuple[bytes, bytes]:
    """Status and content. By hand: a whole HTTP library would take the service's time."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(_HEAD % (_SERVICE.encode(), host.encode(), len(body)))
        writer.write(body)
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    return head.partition(b" ")[2][:3], content


def pages_opened(address: str, link: str) -> tuple[list[float], list[float], list[float]]:
    """Seconds until the first byte of patients' pages that have been opened before; until a page
    is whole that is asked for another payer; and for another day, which nobody asked about yet.
    """
    times: list[float] = []
    payers: list[float] = []
    days: list[float] = []
    head = {"accept": "text/html"}
    with httpx2.Client(headers=head, follow_redirects=True, timeout=_PATIENCE) as client:
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get(link).text)
        assert token is not None
        today = client.post(link, data={"form_token": token[1]}).text
        pages = sorted(set(re.findall(r'href="(/patients/[^"/?]+)"', today)))
        assert pages
        for page in pages * 4:  # Every process has to have seen it.
            client.get(f"{address}{page}").raise_for_status()
        for number in range(_PAGES):
            start = time.perf_counter()
            with client.stream("GET", f"{address}{pages[number % len(pages)]}") as answer:
                times.append(time.perf_counter() - start)
                answer.raise_for_status()
                answer.read()

        def switched(page: str, **to: str) -> float:
            start = time.perf_counter()
            client.get(f"{address}{page}", params=to, headers=_PART).raise_for_status()
            return time.perf_counter() - start

        for number, page in enumerate(pages):
            payers += [switched(page, policy=payer) for payer in _PAYERS]
            days.append(switched(page, as_of=f"2026-11-{number % 28 + 1:02d}"))
    return times, payers, days


def figures(
    seconds: float = SECONDS, clients: int = CLIENTS, workers: int = WORKERS
) -> list[Figure]:
    """All of them."""
    with served(workers) as (address, link):
        asyncio.run(calls(address, 3, workers * 4))  # Every process has answered before it counts.
        times, faults, took = asyncio.run(calls(address, seconds, clients))
        paced, faults_, _ = asyncio.run(calls(address, seconds, clients, _READS))
        faults += faults_
        alone, _, _ = asyncio.run(calls(address, 5, 1))
        pages, payers, days = pages_opened(address, link)
    for fault, number in faults.items():
        sys.stderr.write(f"{number} x {fault}\n")
    milliseconds = [1000 * each for each in times]
    what = f"patient-view, {clients} clients, {workers} processes"
    return [
        at_most(f"{what}: errors", faults.total(), "", 0),
        Figure(f"{what}: answers", len(times) / took, "per second"),
        Figure(f"{what}: p50", statistics.median(milliseconds), "ms"),
        at_most(f"{what}: p95", percentile(milliseconds, 95), "ms", 500),
        at_most(
            f"{what}, each reading {_READS:g} s: p95",
            1000 * percentile(paced, 95),
            "ms",
            500,
        ),
        at_most("patient-view, one client: p50", 1000 * statistics.median(alone), "ms", 80),
        at_most("patient page, warm: first byte, p95", 1000 * percentile(pages, 95), "ms", 150),
        at_most("another payer on the page, p95", 1000 * percentile(payers, 95), "ms", 300),
        at_most("another day on the page, p95", 1000 * percentile(days, 95), "ms", 300),
    ]


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    order = [*given, *(SECONDS, CLIENTS, WORKERS)[len(given) :]]
    numbers_ = figures(order[0], int(order[1]), int(order[2]))
    sys.stdout.write("\n".join([HEAD, *(figure.row() for figure in numbers_)]) + "\n")
