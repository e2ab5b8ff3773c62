"""What a screen has finished, so that the next run goes on from there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from painpath.records.errors import RecordError

try:
    import fcntl
except ImportError:  # pragma: no cover - not on this system
    fcntl = None  # type: ignore[assignment]


class ShareState(msgspec.Struct, frozen=True):
    """Names of a share's files, and the terms on which its tables were made."""

    facts: str
    told: str
    terms: str
    patients: int


class State(msgspec.Struct):
    """The state of a folder of results."""

    knowledge: str
    """Of the knowledge and the program with which everything in the folder was made."""
    shares: int
    """Into how many the patients are parted; 0: not yet."""
    done: dict[int, ShareState] = {}


def read_state(folder: Path, knowledge: str) -> State:
    """The state of a folder; a fresh one where there is none, or one by other knowledge."""
    try:
        state = msgspec.json.decode((folder / "state.json").read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return State(knowledge, 0)
    return state if state.knowledge == knowledge else State(knowledge, 0)


def write_state(folder: Path, state: State) -> None:
    """Keep the state; a reader never sees half of it."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / ".state.json"
    state.done = dict(sorted(state.done.items()))
    beside.write_bytes(msgspec.json.encode(state))
    beside.replace(folder / "state.json")


def forget(folder: Path) -> bool:
    """Remove the state and everything kept for the next run; whether there was anything.

    Args:
        folder: of the state, within the results.

    Raises:
        RecordError: if a screen is at work there.
    """
    if not folder.is_dir():
        return False
    with alone(folder):
        shutil.rmtree(folder)
    return True


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else may work in the folder meanwhile; the claim ends with the process.

    Raises:
        RecordError: if somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RecordError(
                    f"{folder.parent}: another screen is writing there; wait for it"
                ) from None
        yield
