"""What an export has finished, so that an interrupted one goes on and a later one adds to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from painpath.exporting.asking import Asked
from painpath.exporting.errors import ServerError
from painpath.exporting.manifest import Manifest

try:
    import fcntl
except ImportError:  # pragma: no cover - not on this system
    fcntl = None  # type: ignore[assignment]

WORK = ".painpath-export"
"""Folder beside the records; nothing in it is a record to be read."""


class Part(msgspec.Struct, frozen=True):
    """A downloaded file."""

    file: str
    size: int
    resources: int
    broken: int
    """Lines that hold no resource; they are kept."""
    kinds: list[str]
    """Types of its resources."""


class Finished(msgspec.Struct, frozen=True):
    """An export that is in the folder."""

    number: int
    asked: Asked
    at: str
    """The server's transaction time."""
    since: str | None
    parts: list[Part]
    resources: int
    deleted: int


class Job(msgspec.Struct):
    """The export under way."""

    number: int
    asked: Asked
    since: str | None
    """The instant asked for."""
    status: str | None = None
    """Address of it on the server; none yet before it was started."""
    manifest: Manifest | None = None
    done: dict[str, Part] = {}
    """By the item's name."""
    merging: bool = False
    """Everything is here; what is left is to put it among the earlier ones."""


class State(msgspec.Struct):
    """The state of a folder."""

    exports: list[Finished] = []
    job: Job | None = None


def read_state(folder: Path) -> State:
    """The state of a folder; a fresh one where there is none.

    Raises:
        ServerError: if it is there but cannot be read: to go on would mix two exports.
    """
    path = folder / "state.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return State()
    except msgspec.DecodeError:
        raise ServerError(f"{path}: the state cannot be read; choose another --out") from None


def write_state(folder: Path, state: State) -> None:
    """Keep the state; a reader never sees half of it."""
    beside = folder / ".state.json"
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1))
    beside.replace(folder / "state.json")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else may export into the folder meanwhile; the claim ends with the process.

    Raises:
        ServerError: if somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Addresses of finished exports open records; they are for the owner only.
    folder.chmod(0o700)
    with (folder / "lock").open("w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ServerError(
                    f"{folder.parent}: another export is writing there; wait for it"
                ) from None
        yield
