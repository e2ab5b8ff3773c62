"""`painpath knowledge diff`: what changed between two versions, and whose status would change."""

from __future__ import annotations

import datetime
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painpath.cli.dates import day
from painpath.cli.errors import WRONG_USAGE, fail, sentences

if TYPE_CHECKING:
    from painpath.planning.effects import Standings

_IN_GIT = "src/painpath/knowledge/base"


class Format(StrEnum):
    """How the differences are written."""

    text = "text"
    json = "json"


def diff(
    old: Annotated[str, typer.Argument(help="Knowledge folder, git revision, or - (built in)")],
    new: Annotated[str, typer.Argument(help="The same")],
    records: Annotated[
        Path | None, typer.Argument(help="Records: whose status would change")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Plan as of this date")] = None,
    policy: Annotated[
        str, typer.Option(help="auto, all (under every policy), clinical, a payer or a policy id")
    ] = "auto",
    format: Annotated[Format, typer.Option(help="text or json")] = Format.text,
) -> None:
    """Say what changed between two versions of the knowledge, and whose status would change."""
    asked = day(as_of, "--as-of") or datetime.date.today()
    with sentences(), _folder(old) as before, _folder(new) as after:
        import msgspec
        from rich.console import Console

        from painpath.knowledge.differences import Change, differences
        from painpath.knowledge.loading import load
        from painpath.planning.effects import Effect, effects
        from painpath.report.differences import render_changes, render_effects
        from painpath.report.json import encode

        class Difference(msgspec.Struct):
            """What is written as JSON."""

            changes: list[Change]
            patients: int | None
            effects: list[Effect] | None

        changes = differences(load(before), load(after))
        found, count = None, None
        if records is not None:
            then = _standings(before, records, asked, policy)
            now = _standings(after, records, asked, policy)
            found, count = effects(then, now), len(then.keys() | now.keys())
        if format is Format.json:
            sys.stdout.buffer.write(encode(Difference(changes, count, found)) + b"\n")
            return
        console = Console(highlight=False, soft_wrap=True)
        render_changes(changes, console)
        if found is not None and count is not None:
            render_effects(found, count, console)


def _standings(folder: Path, records: Path, asked: datetime.date, policy: str) -> Standings:
    """Every patient's statuses with one version, with a progress bar."""
    from rich.console import Console
    from rich.progress import track

    from painpath.knowledge.store import compiled
    from painpath.planning.effects import standings
    from painpath.planning.planner import Planner
    from painpath.records.single import each_record

    ready = compiled(folder)
    planner = Planner(ready.knowledge, ready.vocabulary, ready.rules)
    bar = track(
        each_record(records, ready.vocabulary),
        description=f"patients, {folder.name}",
        console=Console(stderr=True),
        transient=True,
    )
    return standings(planner, bar, asked, policy)


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    """A knowledge folder: the one named, the built-in one, or that of a git revision."""
    from painpath.knowledge.loading import BASE

    if name == "-":
        yield BASE
    elif Path(name).is_dir():
        yield Path(name)
    else:
        with tempfile.TemporaryDirectory(prefix="painpath-") as made:
            yield _from_git(name, Path(made))


def _from_git(revision: str, into: Path) -> Path:
    """The knowledge as it stood at a revision of the git repository we are in."""
    if revision.startswith("-"):
        raise fail(f'"{revision}" is neither a folder nor a git revision', WRONG_USAGE)
    packed = into / "knowledge.tar"
    try:
        top = _git("rev-parse", "--show-toplevel").strip()
        _git("-C", top, "archive", f"--output={packed}", revision, _IN_GIT)
    except (OSError, subprocess.CalledProcessError):
        what = f'"{revision}" is neither a knowledge folder nor a git revision known here'
        raise fail(what, WRONG_USAGE) from None
    with tarfile.open(packed) as archive:
        archive.extractall(into, filter="data")
    return into / _IN_GIT


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, encoding="utf-8")
    return done.stdout
