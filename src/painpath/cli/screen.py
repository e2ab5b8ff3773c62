"""`painpath screen`: a whole population in, verdicts, worklists and a summary out."""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import Annotated

import typer

from painpath.cli.dates import day
from painpath.cli.errors import WRONG_USAGE, fail, sentences

_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal to draw on."""


def screen(
    export: Annotated[
        str | None,
        typer.Argument(
            show_default=False,
            help="Folder of Bundles (.json), of bulk-export NDJSON (.ndjson, .ndjson.gz), or of the"
            " Parquet facts that an earlier screen wrote; or OMOP CDM tables: folder of Parquet or"
            " CSV, DuckDB file, postgresql://...",
        ),
    ] = None,
    *,
    out: Annotated[str, typer.Option("--out", help="Folder for the results")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Screen as of this date")] = None,
    policy: Annotated[
        str, typer.Option(help="auto (from each Coverage), clinical, a payer or a policy id")
    ] = "auto",
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Processes side by side (default: all cores)")
    ] = None,
    smallest: Annotated[
        int, typer.Option("--small-cells", help="The summary hides counts below this; 0: none")
    ] = 11,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Remove what is kept of the records for the next run"),
    ] = False,
    engine: Annotated[
        str,
        typer.Option(
            help="duckdb (this machine) or spark (a cluster; EXPORT and --out may be URIs such as"
            " hdfs:// or s3a://)"
        ),
    ] = "duckdb",
    spark_conf: Annotated[
        list[str] | None,
        typer.Option("--spark-conf", help="A setting of Spark, NAME=VALUE; may be repeated"),
    ] = None,
) -> None:
    """Screen a population: worklists, tables, a summary. Goes on where it was interrupted."""
    asked = day(as_of, "--as-of") or datetime.date.today()
    if jobs is not None and jobs < 1:
        raise fail(f"--jobs: {jobs} is not at least 1", WRONG_USAGE)
    if smallest < 0:
        raise fail(f"--small-cells: {smallest} is not at least 0", WRONG_USAGE)
    if export is None:
        if not forget:
            raise fail("missing argument 'EXPORT'; see `painpath screen --help`", WRONG_USAGE)
        _forget(out)
        return
    settings = _settings(engine, spark_conf or [])
    with sentences():
        from painpath.screening.terms import Terms

        terms = Terms(as_of=asked, policy=policy, smallest=smallest)
        with Meter() as meter:
            if settings is not None:
                from painpath.cluster.screen import screen as on_spark

                result = on_spark(export, out, terms, settings=settings, jobs=jobs, watch=meter)
            else:
                from painpath.screening.screen import screen as here

                result = here(export, out, terms, jobs=jobs, watch=meter)
        typer.echo(
            f"{result.patients:,} patients, {result.problems:,} pain problems,"
            f" {result.skips:,} things not used (skips.csv)"
        )
        for name, count in result.worklists.items():
            typer.echo(f"{count:8,}  {name}")
        typer.echo(f"{out}: {', '.join(result.files)}")
    if forget:
        _forget(out)


def _forget(out: str) -> None:
    with sentences():
        from painpath.screening.state import forget
        from painpath.screening.steps import WORK

        kept = Path(out) / WORK
        there = forget(kept)
    typer.echo(f"{kept}: removed" if there else f"{kept}: there is nothing to remove")


def _settings(engine: str, given: list[str]) -> dict[str, str] | None:
    """Settings of Spark by their names; `None` if Spark is not the engine."""
    if engine not in ("duckdb", "spark"):
        raise fail(f"--engine: there is no engine {engine}; duckdb or spark", WRONG_USAGE)
    if engine == "duckdb":
        if given:
            raise fail("--spark-conf: only with --engine spark", WRONG_USAGE)
        return None
    settings: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name.startswith("spark.") or not equals:
            raise fail(f"--spark-conf: {each} is not like spark.name=value", WRONG_USAGE)
        settings[name] = value
    return settings


class Meter:
    """Shows how far a screen is, how fast, and how long it will take."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskID,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, tuple[float, int]] = {}
        self._patients = 0
        self._told = time.monotonic()

    def __enter__(self) -> Meter:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """One report of progress."""
        if what == "patients":
            self._patients = done
            return
        began, first = self._began.setdefault(what, (time.monotonic(), done))
        rate = self._rate(what, done - first, time.monotonic() - began)
        label = {"bytes": "Reading", "shares": "Judging"}[what]
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(label, total=total, rate="")
        self._progress.update(self._tasks[what], completed=done, total=total, rate=rate)
        if not self._console.is_terminal and time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            told = [f"{label} {100 * done // max(total, 1)} %", rate]
            if done > first:
                left = (time.monotonic() - began) / (done - first) * (total - done)
                told.append(f"{left:.0f} s left")
            self._console.print(", ".join(filter(None, told)), highlight=False)

    def _rate(self, what: str, done: int, seconds: float) -> str:
        if seconds <= 0 or not done:
            return ""
        if what == "bytes":
            return f"{done / seconds / 1e6:,.0f} MB/s"
        if not self._patients:
            return ""
        return f"{self._patients / seconds:,.0f} patients/s"
