"""Applications that answer on a port of their own, which nobody else can take meanwhile."""

from __future__ import annotations

import random
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import uvicorn

Played = TypeVar("Played")

LONG = 600
"""Seconds after which something is not slow but stuck."""


def bound() -> tuple[socket.socket, int]:
    """A socket that holds a free port, and the port."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]


@contextmanager
def answering(app: Any, held: socket.socket) -> Iterator[None]:
    """An application, answering on a socket that was bound before."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([held],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join()


@contextmanager
def played(make: Callable[[int], Played], application: Callable[[Played], Any]) -> Iterator[Played]:
    """Another system, answering on a port of its own what a test makes it say."""
    held, port = bound()
    made = make(port)
    with answering(application(made), held):
        yield made


def answers(process: subprocess.Popen[Any], address: str) -> bool:
    """Whether a service that was started comes to answer."""
    deadline = time.monotonic() + LONG
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(f"{address}/health", timeout=LONG).status_code == 200:
                return True
        except httpx2.TransportError:
            time.sleep(0.2)
    return False


def free_port() -> int:
    """A port for a process that takes seconds to start.

    It lies below those that the system gives to connections, so none of them takes it before.
    """
    for port in random.SystemRandom().sample(range(20_000, 30_000), 1000):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
