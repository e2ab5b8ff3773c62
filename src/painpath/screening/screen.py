"""A whole population: export in, verdicts and worklists out; goes on where it was interrupted.

Three steps: the export's pieces are dealt out by patient (`dealing`), each share of the patients is
gathered into facts and judged (`gathering`, `deciding`), and the shares' tables are joined
(`collecting`). What is finished is kept and known by what it was made of, so a screen that was
killed, or one of an export in which little has changed, does only what is left to do.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import numpy as np

from painpath.omop import sources
from painpath.omop.staging import Stage
from painpath.planning.payer import choose_policy
from painpath.records import store
from painpath.records.errors import RecordError
from painpath.screening import exports, runs
from painpath.screening.cdm import Cdm, sheets_of, staged
from painpath.screening.collecting import Result, collect, left_out
from painpath.screening.gathering import RunRef, Share
from painpath.screening.hands import spoken, work
from painpath.screening.known import knowledge_mark, ready
from painpath.screening.order import sweep, tidy
from painpath.screening.pieces import Watch, dealt, references
from painpath.screening.runs import PieceSheet
from painpath.screening.state import ShareState, State, alone, read_state, write_state
from painpath.screening.steps import (
    FACTS,
    WORK,
    Hand,
    Lot,
    Setting,
    Step,
    Take,
    Taken,
)
from painpath.screening.terms import Terms

_SHARE = 4000
"""Patients of a share, at most about so many. How many cores there are plays no part: a screen that
was stopped goes on with any number of them, and the facts lie in the same files."""
_SAMPLE = 1 << 22
_TOGETHER = 8
"""Shares that are gone through together once they were judged before."""
_ALONE = 16 << 20
"""Bytes of an export for which starting processes is not worth it."""

_UNJUDGED = ""
"""The terms of a share that this engine has not judged."""


def screen(
    export: str | Path,
    out: str | Path,
    terms: Terms,
    *,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> Result:
    """Screen a population.

    Args:
        export: a folder (or file) of Bundles or of bulk-export NDJSON, a folder of facts, or OMOP
            tables: a folder of Parquet or CSV, a DuckDB file, the address of a PostgreSQL database.
        out: folder for the results; what an earlier run finished there is used again.
        terms: the day asked about and whose criteria decide.
        jobs: processes side by side; default: one a core.
        watch: told of progress.

    Raises:
        RecordError: if there is nothing to read, or somebody else writes into `out`.
        UnknownPolicyError: if the policy is not known.
    """
    choose_policy(ready().knowledge, terms.policy, (), terms.as_of)
    asked = terms.fingerprint(knowledge_mark())
    tell = watch or _nobody
    with _working(Path(out)) as state:
        setting, sheets, steps, hands = _plan(export, out, terms, state, asked, jobs, tell)
        write_state(Path(out) / WORK, state)
        _take(steps, setting, state, asked, hands, tell)
        with spoken():
            result = collect(setting, state, sheets)
        tidy(setting, state)
        return result


def gather(
    export: str | Path,
    out: str | Path,
    terms: Terms,
    *,
    jobs: int | None = None,
    watch: Watch | None = None,
) -> list[PieceSheet]:
    """Read an export into facts, for another engine to judge: the first two steps of a screen.

    The facts are in the folder `facts` of the results, what was not used stands beside it.

    Args:
        export, out, terms, jobs, watch: as for `screen`.

    Returns:
        What became of each piece of the export.

    Raises:
        RecordError: as `screen` does.
    """
    tell = watch or _nobody
    with _working(Path(out)) as state:
        setting, sheets, steps, hands = _plan(export, out, terms, state, _UNJUDGED, jobs, tell)
        setting = msgspec.structs.replace(setting, only_facts=True)
        write_state(Path(out) / WORK, state)
        _take(steps, setting, state, _UNJUDGED, hands, tell)
        with spoken():
            left_out(setting, state, sheets)
        tidy(setting, state)
        return sheets


@contextmanager
def _working(folder: Path) -> Iterator[State]:
    """Alone in a folder of results, in good order, with what is finished in it."""
    with alone(folder / WORK):
        sweep(folder)
        state = read_state(folder / WORK, knowledge_mark())
        if state.shares == 0 and not state.done:
            for old in (WORK + "/runs", WORK + "/told", WORK + "/shelves", FACTS):
                shutil.rmtree(folder / old, ignore_errors=True)
        yield state


def _plan(
    export: str | Path,
    out: str | Path,
    terms: Terms,
    state: State,
    asked: str,
    jobs: int | None,
    watch: Watch,
) -> tuple[Setting, list[PieceSheet], list[Step], int]:
    """What is to be done, what became of the export's pieces, and with how many hands to do it.

    What is small is not worth starting processes for.
    """
    source, folder = Path(export), Path(out)
    hands = jobs or _cores()
    if store.is_facts(source):
        if source.resolve() == (folder / FACTS).resolve():
            raise RecordError(
                f"{source}: these are the facts of this very folder; choose another --out"
            )
        setting = Setting(str(source), str(folder), terms, has_facts=True)
        return setting, [], _facts_steps(source, state, asked, hands), hands
    if sources.is_omop(export):
        setting = Setting(str(source), str(folder), terms)
        made = _staged(export, setting, knowledge_mark(), hands, watch)
        hands = 1 if made.size < _ALONE and jobs is None else hands
        sheets = sheets_of(made, setting.runs)
        refs = [RunRef(made.name, list(range(len(sheets))))]
        setting = msgspec.structs.replace(setting, refs=refs, stage=made.name)
        count = Cdm(setting.cdm, made.name, ready().vocabulary).count()
    else:
        found = exports.pieces(source, folder)
        small = sum(piece.end - piece.start for piece in found) < _ALONE
        hands = 1 if small and jobs is None else hands
        setting = Setting(str(exports.root(source)), str(folder), terms)
        written = dealt(found, setting, hands, watch)
        refs, sheets = references(found, written)
        setting = msgspec.structs.replace(setting, refs=refs)
        count = _patients(setting)
    return setting, sheets, _share_steps(count, state, asked, hands), hands


def _nobody(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


# -- OMOP tables --


def _staged(
    source: str | Path, setting: Setting, knowledge: str, hands: int, watch: Watch
) -> Stage:
    return staged(
        source,
        setting.cdm,
        ready().vocabulary,
        Hand(setting).keeps,
        knowledge=knowledge,
        threads=hands,
        tell=partial(watch, "bytes"),
    )


# -- shares of the patients --


def _share_steps(patients: int, state: State, terms: str, hands: int) -> list[Step]:
    count = _shares(patients, state.shares)
    if count != state.shares:
        state.shares, state.done = count, {}
    width = (1 << 64) // count
    lots = []
    for number in range(count):
        before = state.done.get(number)
        lots.append(
            Lot(
                number=number,
                share=Share(number * width, (number + 1) * width - 1),
                facts=None if before is None else before.facts,
                told=None if before is None or before.terms != terms else before.told,
            )
        )
    return _takes(lots, hands)


def _takes(lots: Sequence[Lot], hands: int) -> list[Step]:
    """Shares that were never judged one by one, the others several together.

    In those some patients will have changed; judging the few of one share costs hardly less than
    judging the few of many.
    """
    again = [lot for lot in lots if lot.told is not None]
    most = min(_TOGETHER, -(-len(again) // hands))
    steps: list[Step] = [Take([lot]) for lot in lots if lot.told is None]
    return steps + [Take(again[n : n + most]) for n in range(0, len(again), most or 1)]


def _patients(setting: Setting) -> int:
    """How many patients there are; of a large population, an estimate by a part of it."""
    keys = [runs.Run(setting.runs, ref.name, ref.orders) for ref in setting.refs]
    rows = sum(len(run.key) for run in keys)
    parts = 64 if rows > _SAMPLE else 1
    last = (1 << 64) // parts - 1
    counted = []
    for run in keys:
        some = run.between(0, last)
        counted.append(np.unique(run.key[some][run.order[some] >= 0]))
    return len(np.unique(np.concatenate(counted))) * parts if counted else 0


def _shares(patients: int, before: int) -> int:
    """A power of two; the one of before unless it has become far too large or small.

    To judge a share costs as much again as to judge some hundred patients, however few it has.
    """
    count = 1 << int(np.ceil(np.log2(max(patients / _SHARE, 1))))
    return before if before and count / 4 <= before <= count * 4 else count


def _facts_steps(source: Path, state: State, terms: str, hands: int) -> list[Step]:
    names = store.parts(source)
    if not names:
        raise RecordError(f"{source}: the folder of facts is empty")
    state.shares = len(names)
    was = {share.facts: share for share in state.done.values()}
    state.done = {n: was[name] for n, name in enumerate(names) if name in was}
    lots = []
    for number, name in enumerate(names):
        before = was.get(name)
        told = before.told if before is not None and before.terms == terms else None
        lots.append(Lot(number, None, name, told, _mark(source, name)))
    return _takes(lots, hands)


def _mark(source: Path, name: str) -> str:
    """When the files of one name were last written."""
    files = sorted(source.glob(f"*/{name}.parquet"))
    return " ".join(f"{s.st_size}:{s.st_mtime_ns}" for s in (file.stat() for file in files))


def _take(
    steps: Iterable[Step], setting: Setting, state: State, terms: str, hands: int, watch: Watch
) -> None:
    listed = list(steps)
    total = sum(len(step.lots) for step in listed if isinstance(step, Take))
    patients = done = 0
    watch("shares", 0, total)
    for _, report in work(listed, setting, hands):
        assert isinstance(report, Taken)
        for lot in report.lots:
            state.done[lot.number] = ShareState(lot.facts, lot.told, terms, lot.patients)
            patients += lot.patients
        write_state(Path(setting.out) / WORK, state)
        done += len(report.lots)
        # First how many people: the speed of the shares is told in them.
        watch("patients", patients, 0)
        watch("shares", done, total)
