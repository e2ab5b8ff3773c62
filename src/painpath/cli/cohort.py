"""`painpath cohort`: synthetic pain patients as FHIR, with the truth beside them."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from painpath.cli.dates import day
from painpath.cli.errors import WRONG_USAGE, fail, sentences


class Layout(StrEnum):
    """How the records are laid out."""

    bundles = "bundles"
    ndjson = "ndjson"


def cohort(
    patients: Annotated[int, typer.Option("--patients", help="How many patients")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the records and the truth")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same patients")] = 1,
    layout: Annotated[
        Layout, typer.Option(help="One Bundle a patient, or files as of a bulk export")
    ] = Layout.bundles,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day of the cohort (default 2026-11-01)")
    ] = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="Leave out the errors of real data")
    ] = False,
    cores: Annotated[int, typer.Option(help="Processes (default: all cores)")] = 0,
) -> None:
    """Make synthetic pain patients (nobody real), and what each option should say of them."""
    if patients < 1:
        raise fail("--patients must be at least 1", WRONG_USAGE)
    if out.is_dir() and any(out.iterdir()):
        raise fail(f"{out}: the folder is not empty; name a new one", WRONG_USAGE)
    with sentences():
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        from painpath.cohort.making import TODAY, TRUTH, Order, make

        today: datetime.date = day(as_of, "--as-of") or TODAY
        order = Order(
            patients=patients, seed=seed, out=out, layout=layout.value, today=today, clean=clean
        )
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]} patients/s"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        with bar:
            task = bar.add_task("patients", total=patients, rate="-")

            def done(more: int) -> None:
                speed = bar.tasks[0].speed
                bar.update(task, advance=more, rate=f"{speed:,.0f}" if speed else "-")

            lines = make(order, done, cores)
        typer.echo(f"{patients} synthetic patients as of {today} in {out}; {lines} lines of truth")
        typer.echo(f"in {out / TRUTH}")
