"""A PostgreSQL server of our own for the tests, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("initdb", "pg_ctl")


def missing() -> str | None:
    """Why no server can be started, or nothing."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if os.geteuid() == 0 and _somebody() is None:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


def _somebody() -> str | None:
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


class Server:
    """One server on a port of its own; it can be stopped and started again."""

    def __init__(self, folder: Path, port: int, user: str | None) -> None:
        self._folder, self._user, self.port = folder, user, port
        self.url = f"postgresql://painpath@127.0.0.1:{port}/postgres"

    def start(self) -> None:
        """Until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        log = self._folder / "log"
        self._run(
            "pg_ctl", "-D", str(self._folder / "data"), "-o", options, "-l", log, "-w", "start"
        )

    def stop(self) -> None:
        """At once, without waiting for those who are connected."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def prepare(self) -> None:
        """Make its files."""
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "painpath", "-A", "trust", "-E", "UTF8", "-N")

    def _run(self, *command: str | Path) -> None:
        subprocess.run(
            [shutil.which(str(command[0])) or "", *map(str, command[1:])],
            check=True,
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(self._folder)},
        )


@contextmanager
def server() -> Iterator[Server]:
    """A running server."""
    user = _somebody() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="painpath-pg-") as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made = Server(folder, port, user)
        made.prepare()
        made.start()
        try:
            yield made
        finally:
            made.stop()
