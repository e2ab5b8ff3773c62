"""Order in the folder of results: what is half written or no longer used is removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from painpath.screening import runs
from painpath.screening.state import State
from painpath.screening.steps import FACTS, WORK, Setting


def sweep(folder: Path) -> None:
    """Remove what an interrupted run left half written."""
    for place in (WORK + "/runs", WORK + "/told", WORK + "/shelves", FACTS):
        for path in (folder / place).rglob(".*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def tidy(setting: Setting, state: State) -> None:
    """Remove what no share uses any more, and runs of which nothing counts."""
    told = {share.told for share in state.done.values()}
    facts = {share.facts for share in state.done.values()}
    for path in setting.told.glob("*"):
        if path.name not in told:
            shutil.rmtree(path, ignore_errors=True)
    for place in (setting.shelves, Path(setting.out) / FACTS):
        for path in place.glob("*/*.parquet"):
            if path.stem not in facts:
                path.unlink(missing_ok=True)
    alive = {ref.name for ref in setting.refs}
    for name in runs.names(setting.runs):
        if name not in alive:
            runs.forget(setting.runs, name)
