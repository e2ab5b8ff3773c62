"""An instrument in words: range, direction, bands, important changes, missing answers, licence.

Shared by the terminal and by the reference page.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from painpath.instruments.change import change_words
from painpath.knowledge.instruments import Instrument, Item, Score
from painpath.knowledge.rules import as_tuple

_BETTER = {
    "lower": "lower is better",
    "higher": "higher is better",
    "neither": "classifies, is no outcome",
}
_RULES = {
    "recorded": "read as recorded, no formula kept here",
    "sum": "sum of points",
    "mean": "mean of points",
    "percent": "percent of the most possible points of the answered items",
    "percent-left": "100 minus the percent of the most possible points of the answered items",
    "parts": "mean of other scores, shifted and scaled",
}


def range_words(score: Score) -> str:
    """`0 to 100, higher is better`."""
    return f"{score.low:g} to {score.high:g}, {_BETTER[score.better]}"


def rule_words(score: Score) -> str:
    """How the score is worked out, in a few words."""
    words = _RULES[score.rule]
    if score.parts:
        words += ": " + ", ".join(part.score for part in score.parts)
    if score.sex is not None:
        words += f" (for {score.sex})"
    if score.table is not None:
        last = score.table.first + len(score.table.values) - 1
        words += f", converted by a table ({score.table.first} to {last})"
        if score.table.computed:
            words += " computed from item calibrations"
    return words


def missing_words(score: Score, asked: int) -> str:
    """What becomes of unanswered items."""
    if score.rule in ("recorded", "parts"):
        return "-"
    if score.missing == "zero":
        return "what was not ticked counts nothing"
    if score.answered is None:
        return "all answers needed"
    return f"at least {score.answered} of {asked} answers, then prorated"


def band_words(score: Score) -> str:
    """`mild < 5 ≤ moderate < 7 ≤ severe`."""
    words = ""
    for band in score.bands:
        if band.at_least is not None:
            words += f" < {band.at_least:g} ≤ "
        elif band.more_than is not None:
            words += f" ≤ {band.more_than:g} < "
        words += band.name
    return words


def show(
    instrument: Instrument, names: Mapping[str, str], items: Mapping[str, Item], console: Console
) -> None:
    """Print an instrument.

    Args:
        instrument: what to print.
        names: of concepts, by id.
        items: every item, by id (an instrument may borrow some).
        console: where to.
    """
    console.print(Text(f"  {instrument.name} · {instrument.measures} · {instrument.use}"))
    for label, value in (
        ("recall", instrument.recall),
        ("version", instrument.version),
        ("LOINC of the form", ", ".join(instrument.panel)),
        ("licence", instrument.licence.text),
        ("reading", instrument.reading),
        ("note", instrument.note),
    ):
        if value:
            console.print(Text(f"  {label}: {value}"))
    for score in instrument.scores:
        console.print()
        _score(score, instrument, names, console)
    if instrument.groups:
        console.print()
    for group in instrument.groups:
        limits = " and ".join(
            f"{limit.score} {'≥' if limit.at_least is not None else '≤'}"
            f" {limit.at_least if limit.at_least is not None else limit.at_most:g}"
            for limit in group.when
        )
        console.print(Text(f"  {group.name}: {limits}"))
    if instrument.items:
        console.print()
    for entry in instrument.items:
        item = items[entry] if isinstance(entry, str) else entry
        text = Text(f"    {item.id}", style="dim")
        text.append(f"  {item.text or item.about or ''}", style="default")
        text.append(f"  {', '.join(item.loinc)}", style="dim")
        console.print(text)


def _score(
    score: Score, instrument: Instrument, names: Mapping[str, str], console: Console
) -> None:
    cite = ", ".join(as_tuple(score.cite) or as_tuple(instrument.cite))
    console.print(Text(f"  {score.concept}: {names.get(score.concept, '')}", style="bold"))
    asked = len(score.of) or len(instrument.items)
    console.print(Text(f"    {range_words(score)}; {rule_words(score)}"))
    console.print(Text(f"    missing answers: {missing_words(score, asked)}"))
    if score.bands:
        console.print(Text(f"    {band_words(score)}"))
    for change in score.changes:
        grade = change.review or score.review or instrument.review
        mark = "shown" if change.default else change.grade
        text = Text(f"    {change_words(change)}", style="cyan")
        text.append(f"  {change.who} ({mark})", style="default")
        text.append(f"  {', '.join(as_tuple(change.cite))} [{grade}]", style="dim")
        console.print(text)
    for label, value in (("reading", score.reading), ("note", score.note)):
        if value:
            console.print(Text(f"    {label}: {value}"))
    console.print(Text(f"    {cite} [{score.review or instrument.review}]", style="dim"))
