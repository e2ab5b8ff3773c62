"""Servers that mean harm or are broken, over a real connection: each costs little and ends soon."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable

import pytest

from painpath.fhirserver.blocking import finished
from painpath.fhirserver.errors import Why
from painpath.fhirserver.limits import Limits
from painpath.fhirserver.server import Found, connected

Write = Callable[[bytes], Awaitable[None]]
Behaviour = Callable[[Write], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\n"
FINE = b'{"resourceType":"Bundle"}'
MOST = 1 << 20
LONG = 600
"""Seconds that nothing takes on the slowest machine."""


def packed(size: int, times: int = 1) -> bytes:
    """So many blanks, as gzip, as gzip of gzip, ..."""
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    data = b"".join(packing.compress(block) for _ in range(size >> 20)) + packing.flush()
    for _ in range(times - 1):
        again = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = again.compress(data) + again.flush()
    return data


def whole(body: bytes, *headers: bytes) -> bytes:
    more = b"".join(header + b"\r\n" for header in headers)
    return HEAD + more + f"content-length: {len(body)}\r\n\r\n".encode() + body


def asked(behave: Behaviour, seconds: float = LONG, silence: float | None = None) -> Found:
    """What a search brings from a server that behaves so, once it is connected."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            await reader.readuntil(b"\r\n\r\n")
            await behave(write)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def work() -> Found:
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        limits = Limits(seconds=seconds, silence=silence, most_bytes=MOST)
        try:
            async with connected(f"http://127.0.0.1:{port}/fhir", limits, "t0ken") as server:
                return await server.search("Condition?patient=1", "1")
        finally:
            listening.close()

    return finished(work())


def test_one_that_is_as_it_should_be() -> None:
    async def behave(write: Write) -> None:
        await write(whole(FINE))

    found = asked(behave)
    assert found.error is None and found.pages == 1


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    async def behave(write: Write) -> None:
        await write(whole(FINE))

    assert asked(behave).error is None


def test_one_that_packs_its_answer() -> None:
    packing = zlib.compressobj(wbits=31)
    body = packing.compress(FINE) + packing.flush()

    async def behave(write: Write) -> None:
        await write(whole(body, b"content-encoding: gzip"))

    assert asked(behave).error is None


async def says_nothing(write: Write) -> None:
    await asyncio.sleep(LONG)


async def drips_its_head(write: Write) -> None:
    await write(HEAD)
    for _ in range(20 * LONG):
        await write(b"x")
        await asyncio.sleep(0.05)


async def drips_its_body(write: Write) -> None:
    await write(HEAD + b"content-length: 1000000\r\n\r\n")
    for _ in range(20 * LONG):
        await write(b" ")
        await asyncio.sleep(0.05)


async def stops_in_the_middle(write: Write) -> None:
    await write(HEAD + b"content-length: 1000000\r\n\r\n" + FINE)
    await asyncio.sleep(LONG)


@pytest.mark.parametrize(
    "behave", [says_nothing, drips_its_head, drips_its_body, stops_in_the_middle]
)
def test_a_slow_one_is_not_waited_for(behave: Behaviour) -> None:
    began = time.monotonic()
    found = asked(behave, seconds=0.5)
    assert found.error is not None and found.error.why is Why.slow
    assert time.monotonic() - began < LONG / 2


def test_a_silent_one_is_given_up_before_all_time_is_spent() -> None:
    began = time.monotonic()
    found = asked(says_nothing, silence=0.2)
    assert found.error is not None and found.error.why is Why.slow
    assert time.monotonic() - began < LONG / 2


async def sends_without_end(write: Write) -> None:
    await write(HEAD + b"\r\n")
    while True:
        await write(b" " * 65536)


async def is_a_bomb(write: Write) -> None:
    await write(whole(packed(64 << 20), b"content-encoding: gzip"))


async def is_a_bomb_in_a_bomb(write: Write) -> None:
    await write(whole(packed(64 << 20, times=3), b"content-encoding: gzip, gzip, gzip"))


@pytest.mark.parametrize("behave", [sends_without_end, is_a_bomb, is_a_bomb_in_a_bomb])
def test_a_large_one_is_not_read_to_its_end(behave: Behaviour) -> None:
    tracemalloc.start()
    try:
        found = asked(behave)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.error is not None and found.error.why is Why.large
    assert peak < 12 * MOST


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        HEAD + b"content-length: 1000\r\n\r\n" + FINE,
        HEAD + b"x: " + b"y" * (1 << 20) + b"\r\n\r\n",
        whole(FINE, b"content-encoding: gzip"),
        HEAD + b"transfer-encoding: chunked\r\n\r\nnonsense\r\n",
    ],
    ids=["nothing", "no HTTP", "cut off", "a large head", "not packed", "no chunks"],
)
def test_a_broken_one_is_one_kind_of_reason(answer: bytes) -> None:
    async def behave(write: Write) -> None:
        await write(answer)

    found = asked(behave)
    assert found.error is not None and found.error.why is Why.silent
