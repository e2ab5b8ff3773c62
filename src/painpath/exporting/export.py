"""An export from beginning to end: started or taken up again, fetched, merged, tidied up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec

from painpath.exporting import capabilities, job, merging
from painpath.exporting.asking import KNOWN, LAST, Asked
from painpath.exporting.checking import heads
from painpath.exporting.errors import FailedError, GoneError, ServerError, SettingsError
from painpath.exporting.fetching import Fetching, Watch, staged
from painpath.exporting.manifest import Manifest, items
from painpath.exporting.sayings import Outcome
from painpath.exporting.state import (
    WORK,
    Finished,
    Job,
    Part,
    alone,
    read_state,
    write_state,
)
from painpath.exporting.talking import Talk


class Result(NamedTuple):
    """What an export brought."""

    at: str
    """The server's transaction time."""
    is_first: bool
    files: int
    resources: int
    deleted: int
    broken: int
    errors: int


class Export:
    """One export into a folder.

    Args:
        talk: to the server.
        asked: what to export.
        out: folder for the records.
        watch: told how it goes.
        known: types that PainPath reads.
        parallel: files fetched at once.
        packed: whether files may be packed on the way, and stay so.
    """

    def __init__(
        self,
        talk: Talk,
        asked: Asked,
        out: Path,
        watch: Watch,
        *,
        known: frozenset[str] = frozenset(),
        parallel: int = 4,
        packed: bool = True,
    ) -> None:
        self._talk = talk
        self._asked = asked
        self._out = out
        self._watch = watch
        self._known = known
        self._parallel = parallel
        self._packed = packed
        self._work = out / WORK

    def run(self, *, restart: bool = False) -> Result:
        """Do all of it, or what is left of it.

        Args:
            restart: drop what an interrupted export has brought so far.

        Raises:
            ServerError: if the server does not give what is needed; the same again goes on.
            SettingsError: if it cannot be asked so.
        """
        with alone(self._work):
            self._state = read_state(self._work)
            if restart and self._state.job is not None and not self._state.job.merging:
                self._drop()
            now = self._state.job or self._new()
            if now.asked != self._asked:
                raise SettingsError(
                    f"{self._out}: an export that was asked otherwise is unfinished there;"
                    " ask the same again to go on, or drop it with --restart"
                )
            if not now.merging:
                try:
                    self._bring(now)
                except FailedError:
                    self._drop()
                    raise
                except ServerError as error:
                    if self._state.job is None:
                        raise
                    raise ServerError(f"{error}; run it again to go on") from None
            if now.status is not None:
                job.cancel(self._talk, now.status)
            return self._merge(now)

    def _keep(self) -> None:
        write_state(self._work, self._state)

    # -- what to ask for --

    def _new(self) -> Job:
        since = self._asked.since
        done = self._state.exports
        if since is None and done:
            raise SettingsError(
                f"{self._out}: it holds an export of {done[-1].at}; fetch what changed since with"
                " --since last, or choose another --out"
            )
        if since == LAST:
            if not done:
                raise SettingsError(f"{self._out}: --since last needs an earlier export there")
            since = done[-1].at
        if done and msgspec.structs.replace(done[-1].asked, since=None) != (
            msgspec.structs.replace(self._asked, since=None)
        ):
            raise SettingsError(
                f"{self._out}: its earlier export was of another server, level, types or filters;"
                " ask the same, or choose another --out"
            )
        self._clear()
        return Job(number=len(done) + 1, asked=self._asked, since=since)

    def _drop(self) -> None:
        """Forget the export under way, here and on the server."""
        dropped = self._state.job
        if dropped is not None and dropped.status is not None:
            job.cancel(self._talk, dropped.status)
        self._clear()
        self._state.job = None
        self._keep()

    def _clear(self) -> None:
        for path in self._work.glob("*.part*"):
            path.unlink(missing_ok=True)
        for path in self._work.glob("*.whole"):
            path.unlink(missing_ok=True)

    # -- from the server --

    def _bring(self, now: Job) -> None:
        began_before = now.status is not None
        try:
            manifest = self._manifest(now)
        except GoneError:
            if not began_before:
                raise
            self._watch.note("the server no longer has the export that was begun; beginning again")
            self._anew(now)
            manifest = self._manifest(now)
        if now.manifest is not None and not now.manifest.same(manifest):
            self._watch.note("the server made the export anew; what was fetched is dropped")
            self._clear()
            now.done = {}
        now.manifest = manifest
        self._keep()
        fetching = Fetching(self._talk, self._work, self._watch, self._parallel, self._packed)
        fetching.run(now, manifest, self._keep)
        now.merging = True
        self._keep()

    def _anew(self, now: Job) -> None:
        self._clear()
        now.status, now.manifest, now.done = None, None, {}
        self._state.job = None
        self._keep()

    def _manifest(self, now: Job) -> Manifest:
        if now.status is None:
            types = list(self._asked.types)
            if types == [KNOWN]:
                types = capabilities.types(self._talk, self._asked.server, self._known)
            now.status = job.kick_off(self._talk, self._asked.address(now.since, types))
            self._state.job = now
            self._keep()
        return job.wait(self._talk, now.status, self._watch.waiting)

    # -- among the earlier ones --

    def _merge(self, now: Job) -> Result:
        assert now.manifest is not None
        found = {
            kind: [now.done[i.name] for i in items(now.manifest, now.number) if i.kind == kind]
            for kind in ("output", "deleted", "error")
        }
        gone: set[str] = set()
        for part in found["deleted"]:
            gone.update(merging.deleted_in(staged(self._work, part)))
        told = self._tell_errors(found["error"])
        for part in found["output"]:
            path = staged(self._work, part)
            if not part.resources and not part.broken:
                path.unlink(missing_ok=True)
            elif path.exists():
                path.replace(self._out / part.file)
        new = [part for part in found["output"] if part.resources or part.broken]
        earlier = self._state.exports
        if earlier:
            earlier = merging.merge(self._out, earlier, new, gone, self._work)
        done = Finished(
            number=now.number,
            asked=now.asked,
            at=now.manifest.transaction_time,
            since=now.since,
            parts=new,
            resources=sum(part.resources for part in new),
            deleted=len(gone),
        )
        if new or earlier:
            self._state.exports = [*earlier, done]
        self._state.job = None
        self._keep()
        self._clear()
        return Result(
            at=done.at,
            is_first=now.number == 1,
            files=len(new),
            resources=done.resources,
            deleted=done.deleted,
            broken=sum(part.broken for part in new),
            errors=told,
        )

    def _tell_errors(self, files: list[Part]) -> int:
        """How much the server says it left out; by kind only, for its words may name patients."""
        counted: Counter[tuple[str, str]] = Counter()
        for part in files:
            path = staged(self._work, part)
            if not path.exists():
                continue
            for line, _ in heads(path):
                try:
                    outcome = msgspec.json.decode(line, type=Outcome)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    counted["error", "unreadable"] += 1
                    continue
                counted.update((issue.severity, issue.code) for issue in outcome.issue)
            path.replace(self._work / part.file)
        for (severity, code), number in sorted(counted.items()):
            self._watch.note(
                f"the server reports {number} of severity {severity} ({code or 'no code'});"
                f" its words are in {self._work}"
            )
        return sum(n for (severity, _), n in counted.items() if severity in ("error", "fatal"))
