"""`painpath mme`: opioid dose in morphine milligram equivalents, prescription by prescription."""

from __future__ import annotations

import datetime
import sys
from enum import StrEnum
from typing import Annotated

import typer

from painpath.cli.dates import day
from painpath.cli.errors import sentences


class Format(StrEnum):
    """How the dose is written."""

    text = "text"
    json = "json"


class Rules(StrEnum):
    """Which conversion factors."""

    cdc_2022 = "cdc-2022"
    cdc_2016 = "cdc-2016"


def mme(
    record: Annotated[str, typer.Argument(help="FHIR R4 Bundle, NDJSON of one patient, or -")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Active on this date")] = None,
    format: Annotated[Format, typer.Option(help="text or json")] = Format.text,
    rules: Annotated[Rules, typer.Option(help="Conversion factors")] = Rules.cdc_2022,
) -> None:
    """Opioid dose in MME per day. Not for converting one opioid to another."""
    asked = day(as_of, "--as-of") or datetime.date.today()
    with sentences():
        from painpath import read_record
        from painpath.opioids import opioid_load
        from painpath.planning.opioids import opioid_result
        from painpath.report.json import encode
        from painpath.report.opioids import render

        read = read_record(record)
        load = opioid_result(opioid_load(read.prescriptions, asked, rules.value))
        if format is Format.json:
            sys.stdout.buffer.write(encode(load) + b"\n")
            return
        from rich.console import Console

        render(load, asked, Console(highlight=False))
