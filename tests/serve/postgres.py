"""A PostgreSQL server of our own for the tests, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.programs import postgresql
from tests.serve.served import LONG

PROGRAMS = ("initdb", "pg_ctl")


def missing() -> str | None:
    """Why no server can be started, or nothing."""
    for program in PROGRAMS:
        if postgresql(program) is None:
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
    """One server on a socket in its folder, where no port can be taken from it meanwhile.

    It can be stopped and started again.
    """

    def __init__(self, folder: Path, user: str | None) -> None:
        self._folder, self._user = folder, user

    def url(self, database: str = "postgres") -> str:
        """Of one of its databases."""
        return f"postgresql://painpath@/{database}?host={self._folder}"

    def start(self) -> None:
        """Until it answers."""
        # Nothing is kept beyond the tests: no disk is waited for.
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off"
        log = self._folder / "log"
        data = self._folder / "data"
        self._run("pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "-t", str(LONG), "start")

    def stop(self) -> None:
        """At once, without waiting for those who are connected."""
        data = self._folder / "data"
        self._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "-t", str(LONG), "stop")

    def prepare(self) -> None:
        """Make its files."""
        data = self._folder / "data"
        self._run("initdb", "-D", data, "-U", "painpath", "-A", "trust", "-E", "UTF8", "-N")

    def _run(self, *command: str | Path) -> None:
        subprocess.run(
            [postgresql(str(command[0])) or "", *map(str, command[1:])],
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
        made = Server(folder, user)
        made.prepare()
        made.start()
        try:
            yield made
        finally:
            made.stop()
