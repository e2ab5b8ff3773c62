"""All files of an export fetched, several at once, each looked through before it counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

from painpath.exporting import job
from painpath.exporting.checking import DamagedError, is_packed, look_through
from painpath.exporting.downloading import Wanted, discard, fetch, settle
from painpath.exporting.errors import GoneError, ServerError
from painpath.exporting.manifest import Item, Manifest, items
from painpath.exporting.state import Job, Part
from painpath.exporting.talking import Talk

_SPARING = 20
"""Times longer than writing the state took until it is written again."""
_ROUNDS = 3
"""How often a file that comes damaged is fetched."""


class Watch(Protocol):
    """Told how it goes; never of patients."""

    def waiting(self, progress: str, seconds: float) -> None:
        """The server is at work and is asked again in so many seconds."""

    def fetched(self, files: int, of: int, size: int) -> None:
        """So many files are here, and so many bytes came."""

    def note(self, sentence: str) -> None:
        """Something that whoever asked should know."""


def staged(work: Path, part: Part) -> Path:
    """Where a whole file waits for the others."""
    return work / f"{part.file.partition('.ndjson')[0]}.whole"


class Fetching:
    """Fetches the files of one export.

    Args:
        talk: to the server.
        work: folder for the files until all are here.
        watch: told how it goes.
        parallel: files at once.
        packed: whether they may be packed on the way, and stay so.
    """

    def __init__(self, talk: Talk, work: Path, watch: Watch, parallel: int, packed: bool) -> None:
        self._talk = talk
        self._work = work
        self._watch = watch
        self._parallel = parallel
        self._packed = packed

    def run(self, now: Job, manifest: Manifest, keep: Callable[[], None]) -> None:
        """Fetch what is not here yet; `now.done` grows, and is kept after each file.

        Raises:
            ServerError: if one cannot be had; the others that were finished are kept.
        """
        assert now.status is not None
        status = now.status
        again = lambda: job.wait(self._talk, status, self._watch.waiting)  # noqa: E731
        listed = items(manifest, now.number)
        links = Links(manifest, now.number, again)
        count = Bytes(self._watch, len(now.done), len(listed))
        waiting = [item for item in listed if item.name not in now.done]
        with ThreadPoolExecutor(self._parallel) as pool:
            futures = {
                pool.submit(self._one, item, links, manifest, count): item for item in waiting
            }
            left = set(futures)
            try:
                due = 0.0
                while left:
                    ready, left = wait(left, return_when=FIRST_COMPLETED)
                    for future in ready:
                        now.done[futures[future].name] = future.result()
                    began = time.monotonic()
                    if began >= due:
                        keep()
                        # Of many files the state is long; to write it must not become the work.
                        due = began + _SPARING * (time.monotonic() - began)
            except BaseException:
                self._talk.stopped.set()
                pool.shutdown(cancel_futures=True)
                now.done.update(_finished(futures))
                keep()
                raise

    def _one(self, item: Item, links: Links, manifest: Manifest, count: Bytes) -> Part:
        """One file, whole and looked through."""
        path = self._work / f"{item.name}.part"
        wanted = Wanted(item.name, path, manifest.requires_access_token, self._packed)
        was_short = False
        for _ in range(_ROUNDS):
            self._bring(wanted, links, count)
            try:
                found = look_through(path)
            except DamagedError:
                discard(path)
                continue
            lines = found.resources + found.broken
            if item.kind == "output" and item.entry.count not in (None, lines):
                if not was_short:
                    was_short = True
                    discard(path)
                    continue
                self._watch.note(
                    f"{item.name} holds {lines} resources,"
                    f" the server's list says {item.entry.count}"
                )
            name = f"{item.name}.ndjson{'.gz' if is_packed(path) else ''}"
            part = Part(name, path.stat().st_size, found.resources, found.broken, found.kinds)
            settle(path, staged(self._work, part))
            count.file()
            return part
        raise ServerError(f"{item.name}: the file comes damaged each time")

    def _bring(self, wanted: Wanted, links: Links, count: Bytes) -> None:
        url = links.of(wanted.name)
        try:
            fetch(self._talk, wanted, url, count.add)
        except GoneError:
            # Signed addresses expire; the manifest has fresh ones.
            fetch(self._talk, wanted, links.fresh(wanted.name, url), count.add)


def _finished(futures: dict[Future[Part], Item]) -> dict[str, Part]:
    """Files that were finished beside one that failed."""
    return {
        item.name: future.result()
        for future, item in futures.items()
        if future.done() and not future.cancelled() and future.exception() is None
    }


class Links:
    """Addresses of the files, renewed when they expire. May be used by several threads."""

    def __init__(self, manifest: Manifest, number: int, again: Callable[[], Manifest]) -> None:
        self._lock = threading.Lock()
        self._again = again
        self._number = number
        self._take(manifest)

    def _take(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._urls = {item.name: item.entry.url for item in items(manifest, self._number)}

    def of(self, name: str) -> str:
        """Address of a file."""
        with self._lock:
            return self._urls[name]

    def fresh(self, name: str, stale: str) -> str:
        """Another address than this one.

        Raises:
            GoneError: if the server has no other.
        """
        with self._lock:
            if self._urls[name] == stale:
                manifest = self._again()
                if not manifest.same(self._manifest):
                    raise GoneError("the server made the export anew meanwhile; run it again")
                self._take(manifest)
            return self._urls[name]


class Bytes:
    """Counts what comes. May be used by several threads."""

    def __init__(self, watch: Watch, files: int, of: int) -> None:
        self._lock = threading.Lock()
        self._watch = watch
        self._files, self._of, self._size = files, of, 0
        watch.fetched(files, of, 0)

    def add(self, size: int) -> None:
        """So many bytes more."""
        with self._lock:
            self._size += size
            self._watch.fetched(self._files, self._of, self._size)

    def file(self) -> None:
        """One file more."""
        with self._lock:
            self._files += 1
            self._watch.fetched(self._files, self._of, self._size)
