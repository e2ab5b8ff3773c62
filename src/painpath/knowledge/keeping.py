"""What was made of files once, kept in a cache folder until one of them changes.

A kept file is named by the content of what it was made of. A missing, stale or unwritable cache
only costs time.
"""

from __future__ import annotations

import gc
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import platformdirs

_T = TypeVar("_T")

_STAY = 4
"""So many versions of a kind are left in the folder."""


def cache_folder() -> Path:
    """Where things are kept; `PAINPATH_CACHE` overrides the user's cache folder."""
    chosen = os.environ.get("PAINPATH_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("painpath", False))


def fingerprint(files: Iterable[Path]) -> str:
    """Changes with the name or content of any file."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(file.parents[1])).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


@contextmanager
def all_stays() -> Iterator[None]:
    """For making a hundred thousand objects that all stay: nobody looks for garbage among them.

    Looking costs as much as making them.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def recall(name: str, kind: type[_T]) -> _T | None:
    """What was kept under this name, or `None`."""
    try:
        with all_stays():
            return msgspec.msgpack.decode((cache_folder() / name).read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def keep(name: str, value: object) -> None:
    """Write beside and rename, so that a reader never sees half a file; forget older ones."""
    file = cache_folder() / name
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as handle:
            handle.write(msgspec.msgpack.encode(value))
        Path(handle.name).replace(file)
        kin = sorted(file.parent.glob(f"*{file.suffix}"), key=lambda f: f.stat().st_mtime)
        for old in kin[:-_STAY]:
            old.unlink(missing_ok=True)
    except OSError:
        return
