"""`painpath demo`: example patients, their plans, and pages to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from painpath.cli.errors import sentences


def demo(
    out: Annotated[Path, typer.Option(help="Folder for records and pages")] = Path("painpath-demo"),
) -> None:
    """Write example patients, plan them, print the first plan and write a page for each."""
    with sentences():
        from rich.console import Console

        from painpath import planner
        from painpath.examples import EXAMPLES, example_bytes
        from painpath.records.reading import read_record
        from painpath.report.html import to_html
        from painpath.report.terminal import render

        out.mkdir(parents=True, exist_ok=True)
        ready = planner()
        console = Console(highlight=False)
        pages: list[tuple[Path, str]] = []
        for number, example in enumerate(EXAMPLES):
            record = out / f"{example.id}.json"
            record.write_bytes(example_bytes(example.id))
            read = read_record(record, ready.vocabulary)
            made = ready.plan(read, as_of=example.as_of)
            page = out / f"{example.id}.html"
            page.write_bytes(to_html(made, read, ready.knowledge))
            pages.append((page, example.title))
            if number == 0:
                render(made, console)
        console.print()
        console.print(f"{len(pages)} example patients (synthetic) and their pages:")
        for page, title in pages:
            console.print(f"  {page}  {title}", soft_wrap=True)
