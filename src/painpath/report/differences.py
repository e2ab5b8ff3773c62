"""Differences of the knowledge, and whom they touch, in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from painpath.knowledge.differences import Change
from painpath.planning.effects import Effect, Standing
from painpath.report.words import day_words, place_words

_MARKS = {"added": "+", "removed": "-", "changed": "~"}
_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}


def render_changes(changes: Sequence[Change], console: Console) -> None:
    """Every change, element by element."""
    if not changes:
        console.print("Nothing differs.")
        return
    for change in changes:
        head = Text(f"{_MARKS[change.how]} ", style=_STYLES[change.how])
        head.append(f"{change.section} {change.id}", style="bold")
        if change.how != "changed":
            head.append(f" {change.how}: {'; '.join(change.lines)}")
        console.print(head)
        if change.how == "changed":
            for line in change.lines:
                console.print(Text(f"    {line}"))
    counts: Counter[str] = Counter(change.how for change in changes)
    console.print(", ".join(f"{counts[how]} {how}" for how in _MARKS if counts[how]))


def render_effects(effects: Sequence[Effect], patients: int, console: Console) -> None:
    """Whose status differs, patient by patient."""
    touched = {effect.patient for effect in effects}
    console.print()
    console.print(Text(f"{len(touched)} of {patients} patients have another status", style="bold"))
    for patient in dict.fromkeys(effect.patient for effect in effects):
        console.print(Text(f"  {patient}", style="bold"))
        for line in _lines(e for e in effects if e.patient == patient):
            console.print(Text(f"    {line}"))


def _lines(effects: Iterable[Effect]) -> Iterable[str]:
    for effect in effects:
        where = place_words(effect.side, effect.region)
        under = f" under {effect.policy}" if effect.policy else ""
        place = f" ({where})" if where else ""
        lacking = effect.new.open if effect.new and effect.new.status != "eligible" else ()
        because = f"  because of {', '.join(lacking)}" if lacking else ""
        yield (
            f"{effect.problem}{place}, {effect.option}{under}:"
            f" {_words(effect.old)} → {_words(effect.new)}{because}"
        )


def _words(standing: Standing | None) -> str:
    if standing is None:
        return "not shown"
    words = standing.status.replace("-", " ")
    return f"{words} until {day_words(standing.date)}" if standing.date else words
