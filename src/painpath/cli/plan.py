"""`painpath plan`: one patient's record in, the plan out."""

from __future__ import annotations

import datetime
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from painpath.cli.dates import day
from painpath.cli.errors import WRONG_USAGE, fail, sentences
from painpath.knowledge.levels import parse

if TYPE_CHECKING:
    from rich.console import Console

    from painpath.planning.plan import Plan
    from painpath.records.reading import Record

_PIPED_WIDTH = 100


class Format(StrEnum):
    """How a plan is written."""

    text = "text"
    html = "html"
    json = "json"
    fhir = "fhir"


def plan(
    record: Annotated[
        str,
        typer.Argument(
            help="FHIR R4 Bundle (.json, .json.gz), NDJSON file or folder of one patient, or -;"
            " with --patient the facts of a screen, or OMOP tables"
        ),
    ],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Plan as of this date")] = None,
    policy: Annotated[
        str, typer.Option(help="auto (from Coverage), all, clinical, a payer or a policy id")
    ] = "auto",
    format: Annotated[Format, typer.Option(help="How to write the plan")] = Format.text,
    out: Annotated[Path | None, typer.Option(help="Write to this file")] = None,
    procedure: Annotated[
        str | None, typer.Option(help="Judge this procedure too: an option id or code")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="Date of --procedure")] = None,
    side: Annotated[str | None, typer.Option(help="Side of --procedure: left, right, both")] = None,
    levels: Annotated[str | None, typer.Option(help="Levels of --procedure: L4-L5")] = None,
    place: Annotated[
        str | None,
        typer.Option(
            help="Place of service: office, surgery-centre, hospital-outpatient or a code"
        ),
    ] = None,
    hold_rules: Annotated[
        str | None, typer.Option(help="Antithrombotic rules: asra (default), asipp, ...")
    ] = None,
    mme_rules: Annotated[
        str, typer.Option(help="Opioid factors: cdc-2022 or cdc-2016")
    ] = "cdc-2022",
    timing: Annotated[
        bool, typer.Option("--timing", help="Time per criterion kind, on stderr")
    ] = False,
    patient: Annotated[
        str | None,
        typer.Option(help="This patient of the facts that `painpath screen` wrote, or person_id"),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Open every criterion")] = False,
) -> None:
    """Plan one patient: what fits, why, what is missing, what is unsafe, what comes next."""
    asked = day(as_of, "--as-of") or datetime.date.today()
    if procedure is None and (on or side or levels):
        raise fail("--on, --side and --levels go with --procedure", WRONG_USAGE)
    if levels is not None and not parse(levels):
        raise fail(f'--levels: "{levels}" names no spinal level such as L4-L5', WRONG_USAGE)
    if side not in (None, "left", "right", "both"):
        raise fail(f'--side: "{side}" is not left, right or both', WRONG_USAGE)
    if mme_rules not in ("cdc-2022", "cdc-2016"):
        raise fail(f'--mme-rules: "{mme_rules}" is not cdc-2022 or cdc-2016', WRONG_USAGE)
    with sentences():
        from painpath import planner, read_record
        from painpath.planning.requests import BookedProcedure

        booked = []
        if procedure is not None:
            at = day(on, "--on") or asked
            booked.append(BookedProcedure(what=procedure, on=at, side=side, levels=levels))
        ready = planner()
        if place is not None and ready.authorisation.place_of([place]) is None:
            known = ", ".join(ready.authorisation.places)
            raise fail(f'--place: "{place}" is no place of service; known are {known}', WRONG_USAGE)
        read = _one_of(record, patient) if patient else read_record(record)
        made = ready.plan(
            read,
            as_of=asked,
            policy=policy,
            hold_rules=hold_rules,
            mme_rules=mme_rules,
            booked=booked,
            place=place,
        )
        if timing:
            for step, seconds in sorted(ready.last_seconds.items(), key=lambda s: -s[1]):
                typer.echo(f"{seconds * 1000:8.1f} ms  {step}", err=True)
        write(made, read, format, out, verbose=verbose)


def _one_of(source: str, patient: str) -> Record:
    """One patient of a population's facts, or of OMOP tables."""
    from painpath import planner
    from painpath.omop.one import read_person
    from painpath.omop.sources import is_omop
    from painpath.records import RecordError, store

    if is_omop(source):
        return read_person(source, patient, planner().vocabulary)
    folder = Path(source)
    facts = folder if store.is_facts(folder) else folder / "facts"
    if not store.is_facts(facts):
        raise RecordError(f"{folder}: --patient needs the facts that `painpath screen` wrote")
    return store.read_one(facts, patient, planner().vocabulary)


def write(
    made: Plan, read: Record, format: Format, out: Path | None, *, verbose: bool = False
) -> None:
    """Write a plan in a format to a file or standard output."""
    if format is Format.text:
        _text(made, out, verbose=verbose)
        return
    if format is Format.json:
        from painpath.report.json import to_json

        content = to_json(made)
    elif format is Format.fhir:
        from painpath.report.fhir import to_fhir

        content = to_fhir(made)
    else:
        from painpath import planner
        from painpath.report.html import to_html

        content = to_html(made, read, planner().knowledge)
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(content)


def _text(made: Plan, out: Path | None, *, verbose: bool) -> None:
    from rich.console import Console

    from painpath.report.terminal import render

    if out is not None:
        with out.open("w", encoding="utf-8") as file:
            console = Console(file=file, width=_PIPED_WIDTH, highlight=False)
            render(made, console, verbose=verbose)
        return
    render(made, _console(), verbose=verbose)


def _console() -> Console:
    """Standard output; where it is no terminal and nobody says how wide it is, 100 columns."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPED_WIDTH
    return console
