"""`painpath knowledge drift`: are our Medicare policies behind the Medicare Coverage Database?"""

from __future__ import annotations

import datetime
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from painpath.cli.dates import day
from painpath.cli.errors import sentences


class Format(StrEnum):
    """How the comparison is written."""

    text = "text"
    json = "json"


def drift(
    export: Annotated[
        Path, typer.Argument(help="The database's CSV export: a zip as downloaded, or a folder")
    ],
    knowledge: Annotated[
        Path | None, typer.Option(help="Knowledge folder; default: built in")
    ] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write the export's code lists into the folder")
    ] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", help="In force on this date")] = None,
    format: Annotated[Format, typer.Option(help="text or json")] = Format.text,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List what is current too")
    ] = False,
) -> None:
    """Compare our Medicare policies and code lists with the Medicare Coverage Database's export."""
    asked = day(as_of, "--as-of") or datetime.date.today()
    with sentences():
        from rich.console import Console

        from painpath.knowledge.checks import check
        from painpath.knowledge.drift.comparing import compare
        from painpath.knowledge.drift.export import Export
        from painpath.knowledge.drift.taking_over import take_over
        from painpath.knowledge.loading import BASE, load
        from painpath.report.drift import render
        from painpath.report.json import encode

        folder = knowledge or BASE
        known = load(folder)
        with Export(export) as opened:
            found = compare(known, opened, asked)
        if format is Format.json:
            sys.stdout.buffer.write(encode(found) + b"\n")
        else:
            render(found, Console(highlight=False, soft_wrap=True), verbose=verbose)
        if not apply:
            return
        changed = take_over(found, known, folder)
        for path in changed:
            typer.echo(f"written: {path}", err=format is Format.json)
        if not changed:
            typer.echo("nothing to write: the lists are the same", err=format is Format.json)
        for finding in check(load(folder)):
            if finding.where.startswith("code-lists/") and finding.level != "note":
                line = f"{finding.level}: {finding.where}: {finding.what}"
                typer.echo(line, err=format is Format.json)
