"""Makes a cohort: in chunks, on all cores, straight to files, with memory that does not grow.

Every patient has a seed of its own and every chunk files of its own, so that the result does not
depend on how many cores work, and any chunk can be made alone.
"""

from __future__ import annotations

import datetime
import gzip
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Literal, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from painpath.cohort import fhir
from painpath.cohort.blemishes import Blemisher
from painpath.cohort.chance import Chance
from painpath.cohort.living import Lives
from painpath.cohort.loading import load
from painpath.cohort.truth.judging import Judged, judge
from painpath.cohort.truth.numbers import Numbers
from painpath.cohort.writing import CLINICIANS, CLINICS, Writer, Written

Layout = Literal["bundles", "ndjson"]
TODAY = datetime.date(2026, 11, 1)
"""The day of the cohort where none is asked for; the examples have the same."""
_CHUNK = 2_000
_SHARED = ("Organization", "Practitioner")
_PLAIN = ("Patient", "Coverage")
"""Small files are left uncompressed, as some servers do."""
_PARTS = {"Observation": 2}
"""Types whose lines are dealt over several files, so that a patient lies in more than one."""
TRUTH = "truth.parquet"
TRUTH_COLUMNS = pa.schema(
    [
        ("patient", pa.string()),
        ("problem", pa.string()),
        ("side", pa.string()),
        ("since", pa.string()),
        ("option", pa.string()),
        ("policy", pa.string()),
        ("status", pa.string()),
        ("earliest", pa.string()),
        ("because", pa.list_(pa.string())),
    ]
)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to make."""

    patients: int
    seed: int
    out: Path
    layout: Layout = "bundles"
    today: datetime.date = TODAY
    clean: bool = False
    """Without errors of real data."""


class Maker:
    """Makes patients one by one."""

    def __init__(self, seed: int, today: datetime.date, *, clean: bool = False) -> None:
        from painpath.knowledge.store import compiled

        spec = load()
        self.seed = seed
        self.day = today.toordinal()
        self.numbers = Numbers(compiled().knowledge)
        self.lives = Lives(spec, self.day)
        self.writer = Writer(spec, self.day)
        self.blemisher = None if clean else Blemisher(spec, self.day)

    def record(self, number: int) -> Written:
        """The record of one patient, by number."""
        chance = Chance.of(self.seed, number)
        written = self.writer.write(self.lives.live(number, chance), number, chance)
        if self.blemisher is not None:
            self.blemisher.spoil(written, chance)
        return written

    def truth(self, written: Written) -> list[Judged]:
        """What each option of a record should be."""
        assert written.telling is not None
        return judge(written.telling, self.day, self.numbers)


def make(order: Order, progress: Callable[[int], None] = lambda _: None, cores: int = 0) -> int:
    """Make a cohort.

    Args:
        order: what.
        progress: told how many more patients are done.
        cores: processes; default all cores.

    Returns:
        Lines of truth written.
    """
    order.out.mkdir(parents=True, exist_ok=True)
    chunks = range((order.patients + _CHUNK - 1) // _CHUNK)
    cores = min(cores or multiprocessing.cpu_count(), len(chunks))
    lines = 0
    with pq.ParquetWriter(order.out / TRUTH, TRUTH_COLUMNS) as writer:
        if cores <= 1:
            maker = Maker(order.seed, order.today, clean=order.clean)
            for chunk in chunks:
                table = _chunk(maker, order, chunk, progress)
                writer.write_table(table)
                lines += table.num_rows
            return lines
        for table in _parallel(order, list(chunks), cores, progress):
            writer.write_table(table)
            lines += table.num_rows
    return lines


def _parallel(
    order: Order, chunks: list[int], cores: int, progress: Callable[[int], None]
) -> Iterator[pa.Table]:
    """Chunks in order, few of them waiting at a time."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context) as pool:
        running: dict[Future[pa.Table], int] = {}
        ready: dict[int, pa.Table] = {}
        following = 0
        waiting = iter(chunks)
        while following < len(chunks):
            while len(running) < 2 * cores and (chunk := next(waiting, None)) is not None:
                running[pool.submit(_work, order, chunk)] = chunk
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                chunk = running.pop(future)
                ready[chunk] = future.result()
                progress(_size(order, chunk))
            while following in ready:
                yield ready.pop(following)
                following += 1


_makers: dict[tuple[int, datetime.date, bool], Maker] = {}


def _work(order: Order, chunk: int) -> pa.Table:
    key = order.seed, order.today, order.clean
    if key not in _makers:
        _makers[key] = Maker(order.seed, order.today, clean=order.clean)
    return _chunk(_makers[key], order, chunk, lambda _: None)


def _size(order: Order, chunk: int) -> int:
    return min(_CHUNK, order.patients - chunk * _CHUNK)


def _chunk(maker: Maker, order: Order, chunk: int, progress: Callable[[int], None]) -> pa.Table:
    numbers = range(chunk * _CHUNK, chunk * _CHUNK + _size(order, chunk))
    truth: list[Judged] = []
    with ExitStack() as stack:
        sink = (
            _Lines(order.out, chunk, order.patients > _CHUNK, stack)
            if order.layout == "ndjson"
            else _Bundles(order.out, chunk)
        )
        for number in numbers:
            written = maker.record(number)
            sink.add(written)
            truth += maker.truth(written)
            if number % 100 == 99:
                progress(100)
    progress(_size(order, chunk) % 100)
    return _table(truth)


def _table(truth: list[Judged]) -> pa.Table:
    columns = {name: [getattr(line, name) for line in truth] for name in TRUTH_COLUMNS.names}
    columns["because"] = [list(line.because) for line in truth]
    return pa.table(columns, schema=TRUTH_COLUMNS)


class _Bundles:
    """One file a patient, a folder for each thousand."""

    def __init__(self, out: Path, chunk: int) -> None:
        self._out = out
        self._encode = msgspec.json.Encoder().encode
        del chunk

    def add(self, written: Written) -> None:
        key = written.story.id
        folder = self._out / key[:-3]
        folder.mkdir(exist_ok=True)
        number = written.clinic[-2:]
        shared = [fhir.organization(f"clinic-{number}", f"Clinic {number}")]
        data = self._encode(fhir.bundle(written.resources + shared))
        (folder / f"{key}.json").write_bytes(data)


class _Lines:
    """Files of one chunk of a bulk export: each type its own, the large ones compressed."""

    def __init__(self, out: Path, chunk: int, several: bool, stack: ExitStack) -> None:
        self._out = out
        self._chunk = chunk
        self._several = several
        self._stack = stack
        self._files: dict[tuple[str, int], IO[bytes]] = {}
        self._encode = msgspec.json.Encoder().encode
        if chunk == 0:
            for number in range(1, CLINICS + 1):
                name = f"clinic-{number:02d}"
                self._write("Organization", fhir.organization(name, f"Clinic {number:02d}"), 0)
            for number in range(1, CLINICIANS + 1):
                self._write("Practitioner", fhir.practitioner(f"clinician-{number:02d}"), 0)

    def add(self, written: Written) -> None:
        for place, made in enumerate(written.resources):
            kind = made["resourceType"]
            self._write(kind, made, place % _PARTS.get(kind, 1))
        for line in written.cut:
            self._file("Observation", 0).write(line + b"\n")

    def _write(self, kind: str, made: fhir.Json, part: int) -> None:
        self._file(kind, part).write(self._encode(made) + b"\n")

    def _file(self, kind: str, part: int) -> IO[bytes]:
        file = self._files.get((kind, part))
        if file is None:
            number = self._chunk * _PARTS.get(kind, 1) + part + 1
            shared = kind in _SHARED
            name = kind if shared or not self._several else f"{kind}.{number:04d}"
            if shared or kind in _PLAIN:
                file = self._stack.enter_context((self._out / f"{name}.ndjson").open("wb"))
            else:
                name = f"{kind}.{number:04d}.ndjson.gz"
                raw = self._stack.enter_context((self._out / name).open("wb"))
                # No name and no time inside, so that equal cohorts are equal files.
                packed = gzip.GzipFile("", "wb", 3, raw, mtime=0)
                file = cast(IO[bytes], self._stack.enter_context(packed))
            self._files[kind, part] = file
        return file
