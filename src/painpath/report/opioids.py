"""The opioid dose in a terminal."""

from __future__ import annotations

import datetime

from rich.console import Console
from rich.table import Table

from painpath.planning.plan import OpioidResult
from painpath.report.words import day_words, number


def render(load: OpioidResult, as_of: datetime.date, console: Console) -> None:
    """Print the total, then one row per prescription with how it was worked out."""
    total = "not computable" if load.mme_per_day is None else f"{number(load.mme_per_day)} MME/day"
    console.print(f"Opioids as of {day_words(as_of)}: {total} ({load.rule_set} factors)")
    if load.incomplete:
        console.print("Incomplete: at least one opioid has no computable dose.", style="yellow")
    if load.items:
        table = Table(box=None, pad_edge=False)
        table.add_column("MME/day", justify="right")
        table.add_column("prescription")
        table.add_column("worked out as")
        for item in load.items:
            notes = "; ".join(filter(None, [item.working, item.why, *item.flags]))
            table.add_row(number(item.mme_per_day), f"{item.text}\n{item.ref}", notes)
        console.print(table)
    console.print(
        "For risk assessment only; not for converting one opioid to another.", style="dim"
    )
