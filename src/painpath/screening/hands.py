"""Processes that do the steps of a screen side by side.

Each is a Python of its own that takes steps on its standard input and reports on its standard
output. When whoever started it is gone, its input ends and so does it.
"""

from __future__ import annotations

import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import msgspec

from painpath.records.errors import RecordError
from painpath.screening.steps import Hand, Report, Setting, Step

_LENGTH = struct.Struct("<Q")


class ScreenError(RecordError):
    """A screen cannot go on; one sentence says why. What is finished is kept."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A step that could not be done."""

    why: str


_STEP = msgspec.msgpack.Decoder(Step)
_REPORT = msgspec.msgpack.Decoder(Report | Failed)
_SETTING = msgspec.msgpack.Decoder(Setting)


def work(steps: Sequence[Step], setting: Setting, hands: int) -> Iterator[tuple[Step, Report]]:
    """Do all steps; reports come as they are finished.

    Args:
        steps: independent of each other.
        setting: what they have in common.
        hands: processes; with one, the steps are done in this process.

    Raises:
        ScreenError: if a step cannot be done.
    """
    if hands < 2 or len(steps) < 2:
        hand = Hand(setting)
        for step in steps:
            report = attempt(hand, step)
            if isinstance(report, Failed):
                raise ScreenError(report.why)
            yield step, report
        return
    yield from _Team(steps, setting, min(hands, len(steps))).reports()


def attempt(hand: Hand, step: Step) -> Report | Failed:
    """One step, with what went wrong in one sentence."""
    try:
        return hand.do(step)
    except OSError as error:
        return Failed(_said(error))
    except RecordError as error:
        return Failed(str(error))


@contextmanager
def spoken() -> Iterator[None]:
    """What the system refuses (a full disk, say) in one sentence."""
    try:
        yield
    except OSError as error:
        raise ScreenError(_said(error)) from None


def _said(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    # Arrow gives the number, and words around it that help nobody.
    why = os.strerror(error.errno) if error.errno else str(error)
    return f"{where}{why}; what is finished is kept, run it again"


class _Team:
    def __init__(self, steps: Sequence[Step], setting: Setting, hands: int) -> None:
        self._waiting: queue.SimpleQueue[Step] = queue.SimpleQueue()
        for step in steps:
            self._waiting.put(step)
        self._count = len(steps)
        self._done: queue.SimpleQueue[tuple[Step, Report | Failed]] = queue.SimpleQueue()
        self._setting = msgspec.msgpack.encode(setting)
        self._stopped = threading.Event()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads = [threading.Thread(target=self._lead, daemon=True) for _ in range(hands)]

    def reports(self) -> Iterator[tuple[Step, Report]]:
        """As they come."""
        for thread in self._threads:
            thread.start()
        try:
            for _ in range(self._count):
                step, report = self._done.get()
                if isinstance(report, Failed):
                    raise ScreenError(report.why)
                yield step, report
        finally:
            self._stopped.set()
            for process in self._processes:
                if process.stdin is not None:
                    process.stdin.close()
                process.wait()
            for thread in self._threads:
                thread.join()
            for process in self._processes:
                if process.stdout is not None:
                    process.stdout.close()

    def _lead(self) -> None:
        """Give one process step after step."""
        process = subprocess.Popen(
            [sys.executable, "-m", "painpath.screening.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._processes.append(process)
        assert process.stdin is not None and process.stdout is not None
        step: Step | None = None
        try:
            _send(process.stdin, self._setting)
            while not self._stopped.is_set():
                step = self._waiting.get_nowait()
                _send(process.stdin, msgspec.msgpack.encode(step))
                data = _receive(process.stdout)
                if data is None:
                    break
                self._done.put((step, _REPORT.decode(data)))
                step = None
        except queue.Empty:
            return
        except (OSError, ValueError):
            pass
        if step is not None and not self._stopped.is_set():
            why = f"a process of the screen ended early (exit code {process.wait()}); run it again"
            self._done.put((step, Failed(why)))


def _send(file: IO[bytes], data: bytes) -> None:
    file.write(_LENGTH.pack(len(data)) + data)
    file.flush()


def _receive(file: IO[bytes]) -> bytes | None:
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = file.read(length)
    return data if len(data) == length else None


def serve() -> None:
    """Take steps and report on them until there are no more."""
    # Nothing but reports may go to standard output.
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    steps = sys.stdin.buffer
    setting = _receive(steps)
    if setting is None:
        return
    hand = Hand(_SETTING.decode(setting))
    while (data := _receive(steps)) is not None:
        report = attempt(hand, _STEP.decode(data))
        try:
            _send(reports, msgspec.msgpack.encode(report))
        except BrokenPipeError:
            return
